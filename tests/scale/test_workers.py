"""Several models at once: the same run as of one, whatever of it is killed."""

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datasets.dataset import Sample
from datasets.folder import load
from evaluate.commands.steps.partial import PartialRow
from evaluate.config.options import WORKERS
from evaluate.errors import CannotRun, SettingsError
from evaluate.predict.pool.engine import Engine
from evaluate.predict.pool.outlook import Outlook
from evaluate.predict.pool.worker_pool import Answered, ModelLost, WorkerPool
from evaluate.store.run_folder import PredictionRecord, Run
from tests.scale.ray_faults import contents
from tests.support.commands import Command
from tests.support.held_model import NAMES, HeldModel
from tests.support.photos import make_folder
from tests.support.projects import own_model
from tests.support.runs import lines

# Waits in its first call until as many processes have loaded it as AT_LEAST says.
MEETS = """
import os, pathlib, signal, time
FOLDER = pathlib.Path({folder!r})

class Model:
    def __init__(self, *, device):
        self.device = "cpu"
        (FOLDER / f"pid-{{os.getpid()}}").touch()
    def predict(self, image):
        while len(list(FOLDER.glob("pid-*"))) < int(os.environ.get("AT_LEAST", "1")):
            time.sleep(0.005)
        if image[30, 69, 0] == 40 and (FOLDER / "dies").exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return (image[:, :, 0] < 128).astype("uint8") * 255
"""


def test_workers_store_what_one_stores_though_one_dies(
    project: Path, tmp_path: Path, command: Command
) -> None:
    """Whole and in shards; a photo whose process dies is a row, and is repeated when asked."""
    folder = tmp_path / "met"
    folder.mkdir()
    own_model(project, "meets", MEETS.format(folder=str(folder)))
    own = ("dataset=folder", f"dataset.root={make_folder(tmp_path / 'photos', NAMES)}", "threads=1")
    chosen = ("model=meets", *own)
    run = tmp_path / "reports/photos/runs/meets"
    assert command("eval", *chosen, project=project).returncode == 0
    plain = contents(run)
    table = tmp_path / "reports/photos/comparison.csv"
    assert "offline" not in table.read_text()

    (folder / "dies").touch()
    env = {"AT_LEAST": "3"}  # that of the first run, and two of this one
    done = command("eval", *chosen, "workers=2", project=project, env=env)
    assert done.returncode == 3
    assert "0 done, on 2 workers\n" in done.stderr
    assert "scenario offline, predicted by 2 workers" in done.stderr
    status = Counter(json.loads(line)["status"] for line in lines(run))
    assert status == {"ok": 9, "crashed": 3}
    (folder / "dies").unlink()
    again = command("eval", *chosen, "workers=2", "retry=true", project=project)
    assert again.returncode == 0
    assert contents(run) == plain
    about = json.loads((run / "run.json").read_text())
    assert [one["photos"] for one in about["offline"]] == [12, 3]
    assert len(about["sessions"]) > 2
    assert "offline, " in table.read_text().splitlines()[1].replace('"', "")
    (row,) = json.loads(table.with_suffix(".json").read_text())["rows"]
    assert row["seconds"] is None
    assert row["offline"]["photos_per_minute"] > 0

    for shard in ("1/2", "2/2"):
        ran = command("run", *chosen, "workers=2", f"shard={shard}", project=project)
        assert "next: make merge" in ran.stdout
    assert command("merge", *chosen, project=project).returncode == 0
    assert command("score", *chosen, project=project).returncode == 0
    assert contents(run) == plain


@pytest.fixture
def held(project: Path, tmp_path: Path) -> Iterator[HeldModel]:
    held = HeldModel(project, tmp_path)
    yield held
    held.close()


def begins(held: HeldModel) -> int:
    """How many calls of the model have begun."""
    return held.log.read_text().split().count("begin")


