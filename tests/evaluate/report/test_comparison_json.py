"""Outputs for programs: comparison.json, comparison.tex, model-index, and opt-in logging."""

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from evaluate.compare.analysis import Analysis, analyse
from evaluate.compare.comparison import Comparison, RowLeftOut
from evaluate.errors import SettingsError
from evaluate.report import comparison_json, latex, model_card, tracking
from tests.support.commands import Command
from tests.support.comparisons import HOSTILE, UNICODE, compared, nothing, photos, row
from tests.support.projects import ROOT

SCHEMA = json.loads((ROOT / "docs" / "comparison.schema.json").read_text())


def full() -> Comparison:
    """Three rows, one without quality; with tags, facts, groups and a run left out."""
    best, other = photos([0.95] * 8 + [0.6] * 8), photos([0.9] * 16)
    known = {
        id_: {
            "kind": "matte" if i < 8 else "chrome",
            "size": 0.1,
            "edge": False,
            "group": f"g{i // 2}",
        }
        for i, id_ in enumerate(best)
    }
    facts = {"tokens": 7, "cost_usd": math.nan, "side_px": {"1024": 3}}
    return compared(
        [
            row("Best", best, facts=facts),
            row("Other", other, failures={"no-mask": 2}, reason="it | is"),
            nothing("None", list(best)),
        ],
        known,
        left_out=(RowLeftOut("x", "runs/x: unfinished"),),
        without_truth=("p99: no mask",),
    )


def written(comparison: Comparison) -> Any:
    """comparison.json as a program reads it, checked against its schema."""
    data = comparison_json.to_json(analyse(comparison))
    read = json.loads(data.decode("ascii"), parse_constant=pytest.fail)  # NaN, Infinity
    jsonschema.validate(read, SCHEMA)
    return read


def test_the_json_equals_the_analysis() -> None:
    comparison = full()
    analysis, found = analyse(comparison), written(comparison)
    assert found["schema_version"] == comparison_json.SCHEMA_VERSION
    best, other, none = found["rows"]
    quality = analysis.rows["Best"]
    assert best["quality"]["above"] == {"0.9": 8, "0.7": 8}
    assert best["quality"]["median"] == quality.median
    assert quality.interval is not None
    assert best["quality"]["interval"] == [quality.interval.low, quality.interval.high]
    assert best["ious"] == list(comparison.rows[0].ious.values())
    assert best["facts"] == {"tokens": 7, "cost_usd": None, "side_px": {"1024": 3}}
    assert (other["failed"], other["failures"], other["reason"]) == (2, {"no-mask": 2}, "it | is")
    assert (none["quality"], none["seconds"], none["device"]) == (None, None, "none")
    (pair,) = found["duels"]
    assert (pair["first"], pair["second"]) == (best["row"], other["row"])
    assert (pair["wins"], pair["ties"], pair["losses"]) == (8, 0, 8)
    assert pair["curve"][0] == {"margin": 0, "wins": 8, "ties": 0, "losses": 8}
    assert found["ranks"]["means"] == {best["row"]: 1.5, other["row"]: 1.5}
    assert [cut["name"] for cut in found["slices"]] == ["kind=chrome", "kind=matte"]
    chrome = found["slices"][0]
    assert chrome["ids"] == [f"p{i:02}" for i in range(8, 16)]
    assert chrome["rows"][other["row"]] == {"median": 0.9, "interval": [0.9, 0.9]}
    (reversal,) = found["upsets"]
    assert (reversal["slice"], reversal["better"], reversal["wins"]) == (
        "kind=chrome",
        other["row"],
        8,
    )
    assert found["photos"][0] == {"id": "p00", "known": dict(comparison.known["p00"])}
    assert (found["left_out"], found["without_truth"]) == (["runs/x: unfinished"], ["p99: no mask"])


def test_a_minimal_json_is_valid_and_reproducible() -> None:
    for comparison in (
        compared([row("A", photos([0.9]))]),
        compared([nothing("A", ["p"])]),
        compared([row("A", {}), row("B", {})], {}),
    ):
        written(comparison)
    made = [comparison_json.to_json(analyse(c)) for c in (full(), full())]
    assert made[0] == made[1]


