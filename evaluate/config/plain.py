"""OmegaConf's containers as plain Python values."""

import json
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue

from evaluate.errors import SettingsError


def plain(config: DictConfig) -> dict[str, Any]:
    """``config`` as it is stored and compared: as JSON has it.

    Raises:
        SettingsError: a mandatory value is not given.
    """
    try:
        values = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except MissingMandatoryValue as error:
        key = error.full_key or "a value"
        raise SettingsError(f"{key} is not given; add {key}=…") from error
    return dict(json.loads(json.dumps(values)))


def given(config: DictConfig, name: str) -> object:
    """The value of a dotted ``name``.

    Raises:
        SettingsError: it is mandatory and not given.
    """
    try:
        return OmegaConf.select(config, name, throw_on_missing=True)
    except MissingMandatoryValue as error:
        raise SettingsError(f"{name} is not given; add {name}=…") from error
