"""A model as configured, and the conditions it runs under."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datasets.parallel import available_cores
from evaluate.errors import CannotRun
from evaluate.store.run_folder import SINGLE_STREAM
from models.segmenter import load_class

WEIGHT_PLACES = (
    "packages",
    "alternative",
)  # keys of a yaml's weights, see models.weights.weight_file
TIMINGS = STRICT, THROUGHPUT = "strict", "throughput"


@dataclass(frozen=True)
class Model:
    """A model as configured.

    ``row`` names its folder, ``label`` its line in the table, ``target`` its class; ``options`` are
    its keyword arguments, ``steps`` what surrounds it, ``licence`` that of its code, ``extra`` its
    optional packages, ``command`` how to run it again.
    """

    row: str
    label: str
    target: str
    options: Mapping[str, Any]
    steps: Mapping[str, Mapping[str, Any]]
    licence: str | None
    extra: str | None
    warmup: int
    command: str

    @property
    def options_of_masks(self) -> dict[str, Any]:
        """The options without those that name other places of the weights, which change no mask."""
        weights = self.options.get("weights")
        if not isinstance(weights, Mapping):
            return dict(self.options)
        kept = {name: value for name, value in weights.items() if name not in WEIGHT_PLACES}
        return {**self.options, "weights": kept}

    def usd(self, photos: int) -> float:
        """Estimated cost of ``photos`` photos in USD, by ``usd_per_photo``; 0 for free models."""
        return photos * float(self.options.get("usd_per_photo", 0))

    def agree_on_costs(self, photos: int, allowed_usd: float) -> None:
        """Check the estimated cost of ``photos`` photos against the limit.

        Raises:
            CannotRun: it exceeds ``allowed_usd``.
        """
        if (cost := self.usd(photos)) > allowed_usd:
            raise CannotRun(
                f"{self.label}: {photos} photos may cost about ${cost:.2f}, above "
                f"cost_limit_usd={allowed_usd:g}; no photo was sent; add yes=true to go on"
            )


@dataclass(frozen=True)
class Conditions:
    """What a model's times depend on besides the model and the machine.

    ``timing``: ``strict`` leaves the processor to the model while its clock runs; ``throughput``
    decodes and scores beside it, so that all is done sooner and each photo's time is longer.
    ``memory_limit_gb``: GiB of memory that the model's process may have for itself.
    ``load_timeout_s``: no time depends on it, as a model that has not loaded is always tried again.
    ``scenario``: ``offline`` if other models may run at the same time, so that the seconds of a
    photo are no latency; how many others there are is no part of it.
    """

    device: str
    threads: int
    timeout_s: float
    timing: str = STRICT
    memory_limit_gb: float | None = None
    load_timeout_s: float = 600.0
    scenario: str = SINGLE_STREAM

    @property
    def identity(self) -> dict[str, object]:
        """Those that a run depends on. What is usual is not named."""
        usual = {"timing": STRICT, "memory_limit_gb": None, "scenario": SINGLE_STREAM}
        found = {k: v for k, v in vars(self).items() if k not in usual or v != usual[k]}
        del found["load_timeout_s"]
        return found

    def spare_cores(self, device: str, models: int = 1) -> int:
        """Cores that may decode and score while models run on ``device``; 0: they would notice."""
        free = available_cores() - models * (self.threads if device == "cpu" else 1)
        return max(1, free) if self.timing == THROUGHPUT else max(0, free)

    def reads_beside(self, device: str) -> bool:
        """Whether to decode the next photo while a model runs: scoring may take one spare core."""
        return self.timing == THROUGHPUT or self.spare_cores(device) > 1


def missing_package(model: Model, name: str | None) -> CannotRun:
    """The error for a package that is not installed."""
    package = (name or "PACKAGE").partition(".")[0]
    how = f"make install extra={model.extra}" if model.extra else f".venv/bin/pip install {package}"
    return CannotRun(f"{model.label}: package '{name}' is not installed; run: {how}")


def class_of(model: Model) -> type:
    """The model's class.

    Raises:
        CannotRun: it cannot be imported.
    """
    try:
        loaded: type = load_class(model.target)
    except ModuleNotFoundError as error:
        if error.name and not model.target.startswith(error.name):
            raise missing_package(model, error.name) from error
        raise CannotRun(f"{model.label}: there is no {model.target} ({error})") from error
    except Exception as error:  # a user's file may fail in any way when it is imported
        raise CannotRun(
            f"{model.label}: {model.target} cannot be imported ({type(error).__name__}: {error})"
        ) from error
    return loaded
