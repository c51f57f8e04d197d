"""``make compare runs=A,B``: two runs or baselines get distinct labels, or are refused."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from PIL import Image as Pillow

from evaluate.compare.find_runs import find_runs
from tests.support.commands import make, run_command
from tests.support.photos import opened, photo
from tests.support.projects import ROOT

IDS = [f"p{i}" for i in range(8)]
DIM, SHADED = IDS[:2], IDS[2:5]  # threshold=100 misses the tool; Otsu takes the shade for tool
A, B = "otsu", "otsu+threshold=100"


def stored(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


def change(path: Path, **changes: object) -> None:
    """Change values in a stored JSON file."""
    path.write_text(json.dumps(stored(path) | changes))


class Reports:
    """A folder of photos, and two runs on it with a baseline."""

    def __init__(self, place: Path) -> None:
        self.photos, self.reports = place / "photos", place / "reports"
        self.folder = self.reports / "photos"
        self.own = ("dataset=folder", f"dataset.root={self.photos}", f"reports={self.reports}")

    def run(self, name: str) -> Path:
        return self.folder / "runs" / name

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        page = () if any(word.startswith("html=") for word in words) else ("html=false",)
        return run_command(*words, *self.own, *page)

    def compare(self, a: str, b: str, *more: str) -> subprocess.CompletedProcess[str]:
        return self.command("compare", f"runs={a},{b}", *more)

    def found(self, folder: str) -> tuple[dict[str, Any], str]:
        """comparison.json and comparison.md of two runs."""
        place = self.folder / "ab" / folder
        told = stored(place / "comparison.json")
        jsonschema.validate(told, stored(ROOT / "docs" / "comparison.schema.json"))
        return told, (place / "comparison.md").read_text()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("ab")
    reports = Reports(place)
    for kind in ("images", "masks"):
        (reports.photos / kind).mkdir(parents=True)
    for id_ in IDS:
        image, mask = photo()
        if id_ in DIM:
            image[mask] = 120
        if id_ in SHADED:
            image[:, :15] = 110
        Pillow.fromarray(image).save(reports.photos / "images" / f"{id_}.png")
        Pillow.fromarray(mask).save(reports.photos / "masks" / f"{id_}.png")
    rows = "".join(f"{i},{'shade' if i in SHADED else 'sun'}\n" for i in IDS)
    (reports.photos / "metadata.csv").write_text(f"id,light\n{rows}")
    sweep = ("-m", "model=otsu", "model.threshold=otsu,100", "runs=no,part")
    assert reports.command("eval", *sweep).returncode == 0
    assert reports.command("baseline", "model=otsu").returncode == 0
    return place


@pytest.fixture
def reports(made: Path, tmp_path: Path) -> Reports:
    """A copy that a test may change."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    reports = Reports(tmp_path)
    (reports.folder / "runs" / ".root").write_text(str(reports.photos))
    return reports


def test_two_settings_of_one_model(reports: Reports) -> None:
    before = {p: p.read_bytes() for p in reports.folder.glob("*") if p.is_file()}
    done = reports.compare(A, B)
    assert done.returncode == 0, done.stderr
    assert "won head-to-head against Otsu" in done.stdout
    assert {p: p.read_bytes() for p in before} == before
    told, text = reports.found("otsu..otsu+threshold=100")
    assert [row["row"] for row in told["rows"]] == [B, A]
    assert told["sentence"] in done.stdout
    assert "Settings, A → B: threshold otsu → 100" in told["notes"]
    (duel,) = told["duels"]
    assert (duel["first"], duel["wins"], duel["ties"], duel["losses"]) == (B, 3, 3, 2)
    assert duel["interval"][0] <= duel["difference"] <= duel["interval"][1]
    assert len(duel["curve"]) > 3
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
    done = reports.compare(B, str(elsewhere), "html=true")
    assert done.returncode == 0, done.stderr
    assert re.search(r"Baseline of otsu +.* N/A$", done.stdout, re.MULTILINE)
    assert "No pictures: a baseline has scores only" in done.stderr
    told, text = reports.found("otsu+threshold=100..otsu-baseline")
    row = {row["row"]: row for row in told["rows"]}["otsu@baseline"]
    assert (row["seconds"], row["device"], row["threads"]) == (None, "none", None)
    assert any(
        note.startswith("Baseline of otsu: 1 of 8 photos failed (1 timeout)")
        for note in told["notes"]
    )
    assert "To retry them" not in text
    assert "light=sun" in [cut["name"] for cut in told["slices"]]
    assert "quality-speed" not in text


