"""The model that the settings choose, and what its row is called.

Every setting of a model that differs from its yaml makes a row of its own, and stands in its name.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from evaluate.config.broken_yaml import slips_named
from evaluate.config.plain import plain
from evaluate.config.steps import GROUPS, changes_of, chosen
from evaluate.errors import SettingsError
from evaluate.store.atomic import file_name
from evaluate.store.identity import ROOT
from models.segmenter import ReadsFiles

if TYPE_CHECKING:
    from evaluate.predict.model import Model

MODELS = ROOT / "conf" / "model"
NOT_OPTIONS = ("_target_", "label", "licence", "extra", "warmup")
NOT_IN_NAME = ("weights", "trust_remote_code")  # whether a model may load, not what it does


@dataclass(frozen=True)
class ModelChoice:
    """``name`` is that of a yaml in conf/model, None where no model is chosen.

    ``group`` is where the model stands in ``config``, ``choices`` the name of each group's yaml,
    ``command`` the make command that runs it again.
    """

    config: DictConfig
    name: str | None
    group: str
    choices: Mapping[str, str | None]
    command: str

    @property
    def missing(self) -> list[str]:
        """Mandatory settings of the model that are not given."""
        config = self.config.get(self.group)
        return sorted(OmegaConf.missing_keys(config)) if config else []

    @property
    def takes_prompt(self) -> bool:
        """Whether the model takes a prompt; True where none is chosen."""
        return self.name is None or "prompt" in self._yaml

    @property
    def row(self) -> str:
        """The row's folder: the yaml's name, or the label that was given, and the changes."""
        label, changes = self._label_and_changes
        named = label != self._yaml.get("label", self.name)
        return file_name("+".join([label if named else str(self.name), *changes]))

    @property
    def label(self) -> str:
        """How the row is called in tables."""
        label, changes = self._label_and_changes
        return f"{label} [{', '.join(changes)}]" if changes else label

    @property
    def alternative(self) -> str | None:
        """The setting with which the model takes other weights, as ``model.source=npm``.

        None where its yaml names none, or where it has that value.
        """
        config = self.config.get(self.group)
        setting = OmegaConf.select(config, "weights.alternative") if config else None
        if setting is None:
            return None
        name, _, value = str(setting).partition("=")
        return None if str(config.get(name)) == value else f"model.{setting}"

    def with_alternative(self) -> "ModelChoice | None":
        """The same model with its ``alternative``; None where it has none."""
        if (setting := self.alternative) is None:
            return None
        name, _, value = setting.removeprefix("model.").partition("=")
        config = deepcopy(self.config)
        config[self.group][name] = value
        return replace(self, config=config, command=f"{self.command} {setting}")

    def build(self) -> tuple["Model", list[Path]]:
        """The model, and the files beyond weights that its masks depend on.

        Raises:
            CannotRun: its class cannot be imported.
            SettingsError: no model is chosen, or one of its settings is not given.
        """
        from evaluate.predict.model import Model, class_of

        label = self.label
        config = plain(self.config[self.group])
        options = {k: v for k, v in config.items() if k not in NOT_OPTIONS}
        model = Model(
            row=self.row,
            label=label,
            target=config["_target_"],
            options=options,
            steps=self._steps,
            licence=config.get("licence"),
            extra=config.get("extra"),
            warmup=config.get("warmup", 1),
            command=self.command,
        )
        built = class_of(model)
        return model, built.files(options) if isinstance(built, ReadsFiles) else []

    @property
    def _label_and_changes(self) -> tuple[str, list[str]]:
        """The label without its changes, and each option that differs from the yaml."""
        if self.name is None:
            names = ", ".join(sorted(path.stem for path in MODELS.glob("*.yaml")))
            raise SettingsError(f"name a model: model=NAME, one of {names}")
        config = plain(self.config[self.group])
        label = str(config.get("label", self.name))
        if label != self._yaml.get("label", self.name):
            if label in {path.stem for path in MODELS.glob("*.yaml")}:  # a disk may ignore case
                raise SettingsError(f"model.label={label}: that is a model's name, give another")
            return " ".join(label.split()), changes_of(self._steps)
        changes = [
            f"{name}={value}"
            for name, value in config.items()
            if name not in (*NOT_OPTIONS, *NOT_IN_NAME) and value != self._yaml.get(name)
        ]
        return label, changes + changes_of(self._steps)

    @property
    def _steps(self) -> dict[str, dict[str, Any]]:
        return chosen({g: plain(self.config[g]) for g in GROUPS if g in self.config}, self.choices)

    @property
    def _yaml(self) -> Mapping[str, Any]:
        return model_yaml(MODELS / f"{self.name}.yaml")


@cache  # a row's name and label are asked for many times
def model_yaml(path: Path) -> dict[str, Any]:
    """What a model's yaml says, as JSON has it and with OmegaConf's idea of a number.

    Raises:
        SettingsError: it is no yaml.
    """
    with slips_named():
        loaded = OmegaConf.load(path)
    return dict(json.loads(json.dumps(OmegaConf.to_container(loaded))))
