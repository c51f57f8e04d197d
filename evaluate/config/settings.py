"""Configuration becomes the plain values the stages take. Hydra ends here."""

import json
import math
import shlex
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import MissingMandatoryValue

from datasets.dataset import Dataset
from evaluate.config.overrides import unquoted
from evaluate.config.steps import GROUPS, changes_of, chosen
from evaluate.config.values import flag, number, whole
from evaluate.errors import SettingsError
from evaluate.gate.limits import Limits, limits_of
from evaluate.predict.model import Conditions, Model, class_of
from evaluate.report.columns import CHOICES
from evaluate.store.atomic import file_name
from evaluate.store.dataset_root import check_owner
from evaluate.store.identity import ROOT, available_cores
from models.segmenter import ReadsFiles, load_class

MODELS = ROOT / "conf" / "model"
NOT_OPTIONS = ("_target_", "label", "licence", "extra", "warmup")
CHECKED = (
    "limit", "conditions", "retry", "allowed_usd", "downloads", "margin_iou", "clearance_mm",
    "agree_iou", "columns", "html", "limits", "repeats", "keep_masks",
)  # fmt: skip
ALLOWING = ("weights", "trust_remote_code")  # say whether a model may load, not what it does


@dataclass(frozen=True)
class Settings:
    """One command's configuration. Datasets and models are built when they are asked for."""

    config: DictConfig
    choice: str | None  # the name of the model's yaml
    choices: Mapping[str, str | None]  # the same for every group
    overrides: tuple[str, ...]
    swept: bool  # one of several
    group: str = "model"  # where in the configuration the model stands

    @classmethod
    def of(cls, config: DictConfig) -> "Settings":
        """The settings of the Hydra job that is running."""
        hydra = HydraConfig.get()
        # What is no part of a run, and so of no command that makes it again.
        passing = (
            "suite=", "retry=", "yes=", "cost_limit_usd=", "weights.", "gate.", "repeats=", "log=",
            "keep_masks=", "allowed_drop=", "model@", "against.", "agree_iou=", "html=",
            "columns=", "clearance_mm=", "margin_iou=", "runs=",
        )  # fmt: skip
        overrides = tuple(o for o in hydra.overrides.task if not o.startswith(passing))
        choices = dict(hydra.runtime.choices)
        return cls(config, choices.get("model"), choices, overrides, hydra.mode == RunMode.MULTIRUN)

    def check(self) -> None:
        """Look at every value before anything is done, as doing it may take hours.

        Raises:
            SettingsError: one has no sense.
        """
        for name in CHECKED:
            getattr(self, name)

    def every_model(self) -> "Iterator[Settings]":
        """These settings with each model there is, but those that want to be told something."""
        for path in sorted(MODELS.glob("*.yaml"), key=lambda path: path.stem):
            config = deepcopy(self.config)
            with open_dict(config):
                config.model = OmegaConf.load(path)
            one = replace(self, config=config, choice=path.stem)
            if not one.missing:
                yield one

    @property
    def missing(self) -> list[str]:
        """What only a person can tell the chosen model, and none has."""
        model = self.config.get("model")
        return sorted(OmegaConf.missing_keys(model)) if model else []

    @property
    def takes_prompt(self) -> bool:
        """Whether the chosen model, if there is one, is asked something about each photo."""
        return self.choice is None or "prompt" in self._yaml

    @property
    def folder(self) -> Path:
        """Where this dataset's reports go."""
        return Path(str(self.config.reports)).expanduser() / file_name(self._dataset_name)

    @property
    def line(self) -> str:
        """The settings as they were given, to stand behind a make target."""
        return shlex.join(unquoted(override) for override in self.overrides)

    @property
    def runs(self) -> Path:
        """Where this dataset's runs are kept."""
        return self.folder / "runs"

    def check_root(self, claim: bool) -> None:
        """Refuse runs of another ``dataset.root``, see ``evaluate.store.dataset_root``."""
        check_owner(self.runs, self._root, claim)

    @property
    def baseline(self) -> Path:
        """Where the chosen model's baseline is kept."""
        return self.folder / "baselines" / f"{self.row}.json"

    @property
    def _dataset_name(self) -> str:
        name = str(self._value("dataset.name") or self._root.resolve().name)
        # A part of a dataset is another dataset: no report mixes the two.
        return f"{name}-first{self.limit}" if self.limit else name

    @property
    def _root(self) -> Path:
        return Path(str(self._value("dataset.root"))).expanduser()

    @property
    def limit(self) -> int | None:
        """How many photos to take, None for all."""
        return None if self.config.limit is None else whole("limit", self.config.limit)

    def dataset(self) -> Dataset:
        """List the dataset.

        Raises:
            DatasetError: it is not there or holds nothing.
        """
        options = _plain(self.config.dataset)
        load = load_class(options.pop("_target_"))
        dataset: Dataset = load(**{**options, "name": self._dataset_name})
        if self.limit is None:
            return dataset
        # The whole set votes on its masks' foreground, so that a part reads them no other way.
        return replace(dataset, samples=dataset.samples[: self.limit], foreground=dataset.polarity)

    @property
    def row(self) -> str:
        """The chosen model's name as a folder: its yaml's name, or the label the user gave."""
        label, changes = self._label
        named = label != self._yaml.get("label", self.choice)
        return file_name("+".join([label if named else str(self.choice), *changes]))

    @property
    def label(self) -> str:
        """How the row is called in tables."""
        label, changes = self._label
        return f"{label} [{', '.join(changes)}]" if changes else label

    @property
    def conditions(self) -> Conditions:
        """Device, threads and time limit."""
        threads, timeout_s = self.config.threads, number("timeout_s", self.config.timeout_s)
        threads = available_cores() if threads == "auto" else whole("threads", threads)
        if timeout_s == 0:
            raise SettingsError("timeout_s=0: give seconds above 0")
        if self.config.device not in ("auto", "cpu", "mps", "cuda"):
            raise SettingsError(f"device={self.config.device}: use auto, cpu, mps or cuda")
        return Conditions(str(self.config.device), threads, timeout_s)

    def model(self) -> tuple[Model, list[Path]]:
        """The chosen model, and the files beyond weights that its masks depend on.

        Raises:
            CannotRun: its class cannot be imported.
            SettingsError: no model is chosen.
        """
        label = self.label
        config = _plain(self.config[self.group])
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
            command=f"make eval {self.line}",
        )
        build = class_of(model)
        return model, build.files(options) if isinstance(build, ReadsFiles) else []

    @property
    def both(self) -> tuple["Settings", ...]:
        """These settings; with ``against=NAME``, also these with its model as the chosen one."""
        if (choice := self.choices.get("model@against")) is None:
            return (self,)
        return self, replace(self, choice=choice, group="against")

    @property
    def agree_iou(self) -> float:
        """The least IoU between two masks that ``make canary`` calls the same."""
        return number("agree_iou", self.config.agree_iou)

    @property
    def photos(self) -> Path:
        """The folder that photos are traced in."""
        if self.config.dataset._target_ != "datasets.folder.load":
            raise SettingsError("make trace is for a folder: add dataset=folder dataset.root=…")
        return Path(str(self._value("dataset.root"))).expanduser()

    @property
    def retry(self) -> bool:
        """Whether to predict failed photos once more."""
        return flag("retry", self.config.retry)

    @property
    def allowed_usd(self) -> float:
        """What the photos may cost."""
        if flag("yes", self.config.yes):
            return math.inf
        return number("cost_limit_usd", self.config.cost_limit_usd)

    @property
    def downloads(self) -> dict[str, str]:
        """Where weights come from, as environment variables of ``models.weights.weight_file``."""
        mirror = str(self._value("weights.mirror") or "")
        offline = "1" if flag("weights.offline", self._value("weights.offline")) else ""
        return {"CUTOUTBENCH_MIRROR": mirror, "CUTOUTBENCH_OFFLINE": offline}

    @property
    def margin_iou(self) -> float:
        """The largest difference in IoU that is a tie."""
        return number("margin_iou", self.config.margin_iou)

    @property
    def clearance_mm(self) -> float:
        """How near outlines must lie to count as fitting."""
        return number("clearance_mm", self.config.clearance_mm)

    @property
    def columns(self) -> str:
        """Which columns the table has."""
        if (columns := self.config.columns) not in CHOICES:
            raise SettingsError(f"columns={columns}: use {' or '.join(CHOICES)}")
        return str(columns)

    @property
    def html(self) -> bool:
        """Whether to show photos: the contact sheet, and the page with all of them."""
        return flag("html", self.config.html)

    @property
    def limits(self) -> Limits:
        """What the gate allows."""
        return limits_of(self.config.allowed_drop, _plain(self.config.gate))

    @property
    def repeats(self) -> int:
        """How often a baseline is run."""
        return whole("repeats", self.config.repeats)

    @property
    def keep_masks(self) -> bool:
        """Whether a baseline keeps its masks."""
        return flag("keep_masks", self.config.keep_masks)

    @property
    def _label(self) -> tuple[str, list[str]]:
        """The row's label, and each option that differs from the yaml, as ``key=value``.

        So every setting of a model is a row of its own, and says which.
        """
        if self.choice is None:
            names = ", ".join(sorted(path.stem for path in MODELS.glob("*.yaml")))
            raise SettingsError(f"name a model: model=NAME, one of {names}")
        config = _plain(self.config[self.group])
        label = str(config.get("label", self.choice))
        if label != self._yaml.get("label", self.choice):
            if (MODELS / f"{label}.yaml").exists():
                raise SettingsError(f"model.label={label}: that is a model's name, give another")
            return " ".join(label.split()), changes_of(self._steps)
        changes = [
            f"{name}={value}"
            for name, value in config.items()
            if name not in (*NOT_OPTIONS, *ALLOWING) and value != self._yaml.get(name)
        ]
        return label, changes + changes_of(self._steps)

    @property
    def _steps(self) -> dict[str, dict[str, Any]]:
        return chosen({g: _plain(self.config[g]) for g in GROUPS if g in self.config}, self.choices)

    @property
    def _yaml(self) -> Mapping[str, Any]:
        loaded = OmegaConf.load(MODELS / f"{self.choice}.yaml")
        return dict(json.loads(json.dumps(OmegaConf.to_container(loaded))))

    def _value(self, name: str) -> object:
        try:
            return OmegaConf.select(self.config, name, throw_on_missing=True)
        except MissingMandatoryValue as error:
            raise SettingsError(f"{name} is not given; add {name}=…") from error


def _plain(config: DictConfig) -> dict[str, Any]:
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except MissingMandatoryValue as error:
        key = error.full_key or "a value"
        raise SettingsError(f"{key} is not given; add {key}=…") from error
    # As JSON has it, which is how it is stored and compared.
    return dict(json.loads(json.dumps(plain)))
