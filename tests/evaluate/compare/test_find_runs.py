"""``make compare runs=A,B``: how two runs are named, and which two are refused."""

import re
import shlex
import shutil

import pytest

from evaluate.compare.find_runs import find_runs
from tests.evaluate.compare.two_runs import A, B, Reports, change, older, stored
from tests.support.commands import make


def test_names_may_contain_commas(reports: Reports) -> None:
    odd = "otsu+mean=0.5,0.5"
    shutil.copytree(reports.run(A), reports.run(odd))
    older(reports, reports.folder / "runs" / ".superseded" / "otsu@ffff")
    (reports.folder / "baselines" / "gone.json").write_bytes(
        (reports.folder / "baselines" / "otsu.json").read_bytes()
    )
    for first, second in ((odd, B), (B, odd), ("otsu@ffff", A), ("gone", "otsu.json")):
        one, other = find_runs(reports.folder, f"{first},{second}")
        assert [one.path.name, other.path.name] == [
            first.replace("gone", "gone.json"),
            second,
        ]


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ("otsu", "name two, as runs=A,B"),
        ("otsu,", "name two, as runs=A,B"),
        ("otsu,otsu+threshold=100,otsu.json", "name two, as runs=A,B"),
        ("otsu,otus", "no run or baseline is called otus"),
        ("otsu,./otsu", "no run or baseline is called ./otsu"),
        ("otsu,otsu", "both are one run"),
        ("null", "name two, as runs=A,B"),
    ],
)
def test_an_error_lists_the_available_runs(reports: Reports, names: str, why: str) -> None:
    done = reports.command("compare", f"runs={names}")
    assert done.returncode == 2
    listed = "there are: otsu, otsu+threshold=100, otsu.json"
    assert done.stderr.splitlines() == [f"runs={names}: {why}; {listed}"]
    assert not (reports.folder / "ab").exists()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("dataset_hash", "0" * 64, "dataset_hash is [0-9a-f]{12} in A and 000000000000 in B"),
        ("threshold", 200, "threshold is 128 in A and 200 in B"),
        ("cutoutbench", "9.9", "version is 0.1.0 in A and 9.9 in B"),
    ],
)
def test_incomparable_runs_are_refused_with_the_reason(
    reports: Reports, name: str, value: object, text: str
) -> None:
    change(reports.run(B) / "scores.json", **{name: value, "scored": "2020"})
    done = reports.compare(A, B)
    assert done.returncode == 2
    again = re.escape(f"the older is {reports.run(B)}; run: make eval ")
    assert re.search(f"not comparable, {text}; {again}.*model.threshold=100", done.stderr)
    assert not (reports.folder / "ab").exists()


def test_a_baseline_of_other_photos_is_refused(reports: Reports) -> None:
    path = reports.folder / "baselines" / "otsu.json"
    ious = stored(path)["photos"]
    change(path, photos={"p9": ious.pop("p0")} | ious)
    done = reports.compare("otsu.json", A)
    assert done.returncode == 2
    assert "1 of 8 photos are only in A (p9); 1 of 8 photos are only in B (p0)" in done.stderr
    assert "make baseline for its model, or run: make eval" in done.stderr
    change(path, threshold=1)
    assert "threshold is 1 in A and 128 in B" in reports.compare("otsu.json", A).stderr
    change(path, threshold=128, cutoutbench="9.9")
    assert "version is 9.9 in A and 0.1.0 in B" in reports.compare("otsu.json", A).stderr


def test_a_run_that_is_not_scored_is_refused(reports: Reports) -> None:
    (reports.run(B) / "scores.json").unlink()
    done = reports.compare(A, B)
    assert done.returncode == 2
    assert "predicted, not scored yet; run: make score" in done.stderr


def test_through_make(reports: Reports) -> None:
    setting = "runs=otsu+mean=0.5,0.5,otsu+threshold=100"
    words = shlex.split(make("-n", "compare", setting).stdout)
    assert words[words.index("compare") + 1 :] == [setting]
    shutil.copytree(reports.run(A), reports.run("otsu+mean=0.5,0.5"))
    done = make("compare", setting, *reports.own, "html=false")
    assert done.returncode == 0, done.stderr
    assert (reports.folder / "ab" / "otsu+mean=0.5,0.5..otsu+threshold=100").is_dir()
    assert make("compare", "runs=otsu", *reports.own).returncode == 2
