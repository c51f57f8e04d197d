"""Shards: each is a run of its own; together they are the run of all photos at once."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from datasets.folder import load
from datasets.listing.shard import Shard, shard_number
from evaluate.config.options import SHARD
from evaluate.errors import ReportsError, SettingsError
from evaluate.merge.stage import Merged, merge_row
from evaluate.store.run_folder import Run
from evaluate.store.run_versions import _set_aside, locked
from evaluate.store.shard_folders import stored_shards, unmerged_shards
from evaluate.store.verification import faults_of
from tests.support.commands import Command, run_command
from tests.support.held_model import NAMES, HeldModel
from tests.support.photos import make_folder

TIMES = {"seconds", "model_seconds", "peak_rss_bytes", "rss_bytes", "session", "check", "packed"}


@pytest.fixture
def held(project: Path, tmp_path: Path) -> Iterator[HeldModel]:
    held = HeldModel(project, tmp_path)
    yield held
    held.close()


def about(run: Path) -> dict[str, Any]:
    """run.json without what differs from process to process."""
    found: dict[str, Any] = json.loads((run / "run.json").read_text())
    del found["sessions"]
    return found


def predicted(run: Path) -> list[list[tuple[str, Any]]]:
    """The lines and their values in their order, without times and where masks lie."""
    lines = map(json.loads, (run / "predictions.jsonl").read_text().splitlines())
    return [[(name, v) for name, v in line.items() if name not in TIMES] for line in lines]


def files(run: Path, part: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (run / part).iterdir()}


def test_merged_shards_of_which_one_was_killed_equal_a_plain_run(
    held: HeldModel, command: Command, tmp_path: Path
) -> None:
    reports = tmp_path / "reports" / "photos"
    run = reports / "runs" / "held"
    common = ("model=held", *held.own)
    assert command("eval", *common, project=held.project).returncode == 0
    plain = tmp_path / "plain"
    (tmp_path / "reports").rename(plain)

    for number in (1, 3):
        done = command("run", *common, f"shard={number}/3", project=held.project)
        assert done.returncode == 0
    process = held.start(tmp_path / "reports", "model=held", "shard=2/3", hold_at=3)
    held.wait_until_held(process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    held.release()

    told = command("merge", *common, project=held.project)
    assert told.returncode == 3
    assert "2 photos missing: photo-07, photo-10; in shards 2/3 (2)" in told.stderr
    assert "shard=2/3, then merge again" in told.stderr
    assert not (run / "scores.csv").exists()
    done = command("run", *common, "shard=2/3", "store=pack", project=held.project)
    assert done.returncode == 0
    told = command("compare", *held.own, "rows=held", project=held.project)
    assert "held: 3 shards not merged; run: make merge model=held" in told.stderr
    assert "no scored run" not in told.stderr
    told = command("merge", *common, project=held.project)
    assert told.returncode == 0
    assert "12 of 12 photos from 3 shards; next: make score dataset=folder" in told.stdout
    told = command("compare", *held.own, "rows=held", project=held.project)
    assert "held: predicted, not scored yet; run: make score model=held" in told.stderr
    assert "no scored run" not in told.stderr
    assert command("score", *common, project=held.project).returncode == 0

    whole = plain / "photos" / "runs" / "held"
    assert about(run) == about(whole)
    assert list(about(run)) == list(about(whole))
    assert predicted(run) == predicted(whole)
    assert [dict(line)["id"] for line in predicted(run)] == NAMES
    assert (run / "scores.csv").read_bytes() == (whole / "scores.csv").read_bytes()
    out = tmp_path / "out"
    assert run_command("unpack", f"run={run}", "id=all", f"to={out}").returncode == 0
    assert files(out, "masks") == files(whole, "masks")
    first = reports / "shards" / "1-of-3" / "runs" / "held" / "masks"
    assert all(path.samefile(run / "masks" / path.name) for path in first.iterdir())
    assert not (reports / "shards" / ".merging").exists()

    kept = (run / "scores.json").read_bytes()
    assert command("merge", *held.own, project=held.project).returncode == 0
    assert (run / "scores.json").read_bytes() == kept  # nothing is new, so nothing is replaced


def test_a_shard_depends_on_ids_alone(folder: Path, command: Command, tmp_path: Path) -> None:
    own = ("model=otsu", "dataset=folder", f"dataset.root={folder}", "plots=false")
    shards = tmp_path / "reports" / "photos" / "shards"
    assert [shard_number(id_, 2) for id_ in "abcd"] == [1, 1, 1, 2]
    done = command("eval", *own, "shard=2/2")
    assert done.returncode == 0
    assert "no photo falls into shard 2/2" in done.stderr
    assert command("eval", *own, "shard=1/2").returncode == 0
    table = (shards / "1-of-2" / "comparison.md").read_text()
    assert "Only shard 1/2 of the photos is in this table" in table
    first = shards / "1-of-2" / "runs" / "otsu"
    lines = (first / "predictions.jsonl").read_bytes()
    key = about(first)["key"]

    make_folder(folder, ["d"])  # of the second shard: nothing is predicted again in the first
    told = command("merge", *own)
    assert told.returncode == 2
    assert "shard 2/2 is of other photos than photos has now (1 not in its run: d)" in told.stderr
    for number in (1, 2):
        assert command("run", *own, f"shard={number}/2").returncode == 0
    assert (first / "predictions.jsonl").read_bytes() == lines
    assert about(first)["key"] == key
    assert command("merge", *own).returncode == 0
    assert [*Run(tmp_path / "reports" / "photos" / "runs" / "otsu").predictions()] == [*"abcd"]


def test_what_cannot_be_merged_is_refused(folder: Path, command: Command, tmp_path: Path) -> None:
    own = ("model=otsu", "dataset=folder", f"dataset.root={folder}")
    reports = tmp_path / "reports" / "photos"
    assert "no shard to merge" in command("merge", *own).stderr
    assert command("run", *own, "shard=2/3", "threads=1").returncode == 0
    assert command("run", *own, "shard=3/3", "threads=2").returncode == 0
    dataset = load(str(folder), "photos", "auto")

    def merge() -> Merged:
        return merge_row(reports, "otsu", stored_shards(reports)["otsu"], dataset)

    unlike = "shards 2/3 and 3/3 cannot be one run, as they differ in threads 1 and 2"
    as_first = "model=otsu .* threads=1 .*shard=3/3, or: make eval .* threads=2 .*shard=2/3"
    with pytest.raises(ReportsError, match=f"{unlike}.*{as_first}"):
        merge()
    assert not (reports / "runs" / "otsu").exists()
    stored = Run(reports / "shards" / "3-of-3" / "runs" / "otsu")
    other = stored.about()  # as another computer would write it
    other["identity"]["conditions"]["threads"] = 1
    other["identity"]["machine"]["cpu"] = "Another CPU"
    stored.write_about(other)
    merged = merge().run
    assert merged.about()["machines"][0].endswith(", Another CPU")
    told = command("score", *own, "plots=false").stderr
    assert "its shards ran on unlike machines" in told
    with locked(stored.folder.parent, "otsu"), pytest.raises(ReportsError, match="another process"):
        merge()
    shutil.copytree(reports / "shards" / "2-of-3", reports / "shards" / "1-of-4")
    with pytest.raises(ReportsError, match="there are shards of 3 and of 4"):
        merge()


@pytest.mark.parametrize("wrong", ["0/2", "3/2", "2", "a/b", "1/2/3", "-1/2"])
def test_a_shard_is_a_number_of_how_many(wrong: str) -> None:
    with pytest.raises(SettingsError, match="as 2/3"):
        SHARD.parse("shard", wrong)


def test_a_killed_merge_leaves_everything_whole(
    folder: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ("model=otsu", "dataset=folder", f"dataset.root={folder}")
    reports = tmp_path / "reports" / "photos"
    assert command("run", *own, "shard=2/3").returncode == 0
    assert command("run", *own, "shard=3/3", "store=pack").returncode == 0
    dataset, row = load(str(folder), "photos", "auto"), Run(reports / "runs" / "otsu")
    shards = stored_shards(reports)["otsu"]
    line = unmerged_shards(reports)["otsu"]
    assert line.startswith("otsu: 2 shards not merged; run: make merge model=otsu dataset=folder")
    assert "shard=" not in line
    first = {shard: run for shard, run in shards.items() if shard.number == 2}
    assert merge_row(reports, "otsu", first, dataset).missing == {Shard(3, 3): ["c"]}

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("evaluate.merge.linked.LinkedRun.take", "evaluate.merge.stage.replace_run"):
        with monkeypatch.context() as patch:
            patch.setattr(name, killed)
            with pytest.raises(KeyboardInterrupt):
                merge_row(reports, "otsu", shards, dataset)
        assert not [fault for run in (*shards.values(), row) for fault in faults_of(run)]
        assert [*row.predictions()] == ["a", "b"]

    def set_aside_and_killed(*given: Any) -> None:
        _set_aside(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("evaluate.store.run_versions._set_aside", set_aside_and_killed)
        with pytest.raises(KeyboardInterrupt):
            merge_row(reports, "otsu", shards, dataset)
    assert not row.folder.exists()  # the next command finds it where it was set aside
    assert not merge_row(reports, "otsu", shards, dataset).missing
    assert [*row.predictions()] == ["a", "b", "c"]
    assert not faults_of(row)
    assert not unmerged_shards(reports)
    assert [path.name for path in (reports / "runs").iterdir() if path.is_dir()] == ["otsu"]


def test_the_shards_of_a_set_share_out_its_photos() -> None:
    ids = [f"photo-{i}" for i in range(3000)]
    shards = [Shard(number, 7) for number in range(1, 8)]
    counts = [sum(shard.has(id_) for id_ in ids) for shard in shards]
    assert sum(counts) == len(ids)
    assert min(counts) > 370  # of 429 on average: a shard is no larger than another by much
