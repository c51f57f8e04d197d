"""One command's configuration as plain values. Hydra ends here."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict

from evaluate.config.dataset_choice import DatasetChoice
from evaluate.config.launchers import Launcher
from evaluate.config.model_choice import MODELS, ModelChoice, model_yaml
from evaluate.config.options import (
    CLEARANCE_MM,
    COST_LIMIT_USD,
    DEVICE,
    ENGINE,
    LIMIT,
    LOAD_TIMEOUT_S,
    MEMORY_LIMIT_GB,
    MIRROR,
    OFFLINE,
    OPTIONS,
    RAY_ADDRESS,
    RAY_GPUS,
    REPORTS,
    SCORE_THRESHOLD,
    SHARD,
    THREADS,
    TIMEOUT_S,
    TIMING,
    USD_PER_HOUR,
    WORKERS,
    YES,
    Option,
)
from evaluate.config.overrides import in_quotes, unquoted
from evaluate.config.plain import given
from evaluate.errors import SettingsError
from evaluate.store.atomic import file_name
from evaluate.store.dataset_root import check_owner
from evaluate.store.shard_folders import shard_folder

if TYPE_CHECKING:
    from evaluate.predict.model import Conditions
    from evaluate.predict.pool.engine import Engine
    from evaluate.store.scores import Measuring

T = TypeVar("T")

GROUPS_NOT_IN_RUN = ("suite=", "model@", "against.")


@dataclass(frozen=True)
class Settings:
    """``overrides`` are the settings that were given and that a run depends on, ``typed`` the names
    of all that were given.

    ``swept``: this is one of several models of one command, ``launcher`` runs each of them in a
    process of its own. ``group`` is where the model stands in
    the configuration; the make ``target`` runs it again. Datasets and models are built only when
    asked for. ``used`` are the names of the settings that were read.
    """

    config: DictConfig
    choices: Mapping[str, str | None]  # the name of each group's yaml
    overrides: tuple[str, ...]
    swept: bool
    typed: frozenset[str] = frozenset()
    launcher: Launcher | None = None
    group: str = "model"
    target: str = "eval"
    used: set[str] = field(default_factory=set, compare=False)

    @classmethod
    def of(cls, config: DictConfig, launcher: Launcher | None = None) -> "Settings":
        """The settings of the Hydra job that is running."""
        hydra = HydraConfig.get()
        not_in_run = tuple(f"{option.name}=" for option in OPTIONS.values() if not option.in_run)
        overrides = tuple(
            override
            for override in hydra.overrides.task
            if not override.startswith((*not_in_run, *GROUPS_NOT_IN_RUN))
        )
        swept = hydra.mode == RunMode.MULTIRUN
        typed = frozenset(override.partition("=")[0] for override in hydra.overrides.task)
        choices = dict(hydra.runtime.choices)
        return cls(config, choices, overrides, swept, typed, launcher)

    def __getitem__(self, option: Option[T]) -> T:
        """The value of a setting.

        Raises:
            SettingsError: it is invalid, or not given.
        """
        self.used.add(option.name)
        return option.parse(option.name, given(self.config, option.name))

    def check(self, *, given_only: bool) -> None:
        """Parse every setting before anything is done, as doing it may take hours.

        ``given_only``: only those that were typed, and not the defaults.

        Raises:
            SettingsError: one is invalid.
        """
        for name, option in OPTIONS.items():
            if not given_only or name in self.typed or name.partition(".")[0] in self.typed:
                option.parse(name, given(self.config, name))

    @cached_property
    def model(self) -> ModelChoice:
        """The chosen model."""
        name = self.choices.get("model" if self.group == "model" else f"model@{self.group}")
        launcher = self.launcher.words if self.launcher else ()
        command = shlex.join(["make", self.target, *self._line, *launcher])
        return ModelChoice(self.config, name, self.group, self.choices, command)

    @cached_property
    def dataset(self) -> DatasetChoice:
        """The chosen dataset."""
        return DatasetChoice(self.config, self[LIMIT], self[SHARD])

    @property
    def line(self) -> str:
        """The overrides as they were typed, to stand behind a make target."""
        return shlex.join(self._line)

    @property
    def _line(self) -> list[str]:
        return [unquoted(override) for override in self.overrides]

    @property
    def dataset_line(self) -> str:
        """Those of ``line`` that choose the dataset and its reports, for another command."""
        mine = ("dataset=", "dataset.", "limit=", "reports=")
        return shlex.join(unquoted(one) for one in self.overrides if one.startswith(mine))

    @property
    def folder(self) -> Path:
        """Where this dataset's reports go; those of a shard have a folder of their own there."""
        shard = self[SHARD]
        return self.whole_folder if shard is None else shard_folder(self.whole_folder, shard)

    @property
    def whole_folder(self) -> Path:
        """Where the reports of all of the dataset's photos go."""
        return self[REPORTS] / file_name(self.dataset.name)

    @property
    def runs(self) -> Path:
        """Where this dataset's runs are kept."""
        return self.folder / "runs"

    @property
    def baseline(self) -> Path:
        """Where the chosen model's baseline is kept."""
        return self.baselines / f"{self.model.row}.json"

    @property
    def baselines(self) -> Path:
        """Where this dataset's baselines are kept."""
        return self.folder / "baselines"

    def check_root(self, claim: bool) -> None:
        """Refuse runs of another ``dataset.root``, see ``evaluate.store.dataset_root``."""
        check_owner(self.runs, self.dataset.root, claim)

    @property
    def conditions(self) -> "Conditions":
        """Device, threads, time limits and memory of a model's process."""
        from evaluate.predict.model import Conditions

        return Conditions(
            self[DEVICE],
            self._threads,
            self[TIMEOUT_S],
            self[TIMING],
            self[MEMORY_LIMIT_GB],
            self[LOAD_TIMEOUT_S],
            self.engine.scenario,
        )

    @property
    def _threads(self) -> int:
        """Those of one model: workers of this machine share its cores."""
        if given(self.config, THREADS.name) != "auto":
            return self[THREADS]
        if self[ENGINE] == "ray":
            raise SettingsError("engine=ray: give threads=N, the cores that each model is to have")
        return max(1, self[THREADS] // self[WORKERS])

    @property
    def is_shared_out(self) -> bool:
        """Whether several models are to predict at once, or on other machines."""
        return self[WORKERS] > 1 or self[ENGINE] != "local"

    @property
    def engine(self) -> "Engine":
        """Where the models run, and how many."""
        from evaluate.predict.pool.engine import Engine

        address, gpus = self[RAY_ADDRESS], self[RAY_GPUS]
        beside = self.launcher is not None and self.launcher.runs_several
        return Engine(self[ENGINE], self[WORKERS], address, gpus, self[USD_PER_HOUR], beside)

    @property
    def measuring(self) -> "Measuring":
        """How masks are measured."""
        from evaluate.store.scores import Measuring

        return Measuring(self[CLEARANCE_MM], self[SCORE_THRESHOLD])

    @property
    def allowed_usd(self) -> float:
        """What the photos may cost; without a limit where ``yes=true``."""
        return float("inf") if self[YES] else self[COST_LIMIT_USD]

    @property
    def weights_environment(self) -> dict[str, str]:
        """Where weights come from, as environment variables of ``models.weights.weight_file``."""
        return {
            "CUTOUTBENCH_MIRROR": self[MIRROR] or "",
            "CUTOUTBENCH_OFFLINE": "1" if self[OFFLINE] else "",
        }

    def every_model(self) -> Iterator[ModelChoice]:
        """Each model there is, as its yaml has it, but for those with mandatory settings unset."""
        for path in sorted(MODELS.glob("*.yaml"), key=lambda path: path.stem):
            config = OmegaConf.create({"model": model_yaml(path)})
            choice = ModelChoice(config, path.stem, "model", self.choices, self.model.command)
            if not choice.missing:
                yield choice

    def with_other(self) -> tuple["Settings", ...]:
        """These settings; where ``against=NAME`` is given, also those of that other model."""
        if self.choices.get("model@against") is None:
            return (self,)
        return self, replace(self, group="against")

    def with_alternative(self) -> "Settings | None":
        """These settings, with the setting that the model's yaml names for other weights.

        None where it names none, or where a person chose the weights or how the row is called.
        """
        setting, other = self.model.alternative, self.model.with_alternative()
        if setting is None or other is None:
            return None
        chosen = (setting.partition("=")[0], "model.weights", "model.label")
        if any(name.startswith(chosen) for name in self.typed):
            return None
        return replace(self, config=other.config, overrides=(*self.overrides, setting))

    def as_ensemble(self, rows: Sequence[str], how: str) -> "Settings":
        """The settings of the model ``ensemble`` that joins these stored rows."""
        runs = [str(self.runs / row) for row in rows]
        label = f"Ensemble ({how} of {', '.join(rows)})"
        config = deepcopy(self.config)
        with open_dict(config):
            yaml = model_yaml(MODELS / "ensemble.yaml")
            config["model"] = {**yaml, "runs": runs, "how": how, "label": label}
            config["rows"] = None  # all rows are compared
        given = (f"rows={in_quotes(','.join(rows))}", f"how={how}")
        return replace(
            self,
            config=config,
            choices={**self.choices, "model": "ensemble"},
            overrides=(*given, *self.overrides),
            target="ensemble",
        )

    def without_untaken_prompt(self) -> "Settings":
        """The settings without ``prompt=``, where the chosen model takes no prompt.

        Raises:
            SettingsError: it is the only model.
        """
        prompt = self.choices.get("prompt")
        if prompt is None or self.model.takes_prompt:
            return self
        if not self.swept:
            raise SettingsError(f"{self.model.name} takes no prompt; leave out prompt={prompt}")
        config = deepcopy(self.config)
        with open_dict(config):
            del config.model["prompt"]
        overrides = tuple(o for o in self.overrides if not o.startswith("prompt="))
        return replace(self, config=config, overrides=overrides)
