"""A model's process that fails in every way: the answer has the reason, and nothing runs on."""

import threading
import time

import pytest

from evaluate.errors import CannotRun
from evaluate.predict import deadline, model_process, worker_process
from tests.evaluate.predict.faulty_model import FaultyModel
from tests.support.held_model import wait_for

CHILD = """
if native_fork() == 0:
    note("child")
    hang()
wait_for("child")
"""
DAEMON = "daemon('child')\n"


@pytest.mark.parametrize("child", [CHILD, DAEMON], ids=["child", "daemon"])
@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("os._exit(3)", "ended with exit code 3"),
        ("os.kill(os.getpid(), 11)", "died by SIGSEGV"),
    ],
    ids=["exit", "crash"],
)
def test_what_a_dead_model_leaves_ends_too(
    faulty: FaultyModel, child: str, end: str, reason: str
) -> None:
    """Its child holds the socket open, and its daemon has a session of its own."""
    process = faulty.process(predict=child + end)
    answer = faulty.ask(process, "bad")
    assert answer["status"] == "crashed"
    assert reason in answer["error"]
    assert not faulty.alive("child")
    assert faulty.ask(process, "good")["status"] == "ok"


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (CHILD + "os._exit(3)", "its process ended with exit code 3 while loading"),
        (DAEMON + "os.abort()", "its process died by SIGABRT while loading"),
        ("os.closerange(3, 1000)\nhang()", "closed the channel"),
        ("write_everywhere(b'garbage')\nhang()", "sent what is no answer: b'garbage'"),
        ("raise SystemExit(5)", "exit code 5 while loading"),
    ],
    ids=["child", "daemon", "closed", "garbage", "exit"],
)
def test_a_model_that_fails_while_loading(
    faulty: FaultyModel, monkeypatch: pytest.MonkeyPatch, load: str, reason: str
) -> None:
    monkeypatch.setattr(worker_process, "CLOSED_S", 0.1 if "closerange" in load else 300)
    process = faulty.process(load=load)
    for _ in range(2):  # it is not loaded again for each photo
        answer = faulty.ask(process, "good")
        assert answer["status"] == "load-failed"
        assert reason in answer["error"]
    if "child" in load:
        assert not faulty.alive("child")


def test_loading_without_end(faulty: FaultyModel) -> None:
    process = faulty.process(load="note('model')\nhang()", load_timeout_s=2)
    answer = faulty.ask(process, "good")
    assert answer["status"] == "load-failed"
    assert "not loaded in 2 s; give load_timeout_s=" in answer["error"]
    assert not faulty.alive("model")


FETCHES = """
import hashlib
from models.weights.weight_file import WeightFile, fetch
def obtain(path):
    note("fetching")
    wait_for("released")
    path.write_bytes(b"weights")
sha256 = hashlib.sha256(b"weights").hexdigest()
fetch(WeightFile("w.bin", "https://no.where/w.bin", 7, "sha256:" + sha256, "MIT", obtain=obtain))
"""


