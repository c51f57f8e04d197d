"""Values that no setting has, names that look like numbers, paths of users that no system has."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException

from datasets.listing.typed_path import expanded
from evaluate.config.misspelt import CONF
from evaluate.config.options import OPTIONS
from evaluate.config.overrides import explain, invalid_override, quoted
from evaluate.errors import SettingsError


@pytest.mark.parametrize("value", [10**400, float("inf"), float("nan"), [1], {"a": 1}, -(10**400)])
@pytest.mark.parametrize("name", ["timeout_s", "margin_iou", "columns", "metrics"])
def test_what_no_setting_can_be_is_named(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"^{name}="):
        OPTIONS[name].parse(name, value)


def test_an_unknown_user_s_home_is_left_as_typed() -> None:
    assert expanded("~no such user/x") == Path("~no such user/x")
    assert expanded("~\0") == Path("~\0")
    assert expanded("~/x") == Path.home() / "x"


@pytest.mark.parametrize("value", ["5", "1.5", "NaN", "true", "[otsu,u2net]", "{a:1}"])
def test_a_model_s_name_is_text(value: str) -> None:
    with initialize_config_dir(str(CONF), version_base="1.3"), pytest.raises(HydraException) as e:
        compose("config", [quoted(f"model={value}")])
    assert explain(e.value).startswith(f"model={value}: there is no such model")


@pytest.mark.parametrize("override", ["d" * 300 + "=x", "model=" + "d" * 300])
def test_a_name_too_long_for_a_file_is_an_error(override: str) -> None:
    assert invalid_override([override], sweeps=False)


def test_brackets_deeper_than_the_parser_can_follow_are_text() -> None:
    assert quoted("dataset.root=" + "[" * 3000) == f"dataset.root='{'[' * 3000}'"
