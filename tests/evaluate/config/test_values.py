"""Values that no setting has, and paths of users that no system has."""

from pathlib import Path

import pytest

from datasets.listing.typed_path import expanded
from evaluate.config.options import OPTIONS
from evaluate.errors import SettingsError


@pytest.mark.parametrize("value", [10**400, float("inf"), float("nan"), [1], {"a": 1}, -(10**400)])
@pytest.mark.parametrize("name", ["timeout_s", "margin_iou", "columns", "metrics"])
def test_what_no_setting_can_be_is_named(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"^{name}="):
        OPTIONS[name].parse(name, value)


def test_an_unknown_user_s_home_is_left_as_typed() -> None:
    assert expanded("~no such user/x") == Path("~no such user/x")
    assert expanded("~/x") == Path.home() / "x"
