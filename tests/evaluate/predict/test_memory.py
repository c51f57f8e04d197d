"""Memory over a run: a leak differs from noise, a cache that fills and a large photo."""

import mmap
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluate.compare.rows.memory_growth import (
    LEAK_CONFIDENCE,
    LEAK_MIB,
    LEAST_PHOTOS,
    WARM_UP,
    Growth,
)
from evaluate.compare.rows.memory_growth import (
    growth as growth_of,
)
from evaluate.predict.memory.meter import rss_bytes
from evaluate.store.run_folder import PredictionRecord
from tests.evaluate.tables import prediction_table
from tests.support.commands import Command
from tests.support.photos import make_folder
from tests.support.projects import own_model

HOLDS = """
import numpy as np
kept = []
class Model:
    def __init__(self, *, device):
        self.device = "cpu"
        self.calls = 0
    def predict(self, image):
        self.calls += 1
        {}
        return (image[:, :, 0] < 128).astype("uint8") * 255
"""
LEAKS = "kept.append(np.ones(3 * 2**20, np.uint8))"
# As a network does that makes room for each photo's size: 4 to 40 MiB, given back later or never.
NOISY = "kept[:] = [np.ones(4 * 2**20 * (1 + self.calls * 7 % 10), np.uint8)]"
FILLS = "kept.append(np.ones(8 * 2**20 * (self.calls < 12), np.uint8))"


def of(mib: npt.ArrayLike, session: int = 0) -> list[PredictionRecord]:
    held = np.asarray(mib, float) * 2**20
    return [
        PredictionRecord(str(i), "ok", rss_bytes=int(b), session=session)
        for i, b in enumerate(held)
    ]


@pytest.mark.parametrize(
    ("held", "noise"), [(LEAKS, 0.2), (NOISY, 2.0), (FILLS, 0.2)], ids=["leaks", "noisy", "fills"]
)
def test_a_leak_is_told_in_the_report(
    command: Command, project: Path, tmp_path: Path, held: str, noise: float
) -> None:
    """Real processes."""
    own_model(project, "own", HOLDS.format(held))
    root = make_folder(tmp_path / "photos", [f"{i:02}" for i in range(WARM_UP + 40)])
    done = command("eval", "model=own", "dataset=folder", f"dataset.root={root}", project=project)
    assert done.returncode == 0
    warning = "own: memory grew by 3.0 MiB per photo over 40 photos, possibly a leak"
    assert (warning in done.stderr) == (held == LEAKS)
    report = (tmp_path / "reports" / "photos" / "comparison.md").read_text()
    timing = [line for line in report.splitlines() if line.startswith("| own ")][-1]
    shown = timing.split("|")[-2].strip()
    assert shown.endswith(" MiB/photo")
    assert float(shown.split()[0]) == pytest.approx(3.0 * (held == LEAKS), abs=noise)


@pytest.mark.parametrize("told_by", ["/proc", "ps"])
def test_the_memory_held_now_is_told(told_by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if told_by == "ps":  # as on macOS
        if not shutil.which("ps"):
            pytest.skip("needs ps")
        monkeypatch.setattr(Path, "is_file", lambda self: False)
    before = rss_bytes()
    kept = mmap.mmap(-1, 64 * 2**20)  # new memory, where an array may get what was freed
    np.frombuffer(kept, np.uint8)[:] = 1
    after = rss_bytes()
    assert before
    assert after
    assert after - before == pytest.approx(len(kept), rel=0.1)


def growth(records: Sequence[PredictionRecord]) -> Growth | None:
    table = prediction_table(records)
    return growth_of(table.rss_bytes, table.session)


def test_warm_up_does_not_count() -> None:
    loading = np.linspace(0, 400, WARM_UP)
    found = growth(of([*loading, *np.full(LEAST_PHOTOS, 400)]))
    assert found == Growth(0, LEAST_PHOTOS, False)


def test_too_few_photos_tell_nothing() -> None:
    assert growth(of(np.arange(WARM_UP + LEAST_PHOTOS - 1))) is None
    assert growth([]) is None
    assert growth([PredictionRecord("a", "ok")] * 50) is None  # runs of before it was recorded


def test_processes_are_not_mixed() -> None:
    """A second process begins with less: only the one that answered most is looked at."""
    found = growth([*of(100 + 2 * np.arange(45), session=0), *of(np.full(30, 10), session=1)])
    assert found == Growth(2, 40, True)


def test_few_runs_without_a_leak_are_called_one() -> None:
    """Noise, noise with a memory, and room made for the largest photo yet: hundreds of runs."""
    rng = np.random.default_rng(0)

    def slow_noise() -> npt.NDArray[np.float64]:
        steps = rng.normal(0, 10, 65)
        for i in range(1, 65):
            steps[i] += 0.9 * steps[i - 1]
        return steps

    kinds = (
        lambda: rng.normal(0, 30, 65),
        slow_noise,
        lambda: np.maximum.accumulate(rng.lognormal(3, 1, 65)),
    )
    for kind in kinds:
        called = [found.leak for _ in range(200) if (found := growth(of(500 + kind())))]
        assert len(called) == 200
        assert sum(called) <= 4
    steady = np.arange(65.0)
    called = [
        found.leak
        for _ in range(200)
        if (found := growth(of(500 + 3 * steady + rng.normal(0, 10, 65))))
    ]
    assert sum(called) >= 196


@given(st.lists(st.integers(0, 10_000), min_size=LEAST_PHOTOS, max_size=60, unique=True))
def test_slope_and_interval_are_scipys(mib: list[int]) -> None:
    middle = len(mib) // 2
    lows = [
        stats.theilslopes(half, alpha=LEAK_CONFIDENCE)[2] for half in (mib[:middle], mib[middle:])
    ]
    found = growth(of([*[0] * WARM_UP, *mib]))
    assert found
    assert found.mib_per_photo == pytest.approx(stats.theilslopes(mib)[0], abs=1e-9)
    assert found.leak == (min(lows) > LEAK_MIB)


@pytest.mark.parametrize("above", [-1e-3, 1e-3])
def test_a_leak_is_called_from_the_lower_end_of_the_interval_on(above: float) -> None:
    """Noisy photos whose slope is such that the end lies just below or above the limit."""
    noise = np.random.default_rng(0).normal(0, 10, 60)
    rise = np.arange(60.0)
    halves = noise[:30], noise[30:]
    low = min(stats.theilslopes(half, alpha=LEAK_CONFIDENCE)[2] for half in halves)
    found = growth(of([*[0] * WARM_UP, *(500 + noise + (LEAK_MIB - low + above) * rise)]))
    assert found
    assert found.leak == (above > 0)
    slope = stats.theilslopes(noise + (LEAK_MIB - low + above) * rise)[0]
    assert found.mib_per_photo == pytest.approx(slope)


def test_long_runs_are_thinned() -> None:
    found = growth(of(100 + 0.75 * np.arange(3000)))
    assert found == Growth(0.75, 2995, True)


@pytest.mark.parametrize(("falling", "leak"), [(7, True), (8, False)])
def test_a_leak_has_at_most_seven_slopes_below_the_limit_of_ten_photos(
    falling: int, leak: bool
) -> None:
    """The lower end of the interval is the eighth smallest of the 45 slopes."""
    half = 100 * np.array([falling, *(i for i in range(10) if i != falling)])
    found = growth(of([*[0] * WARM_UP, *half, *half]))
    assert found
    assert found.leak == leak
    low = stats.theilslopes(half, alpha=LEAK_CONFIDENCE)[2]
    assert (low > LEAK_MIB) == leak
