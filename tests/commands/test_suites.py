"""Several models at once: those that cannot run stay rows, nothing stops, licences are shown."""

import json
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from evaluate.compare.licence_terms import restrictive_licences
from models.segmenter import load_class
from models.weights.weight_file import HasWeights
from tests.support.commands import Command
from tests.support.projects import ROOT, models_of_a_suite, own_model
from tests.support.runs import lines, read_scores

MODELS = {p.stem: yaml.safe_load(p.read_text()) for p in (ROOT / "conf/model").glob("*.yaml")}
A_CLASS = {content["_target_"]: name for name, content in sorted(MODELS.items())}
WEIGHTED = [
    name
    for target, name in A_CLASS.items()
    if isinstance(load_class(target), HasWeights) and "???" not in MODELS[name].values()
]
OTSU = "from models.otsu import Otsu\nclass Model(Otsu):\n"
LOADS = "class Model:\n    def __init__(self, *, device):\n        "
WEIGHTS = """
    @classmethod
    def weights_of(cls, options):
        from models.weights.weight_file import WeightFile
        return [WeightFile("own/net.bin", "http://127.0.0.1:9/net.bin", 3, "md5:0", "CC BY-NC 4.0")]
"""


def packages_of_the_extras() -> set[str]:
    def pinned(name: str) -> set[str]:
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        return set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))

    extras = pinned("all") - pinned("core")
    return {
        package
        for package, sources in packages_distributions().items()
        if {re.sub("[-_.]+", "-", one).lower() for one in sources} <= extras
    } - sys.stdlib_module_names  # one of them is a "typing"


def otsu(project: Path, name: str, **keys: str) -> None:
    """Otsu under another name, with ``keys`` in its yaml."""
    own_model(project, name, f"{OTSU}    def __init__(self, *, device):\n        super().__init__("
              "device=device, threshold='otsu')\n")  # fmt: skip
    add(project, name, **keys)


def add(project: Path, name: str, **keys: str) -> None:
    path = project / "conf" / "model" / f"{name}.yaml"
    path.write_text(path.read_text() + "".join(f"{k}: {v}\n" for k, v in keys.items()))


@pytest.fixture
def models(project: Path) -> Path:
    """A project whose models are ours: good ones, and one for each way not to run."""
    for path in (project / "conf" / "model").glob("*.yaml"):
        path.unlink()
    otsu(project, "free", licence="MIT")
    otsu(project, "shared", licence="AGPL-3.0")
    otsu(project, "unpaid", licence="MIT")
    path = project / "models" / "unpaid.py"
    path.write_text(path.read_text() + WEIGHTS)
    own_model(project, "unpacked", LOADS + "import nosuch\n")
    add(project, "unpacked", extra="vision")
    fetches = "from models.weights.weight_file import fetch\n        fetch(*self.weights_of({}))\n"
    own_model(project, "unfetched", LOADS + fetches + WEIGHTS)
    own_model(project, "unloaded", LOADS + "raise RuntimeError('no such layer')\n")
    own_model(project, "unparsed", "class Model(:\n")
    own_model(project, "untold", LOADS + "pass\n")
    add(project, "untold", file="???")
    return project


def test_all_models_are_run_past_those_that_cannot(
    command: Command, models: Path, folder: Path, tmp_path: Path, empty_home: Path
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}", "weights.offline=true")
    done = command("eval", "suite=all", *own, project=models)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    report = tmp_path / "reports" / "photos"
    table = (report / "comparison.csv").read_text().splitlines()
    assert [line.partition(",")[0] for line in table[1:4]] == ["free", "shared", "unpaid"]
    assert {line.partition(",")[0] for line in table[4:] if line.count(",N/A") > 8} == {
        "unloaded", "unpacked", "unfetched", "unparsed"
    }  # fmt: skip
    page = (report / "comparison.md").read_text()
    for reason in (
        "unpacked: package 'nosuch' is not installed; run: make install extra=vision",
        "unfetched: weights net.bin are missing and weights.offline=true",
        "unparsed: models.unparsed.Model cannot be imported (SyntaxError",
    ):
        assert f"\n- Could not run: {reason}" in page
        assert done.stderr.count(f"Could not run: {reason}") == 1
    assert "3 of 3 photos failed (3 load-failed)" in page
    assert "RuntimeError: no such layer (models/unloaded.py, line 3)" in page
    assert "untold: left out, it needs model.file" in done.stderr
    assert "untold" not in page
    kept = {path.name for path in (report / "runs").iterdir() if path.is_dir()}
    assert kept == {"free", "shared", "unpaid", "unloaded"}

    own_model(models, "unparsed", f"{OTSU}    pass\n")
    add(models, "unparsed", threshold="100")
    assert command("run", "model=unparsed", *own, project=models).returncode == 0
    (report / "unable" / "unfetched.json").unlink()
    done = command("compare", *own, project=models)
    page = (report / "comparison.md").read_text()
    assert done.stderr.count("Could not run: unpacked: package 'nosuch'") == 1
    assert re.search(r"^\| unpacked +\|( N/A +\|)+$", page, re.MULTILINE)
    assert "unfetched" not in page
    assert "Could not run: unparsed" not in page


