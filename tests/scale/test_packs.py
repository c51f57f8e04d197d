"""``store=pack``: the same masks in few files, which are only appended to."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from evaluate.errors import ReportsError
from evaluate.store.formats.pack_place import pack_place
from evaluate.store.masks import writers
from evaluate.store.masks.copy_out import copy_out
from evaluate.store.masks.stored_masks import (
    has_candidates,
    has_mask,
    mask_place,
    readable_alpha,
    stored_alpha,
)
from evaluate.store.masks.writers import AUTO, FILES, PACK, FileWriter, PackWriter, open_writer
from evaluate.store.run_folder import PredictionRecord, Run
from evaluate.store.verification import faults_of
from models.reselect import Reselect
from tests.support.commands import Command, run_command
from tests.support.held_model import LOGS
from tests.support.projects import own_model
from tests.support.runs import lines, stored_about

PROPOSES = LOGS.replace(
    "import os,", "from models.segmenter import Candidate, Prediction\nimport os,"
).replace(
    'return (image[:, :, 0] < 128).astype("uint8") * 255',
    "mask = image[:, :, 0] < 128\n"
    '        return Prediction(mask.astype("uint8") * 255, candidates=[Candidate(mask, 0.5)])',
)


def stored_in(run: Path, part: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (run / part).iterdir()}


def test_packs_hold_what_files_hold(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    own_model(project, "own", PROPOSES.format(folder=str(tmp_path)))
    own = ("model=own", "dataset=folder", f"dataset.root={folder}", "html=true", "plots=false")
    run = tmp_path / "reports" / "photos" / "runs" / "own"
    assert command("eval", *own, project=project).returncode == 0
    files = tmp_path / "files"
    run.rename(files)
    assert command("eval", *own, "store=pack", project=project).returncode == 0
    assert not [*(run / "masks").iterdir()]
    assert not (run / "candidates").exists()
    (pack,) = (run / "packs").iterdir()
    assert (run / "scores.csv").read_bytes() == (files / "scores.csv").read_bytes()
    assert Run(run).about()["key"] == Run(files).about()["key"]

    out = tmp_path / "out"
    done = run_command("unpack", f"run={run}", "id=all", f"to={out}")
    assert (done.returncode, done.stdout) == (0, f"{out}: 3 masks of {run}\n")
    for part in ("masks", "candidates"):
        assert stored_in(out, part) == stored_in(files, part)

    again = [Reselect(device="cpu", run=str(place), select="largest") for place in (run, files)]
    for id_ in "abc":
        (ours, _), (theirs, _) = (one.recall(id_) for one in again)
        assert ours is not None and theirs is not None  # noqa: PT018
        assert np.array_equal(ours.alpha, theirs.alpha)
    assert pack in Reselect.files({"run": str(run)})

    records = Run(run).predictions()
    pack.write_bytes(pack.read_bytes()[: records["c"].packed.end - 1])  # type: ignore[union-attr]
    (fault,) = faults_of(Run(run))
    assert f"packs/{pack.name} at byte" in fault
    assert fault.endswith("missing, or not the mask that was predicted")
    assert "is missing or damaged" in command("score", *own, project=project).stderr
    assert command("eval", *own, project=project).returncode == 0  # goes on in packs
    assert [json.loads(line)["id"] for line in lines(run)] == ["a", "b", "c", "c"]
    assert not [*(run / "masks").iterdir()]
    assert not faults_of(Run(run))
    assert (run / "scores.csv").read_bytes() == (files / "scores.csv").read_bytes()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path / "run")
    run.masks.mkdir(parents=True)
    run.write_about(stored_about("Own"))
    return run


def add(run: Run, writer: writers.MaskWriter, id_: str, mask: bytes, proposed: bytes = b"") -> None:
    """What the predict stage does with a photo that a worker has answered."""
    writer.unfinished.write_bytes(mask)
    writer.proposed.write_bytes(proposed)
    packed = writer.commit(id_, mask=bool(mask), candidates=bool(proposed))
    count = 1 if proposed else None
    run.append(PredictionRecord(id_, "ok" if mask else "no-mask", candidates=count, packed=packed))


def opened(run: Run, size: int = 100) -> writers.MaskWriter:
    return open_writer(run, PACK, run.predictions(), size)


def packs(run: Run) -> list[Path]:
    return sorted(run.packs.glob("*.pack"), key=lambda path: path.stat().st_size)


def read(run: Run, id_: str) -> bytes:
    return mask_place(run, run.predictions()[id_]).read_bytes()


def test_a_full_pack_is_followed_by_another_and_never_touched(run: Run) -> None:
    writer = opened(run)
    for number in range(5):
        add(run, writer, f"p{number}", bytes([number]) * 40, b"ab")
    add(run, writer, "large", b"x" * 250)
    add(run, writer, "none", b"")
    writer.sync([])
    sizes = [path.stat().st_size for path in packs(run)]
    assert sizes == [42, 84, 84, 250]
    assert all(read(run, f"p{number}") == bytes([number]) * 40 for number in range(5))
    assert run.predictions()["none"].packed is None
    before = {path: path.stat().st_mtime_ns for path in packs(run)}
    add(run, opened(run), "next", b"y" * 30)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert [path.stat().st_size for path in packs(run)] == [30, *sizes]


def test_what_no_line_speaks_of_is_cut_off(run: Run) -> None:
    add(run, opened(run), "a", b"a" * 10)
    (pack,) = packs(run)
    with pack.open("ab") as file:
        file.write(b"torn by a kill")
    (run.packs / f"{'0' * 32}.pack").write_bytes(b"begun, then killed")
    add(run, opened(run), "b", b"b" * 10)
    assert pack.read_bytes() == b"a" * 10 + b"b" * 10
    assert packs(run) == [pack]


def test_a_pack_that_another_run_shares_or_that_lost_its_end_is_not_continued(run: Run) -> None:
    add(run, opened(run), "a", b"a" * 10)
    (pack,) = packs(run)
    os.link(pack, run.folder / "elsewhere.pack")
    add(run, opened(run), "b", b"b" * 10)
    assert pack.read_bytes() == b"a" * 10
    (other,) = set(packs(run)) - {pack}
    os.truncate(other, 5)  # by a power cut
    assert not readable_alpha(run, run.predictions()["b"])
    add(run, opened(run), "c", b"c" * 10)
    assert other.stat().st_size == 5
    assert read(run, "c") == b"c" * 10


def test_a_full_disk_leaves_the_pack_as_it_was(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, write = opened(run), os.write
    add(run, writer, "a", b"a" * 10)
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:3]))
    with pytest.raises(OSError, match="No space left"):
        add(run, writer, "b", b"b" * 10)
    monkeypatch.undo()
    add(run, writer, "c", b"c" * 10)
    assert packs(run)[0].read_bytes() == b"a" * 10 + b"c" * 10


def test_a_run_goes_on_as_it_began_unless_told(run: Run) -> None:
    assert isinstance(open_writer(run, AUTO, {}), FileWriter)
    assert isinstance(open_writer(run, PACK, {}), PackWriter)
    assert isinstance(open_writer(run, AUTO, {}), PackWriter)
    assert isinstance(open_writer(run, FILES, {}), FileWriter)


@pytest.mark.parametrize(
    "change",
    [
        lambda place: {**place, "pack": "../../other.pack"},
        lambda place: {**place, "pack": "run.json"},
        lambda place: {**place, "mask": [-1, 10]},
        lambda place: {**place, "mask": [0]},
    ],
)
def test_a_place_that_no_writer_makes_is_damage(change: Callable[..., dict[str, object]]) -> None:
    with pytest.raises(ValueError, match="pack"):
        pack_place(change({"pack": f"{'0' * 32}.pack", "mask": [0, 10]}))


def test_a_mask_that_is_not_the_predicted_one_is_told(run: Run, tmp_path: Path) -> None:
    add(run, opened(run), "a", b"no picture", b"{}")
    (record,) = run.predictions().values()
    with pytest.raises(ReportsError, match=r"at byte 2 is missing or damaged; run: make eval"):
        stored_alpha(run, record)
    other = PredictionRecord(**{**vars(record), "mask_sha256": "0", "candidates_sha256": "0"})
    assert not has_mask(run, other)
    assert not has_candidates(run, other)
    with pytest.raises(ReportsError, match="is not the mask that was predicted"):
        stored_alpha(run, other)
    assert copy_out(run, ["a"], tmp_path / "out") == 1  # with no hash stored, it is what was
    with pytest.raises(ReportsError, match="there is no photo b in it"):
        copy_out(run, ["b"], tmp_path / "out")


def test_unpack_says_what_it_takes(run: Run, tmp_path: Path) -> None:
    for words in ([], ["run=x"], [f"run={run.folder}", "id=a", "to="], ["run=x", "id=a", "by=y"]):
        done = run_command("unpack", *words)
        assert done.returncode == 2
        assert done.stderr.startswith("usage: python -m evaluate unpack run=")
    done = run_command("unpack", f"run={tmp_path}", "id=all", "to=x")
    assert (done.returncode, done.stderr) == (2, f"{tmp_path / 'run.json'} does not exist\n")
