"""A run on the built-in photos."""

import json
import statistics
from pathlib import Path

import pytest

from tests.support.commands import run_command
from tests.support.projects import ROOT
from tests.support.runs import read_scores
from tests.tools.readme import SAMPLE

REPORT = json.loads((ROOT / SAMPLE / "comparison.json").read_bytes())


@pytest.fixture(scope="module")
def otsu_on_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of ``make eval model=otsu`` on the built-in photos."""
    reports = tmp_path_factory.mktemp("sample") / "reports"
    quiet = ("html=false", "plots=false")
    done = run_command("eval", "model=otsu", f"reports={reports}", *quiet)
    assert done.returncode == 0, done.stderr
    return reports / "sample"


def test_the_sample_set_discriminates(otsu_on_sample: Path) -> None:
    ious = [float(iou) for _, iou in read_scores(otsu_on_sample / "runs" / "otsu").values()]
    assert len(ious) == 48
    assert statistics.median(ious) < 0.5
    assert max(ious) > 0.9


def test_our_report_is_of_todays_photos(otsu_on_sample: Path) -> None:
    """Every photo's IoU; seconds are another machine's."""
    today = json.loads((otsu_on_sample / "comparison.json").read_bytes())
    assert today["dataset"] == REPORT["dataset"]
    (otsu,) = (row for row in REPORT["rows"] if row["row"] == "otsu")
    assert today["rows"][0]["ious"] == pytest.approx(otsu["ious"], abs=1e-6)
