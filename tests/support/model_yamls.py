"""The yamls in conf/model: their content, and the options that a model's class takes."""

from typing import Any

from omegaconf import OmegaConf

from evaluate.config.model_choice import NOT_OPTIONS
from tests.support.projects import ROOT

MODEL_NAMES = sorted(path.stem for path in (ROOT / "conf" / "model").glob("*.yaml"))


def model_yaml(name: str) -> dict[str, Any]:
    """Everything in ``conf/model/NAME.yaml``."""
    content = OmegaConf.to_container(OmegaConf.load(ROOT / "conf" / "model" / f"{name}.yaml"))
    assert isinstance(content, dict)
    return {str(key): value for key, value in content.items()}


def model_options(name: str) -> dict[str, Any]:
    """The keys that are keyword arguments of the class."""
    return {key: value for key, value in model_yaml(name).items() if key not in NOT_OPTIONS}