def test_the_schema_refuses_invalid_values() -> None:
    found = written(full())
    found["rows"][0]["ious"][0] = 1.5
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, SCHEMA)
    found = written(full())
    del found["duels"][0]["p_holm"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, SCHEMA)


def test_every_name_is_documented() -> None:
    page = (ROOT / "docs" / "comparison-json.md").read_text()

    def names(schema: Any) -> set[str]:
        if isinstance(schema, list):
            return set().union(*map(names, schema))
        if not isinstance(schema, dict):
            return set()
        return set(schema.get("properties", {})).union(*map(names, schema.values()))

    undescribed = {name for name in names(SCHEMA) if f"`{name}`" not in page}
    assert undescribed == {"0.9", "0.7"}


@pytest.mark.parametrize("name", [*HOSTILE, UNICODE])
def test_names_survive_every_format(name: str, tmp_path: Path) -> None:
    ids = [f"{name}{i}" for i in range(8)]
    ious = dict(zip(ids, [0.9] * 8, strict=True))
    comparison = compared(
        [row(name, ious, row="own"), row(f"{name} 2", ious, row="own 2")],
        {i: {name: name} for i in ids},
    )
    found = written(comparison)
    assert found["rows"][0]["label"] == name
    assert [photo["id"] for photo in found["photos"]] == ids
    line = latex.to_tex(comparison).splitlines()[6]
    assert len(re.findall(r"(?<!\\)&", line)) == 5
    assert line.endswith(r"\\")
    assert not re.search(r"(?<!\\)[#$%_]|[\x00-\x1f\ud800-\udfff<>|^~]|^[\[*]", line)
    assert line.count("{") - line.count(r"\{") == line.count("}") - line.count(r"\}")
    made = model_card.card_blocks(comparison)
    assert set(made) == {"model-index/own.yaml", "model-index/own-2.yaml"}
    read = yaml.safe_load(made["model-index/own.yaml"])
    label = read["model-index"][0]["name"]
    assert label.isprintable()
    assert label == name or not name.isprintable()


def test_the_latex_table() -> None:
    text = latex.to_tex(full())
    begin, top, header, middle, *rows, bottom, end = text.splitlines()[2:]
    assert (begin, end) == (r"\begin{tabular}{lrrrrr}", r"\end{tabular}")
    assert (top, middle, bottom) == (r"\toprule", r"\midrule", r"\bottomrule")
    assert header.startswith(r"Approach & \textgreater{}0.9 IoU & \textgreater{}0.7 IoU & ")
    assert header.endswith(r"Median IoU & 95\% interval & Speed \\")
    assert [line.split(" & ")[-3:] for line in rows] == [
        ["0.775", "0.600–0.950", r"0.5s \\"],
        ["0.900", "0.900–0.900", r"0.5s \\"],
        ["N/A", "N/A", r"N/A \\"],
    ]
    assert latex.escape_tex("\\~[a]*") == r"\textbackslash{}\textasciitilde{}{[}a{]}{*}"


def test_the_hubs_library_reads_our_model_index() -> None:
    cards = pytest.importorskip("huggingface_hub").ModelCardData
    comparison = full()
    made = model_card.card_blocks(comparison)
    assert len(made) == 2  # no numbers, no block
    read = yaml.safe_load(next(iter(made.values())))
    card = cards(**read)
    assert {
        (one.task_type, one.dataset_name, one.dataset_revision) for one in card.eval_results
    } == {("image-segmentation", "tools", "d" * 64)}
    assert {one.metric_type: one.metric_value for one in card.eval_results} == {
        "median_iou": pytest.approx(0.775),
        "share_iou_above_0.9": 0.5,
        "share_iou_above_0.7": 0.5,
    }
    assert card.to_dict() == read


