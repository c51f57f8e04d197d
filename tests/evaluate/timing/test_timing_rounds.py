"""``make time``: what is inside the clock, the order of rounds, what is said of doubtful times."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from evaluate.compare.instability import instability
from evaluate.predict.model import Conditions, Model
from evaluate.timing.rounds import Round, Subject, Timed
from evaluate.timing.summary import TimingSummary
from tests.support.commands import Command
from tests.support.projects import own_model

# Its clock stands still but in ``predict``: 0.25 s pass there, and 100 s while a photo is loaded.
FAKE_CLOCK = """
import time
import numpy as np
from evaluate.predict import photo_reader

class Model:
    device = "cpu"
    now = 0

    def __init__(self, *, device):
        read = photo_reader.read_photo

        def slow_read(*given):
            self.pass_s(100)
            return read(*given)

        photo_reader.read_photo = slow_read
        before = time.perf_counter_ns()
        time.perf_counter_ns = lambda: before + self.now
        self.pass_s(2)

    def pass_s(self, seconds):
        self.now += int(seconds * 10**9)

    def predict(self, image):
        self.pass_s(0.25)
        return np.zeros(image.shape[:2], np.uint8)
"""
DELAY = """
import time
import numpy as np
from models.segmenter import Prediction

class Model:
    device = "cpu"

    def __init__(self, *, device):
        pass

    def predict(self, image):
        start = time.perf_counter()
        time.sleep(0.05)
        mask = np.zeros(image.shape[:2], np.uint8)
        return Prediction(mask, {"own_s": time.perf_counter() - start})
"""
NOTES = """
import pathlib
import numpy as np

class Model:
    device = "cpu"

    def __init__(self, *, device):
        with pathlib.Path(LOG).open("a") as log:
            log.write(NAME)

    def predict(self, image):
        return np.zeros(image.shape[:2], np.uint8)
"""
HUNGRY = """
import numpy as np

class Model:
    device = "cpu"

    def __init__(self, *, device):
        pass

    def predict(self, image):
        np.zeros(3 * 2**30, np.uint8)
        return np.zeros(image.shape[:2], np.uint8)
"""
# A call takes 1 s, and 0.1 s for each photo; more than four photos do not fit.
BATCHES = """
import time
import numpy as np
from models.runtime.batching import gather_session

class Session:
    now = 0

    def run(self, names, feed):
        (photos,) = feed.values()
        if len(photos) > 4:
            raise MemoryError
        Session.now += 10**9 + len(photos) * 10**8
        return [photos]

class Model:
    device = "cpu"

    def __init__(self, *, device):
        before = time.perf_counter_ns()
        time.perf_counter_ns = lambda: before + Session.now
        self.session = Session()
        gather_session(self.session)

    def predict(self, image):
        (mask,) = self.session.run(None, {"input": image[None, :8, :8, 0]})
        return np.full(image.shape[:2], mask.mean(), np.uint8)