def test_fetching_weights_is_no_loading(
    faulty: FaultyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While weights are fetched, the parent's clock goes on by more than the limit."""
    monkeypatch.setenv("CUTOUTBENCH_HOME", str(faulty.folder))
    ahead, paused, pause = [0.0], threading.Event(), deadline.Deadline.pause

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return time.monotonic() + ahead[0]

    def pause_and_tell(self: deadline.Deadline) -> None:
        pause(self)
        paused.set()

    def release() -> None:
        wait_for(paused.is_set)
        ahead[0] += 10_000
        (faulty.folder / "released").touch()

    monkeypatch.setattr(deadline, "time", Clock)
    monkeypatch.setattr(deadline.Deadline, "pause", pause_and_tell)
    thread = threading.Thread(target=release)
    thread.start()
    answer = faulty.ask(faulty.process(load=FETCHES, load_timeout_s=5_000), "good")
    thread.join()
    assert answer["status"] == "ok"


@pytest.mark.parametrize(
    ("predict", "reason"),
    [
        ("os.closerange(3, 1000)\nhang()", "its process closed the channel"),
        ("os.closerange(0, 1000)", "ended with exit code 1"),
        ("write_everywhere(bytes(100))\nhang()", "sent what is no answer: b'\\x00\\x00"),
        ("write_everywhere(b'\\n')", "sent what is no answer: b'\\n"),
        ("write_everywhere(b'[1]\\n')", "sent what is no answer: b'[1]\\n"),
        (
            """write_everywhere(b'{"status": "ok"}\\n')""",
            "sent what is no answer: {'status': 'ok'}",
        ),
        ("write_everywhere(b'{')", "sent what is no answer: b'{{"),
        ("for _ in range(300): write_everywhere(b'{' * 2**16)", "sent what is no answer: b'{{{"),
    ],
    ids=["hangs", "returns", "zeros", "empty", "list", "forged", "prefix", "endless"],
)
def test_a_model_that_spoils_its_channel(
    faulty: FaultyModel, monkeypatch: pytest.MonkeyPatch, predict: str, reason: str
) -> None:
    monkeypatch.setattr(worker_process, "CLOSED_S", 0.1 if "hang" in predict else 300)
    process = faulty.process(predict=predict)
    answer = faulty.ask(process, "bad")
    assert answer["status"] == "crashed"
    assert reason in answer["error"]
    assert faulty.ask(process, "good")["status"] == "ok"


def test_facts_that_cannot_be_sent_are_an_error(faulty: FaultyModel) -> None:
    process = faulty.process(
        predict="from models.segmenter import Prediction\n"
        "return Prediction(image[:, :, 0], facts={'answer': object()})"
    )
    answer = faulty.ask(process, "bad")
    assert (answer["status"], len(process.sessions)) == ("error", 1)
    assert "not JSON serializable" in answer["error"]
    assert faulty.ask(process, "good")["status"] == "ok"
    assert len(process.sessions) == 1


def test_a_fork_that_returns_answers_nothing(faulty: FaultyModel) -> None:
    """Both processes return from ``predict``; only the first may write the mask and answer."""
    process = faulty.process(
        predict="child = native_fork()\n"
        "note('child') if child == 0 else wait_for('child')\n"
        "if child: os.waitpid(child, 0)"
    )
    assert faulty.ask(process, "bad")["status"] == "ok"
    assert faulty.ask(process, "good")["status"] == "ok"
    assert len(process.sessions) == 1


@pytest.mark.parametrize(
    "predict",
    [
        "os.kill(os.getpid(), signal.SIGSTOP)",
        "os.killpg(0, signal.SIGSTOP)",
        """write_everywhere(b'{"status"')\nhang()""",  # a message of which no more comes
        CHILD + "hang()",
        DAEMON + "os.kill(os.getpid(), signal.SIGSTOP)",
    ],
    ids=["stopped", "group stopped", "half a message", "child", "daemon"],
)
def test_a_model_that_does_not_answer(faulty: FaultyModel, predict: str) -> None:
    process = faulty.process(predict="note('model')\n" + predict, timeout_s=2)
    answer = faulty.ask(process, "bad")
    assert answer == {"status": "timeout", "seconds": 2, "error": "no answer in 2 s"}
    assert not faulty.alive("model")
    if "child" in predict:
        assert not faulty.alive("child")


def test_closing_ends_all_of_it(faulty: FaultyModel) -> None:
    process = faulty.process(load=DAEMON + CHILD.replace("child", "other") + "note('model')")
    process.start()
    assert all(faulty.alive(name) for name in ("model", "child", "other"))
    process.close()
    assert not any(faulty.alive(name) for name in ("model", "child", "other"))


def test_systems_that_tell_no_end(faulty: FaultyModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pidfd_open, as on an older Linux, both sides look from time to time."""
    monkeypatch.setattr(worker_process, "_end_descriptor", lambda _: None)
    (faulty.folder / "sitecustomize.py").write_text(
        "import errno, os\ndef pidfd_open(*_): raise OSError(errno.ENOSYS, 'no')\n"
        "os.pidfd_open = pidfd_open\n"
    )
    process = faulty.process(predict=CHILD + "os._exit(3)")
    assert "exit code 3" in faulty.ask(process, "bad")["error"]
    assert not faulty.alive("child")
    assert faulty.ask(process, "good")["status"] == "ok"


def test_a_model_that_keeps_dying_is_given_up(
    faulty: FaultyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_process, "MOST_DEATHS", 2)
    process = faulty.process(predict="os.kill(os.getpid(), 11)")
    for name in ("bad", "good", "bad", "bad"):  # a mask between them: they are not in a row
        faulty.ask(process, name)
    with pytest.raises(CannotRun, match="died at 2 photos in a row, the last time: its process "):
        faulty.ask(process, "good")


@pytest.mark.parametrize("limit", [1.0, None])
def test_an_abort_under_a_memory_limit_names_the_limit(
    faulty: FaultyModel, limit: float | None
) -> None:
    """As C++ libraries do of which nobody catches std::bad_alloc."""
    process = faulty.process(predict="os.abort()", memory_limit_gb=limit)
    error = faulty.ask(process, "bad")["error"]
    assert "died by SIGABRT" in error
    assert ("memory_limit_gb=1" in error) == (limit is not None)


def test_loading_beyond_a_memory_limit(faulty: FaultyModel) -> None:
    process = faulty.process(load="self.kept = bytearray(2 * 2**30)", memory_limit_gb=1)
    answer = faulty.ask(process, "good")
    assert answer["status"] == "load-failed"
    assert answer["error"].startswith("out of memory: MemoryError")
