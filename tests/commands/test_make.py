"""Make as the way in: settings reach the commands as typed; help lists what there is."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.support.commands import make
from tests.support.photos import make_folder
from tests.support.projects import ROOT, models_of_a_suite

TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    "setting",
    [
        "dataset.root=/tmp/my photos (1)",
        "dataset.root=/tmp/it's",
        'label="two words"',
        "model=choice(otsu,grabcut)",
        "model.threshold=$HOME",
        "limit=5",
        "model.mean=[0.5,0.5]",
        "model=glob(*)",
    ],
)
def test_settings_reach_the_command_as_typed(setting: str) -> None:
    words = shlex.split(make("-n", "eval", setting).stdout)
    assert words[words.index("eval") + 1 :] == [setting]


def test_extra_arguments_are_split_as_the_shell_does() -> None:
    words = shlex.split(make("-n", "compare", "limit=5", "ARGS=-m model=otsu,grabcut").stdout)
    assert words[words.index("compare") + 1 :] == ["limit=5", "-m", "model=otsu,grabcut"]


@pytest.mark.parametrize(("key", "extra"), [("", "inspyrenet"), ("x", "gemini")])
def test_trace_installs_what_its_usual_model_needs(
    monkeypatch: pytest.MonkeyPatch, key: str, extra: str
) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", key)
    shown = make("-n", "trace", "VENV=/nowhere", "PYTHON=false", "dataset=folder").stdout
    assert f"requirements/{extra}.txt" in shown


@pytest.fixture
def bare(tmp_path: Path) -> tuple[str, ...]:
    """An environment that has the core and can have no more; its Python says how it is called."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").write_text('#!/bin/sh\necho called "$@"\n')
    (venv / "bin" / "python").chmod(0o755)
    (venv / "core.done").touch()
    return f"VENV={venv}", "UV=false"


ATTACKS = (
    *("$(shell TOUCH)", "${shell TOUCH}", "$(eval $(shell TOUCH))", "$$(TOUCH)", "`TOUCH`"),
    *(";TOUCH", "x: ; TOUCH", "x\nTOUCH", "';TOUCH;'", '";TOUCH;"', "|TOUCH", "a)TOUCH(b"),
    *("../../x", "\\", "#", "$", "%", "-f"),
)


@pytest.mark.parametrize("name", ["model", "suite", "against", "extra", "dataset.root"])
def test_no_value_is_run(bare: tuple[str, ...], tmp_path: Path, name: str) -> None:
    mark = tmp_path / "mark"
    for attack in ATTACKS:
        text = f"{name}={attack.replace('TOUCH', f'touch {mark}')}"
        done = make("eval", text, *bare)
        assert not mark.exists(), attack
        if name == "extra":
            assert done.returncode == 2
        elif "\n" not in attack:
            assert done.stdout == f"called -m evaluate eval {text}\n", attack


@pytest.mark.parametrize("target", ["table", "canary", "trace", "bench", "install", "gate"])
@pytest.mark.parametrize("name", ["model", "suite", "ARGS"])
def test_no_target_runs_a_value(
    bare: tuple[str, ...], tmp_path: Path, target: str, name: str
) -> None:
    make(target, f"{name}=$(shell touch {tmp_path / 'mark'})", *bare)
    assert not (tmp_path / "mark").exists()


def test_an_extra_that_is_no_name_is_refused(bare: tuple[str, ...]) -> None:
    done = make("install", "extra=../core", *bare)
    assert done.returncode == 2
    assert "extra=../core: not the name of a file in requirements/" in done.stderr


def test_help_lists_every_target() -> None:
    assert set(re.findall(r"^  make ([a-z-]+)", make("help").stdout, re.MULTILINE)) == TARGETS


def test_an_unknown_model_lists_the_models() -> None:
    done = make("eval", "model=nonsense")
    assert done.returncode == 2
    for path in (ROOT / "conf" / "model").glob("*.yaml"):
        assert path.stem in done.stdout + done.stderr


def test_a_path_with_everything_in_it(tmp_path: Path) -> None:
    root = make_folder(tmp_path / 'it\'s "mine" (1), ünicode $x', ["a"])
    done = make(
        "eval",
        "model=otsu",
        "dataset=folder",
        f"dataset.root={root}",
        "dataset.name=odd",
        f"reports={tmp_path}/reports",
    )
    assert done.returncode == 0, done.stderr
    assert "100%" in done.stdout


def test_the_readme_names_only_targets_that_exist() -> None:
    readme = (ROOT / "README.md").read_text()
    assert set(re.findall(r"(?:`|^    )make ([a-z-]+)", readme, re.MULTILINE)) <= TARGETS


@pytest.mark.parametrize(
    ("words", "extras"),
    [
        (["eval", "model=isnet"], {"rembg"}),
        (["eval", "model=otsu,isnet,gemini"], {"rembg", "gemini"}),
        (["eval", "suite=rembg"], {"rembg"}),
        (["eval", "suite=floors"], set()),
        (["eval", "suite=all"], set()),
        (["eval"], set()),
        (["table", "suite=floors"], set()),
    ],
)
def test_make_installs_what_the_named_models_want(
    bare: tuple[str, ...], words: list[str], extras: set[str]
) -> None:
    """And goes on where it cannot be had: the models without it have the others run."""
    done = make(*words, *bare)
    assert done.returncode == 0, done.stderr
    assert set(re.findall("^(.+) could not be installed", done.stderr, re.MULTILINE)) == extras
    assert done.stdout.strip() == " ".join(["called -m evaluate", *words])


def test_make_table_installs_what_the_issues_models_want(bare: tuple[str, ...]) -> None:
    done = make("table", *bare)
    yamls = [ROOT / "conf" / "model" / f"{name}.yaml" for name in models_of_a_suite("issue")]
    wanted = {yaml.safe_load(path.read_text()).get("extra") for path in yamls if path.exists()}
    sized = re.findall(
        r"^installing (\w+): downloads up to [\d.]+ [MG]B ", done.stderr, re.MULTILINE
    )
    assert set(sized) == wanted


def test_an_extra_asked_for_by_name_must_be_had(bare: tuple[str, ...]) -> None:
    assert make("install", "extra=rembg", *bare).returncode == 2


@pytest.mark.parametrize("given", ["-m model=glob(*)", "-m 'model=glob(*)'", '-m "model=glob(*)"'])
def test_a_glob_reaches_the_command_through_make(bare: tuple[str, ...], given: str) -> None:
    assert (
        make("eval", f"ARGS={given}", *bare).stdout == "called -m evaluate eval -m model=glob(*)\n"
    )
