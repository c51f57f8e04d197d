"""Configuration becomes the plain values the stages take. Hydra ends here."""

import pkgutil
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue

from datasets.dataset import Dataset
from evaluate.files import file_name
from evaluate.identity import ROOT, available_cores
from evaluate.run import Conditions, Model
from models.segmenter import ReadsFiles

MODELS = ROOT / "conf" / "model"
NOT_OPTIONS = ("_target_", "label", "extra", "warmup")


class SettingsError(Exception):
    """A setting is missing or has no sense; the text says which and what to give."""


@dataclass(frozen=True)
class Settings:
    """One command's configuration. Datasets and models are built when they are asked for."""

    config: DictConfig
    choice: str | None  # the name of the model's yaml
    overrides: tuple[str, ...]

    @classmethod
    def of(cls, config: DictConfig) -> "Settings":
        """The settings of the Hydra job that is running."""
        hydra = HydraConfig.get()
        overrides = [o for o in hydra.overrides.task if not o.startswith("suite=")]
        return cls(config, hydra.runtime.choices.get("model"), tuple(overrides))

    @property
    def folder(self) -> Path:
        """Where this dataset's reports go."""
        return Path(str(self.config.reports)).expanduser() / file_name(self._dataset_name)

    @property
    def runs(self) -> Path:
        """Where this dataset's runs are kept."""
        return self.folder / "runs"

    @property
    def baseline(self) -> Path:
        """Where the chosen model's baseline is kept."""
        return self.folder / "baselines" / f"{self.row}.json"

    @property
    def _dataset_name(self) -> str:
        given = self._value("dataset.name")
        root = Path(str(self._value("dataset.root"))).expanduser()
        name = str(given) if given else root.resolve().name
        # A part of a dataset is another dataset: no report mixes the two.
        return f"{name}-first{self._limit}" if self._limit else name

    @property
    def _limit(self) -> int | None:
        limit = self.config.limit
        if limit is not None and (not isinstance(limit, int) or limit < 1):
            raise SettingsError(f"limit={limit}: give a whole number from 1, or leave it out")
        return limit

    def dataset(self) -> Dataset:
        """List the dataset.

        Raises:
            DatasetError: it is not there or holds nothing.
        """
        options = _plain(self.config.dataset)
        load = pkgutil.resolve_name(options.pop("_target_"))
        dataset: Dataset = load(**{**options, "name": self._dataset_name})
        return replace(dataset, samples=dataset.samples[: self._limit])

    @property
    def row(self) -> str:
        """The chosen model's name as a folder: its yaml's name, or the label the user gave."""
        label, changes = self._label
        named = self._yaml.get("label") != label
        return file_name("+".join([label if named else str(self.choice), *changes]))

    @property
    def conditions(self) -> Conditions:
        """Device, threads and time limit."""
        threads, timeout_s = self.config.threads, self.config.timeout_s
        if threads == "auto":
            threads = available_cores()
        if not isinstance(threads, int) or threads < 1:
            raise SettingsError(f"threads={threads}: give auto or a whole number from 1")
        if not isinstance(timeout_s, int | float) or timeout_s <= 0:
            raise SettingsError(f"timeout_s={timeout_s}: give seconds above 0")
        if self.config.device not in ("auto", "cpu", "mps", "cuda"):
            raise SettingsError(f"device={self.config.device}: use auto, cpu, mps or cuda")
        return Conditions(str(self.config.device), threads, float(timeout_s))

    def model(self) -> tuple[Model, list[Path]]:
        """The chosen model, and the files beyond weights that its masks depend on."""
        label, changes = self._label
        config = _plain(self.config.model)
        options = {k: v for k, v in config.items() if k not in NOT_OPTIONS}
        model = Model(
            row=self.row,
            label=f"{label} [{', '.join(changes)}]" if changes else label,
            target=config["_target_"],
            options=options,
            extra=config.get("extra"),
            warmup=config.get("warmup", 1),
            command=shlex.join(["make", "eval", *self.overrides]),
        )
        build = _find(model.target, self.choice)
        return model, build.files(options) if isinstance(build, ReadsFiles) else []

    @property
    def _label(self) -> tuple[str, list[str]]:
        """The row's label, and each option that differs from the yaml, as ``key=value``.

        So every setting of a model is a row of its own, and says which.
        """
        if self.choice is None:
            names = ", ".join(sorted(path.stem for path in MODELS.glob("*.yaml")))
            raise SettingsError(f"name a model: model=NAME, one of {names}")
        config = _plain(self.config.model)
        if config["label"] != self._yaml.get("label"):
            return str(config["label"]), []
        changes = [
            f"{name}={value}"
            for name, value in config.items()
            if name not in (*NOT_OPTIONS, "weights") and value != self._yaml.get(name)
        ]
        return str(config["label"]), changes

    @property
    def _yaml(self) -> Mapping[str, Any]:
        loaded = OmegaConf.load(MODELS / f"{self.choice}.yaml")
        return {str(k): v for k, v in OmegaConf.to_container(loaded).items()}  # type: ignore[union-attr]

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
    return {str(name): value for name, value in plain.items()}  # type: ignore[union-attr]


def _find(target: str, choice: str | None) -> type:
    try:
        found: type = pkgutil.resolve_name(target)
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"conf/model/{choice}.yaml: _target_ {target} cannot be found ({error})"
        ) from error
    return found


def quoted(override: str) -> str:
    """``override`` as Hydra can read it: a plain value that its grammar refuses, such as a path
    with an apostrophe, brackets or letters beyond ASCII, is put in quotes.
    """
    key, equals, value = override.partition("=")
    try:
        OverridesParser.create().parse_override(override)
    except HydraException:
        if equals and not value.startswith(("'", '"')):
            escaped = value.replace("\\", "\\\\").replace("'", "\\'")
            return f"{key}='{escaped}'"
    return override