def test_a_run_equals_its_own_baseline_at_every_margin(reports: Reports) -> None:
    """Although a baseline keeps only six decimals."""
    done = reports.compare(A, "otsu.json")
    assert done.returncode == 0, done.stderr
    told, _ = reports.found("otsu..otsu-baseline")
    assert {(one["wins"], one["losses"]) for one in told["duels"][0]["curve"]} == {(0, 0)}
    assert len({row["label"] for row in told["rows"]}) == 2


def older(reports: Reports, place: Path) -> None:
    """A copy of a run that looks as if made by another version on another machine."""
    shutil.copytree(reports.run(A), place)
    parts = stored(place / "run.json")["identity"]
    parts["code"]["packages"]["numpy"] = "1.26.4"
    parts["code"]["sources"] = "e" * 64
    parts["machine"]["cpu"] = "Another CPU"
    change(place / "run.json", key="f" * 64, identity=parts)


def erase(mask: Path) -> None:
    Pillow.new("L", opened(mask).size).save(mask)


def test_a_copy_of_an_older_version(reports: Reports, tmp_path: Path) -> None:
    older(reports, tmp_path / "kept" / "yesterday")
    erase(tmp_path / "kept" / "yesterday" / "masks" / "p7.png")
    done = reports.compare(A, f"{tmp_path}/kept/yesterday", "html=true")
    assert done.returncode == 0, done.stderr
    told, text = reports.found("otsu..otsu-ffffffffffff")
    assert {row["row"] for row in told["rows"]} == {"otsu", "otsu@ffffffffffff"}
    labels = {row["row"]: row["label"] for row in told["rows"]}
    assert labels["otsu@ffffffffffff"] == "Otsu (code=eeeeeeeeeeee)"
    assert re.fullmatch(r"Otsu \(code=[0-9a-f]{12}\)", labels["otsu"])
    notes = "\n".join(told["notes"])
    assert re.search(r"^Packages, A → B: numpy \S+ → 1.26.4$", notes, re.MULTILINE)
    assert re.search(r"^Machine, A → B: cpu .* → Another CPU$", notes, re.MULTILINE)
    timed = (
        r"Timed on different devices or machines \(cpu ×\d+, machine A; cpu ×\d+, machine B\): "
        r"seconds are not compared"
    )
    assert re.search(timed, notes)
    assert re.search(r"Otsu \(code=e{12}\) .* cpu ×\d+, machine B$", done.stdout, re.MULTILINE)
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
    told, _ = reports.found(folder.name)
    assert {row["label"] for row in told["rows"]} == {"Otsu (A)", "Otsu (B)"}
    assert len({row["row"] for row in told["rows"]}) == 2
    assert "No recorded setting, code or machine differs" in told["notes"]
    outlines = [
        {p.read_text().partition(",")[2] for p in place.glob("*.js") if p.stem != "truth"}
        for place in (folder / "html").iterdir()
    ]
    assert sum(len(of_photo) > 1 for of_photo in outlines) == 1


def test_names_may_contain_commas(reports: Reports) -> None:
    odd = "otsu+mean=0.5,0.5"
    shutil.copytree(reports.run(A), reports.run(odd))
    older(reports, reports.folder / "runs" / ".superseded" / "otsu@ffff")
    baselines = reports.folder / "baselines"
    shutil.copy(baselines / "otsu.json", baselines / "gone.json")
    for first, second in ((odd, B), (B, odd), ("otsu@ffff", A), ("gone", "otsu.json")):
        one, other = find_runs(reports.folder, f"{first},{second}")
        assert [one.path.name, other.path.name] == [first.replace("gone", "gone.json"), second]


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
    assert "not predicted and scored yet; run: make eval" in done.stderr


def test_through_make(reports: Reports) -> None:
    setting = "runs=otsu+mean=0.5,0.5,otsu+threshold=100"
    words = shlex.split(make("-n", "compare", setting).stdout)
    assert words[words.index("compare") + 1 :] == [setting]
    shutil.copytree(reports.run(A), reports.run("otsu+mean=0.5,0.5"))
    done = make("compare", setting, *reports.own, "html=false")
    assert done.returncode == 0, done.stderr
    assert (reports.folder / "ab" / "otsu+mean=0.5,0.5..otsu+threshold=100").is_dir()
    assert make("compare", "runs=otsu", *reports.own).returncode == 2