def test_licences_that_bind_are_told_and_kept(
    command: Command, models: Path, folder: Path, tmp_path: Path
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    done = command("eval", "model=free,shared,unpaid", *own, project=models)
    assert done.returncode == 0, done.stderr
    report = tmp_path / "reports" / "photos"
    page = (report / "comparison.md").read_text()
    for label, text in (
        ("shared", "code AGPL-3.0"),
        ("unpaid", "code MIT, weights CC BY-NC 4.0"),
    ):
        assert done.stderr.index(f"{label}: licences: {text}") < done.stderr.index(f"{label}:   0%")
        assert f"\n- Licences of {label}: {text}\n" in page
        assert f"\nLicences of {label}: {text}\n" in done.stderr
    assert "free: licences" not in done.stderr
    assert "of free" not in page

    run = report / "runs" / "unpaid" / "run.json"
    about = json.loads(run.read_text())
    assert about.pop("licences") == {"code": "MIT", "weights": "CC BY-NC 4.0"}
    assert "BY-NC" not in json.dumps(about["identity"])
    run.write_text(json.dumps(about))  # as older versions left it
    done = command("compare", *own, project=models)
    assert done.returncode == 0, done.stderr
    assert "unpaid" in done.stdout
    assert "BY-NC" not in done.stderr


@pytest.mark.parametrize(
    ("licence", "binds"),
    [
        ("AGPL-3.0", True),
        ("CC BY-NC 4.0", True),
        ("Bria's own, noncommercial", True),
        ("Non-Commercial research", True),
        ("MIT", False),
        ("not stated (code Apache-2.0)", False),
        ("NCSA", False),
    ],
)
def test_which_licences_bind(licence: str, binds: bool) -> None:
    assert bool(restrictive_licences({"code": "MIT", "weights": licence})) is binds


def test_an_earlier_run_stays_when_its_model_cannot_run_any_more(
    command: Command, models: Path, folder: Path, tmp_path: Path
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    sweep = ("eval", "model=free,shared", *own)
    assert command(*sweep, project=models).returncode == 0
    run = tmp_path / "reports" / "photos" / "runs" / "shared"
    before = lines(run), read_scores(run), (run / "run.json").read_bytes()
    own_model(models, "shared", LOADS + "import nosuch\n")
    done = command(*sweep, project=models)
    assert done.returncode == 3
    assert "N/A" not in done.stdout
    assert re.search(r"^shared +3 +0 +100%", done.stdout, re.MULTILINE)
    assert "run: .venv/bin/pip install nosuch. Its row is from an earlier run" in done.stderr
    assert (lines(run), read_scores(run), (run / "run.json").read_bytes()) == before


def test_where_no_model_can_run_nothing_was_done(
    command: Command, models: Path, folder: Path
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}", "dataset.foreground=white")
    alone = command("eval", "model=unpacked", *own, project=models)
    assert alone.returncode == 2
    assert alone.stderr.splitlines() == [
        "unpacked: package 'nosuch' is not installed; run: make install extra=vision"
    ]
    for command_, wanted in (("eval", "unpacked,unparsed"), ("run", "unpacked"), ("run", "untold")):
        done = command(command_, "-m", f"model={wanted}", *own, project=models)
        assert done.returncode == 2
    assert command("eval", "model=free", *own, project=models).returncode == 0
    done = command("eval", "model=unpacked,unparsed", *own, project=models)
    assert done.returncode == 2
    assert done.stdout.count("N/A") == 2 * 12


def test_make_table_runs_the_models_of_the_issue(
    command: Command, project: Path, folder: Path
) -> None:
    """Stand-ins under the six names; the last has no server."""
    *able, last = models_of_a_suite("issue")
    for number, name in enumerate(able):
        (project / "conf" / "model" / f"{name}.yaml").write_text(
            f"_target_: models.otsu.Otsu\nlabel: {name}\nthreshold: {30 + 30 * number}\n"
        )
    own_model(project, "standin", "from models.segmenter import Unavailable\n" + LOADS
              + "raise Unavailable('no server; run: ollama serve')\n")  # fmt: skip
    (project / "conf" / "model" / "standin.yaml").rename(project / f"conf/model/{last}.yaml")
    done = command("table", "dataset=folder", f"dataset.root={folder}", project=project)
    assert done.returncode == 3
    table = done.stdout[done.stdout.index("\nApproach") :].splitlines()
    assert re.split("  +", table[1]) == [
        "Approach", ">0.9 IoU", ">0.7 IoU", "Median IoU", "Speed"
    ]  # fmt: skip
    assert sorted(line.split()[0] for line in table[3:9]) == sorted([*able, "standin"])
    assert table[8].split() == ["standin", "N/A", "N/A", "N/A", "N/A"]
    assert "head-to-head" in done.stdout
    assert "Could not run: standin: no server; run: ollama serve" in done.stderr


def test_every_model_that_a_suite_lists_exists() -> None:
    suites = {path.stem for path in (ROOT / "conf" / "suite").glob("*.yaml")}
    assert suites >= {"issue", "rembg", "all", "floors"}
    for suite in suites - {"all"}:
        assert set(models_of_a_suite(suite)) <= MODELS.keys()
    by_rembg = {
        name for name, content in MODELS.items() if content["_target_"] == "models.rembg.Rembg"
    }
    assert set(models_of_a_suite("rembg")) == by_rembg


def test_on_a_machine_with_the_core_alone_every_class_has_a_row_or_a_line(
    command: Command, project: Path, folder: Path, tmp_path: Path, empty_home: Path
) -> None:
    """The packages of the extras are hidden; ``make eval`` takes the sweep as it is documented."""
    tried = {name: MODELS[name] for name in A_CLASS.values()}
    for name in MODELS.keys() - tried.keys():
        (project / "conf" / "model" / f"{name}.yaml").unlink()
    hidden = packages_of_the_extras()
    assert hidden >= {"torch", "rembg", "onnxruntime"}
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "sitecustomize.py").write_text(
        "import sys\nclass Hidden:\n    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {sorted(hidden)}:\n"
        "            raise ModuleNotFoundError(name, name=name.partition('.')[0])\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    own = ("dataset=folder", f"dataset.root={folder}", "weights.offline=true")
    env = {"PYTHONPATH": str(tmp_path / "first")}
    done = command("eval", "model=glob(*)", *own, project=project, env=env)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    table = (tmp_path / "reports" / "photos" / "comparison.csv").read_text()
    for name, content in tried.items():
        if "???" in content.values():
            assert f"{name}: left out, it needs model." in done.stderr
        else:
            (cells,) = re.findall(rf"^{re.escape(content['label'])},(.*)", table, re.MULTILINE)
            line = rf"^Could not run: {re.escape(content['label'])}: .*(run: |export |add )"
            assert ("N/A" in cells) is bool(re.search(line, done.stderr, re.MULTILINE))


@pytest.mark.parametrize("name", WEIGHTED)
def test_without_its_weights_a_model_says_one_line(
    command: Command, folder: Path, empty_home: Path, name: str
) -> None:
    """Of each class one, with its real library."""
    own = (f"model={name}", "dataset=folder", f"dataset.root={folder}", "weights.offline=true")
    done = command("eval", *own)
    assert done.returncode == 2
    line = done.stderr.splitlines()[-1]
    assert line.startswith(f"{MODELS[name]['label']}: ")
    assert re.search(r"weights\.offline=true; leave that out|trust\w*=true", line)
    assert "Traceback" not in done.stderr