MLFLOW = """
import contextlib
calls = []
def set_experiment(name): calls.append(("experiment", name))
@contextlib.contextmanager
def start_run(*, run_name):
    calls.append(("start", run_name))
    yield
    calls.append(("end", run_name))
def log_params(params): calls.append(("params", params))
def log_metrics(metrics): calls.append(("metrics", metrics))
def log_artifact(local_path): calls.append(("file", local_path))
"""
WANDB = """
calls = []
class Artifact:
    def __init__(self, name, type): self.name, self.files = name, []
    def add_file(self, local_path): self.files.append(local_path)
class Run:
    def log(self, data): calls.append(("metrics", data))
    def log_artifact(self, artifact): calls.append((artifact.name, artifact.files))
    def finish(self): calls.append("finish")
def init(*, project, name, config):
    calls.append((project, name, config))
    return Run()
"""


def stand_in(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, body: str) -> None:
    (folder / f"{name}.py").write_text(body)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setitem(sys.modules, name, None)  # so that it is gone again after the test
    del sys.modules[name]


def logged(where: str | None) -> tuple[Comparison, Analysis]:
    comparison = full()
    analysis = analyse(comparison)
    tracking.track(where, comparison, [Path("comparison.json")])
    return comparison, analysis


def test_each_row_is_a_run_of_mlflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a substitute for the documented functions of MLflow; the real package is not run."""
    stand_in(monkeypatch, tmp_path, "mlflow", MLFLOW)
    logged("mlflow")
    calls = sys.modules["mlflow"].calls
    assert [what for what, _ in calls[:6]] == [
        "experiment", "start", "params", "metrics", "file", "end",
    ]  # fmt: skip
    assert [value for what, value in calls if what == "start"] == ["Best", "Other", "None"]
    metrics = [value for what, value in calls if what == "metrics"]
    assert metrics[0]["median_iou"] == pytest.approx(0.775)
    assert metrics[0]["seconds_p50"] == 0.5
    assert metrics[2] == {"photos": 16, "failed": 16}
    assert all(re.fullmatch(r"[\w./ -]+", name) for name in metrics[0])  # what MLflow allows


def test_each_row_is_a_run_of_wandb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With a substitute for the documented functions of W&B; the real package is not run."""
    stand_in(monkeypatch, tmp_path, "wandb", WANDB)
    logged("wandb")
    calls = sys.modules["wandb"].calls
    assert len(calls) == 3 * 4
    project, name, config = calls[0]
    assert (project, name, config["threads"]) == ("cutoutbench", "Best", 2)
    assert calls[2:4] == [("comparison-" + "d" * 12, ["comparison.json"]), "finish"]


def test_a_logging_error_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    logged(None)
    with pytest.raises(SettingsError, match="log=excel: use mlflow, wandb or null"):
        logged("excel")
    monkeypatch.setitem(sys.modules, "wandb", None)  # as if it were not installed
    with pytest.raises(SettingsError, match=r"run: \.venv/bin/python -m pip install wandb"):
        logged("wandb")
    stand_in(monkeypatch, tmp_path, "mlflow", "def set_experiment(name): raise OSError('no route')")
    with pytest.raises(SettingsError, match="log=mlflow: OSError: no route"):
        logged("mlflow")


def test_the_commands_write_all_files(command: Command, folder: Path, tmp_path: Path) -> None:
    """A logging failure is reported, and the reports are still written."""
    (tmp_path / "mlflow.py").write_text("def set_experiment(name): raise OSError('no route')")
    reports = tmp_path / "reports" / "photos"
    stale = reports / "model-index" / "gone.yaml"
    stale.parent.mkdir(parents=True)
    stale.touch()
    models = ("-m", "model=otsu,background", "log=mlflow", "plots=true")
    own = ("dataset=folder", f"dataset.root={folder}")
    done = command("eval", *models, *own, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "log=mlflow: OSError: no route"
    assert "Next: see comparison.md for " in done.stdout
    assert done.stdout.splitlines()[-1].endswith(" plots, as PNG and SVG")
    found = json.loads((reports / "comparison.json").read_bytes())
    jsonschema.validate(found, SCHEMA)
    assert "log=" not in found["rows"][0]["command"]
    assert "### Head-to-head" in (reports / "comparison.md").read_text()
    assert (reports / "comparison.tex").is_file()
    assert {p.name for p in stale.parent.iterdir()} == {"otsu.yaml", "background.yaml"}
