"""Runs that are killed, repeated, changed, or have no room: nothing is lost, nothing done twice."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image as Pillow

from tests.support.commands import Command
from tests.support.held_model import LOGS, NAMES, HeldModel, wait_for
from tests.support.projects import own_model
from tests.support.runs import lines, read_scores


@pytest.fixture
def held(project: Path, tmp_path: Path) -> Iterator[HeldModel]:
    held = HeldModel(project, tmp_path)
    yield held
    held.close()


def test_killed_at_five_moments_and_started_again(held: HeldModel, tmp_path: Path) -> None:
    straight = held.start(tmp_path / "straight")
    assert straight.wait() == 0
    held.log.unlink()

    reports = tmp_path / "killed"
    run = reports / "photos" / "runs" / "held"
    for hold_at, done in ((0, 0), (1, 0), (2, 1), (4, 4)):  # while loading, in the first photo, …
        process = held.start(reports, hold_at=hold_at)
        held.wait_until_held(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        held.release()  # its model ends once it looks for its parent
        assert len(lines(run)) == done
    process = held.start(reports)
    wait_for(lambda: len(lines(run)) == len(NAMES) or process.poll() is not None)
    process.send_signal(signal.SIGKILL)  # while scoring, or just after
    process.wait()
    assert held.start(reports).wait() == 0

    assert [json.loads(line)["id"] for line in lines(run)] == NAMES
    calls = Counter(held.log.read_text().split())
    assert calls["begin"] == len(NAMES) + 3  # those killed within a call; no finished photo again
    uninterrupted = tmp_path / "straight" / "photos" / "runs" / "held"
    assert (run / "scores.csv").read_bytes() == (uninterrupted / "scores.csv").read_bytes()
    assert {p.name for p in (run / "masks").iterdir()} == {f"{name}.png" for name in NAMES}
    assert not list(run.glob(".new-*"))


def test_a_finished_run_loads_no_model(held: HeldModel, command: Command, tmp_path: Path) -> None:
    own = ("eval", "model=held", *held.own)
    assert command(*own, project=held.project).returncode == 0
    calls = held.log.read_text()
    record = tmp_path / "reports" / "photos" / "runs" / "held" / "run.json"
    about = record.read_text()
    assert command(*own, project=held.project).returncode == 0
    assert held.log.read_text() == calls
    assert record.read_text() == about


def test_a_torn_last_line_is_made_again(command: Command, folder: Path, tmp_path: Path) -> None:
    own = ("eval", "model=otsu", "dataset=folder", f"dataset.root={folder}")
    run = tmp_path / "reports" / "photos" / "runs" / "otsu"
    command(*own)
    whole = (run / "scores.csv").read_bytes()
    path = run / "predictions.jsonl"
    path.write_bytes(path.read_bytes()[:-30])
    (run / "masks" / "a.png").unlink()  # and a mask that is gone is no finished photo
    for place in (run, run / "masks"):
        (place / ".new-left").write_bytes(b"half a file")
    assert command(*own).returncode == 0
    assert Counter(json.loads(line)["id"] for line in lines(run)) == {"a": 2, "b": 1, "c": 1}
    assert not list(run.rglob(".new-*"))
    assert (run / "scores.csv").read_bytes() == whole


def test_a_worker_ends_with_its_parent(held: HeldModel, tmp_path: Path) -> None:
    process = held.start(tmp_path / "reports", hold_at=2)
    held.wait_until_held(process)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("needs /proc to find the child")
    workers = [int(pid) for pid in children.read_text().split()]
    assert workers
    process.kill()
    process.wait()
    held.release()
    wait_for(lambda: not any(map(_alive, workers)))
    calls = Counter(held.log.read_text().split())
    assert calls["begin"] == 2


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_interrupting_keeps_what_is_finished(held: HeldModel, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    process = held.start(reports, hold_at=3)
    held.wait_until_held(process)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    done = lines(reports / "photos" / "runs" / "held")
    assert len(done) == 2
    assert held.start(reports).wait() == 0
    assert lines(reports / "photos" / "runs" / "held")[:2] == done


def test_two_at_once_are_kept_apart(held: HeldModel, command: Command, tmp_path: Path) -> None:
    first = held.start(tmp_path / "reports", hold_at=2)
    held.wait_until_held(first)
    second = command("eval", "model=held", *held.own, project=held.project)
    assert second.returncode == 2
    assert "is being written by another process" in second.stderr
    held.release()
    assert first.wait() == 0


@pytest.mark.parametrize("change", ["config", "photo", "code", "package"])
def test_what_a_run_depends_on_makes_a_new_run(
    command: Command, project: Path, folder: Path, tmp_path: Path, change: str
) -> None:
    own_model(project, "own", LOGS.format(folder=str(tmp_path)))
    own = ("run", "model=own", "dataset=folder", f"dataset.root={folder}")
    run = tmp_path / "reports" / "photos" / "runs" / "own"
    command(*own, project=project)
    before = json.loads((run / "run.json").read_text())
    match change:
        case "config":
            yaml = project / "conf" / "model" / "own.yaml"
            yaml.write_text(yaml.read_text().replace("warmup: 0", "warmup: 1"))
        case "photo":
            Pillow.new("RGB", (90, 120), "white").save(folder / "images" / "a.png")
        case "code":
            source = project / "models" / "own.py"
            source.write_text(source.read_text() + "# changed\n")
        case "package":
            source = project / "models" / "arrays_helper.py"
            source.write_text("x = 1\n")
            own_model(
                project,
                "own",
                "from models import arrays_helper\n" + (project / "models/own.py").read_text(),
            )
            command(*own, project=project)
            before = json.loads((run / "run.json").read_text())
            source.write_text("x = 2\n")
    done = command(*own, project=project)
    after = json.loads((run / "run.json").read_text())
    assert after["key"] != before["key"]
    assert "so this is a new run; the earlier one is kept in" in done.stderr
    assert len(lines(run)) == 3
    assert (run.parent / ".superseded" / f"own@{before['key'][:24]}" / "run.json").exists()


def test_a_model_of_others_leaves_a_run_as_it_is(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    own = ("run", "model=otsu", "dataset=folder", f"dataset.root={folder}")
    run = tmp_path / "reports" / "photos" / "runs" / "otsu"
    command(*own, project=project)
    before = json.loads((run / "run.json").read_text())
    own_model(project, "other", "class Model: ...\n")
    grabcut = project / "models" / "grabcut.py"
    grabcut.write_text(grabcut.read_text() + "# changed\n")
    command(*own, project=project)
    assert json.loads((run / "run.json").read_text()) == before


def test_going_back_finds_the_earlier_run(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    own_model(project, "own", LOGS.format(folder=str(tmp_path)))
    own = ("run", "model=own", "dataset=folder", f"dataset.root={folder}")
    photo = folder / "images" / "a.png"
    kept = photo.read_bytes()
    command(*own, project=project)
    Pillow.new("RGB", (90, 120), "white").save(photo)
    command(*own, project=project)
    calls = (tmp_path / "calls.log").read_text()
    photo.write_bytes(kept)
    assert command(*own, project=project).returncode == 0
    assert (tmp_path / "calls.log").read_text() == calls


def test_a_model_that_cannot_run_leaves_the_earlier_run(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    command("eval", "model=otsu", *own)
    assert command("eval", "model=otsu", "device=cuda", *own).returncode == 2
    done = command("compare", *own)
    assert done.returncode == 0
    assert "100%" in done.stdout


def test_masks_without_a_readable_record_are_nobodys(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    own_model(project, "own", LOGS.format(folder=str(tmp_path)))
    own = ("eval", "model=own", "dataset=folder", f"dataset.root={folder}")
    record = tmp_path / "reports" / "photos" / "runs" / "own" / "run.json"
    for damage in (record.unlink, lambda: record.write_text("{"), lambda: record.write_text("{}")):
        command(*own, project=project)
        damage()
        source = project / "models" / "own.py"
        source.write_text(source.read_text().replace("< 128", "< 129").replace(" 128", " 129"))
        before = len((tmp_path / "calls.log").read_text())
        assert command(*own, project=project).returncode == 0
        assert len((tmp_path / "calls.log").read_text()) > before
        assert len(lines(record.parent)) == 3


def test_a_run_is_not_continued_on_another_device(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    body = LOGS.format(folder=str(tmp_path))
    body = body.replace('self.device = "cpu"', 'self.device = os.environ["WHERE"]')
    own_model(project, "own", body)
    own = ("eval", "model=own", "dataset=folder", f"dataset.root={folder}")
    command(*own, project=project, env={"WHERE": "cpu"})
    path = tmp_path / "reports" / "photos" / "runs" / "own" / "predictions.jsonl"
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    done = command(*own, project=project, env={"WHERE": "mps"})
    assert done.returncode == 2
    assert "begun with device cpu and would continue with mps" in done.stderr
    assert len(lines(path.parent)) == 1


def test_interrupting_a_sweep_ends_all_of_it(held: HeldModel, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    process = held.start(reports, "-m", "model=held,otsu", hold_at=3)
    held.wait_until_held(process)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert not (reports / "photos" / "runs" / "otsu").exists()


def test_new_truth_is_scored_without_predicting(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    own = ("eval", "model=otsu", "dataset=folder", f"dataset.root={folder}")
    run = tmp_path / "reports" / "photos" / "runs" / "otsu"
    command(*own)
    before = lines(run)
    Pillow.new("L", (90, 120)).save(folder / "masks" / "a.png")
    assert command(*own).returncode == 0
    assert lines(run) == before
    assert read_scores(run)["a"] == ("ok", "0.0")