def test_a_killed_or_interrupted_command_is_continued(
    held: HeldModel, command: Command, tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    run = reports / "photos" / "runs" / "held"
    words = ("model=held", "workers=2", "threads=1")
    for number in (signal.SIGKILL, signal.SIGINT):
        process = held.start(reports, *words, hold_at=2)
        held.wait_until_held(process)
        process.send_signal(number)
        assert process.wait() == (130 if number == signal.SIGINT else -number)
        held.release()
    begun, stored = begins(held), Run(run).predictions()
    assert held.start(reports, *words).wait() == 0
    assert [json.loads(line)["id"] for line in lines(run)] == NAMES
    assert not list(run.rglob(".new-*"))
    assert begins(held) == begun + len(NAMES) - len(stored)  # what is stored is not done again


class FakeModel:
    """Answers without a process; ``lost`` are photos that it vanishes with."""

    def __init__(self, lost: set[str], load_error: str | None = None) -> None:
        self.sessions: list[dict[str, Any]] = []
        self.load_error = load_error
        self.lost = lost
        self.starts = 0

    def start(self) -> None:
        self.starts += 1

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if request["id"] in self.lost:
            raise ModelLost("its node left")
        return {"status": "load-failed" if self.load_error else "ok"}

    def stop(self) -> None: ...
    def close(self) -> None: ...


def answers(tmp_path: Path, *models: FakeModel) -> dict[str, str]:
    """The status of each photo."""
    samples = load(str(make_folder(tmp_path / "photos", NAMES)), "photos", "auto").samples
    pool = WorkerPool("Fake", [*models])

    def ask(model: Any, sample: Sample, _: Sample | None, mask: Path) -> dict[str, Any]:
        answer: dict[str, Any] = model.ask({"id": sample.id})
        return answer

    try:
        pool.start()
        found: list[Answered] = [*pool.answers(samples, len(samples), ask, tmp_path)]
    finally:
        pool.close()
    assert not [t for t in threading.enumerate() if "_work" in t.name]
    assert len(found) == len(samples)
    return {one.sample.id: str(one.answer["status"]) for one in found}


def test_a_photo_is_given_to_others_until_it_is_its_own_fault(tmp_path: Path) -> None:
    first, second = FakeModel({"photo-04"}), FakeModel({"photo-04"})
    status = answers(tmp_path, first, second)
    assert status.pop("photo-04") == "crashed"
    assert set(status.values()) == {"ok"}
    assert first.starts + second.starts == 2 + 3  # after each loss


def test_a_pool_gives_up_models_and_then_itself(tmp_path: Path) -> None:
    broken = FakeModel(set(), "no memory for one more")
    assert set(answers(tmp_path, FakeModel(set()), broken).values()) == {"ok"}
    assert set(answers(tmp_path, broken).values()) == {"load-failed"}
    with pytest.raises(CannotRun, match="Fake: given up, as a worker was lost 5 times in a row"):
        answers(tmp_path, FakeModel({*NAMES}))


def test_hours_that_cost_too_much_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = [PredictionRecord(str(i), "ok", 36.0) for i in range(20)]
    engine = Engine(workers=10, usd_per_hour=2.0)
    outlook = Outlook("Fake", engine, 10_020, 10_000, 20.0)
    outlook.begin(done, Run(tmp_path))
    told = capsys.readouterr().err
    assert "20 done, on 10 workers; the others take about 10.0 h at a p50 of 36 s" in told
    assert "cost about $20.00" in told
    later = Outlook("Fake", engine, 10_020, 10_020, 19.0)
    later.begin([], Run(tmp_path))
    for record in done[:-1]:
        later.add(record)
    with pytest.raises(CannotRun, match="above cost_limit_usd=19"):
        later.add(done[-1])


def test_what_is_finished_is_a_partial_row(capsys: pytest.CaptureFixture[str]) -> None:
    row = PartialRow("Fake", 1000, every_s=0.0)
    for i in range(10):
        row.add(i / 10, failed=i == 0)
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == (
        "Fake, partial, 10 of 1,000 photos: median IoU 0.450 [0.100, 0.800], 0% above 0.9, "
        "20% above 0.7, 1 failed"
    )


def test_refusals(command: Command, folder: Path) -> None:
    own = ("model=otsu", "dataset=folder", f"dataset.root={folder}")
    done = command("time", *own, "workers=2")
    assert done.returncode == 2
    assert "make time runs one model at a time here; leave out workers=" in done.stderr
    assert "give threads=N" in command("run", *own, "engine=ray", "workers=2").stderr
    assert "use local or ray" in command("run", *own, "engine=slurm").stderr
    with pytest.raises(SettingsError, match="workers=0"):
        WORKERS.parse("workers", 0)
    assert os.environ.get("RAY_ADDRESS") is None
