"""The table of settings and conf/config.yaml name the same settings."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from evaluate.config.options import OPTIONS
from tests.support.projects import ROOT

GROUPS = ("defaults", "hydra")  # Hydra's own


def names(config: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in config.items():
        if isinstance(value, dict):
            yield from names(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_every_setting_of_the_yaml_is_in_the_table_and_its_default_is_valid() -> None:
    config = yaml.safe_load((ROOT / "conf" / "config.yaml").read_text())
    for group in GROUPS:
        del config[group]
    assert sorted(names(config)) == sorted(OPTIONS)
    for name, option in OPTIONS.items():
        value = config
        for part in name.split("."):
            value = value[part]
        option.parse(name, value)
