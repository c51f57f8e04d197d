"""Masks that cannot be stored: what is the disk's stops the run, what is the model's is its own."""

from pathlib import Path

import pytest

from tests.evaluate.predict.faulty_model import FaultyModel
from tests.support.commands import Command
from tests.support.projects import own_model
from tests.support.runs import lines, read_scores

OF_THE_DISK = (
    "ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "ENOENT", "ENOTDIR", "EFBIG", "ESTALE",
    "ENOTCONN", "ENODEV", "ENXIO", "ENAMETOOLONG", "ELOOP", "ETIMEDOUT",
)  # fmt: skip
OF_THE_MODEL = ("EMFILE", "ENFILE", "EBADF", "ENOMEM")
CANNOT_WRITE = """
from evaluate.predict import worker
def write(path, alpha):
    raise OSError(errno.{code}, os.strerror(errno.{code}), path)
worker.write_mask_png = write
"""


def test_errors_of_writing_a_mask(faulty: FaultyModel) -> None:
    found = {}
    for code in (*OF_THE_DISK, *OF_THE_MODEL):
        process = faulty.process(predict=CANNOT_WRITE.format(code=code))
        found[code] = faulty.ask(process, "bad")["status"]
        process.close()
    assert {code for code, status in found.items() if status == "disk"} == {*OF_THE_DISK}
    assert {code for code, status in found.items() if status == "error"} == {*OF_THE_MODEL}


def test_a_file_that_may_grow_no_longer(faulty: FaultyModel) -> None:
    """EFBIG of the system itself."""
    process = faulty.process(predict="resource.setrlimit(resource.RLIMIT_FSIZE, (8, 8))")
    answer = faulty.ask(process, "bad")
    assert (answer["status"], answer["error"]) == ("disk", "File too large")


@pytest.mark.parametrize(
    "predict",
    [
        "open('/no/such/file')",
        "raise OSError(errno.ENOSPC, 'my own disk')",
        "from models.segmenter import Candidate, Prediction\n"
        "def proposed():\n"
        "    yield Candidate(image[:, :, 0] > 0, 1.0)\n"
        "    open('/no/such/file')\n"
        "return Prediction(image[:, :, 0], candidates=proposed())",
    ],
    ids=["open", "full", "candidates"],
)
def test_errors_of_the_models_own_files(faulty: FaultyModel, predict: str) -> None:
    process = faulty.process(predict=predict)
    answer = faulty.ask(process, "bad")
    assert answer["status"] == "error"
    assert answer["error"].startswith(("FileNotFoundError", "OSError"))
    assert faulty.ask(process, "good")["status"] == "ok"
    assert len(process.sessions) == 1


REMOVES = """
import pathlib, shutil
from models.otsu import Otsu
FLAG = pathlib.Path({flag!r})
class Model(Otsu):
    calls = 0
    def predict(self, image):
        self.calls += 1
        if self.calls == 2 and FLAG.exists():
            shutil.rmtree({masks!r})
        return super().predict(image)
"""


def test_a_folder_of_masks_that_vanishes_stops_the_run(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    """No photo is charged to the model, and the same command makes the lost masks again."""
    run = tmp_path / "reports/photos/runs/own"
    flag = tmp_path / "flag"
    flag.touch()
    own_model(project, "own", REMOVES.format(flag=str(flag), masks=str(run / "masks")))
    own = ("eval", "model=own", "dataset=folder", f"dataset.root={folder}")
    done = command(*own, project=project)
    assert done.returncode == 2, done.stderr
    assert (
        f"{run / 'masks'}: No such file or directory; solve that and run again, finished "
        "photos are kept" in done.stderr
    )
    assert len(lines(run)) == 1
    flag.unlink()
    done = command(*own, project=project)
    assert done.returncode == 0, done.stderr
    assert {status for status, _ in read_scores(run).values()} == {"ok"}
    assert len(list((run / "masks").iterdir())) == 3


def test_candidates_are_the_disks_too(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    run = tmp_path / "reports/photos/runs/own"
    own_model(
        project, "own", "import shutil\nfrom models.segmenter import Candidate, Prediction\n"
        "class Model:\n    def __init__(self, *, device): self.device = 'cpu'\n"
        "    def predict(self, image):\n"
        f"        shutil.rmtree({str(run / 'masks')!r})\n"
        "        mask = image[:, :, 0] < 128\n"
        "        return Prediction(mask.astype('uint8') * 255, candidates=[Candidate(mask, 1.0)])\n"
    )  # fmt: skip
    own = ("run", "model=own", "dataset=folder", f"dataset.root={folder}")
    done = command(*own, project=project)
    assert done.returncode == 2, done.stderr
    assert "No such file or directory; solve that" in done.stderr
    assert lines(run) == []
