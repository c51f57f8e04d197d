"""What a segmentation system is here, and the one way it may be unavailable.

A model is one file in ``models/`` with a class, and one yaml in ``conf/model/`` whose ``_target_``
names the class. The yaml's other keys are the class's keyword arguments, except ``label`` (how the
row is called), ``licence`` (of the code that runs it; its weights have their own), ``extra`` (the
optional packages it needs) and ``warmup`` (calls before timing).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from datasets.arrays import Alpha, Image, Mask

ELSEWHERE = "elsewhere"  # the device of masks that were not made here


class Unavailable(Exception):
    """The system cannot run here. The text is one line that names what to do about it."""


class NoMask(Exception):
    """One photo has got no mask. The text says why; other photos may fare better.

    ``facts`` and ``candidates`` are those of ``Prediction``: all may have been turned down.
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
    """The photo's own time limit passed: it counts as slow, as one does that we had to stop."""


Facts: TypeAlias = Mapping[str, str | int | float]


@dataclass(frozen=True)
class Candidate:
    """A Mask (bool H×W) that a model proposed, and how good it holds it to be: higher is better."""

    mask: Mask
    score: float


@dataclass(frozen=True)
class Prediction:
    """An Alpha (uint8 H×W) with what is worth keeping of how it came.

    ``facts`` stand in the photo's line in predictions.jsonl: what it cost, what had to be done
    differently. Their names carry their units, as in ``cost_usd`` or ``tokens_out``; how the report
    sums them up is in ``evaluate.compare.model_facts``. ``fell_back_to_px``, a smaller input for
    want of memory, becomes a note under the table. ``candidates`` are what the Alpha was selected
    from, gone through once; None where a model proposes nothing. They are kept beside the mask.
    """

    alpha: Alpha
    facts: Facts = field(default_factory=dict)
    candidates: Iterable[Candidate] | None = None


@runtime_checkable
class Segmenter(Protocol):
    """Constructing loads weights; ``predict`` has no side effects, and is what is timed.

    Constructors take keywords only, ``device`` (auto, cpu, mps or cuda) among them, and raise
    ``Unavailable`` where weights or the device are missing; they import what is heavy themselves,
    and may set ``weights``, a mapping from file name to hash, which is recorded with the run.
    How weights are had is in ``models.weights.weight_file``.
    """

    device: str
    """Where it really runs: cpu, mps, cuda, or ``ELSEWHERE``."""

    def predict(self, image: Image) -> Alpha | Prediction:
        """Segment ``image`` (uint8 H×W×3) into an Alpha (uint8 H×W).

        Raises:
            NoMask: this photo has none.
        """
        ...


@runtime_checkable
class PrecomputedMasks(Protocol):
    """Masks made elsewhere: looked up by a photo's id, with the seconds they took if known."""

    device: str

    def recall(self, sample_id: str) -> tuple[Alpha | Prediction | None, float | None]:
        """The stored Alpha (None where there is none) and its seconds (None where unknown).

        Raises:
            NoMask: what is stored gives none.
            ValueError: what is stored cannot be read.
        """
        ...


@dataclass(frozen=True)
class Terms:
    """What a Tracer's answers depend on, and what one of them costs."""

    name: str
    prompt: str
    usd_per_photo: float
    priced_on: str
    shifts: bool
    """Whether it is known to draw the right shape in the wrong place."""


@dataclass(frozen=True)
class Traced:
    """A mask as it was answered, brought to its photo: 0 or 255.

    ``answer_size`` is the height and width the answer had.
    """

    alpha: Alpha
    answer_size: tuple[int, int]


@runtime_checkable
class Tracer(Protocol):
    """A Segmenter that is asked over the network, for money: its answers are kept, and read apart.

    ``make trace`` makes truth with it.
    """

    def terms(self) -> Terms:
        """What is asked, and for how much."""
        ...

    def ask(self, image: Image) -> dict[str, Any]:
        """The answer about ``image`` (uint8 H×W×3) as it came, JSON without any secret.

        Raises:
            NoMask: this photo was not answered.
            Unavailable: no photo would be: the key, the quota or the connection is at fault.
        """
        ...

    def read(self, answer: Mapping[str, Any], image: Image) -> Traced:
        """The mask in an answer.

        Raises:
            NoMask: there is none, or what there is is no mask.
        """
        ...


@runtime_checkable
class ReadsFiles(Protocol):
    """A class whose masks depend on files beyond its config: they become part of a run's key."""

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """Every file read, given the yaml's keys."""
        ...


@runtime_checkable
class DerivedFromRun(Protocol):
    """A class whose masks come out of a stored run: of its photos, and under its licences too."""

    @classmethod
    def origin(cls, config: Mapping[str, object]) -> Mapping[str, Any]:
        """What that run's run.json says, given the yaml's keys; empty where it cannot be read."""
        ...


def load_class(target: str) -> Any:
    """The class that a yaml's ``_target_`` names.

    Raises whatever importing its module raises; ``pkgutil.resolve_name`` would hide a missing
    package behind an AttributeError.
    """
    module, _, name = target.rpartition(".")
    return getattr(import_module(module), name)