"""


@pytest.fixture
def own(folder: Path) -> tuple[str, str]:
    return "dataset=folder", f"dataset.root={folder}"


def timing(place: Path) -> dict[str, Any]:
    stored = json.loads((place / "reports" / "photos" / "timing.json").read_text())
    return {row["row"]: row for row in stored["rows"]}


def test_the_clock_runs_in_predict_only(
    command: Command, project: Path, own: tuple[str, str], tmp_path: Path
) -> None:
    own_model(project, "fake", FAKE_CLOCK)
    done = command("time", "model=fake", "repeats=2", *own, project=project)
    assert done.returncode == 0, done.stderr
    row = timing(tmp_path)["fake"]
    assert [one["seconds"] for one in row["rounds"]] == [[0.25, 0.25]] * 2
    assert all(2 <= one["load_s"] < 100 for one in row["rounds"])
    assert (row["p50_s"], row["noise"], row["drift"]) == (0.25, 0, 0)


def test_a_known_delay_is_measured_whole(
    command: Command, project: Path, own: tuple[str, str], tmp_path: Path
) -> None:
    own_model(project, "delay", DELAY)
    assert command("run", "model=delay", *own, project=project).returncode == 0
    lines = (tmp_path / "reports/photos/runs/delay/predictions.jsonl").read_text().splitlines()
    for line in map(json.loads, lines):
        assert line["seconds"] >= line["facts"]["own_s"] >= 0.05


def test_rounds_take_turns(
    command: Command, project: Path, own: tuple[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    for name in "abc":
        own_model(project, name, NOTES.replace("LOG", repr(str(log))).replace("NAME", repr(name)))
    done = command("time", "model=a,b,c", "repeats=3", *own, project=project)
    assert done.returncode == 0, done.stderr
    first = "".join(dict.fromkeys(log.read_text()[:-9]))
    assert (first, log.read_text()[-9:]) == ("abc", "cbaabccba")
    assert {len(row["rounds"]) for row in timing(tmp_path).values()} == {3}
    for title in ("## Single", "## Cold", "## Offline", "## Memory"):
        assert title in done.stdout


def test_the_best_batch_is_found_by_doubling(
    command: Command, project: Path, own: tuple[str, str], tmp_path: Path
) -> None:
    own_model(project, "many", BATCHES)
    done = command("time", "model=many,otsu", "repeats=1", *own, project=project)
    assert done.returncode == 0, done.stderr
    rows = timing(tmp_path)
    found = rows["many"]["batch"]
    assert found["seconds_a_photo"] == pytest.approx({"1": 1.1, "2": 0.6, "4": 0.35})
    assert (found["photos_a_call"], found["ended"]) == (4, "memory")
    assert rows["many"]["p50_s"] == pytest.approx(1.1)
    batch = done.stdout.partition("## Batch")[2]
    assert "| many     | 4             | 0.350s          | 3.14          |" in batch
    assert "- Otsu: it takes one photo a call" in batch


def test_a_model_that_cannot_run_has_its_reason(
    command: Command, project: Path, own: tuple[str, str], tmp_path: Path
) -> None:
    own_model(project, "broken", "class Model:\n    def __init__(self, *, device): 1 / 0\n")
    done = command("time", "model=broken,otsu", "repeats=1", *own, project=project)
    assert done.returncode == 3, done.stderr
    assert "broken: ZeroDivisionError" in done.stdout
    assert timing(tmp_path)["otsu"]["noise"] is None
    assert command("time", "model=broken", *own, project=project).returncode == 2


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="elsewhere no limit on memory is kept")
def test_memory_is_limited(
    command: Command, project: Path, own: tuple[str, str], tmp_path: Path
) -> None:
    own_model(project, "hungry", HUNGRY)
    done = command("run", "model=hungry", "memory_limit_gb=1", *own, project=project)
    assert done.returncode == 3
    run = tmp_path / "reports/photos/runs/hungry"
    lines = (run / "predictions.jsonl").read_text().splitlines()
    statuses = {json.loads(line)["status"] for line in lines}
    assert statuses == {"out-of-memory"}
    assert json.loads((run / "run.json").read_text())["identity"]["conditions"][
        "memory_limit_gb"
    ] == pytest.approx(1)
    assert command("time", "model=hungry", "repeats=1", *own, project=project).returncode == 0
    assert timing(tmp_path)["hungry"]["runs_in_gb"] == {"2": False, "4": True, "8": True}


def round_of(seconds: tuple[float, ...], before: float = 0.0, during: float = 0.0) -> Round:
    return Round("cpu", 3.0, 1.0, 0.5, seconds, 6.0, 12, {}, 1, None, before, during)


def summary(*rounds: Round) -> TimingSummary:
    model = Model("m", "m", "t", {}, {}, None, None, 0, "")
    return TimingSummary(Timed(Subject(model, Conditions("cpu", 1, 1), ()), rounds, {}))


def test_noise_and_drift() -> None:
    found = summary(*(round_of((one, one, one)) for one in (1.0, 1.1, 1.3, 1.1, 1.2)))
    assert found.p50 == pytest.approx(1.1)
    assert found.noise == pytest.approx(0.1 / 1.1)
    assert found.drift == pytest.approx(0.2 / 1.1)
    assert found.per_minute == pytest.approx(120)
    assert summary(round_of((1.0,))).noise is None


@pytest.mark.parametrize(
    ("p50", "p90", "extra_before", "extra_during", "words"),
    [
        (0.2, 0.3, 0, 0, []),
        (0.2, 0.5, 0, 0, ["p90"]),
        (0.0002, 0.0005, 0, 0, []),
        (0.2, 0.3, 0.5, 0.5, []),
        (0.2, 0.3, 0.6, 0.3, ["load"]),
        (0.2, 0.3, 0, 1.5, ["load"]),
        (0.2, 0.5, 1, 1, ["p90", "load"]),
        (None, None, 0, 0, []),
    ],
)
def test_unstable_times_are_named(
    p50: float | None, p90: float | None, extra_before: float, extra_during: float, words: list[str]
) -> None:
    cores = os.cpu_count() or 1
    found = instability(p50, p90, cores + extra_before, cores + extra_during)
    assert len(found) == len(words)
    assert all(word in text for word, text in zip(words, found, strict=True))
