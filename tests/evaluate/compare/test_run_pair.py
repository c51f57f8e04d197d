"""``make compare runs=A,B``: two runs or baselines get distinct labels, or are refused."""

import re
import shutil
from pathlib import Path

from tests.evaluate.compare.two_runs import (
    DIM,
    IDS,
    SHADED,
    A,
    B,
    Reports,
    change,
    erase,
    older,
    stored,
)


def test_two_settings_of_one_model(reports: Reports) -> None:
    before = {p: p.read_bytes() for p in reports.folder.glob("[!.]*") if p.is_file()}
    done = reports.compare(A, B, "plots=true")
    assert done.returncode == 0, done.stderr
    assert "won head-to-head against Otsu" in done.stdout
    assert {p: p.read_bytes() for p in before} == before
    comparison, text = reports.found("otsu..otsu+threshold=100")
    assert [row["row"] for row in comparison["rows"]] == [B, A]
    assert comparison["sentence"] in done.stdout.replace("\n", " ")
    assert "Settings, A → B: threshold otsu → 100" in comparison["notes"]
    (pair,) = comparison["duels"]
    assert (pair["first"], pair["wins"], pair["ties"], pair["losses"]) == (B, 3, 3, 2)
    assert pair["interval"][0] <= pair["difference"] <= pair["interval"][1]
    assert len(pair["curve"]) > 3
    assert "The IoU of 2 of 8 photos fell and that of 3 rose" in text
    fell, rose = text.split("Largest falls:")[1].split("Largest rises:")
    assert re.findall(r"^\| (p\d)", fell, re.MULTILINE) == DIM
    assert sorted(re.findall(r"^\| (p\d)", rose.split("###")[0], re.MULTILINE)) == SHADED
    assert (reports.folder / "ab" / "otsu..otsu+threshold=100" / "quality-speed.png").is_file()
    assert "runs=" not in stored(reports.run(A) / "run.json")["command"]


def test_slices_that_differ_significantly_are_listed(reports: Reports) -> None:
    """A slice that only one of them solves, with enough photos for significance."""
    baselines = reports.folder / "baselines"
    ids = [f"q{i}" for i in range(24)]
    for name, good in (("first", 12), ("second", 24)):
        shutil.copy(baselines / "otsu.json", baselines / f"{name}.json")
        ious = {id_: 0.9 if i < good else 0.2 for i, id_ in enumerate(ids)}
        change(baselines / f"{name}.json", row=name, photos=ious)
    holes = {id_: {"holes": int(i >= 12)} for i, id_ in enumerate(ids)}
    change(reports.folder / "traits.json", photos=holes)
    assert reports.compare("first", "second").returncode == 0
    _, text = reports.found("first-baseline..second-baseline")
    assert "- In holes=1 (12 photos) B is better, 12 to 0, Holm's p <0.001" in text
    assert "In holes=0 (12 photos)" not in text


def test_a_run_against_a_baseline_of_another_machine(reports: Reports) -> None:
    elsewhere = reports.reports / "of ci" / "base,line.json"
    elsewhere.parent.mkdir()
    shutil.copy(reports.folder / "baselines" / "otsu.json", elsewhere)
    ious = stored(elsewhere)["photos"]
    change(elsewhere, failed={"p7": "timeout"}, photos=ious | {"p7": 0.0})
    done = reports.compare(B, str(elsewhere), "html=true", "plots=true")
    assert done.returncode == 0, done.stderr
    assert re.search(r"Baseline of otsu +.* N/A$", done.stdout, re.MULTILINE)
    assert "No pictures: a baseline has scores only" in done.stderr
    comparison, text = reports.found("otsu+threshold=100..otsu-baseline")
    row = {row["row"]: row for row in comparison["rows"]}["otsu@baseline"]
    assert (row["seconds"], row["device"], row["threads"]) == (None, "none", None)
    assert any(
        note.startswith("Baseline of otsu: 1 of 8 photos failed (1 timeout)")
        for note in comparison["notes"]
    )
    assert "To retry them" not in text
    assert "light=sun" in [cut["name"] for cut in comparison["slices"]]
    assert "quality-speed" not in text


def test_a_run_equals_its_own_baseline_at_every_margin(reports: Reports) -> None:
    """Although a baseline keeps only six decimals."""
    done = reports.compare(A, "otsu.json")
    assert done.returncode == 0, done.stderr
    comparison, _ = reports.found("otsu..otsu-baseline")
    assert {(one["wins"], one["losses"]) for one in comparison["duels"][0]["curve"]} == {(0, 0)}
    assert len({row["label"] for row in comparison["rows"]}) == 2


def test_a_copy_of_an_older_version(reports: Reports, tmp_path: Path) -> None:
    older(reports, tmp_path / "kept" / "yesterday")
    erase(tmp_path / "kept" / "yesterday" / "masks" / "p7.png")
    done = reports.compare(A, f"{tmp_path}/kept/yesterday", "html=true", "plots=true")
    assert done.returncode == 0, done.stderr
    comparison, text = reports.found("otsu..otsu-ffffffffffff")
    assert {row["row"] for row in comparison["rows"]} == {"otsu", "otsu@ffffffffffff"}
    labels = {row["row"]: row["label"] for row in comparison["rows"]}
    assert labels["otsu@ffffffffffff"] == "Otsu (code=eeeeeeeeeeee)"
    assert re.fullmatch(r"Otsu \(code=[0-9a-f]{12}\)", labels["otsu"])
    notes = "\n".join(comparison["notes"])
    assert re.search(r"^Packages, A → B: numpy \S+ → 1.26.4$", notes, re.MULTILINE)
    assert re.search(r"^Machine, A → B: cpu .* → Another CPU$", notes, re.MULTILINE)
    timed = (
        r"Timed on different devices or machines \(cpu ×\d+, machine A; cpu ×\d+, machine B\): "
        r"seconds are not compared"
    )
    assert re.search(timed, notes)
    assert re.search(
        r"Otsu \(code=eeeeeeeeeeee\) .* cpu ×\d+, machine B$", done.stdout, re.MULTILINE
    )
    assert "quality-speed" not in text
    page = reports.folder / "ab" / "otsu..otsu-ffffffffffff" / "index.html"
    assert str(page) in done.stdout
    shown = [p.read_text() for p in page.parent.glob("html/*/*.js") if p.name != "truth.js"]
    assert len(shown) == 2 * len(IDS)


def test_two_identical_runs_are_two_rows(reports: Reports, tmp_path: Path) -> None:
    """Their records are equal, and each shows its own masks."""
    for place in (tmp_path / "x" / "otsu", tmp_path / "y" / "otsu"):
        shutil.copytree(reports.run(A), place)
    erase(tmp_path / "y" / "otsu" / "masks" / "p7.png")
    done = reports.compare(f"{tmp_path}/x/otsu", f"{tmp_path}/y/otsu", "html=true")
    assert done.returncode == 0, done.stderr
    (folder,) = (reports.folder / "ab").iterdir()
    comparison, _ = reports.found(folder.name)
    assert {row["label"] for row in comparison["rows"]} == {"Otsu (A)", "Otsu (B)"}
    assert len({row["row"] for row in comparison["rows"]}) == 2
    assert "No recorded setting, code or machine differs" in comparison["notes"]
    different = [
        place.name
        for place in (folder / "html").iterdir()
        if len({p.read_text().partition(",")[2] for p in place.glob("*.js") if p.stem != "truth"})
        > 1
    ]
    assert len(different) == 1
