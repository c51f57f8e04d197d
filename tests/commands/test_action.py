"""The GitHub Action: its shell steps run here one after another, as a runner would."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.commands import make
from tests.support.photos import make_folder
from tests.support.projects import ROOT, copy_project

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
MARK = "<!-- cutoutbench gate otsu-photos -->"
ATTACKS = [
    "$(shell TOUCH)", "`TOUCH`", ";TOUCH", "x;TOUCH", "otsu\n;TOUCH", "';TOUCH;'", '";TOUCH;"',
    "$$(TOUCH)", "../../x", "-f evil.mk", "--eval=$(shell TOUCH)", "-C/tmp", "otsu|TOUCH",
]  # fmt: skip
TOKEN = "any"  # noqa: S105 - none


class Runner:
    """A workspace with photos and a baseline, GitHub's variables, and a ``gh`` that notes calls."""

    def __init__(self, tmp: Path, comments: str) -> None:
        self.workspace, self.temp = tmp / "workspace", tmp / "temp"
        self.temp.mkdir()
        make_folder(self.workspace / "photos", [f"p{i}" for i in range(6)])
        tools = tmp / "bin"
        tools.mkdir()
        self.calls = tmp / "gh.txt"
        self.gh = tools / "gh"
        self.answer(comments)
        theirs = ("MAKE", "MFLAGS", "ARGS")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(theirs)} | {
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(self.temp / "output"),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "RUNNER_TEMP": str(self.temp),
            "PATH": f"{tools}:{os.environ['PATH']}",
        }
        self.own = (
            "model=otsu", "dataset=folder", f"dataset.root={self.workspace / 'photos'}",
            f"reports={self.workspace / 'reports'}", "html=false", "plots=false",
        )  # fmt: skip

    def answer(self, comments: str) -> None:
        """Make ``gh`` find this comment, or refuse every call."""
        self.gh.write_text(
            f'#!/bin/bash\necho "$@" >> "{self.calls}"\n'
            f'[[ "$*" == *--jq* ]] && echo "{comments}"\n[ "{comments}" != refused ]\n'
        )
        self.gh.chmod(0o755)

    def run(self, **inputs: str) -> list[int]:
        """Run the steps; each one's exit code."""
        values = {name: spec.get("default", "") for name, spec in ACTION["inputs"].items()}
        values |= {name.replace("_", "-"): value for name, value in inputs.items()}
        Path(self.env["GITHUB_OUTPUT"]).unlink(missing_ok=True)
        codes, failed = [], False
        for step in ACTION["runs"]["steps"]:
            if "run" not in step or (failed and step.get("if") != "always()"):
                continue
            env = {k: self._value(str(v), values) for k, v in step["env"].items()}
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                env=self.env | env, cwd=self.workspace, capture_output=True, text=True, check=False,
            )  # fmt: skip
            codes.append(done.returncode)
            failed = failed or done.returncode != 0
        return codes

    @property
    def summary(self) -> str:
        return (self.temp / "summary").read_text()

    def _value(self, text: str, inputs: dict[str, Any]) -> str:
        def replaced(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("inputs."):
                return str(inputs[name.removeprefix("inputs.")])
            if name.startswith("steps."):
                output = Path(self.env["GITHUB_OUTPUT"])
                given = output.read_text().splitlines() if output.exists() else []
                return dict(line.split("=", 1) for line in given).get(name.split(".")[-1], "")
            return {"github.event.pull_request.number": "7", "github.repository": "me/it"}[name]

        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", replaced, text)


def test_pass_and_regression_are_said_in_summary_and_comment(tmp_path: Path) -> None:
    runner = Runner(tmp_path, comments="")
    assert make("eval", *runner.own).returncode == 0
    assert make("baseline", *runner.own).returncode == 0
    own = {"model": "otsu", "dataset": "photos", "token": TOKEN}
    assert runner.run(**own) == [0, 0, 0, 0, 0]
    assert "## Segmentation gate: pass" in runner.summary
    assert "| ✓ | median IoU " in runner.summary
    assert re.search(r"\n\n\| Approach .*\n.*\n\| Otsu ", runner.summary)
    assert "```mermaid\nxychart-beta" in runner.summary
    calls = runner.calls.read_text().splitlines()
    assert calls[0].startswith("api --paginate repos/me/it/issues/7/comments")
    assert calls[1].startswith("api repos/me/it/issues/7/comments --field body=@")
    assert (runner.temp / "gate.md").read_text().startswith(MARK)

    runner.answer("41")  # the comment of the run before
    baselines = runner.workspace / "reports" / "photos" / "baselines"
    shutil.copy(baselines / "otsu.json", baselines / "Blind.json")
    assert runner.run(**own, settings="model.threshold=10\nmodel.label=Blind") == [0, 0, 0, 0, 1]
    assert "## Segmentation gate: regressed" in runner.summary
    assert "--method PATCH repos/me/it/issues/comments/41" in runner.calls.read_text()


def own_project(tmp_path: Path, runner: Runner) -> Path:
    """A copy of the project for the Action to run, its environment in place."""
    project = copy_project(tmp_path / "project")
    (project / ".venv").symlink_to(ROOT / ".venv")
    runner.env["GITHUB_ACTION_PATH"] = str(project)
    made = tmp_path / "bin" / "make"
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    return project


def test_an_author_gates_a_model_of_their_own(tmp_path: Path) -> None:
    """From a wrapper that cannot run, past the baseline that is offered, to a pass and on."""
    runner = Runner(tmp_path, comments="")
    project = own_project(tmp_path, runner)
    wrapper = runner.workspace / "gate" / "mine.py"
    wrapper.parent.mkdir()
    wrapper.with_suffix(".yaml").write_text("_target_: models.mine.Mine\nlabel: Mine\n")
    body = "from models.otsu import Otsu\nclass Mine(Otsu):\n    def __init__(self, *, device):\n"
    body += "        super().__init__(device=device, threshold='otsu')\n"
    wrapper.write_text(f"import nosuch\n{body}")
    packages = wrapper.with_name("packages.txt")
    own = {
        "wrapper": "gate/mine", "dataset": "photos", "comment": "false",
        "settings": "plots=false model.label=My model html=false",
    }  # fmt: skip

    needs = {"packages": "gate/packages.txt", "comment": "true", "token": ""}
    packages.write_text("nosuch @ file:///nowhere/nosuch-1-py3-none-any.whl\n")
    assert runner.run(**own | needs)[-1] == 2
    assert "nosuch-1-py3-none-any.whl" in runner.summary
    packages.write_text("numpy\n")  # is there
    assert runner.run(**own | needs)[-1] == 2
    assert not runner.calls.exists()
    missing = "My model: package 'nosuch' is not installed; run: .venv/bin/pip install nosuch"
    assert missing in runner.summary
    assert "no such run" not in runner.summary
    for place in ("models/mine.py", "conf/model/mine.yaml"):  # each job has a fresh one
        (project / place).unlink()
    wrapper.write_text(body)
    assert runner.run(**own)[-1] == 2
    assert "\nYOURS/reports/photos/baselines/My-model.json: no baseline" in runner.summary
    assert "YOURS is the folder of this repository" in runner.summary
    shutil.copytree(runner.temp / "baseline", runner.workspace / "reports", dirs_exist_ok=True)
    assert runner.run(**own)[-1] == 0
    assert "## Segmentation gate: pass" in runner.summary
    baselines = runner.workspace / "reports" / "photos" / "baselines"
    assert [path.name for path in baselines.iterdir()] == ["My-model.json"]

    wrapper.write_text(f"{body}    def predict(self, image):\n        raise ValueError('boom')\n")
    (project / "models/mine.py").unlink()
    assert runner.run(**own)[-1] == 1
    why = "most frequent reason: ValueError: boom (models/mine.py, line "
    assert f"failed photos   | 0 → 6, allowed to rise by 0 (6 error; {why}" in runner.summary
    assert "My-model: 6 of 6 photos failed (6 error; most frequent reason: V" in runner.summary
    assert not list((runner.temp / "baseline").rglob("*.json"))
    wrapper.write_text(body)
    (project / "models/mine.py").unlink()
    for kind in ("images", "masks"):
        (file,) = (runner.workspace / "photos" / kind).glob("p0.*")
        file.rename(file.with_stem("new"))
    assert runner.run(**own)[-1] == 2
    assert "(1 added: new; 1 removed: p0)" in runner.summary
    wrapper.rename(wrapper.with_stem("otsu"))
    wrapper.with_suffix(".yaml").rename(wrapper.with_name("otsu.yaml"))
    assert runner.run(**own | {"wrapper": "gate/otsu"})[-1] == 2
    assert "otsu is the name of another model" in runner.summary


def test_what_is_not_comparable_does_not_pass_and_a_comment_is_no_duty(tmp_path: Path) -> None:
    runner = Runner(tmp_path, comments="refused")
    assert runner.run(model="otsu", dataset="photos", token=TOKEN) == [0, 0, 0, 0, 2]
    assert "## Segmentation gate: not-comparable" in runner.summary
    assert runner.calls.exists()


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("which", ["model", "suite", "wrapper", "settings"])
def test_inputs_that_are_no_names_run_nothing(tmp_path: Path, which: str, attack: str) -> None:
    mark = tmp_path / "mark"
    text = attack.replace("TOUCH", f"touch {mark}")
    runner = Runner(tmp_path, comments="")
    made = tmp_path / "bin" / "make"
    made.write_text(f"#!/bin/sh\n: > {tmp_path}/made\n")
    made.chmod(0o755)
    inputs = {which: text} if which != "settings" else {"model": "otsu", "settings": text}
    assert runner.run(dataset="photos", **inputs) == [0, 0, 0, 0, 2]
    assert re.search(f"input {which}: |no .. in a path", runner.summary)
    assert not mark.exists()
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("name", ["dataset", "reports", "wrapper", "packages", "weights"])
def test_folders_stay_below_the_workspace(tmp_path: Path, name: str) -> None:
    runner = Runner(tmp_path, comments="")
    assert runner.run(model="otsu", **{name: "photos/../../other"}) == [0, 0, 0, 0, 2]
    assert "no .. in a path" in runner.summary


def test_settings_do_not_reach_make(tmp_path: Path) -> None:
    runner = Runner(tmp_path, comments="")
    made = tmp_path / "bin" / "make"
    made.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/made\n')
    made.chmod(0o755)
    settings = f"SHELL=/bin/false cutoutbench=touch${{IFS}}{tmp_path}/mark limit=1"
    assert runner.run(model="otsu", dataset="photos", settings=settings)[-1] == 2
    assert (tmp_path / "made").read_text() == "install model=otsu\n"
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"settings": "blind limit=1"}, "input settings: blind: give NAME=VALUE"),
        ({"settings": "limit=1 --multirun"}, "input settings: --multirun: give NAME=VALUE"),
        ({"packages": "none.txt"}, "input packages: there is no none.txt"),
    ],
)
def test_a_wrong_input_is_named(tmp_path: Path, inputs: dict[str, str], reason: str) -> None:
    runner = Runner(tmp_path, comments="")
    assert runner.run(model="otsu", dataset="photos", **inputs)[-1] == 2
    assert reason in runner.summary


def test_no_expression_stands_in_a_script() -> None:
    """An input would be read as a part of the script."""
    assert not [step for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")]


def test_our_own_workflow_uses_it() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "gate.yml").read_text())
    (step,) = [s for s in workflow["jobs"]["gate"]["steps"] if s.get("uses") == "./"]
    assert step["with"].keys() <= ACTION["inputs"].keys()
    suite = step["with"]["suite"]
    models = yaml.safe_load((ROOT / "conf/suite" / f"{suite}.yaml").read_text())
    for model in models["hydra"]["sweeper"]["params"]["model"].split(","):
        assert (ROOT / "reports" / "sample" / "baselines" / f"{model}.json").is_file()
