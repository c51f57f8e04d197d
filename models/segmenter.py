"""The interface of a model: its protocols, its prediction and its exceptions.

A model is one file in ``models/`` with a class, and one yaml in ``conf/model/`` whose ``_target_``
names the class. The yaml's other keys are the class's keyword arguments, except ``label`` (the
row's name), ``licence`` (of the code that runs it; its weights have their own), ``extra`` (the
optional packages it needs) and ``warmup`` (the number of calls before timing).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from datasets.arrays import Alpha, Image, Mask

ELSEWHERE = "elsewhere"  # the device of precomputed and remote masks


class Unavailable(Exception):
    """The model cannot run here. The text is one line that names the remedy."""


class WeightsUnavailable(Unavailable):
    """A weight file cannot be had, so that the same model with other weights may run."""


class NoMask(Exception):
    """The model has no mask for one photo; other photos may succeed. The text says why.

    ``facts`` and ``candidates`` are as in ``Prediction``: a selection may reject all candidates.
    """

    def __init__(
        self,
        reason: str,
        facts: "Facts | None" = None,
        candidates: "Iterable[Candidate] | None" = None,
    ) -> None:
        super().__init__(reason)
        self.facts: Facts = facts or {}
        self.candidates = candidates


class TimedOut(NoMask):
    """The model's own time limit for the photo passed; reported like a stopped process."""


def one_line(message: object) -> str:
    """A library's message, such as its exception, as one line of at most 200 characters."""
    return " ".join(str(message).split())[:200]


Facts: TypeAlias = Mapping[str, str | int | float]


@dataclass(frozen=True)
class Candidate:
    """A Mask (bool H×W) that a model proposes, and the model's own score: higher is better."""

    mask: Mask
    score: float


@dataclass(frozen=True)
class Prediction:
    """An Alpha (uint8 H×W) with facts about it and the candidates it was selected from.

    ``facts`` are stored in the photo's line of predictions.jsonl, such as costs, retries and
    fallbacks. Their names carry their units, as in ``cost_usd`` or ``tokens_out``;
    ``evaluate.compare.rows.model_facts`` summarises them. ``fell_back_to_px``, a smaller input for
    lack of memory, becomes a note under the table. ``candidates`` are iterated once and stored
    beside the mask; None means that the model proposes none.
    """

    alpha: Alpha
    facts: Facts = field(default_factory=dict)
    candidates: Iterable[Candidate] | None = None


@runtime_checkable
class Segmenter(Protocol):
    """The constructor loads the weights; ``predict`` has no side effects and is timed.

    Constructors take keywords only, ``device`` (auto, cpu, mps or cuda) among them, and raise
    ``Unavailable`` where weights or the device are missing; they import heavy libraries themselves,
    and may set ``weights``, a mapping from file name to hash, which is recorded with the run, and
    ``runtime``, a mapping with the engine that runs and the conversion of its weights where they
    are not the usual ones (``provider`` is shown behind the device).
    ``models.weights.weight_file`` fetches weights.
    """

    device: str
    """The device in use: cpu, mps, cuda or ``ELSEWHERE``."""

    def predict(self, image: Image) -> Alpha | Prediction:
        """Segment ``image`` (uint8 H×W×3) into an Alpha (uint8 H×W).

        Raises:
            NoMask: the model has no mask for this photo.
        """
        ...


@runtime_checkable
class PrecomputedMasks(Protocol):
    """A model whose masks exist already: they are read by photo id, with their seconds if known."""

    device: str

    def recall(self, sample_id: str) -> tuple[Alpha | Prediction | None, float | None]:
        """The stored Alpha (None if missing) and its seconds (None if unknown).

        Raises:
            NoMask: the stored data contains no mask.
            ValueError: the stored data cannot be read.
        """
        ...


@dataclass(frozen=True)
class TracerTerms:
    """What a Tracer's answers depend on, and the price of one."""

    name: str
    prompt: str
    usd_per_photo: float
    priced_on: str
    shifts: bool
    """Whether the model is known to draw the right shape at the wrong place."""


@dataclass(frozen=True)
class TracedMask:
    """The mask in an answer, resized to its photo (uint8 H×W, 0 or 255).

    ``answer_size`` is the height and width of the mask in the answer.
    """

    alpha: Alpha
    answer_size: tuple[int, int]


@runtime_checkable
class Tracer(Protocol):
    """A Segmenter that is a paid remote service: its raw answers are stored, then read separately.

    ``make trace`` creates ground truth with it.
    """

    def terms(self) -> TracerTerms:
        """The model's name, prompt and price."""
        ...

    def ask(self, image: Image) -> dict[str, Any]:
        """The raw answer about ``image`` (uint8 H×W×3): JSON without secrets.

        Raises:
            NoMask: the service did not answer for this photo.
            Unavailable: it would answer for no photo: key, quota or connection is at fault.
        """
        ...

    def read(self, answer: Mapping[str, Any], image: Image) -> TracedMask:
        """The mask in an answer.

        Raises:
            NoMask: the answer contains no mask, or an unusable one.
        """
        ...


@runtime_checkable
class ReadsFiles(Protocol):
    """A class whose masks depend on files beyond its config; a run's key includes their hashes."""

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """Every file that the model reads, given the yaml's keys."""
        ...


@runtime_checkable
class ChecksPhotos(Protocol):
    """A class that can tell by the photos' ids, before it is loaded, that it has none of them."""

    @classmethod
    def check(cls, config: Mapping[str, object], ids: Collection[str]) -> None:
        """See whether there is anything for these photos, given the yaml's keys.

        Raises:
            Unavailable: there is nothing; the text says what there is and what was expected.
        """
        ...


@runtime_checkable
class DerivedFromRun(Protocol):
    """A class whose masks come from a stored run; that run's photos and licences apply."""

    @classmethod
    def origin(cls, config: Mapping[str, object]) -> Mapping[str, Any]:
        """That run's run.json, given the yaml's keys; empty if it cannot be read."""
        ...


def load_class(target: str) -> Any:
    """The class that a yaml's ``_target_`` names.

    Raises whatever importing its module raises. ``pkgutil.resolve_name`` is not used: it would turn
    a missing package into an AttributeError.
    """
    module, _, name = target.rpartition(".")
    return getattr(import_module(module), name)
