"""``make canary``: whether two ways of running a network give the same masks.

It runs a few photos on the accelerator and on the CPU; or, with ``against=NAME``, through two
models, such as one network by ONNX Runtime and by PyTorch. An accelerator that computes wrongly
raises no error; only its masks are wrong. Integer masks cannot hold NaN, so an all-NaN output
appears as a constant mask, which is marked. Warnings of the processes, such as NumPy's about NaN
or a fallback to the CPU, are reported for the same reason.

Two masks of a photo agree if their IoU is at least ``agree_iou``. If only one way has a mask, they
disagree. A photo is inconclusive, and not counted, if neither way has a mask or both masks are the
same constant.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tqdm import tqdm

from datasets.arrays import Alpha
from datasets.dataset import Sample
from evaluate.display.text import align_table
from evaluate.errors import CannotRun
from evaluate.parity.agreement import agreement, constant_text, level_difference
from evaluate.predict.model import Conditions, Model
from evaluate.predict.model_process import ModelProcess, photo_request, read_answered_mask
from evaluate.store.run_folder import OK

_HANDFUL = 5  # photos, unless limit=N is given
_WARNING = re.compile(r"\S.*(warning|fall(s|ing)?[ -]?back|\bMPS\b|\[[WE]:)", re.IGNORECASE)
ONE_DEVICE = (
    "only the CPU is available to it; run it where cuda or mps can be compared with the CPU, or "
    "add against=NAME to compare it with another model"
)


@dataclass
class CanaryWay:
    """One way of running a network, and its results.

    Once it has run: ``device`` is where it ran, ``masks`` holds by photo id the Alpha (uint8 H×W)
    or the status of the failure, ``warnings`` what its process warned of.
    """

    model: Model
    conditions: Conditions
    device: str = ""
    masks: dict[str, Alpha | str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The model's label and the device."""
        return f"{self.model.label} on {self.device}"


@dataclass(frozen=True)
class CanaryResult:
    """Whether two ways agree, and the report's lines."""

    agree: bool
    lines: tuple[str, ...]


def handful(samples: Sequence[Sample]) -> list[Sample]:
    """Up to ``_HANDFUL`` photos, spread evenly over the dataset."""
    return list(samples[:: max(1, len(samples) // _HANDFUL)][:_HANDFUL])


def compare_ways(
    way: CanaryWay, other: CanaryWay | None, samples: Sequence[Sample], agree_iou: float
) -> CanaryResult:
    """Compare one way with another, or with the same model on the CPU if ``other`` is None.

    Raises:
        CannotRun: a way cannot run, there is no accelerator, or every photo is inconclusive.
    """
    if other is None and way.conditions.device == "cpu":
        raise CannotRun(
            "device=cpu: name an accelerator to compare the CPU with, or add against=NAME"
        )
    try:
        _run(way, samples, accelerated=other is None)
    except CannotRun as error:
        if other or not str(error).endswith("use auto or cpu"):
            raise
        raise CannotRun(f"{way.model.label}: {ONE_DEVICE}") from error
    other = other or CanaryWay(way.model, replace(way.conditions, device="cpu"))
    _run(other, samples)
    return _compare(way, other, agree_iou)


def _run(way: CanaryWay, samples: Sequence[Sample], *, accelerated: bool = False) -> None:
    """Predict the photos in a process of its own.

    Raises:
        CannotRun: the model does not load, or it runs on the CPU though ``accelerated``.
    """
    with _collecting(way.warnings) as stderr, tempfile.TemporaryDirectory() as folder:
        process = ModelProcess(way.model, way.conditions, stderr)
        try:
            process.start()
            way.device = str(process.sessions[0]["device"]) if process.sessions else ""
            if accelerated and way.device == "cpu":
                raise CannotRun(f"{way.model.label}: {ONE_DEVICE}")
            mask = Path(folder) / "mask.png"
            for sample in tqdm(samples, desc=way.name, unit="photo"):
                request = photo_request(
                    sample.id, sample.image_path, mask, drop_alpha=sample.drop_alpha
                )
                answer = process.ask(request)
                if not process.sessions:
                    raise CannotRun(f"{way.model.label}: {answer['error']}")
                done = answer["status"] == OK
                way.masks[sample.id] = read_answered_mask(mask) if done else str(answer["status"])
        finally:
            process.close()


@contextmanager
def _collecting(warnings: list[str]) -> Iterator[int]:
    """A file descriptor whose lines are copied to stderr; warnings are added to ``warnings``."""
    read_end, write_end = os.pipe()

    def listen() -> None:
        with os.fdopen(read_end, errors="replace", newline="") as lines:
            for line in lines:
                sys.stderr.write(line)
                if _WARNING.match(line) and line.strip() not in warnings:
                    warnings.append(line.strip())

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield write_end
    finally:
        os.close(write_end)
        thread.join(timeout=5)  # a process that the model left running may keep it open


def _compare(first: CanaryWay, second: CanaryWay, agree_iou: float) -> CanaryResult:
    """Compare the masks of two ways, photo by photo.

    Raises:
        CannotRun: every photo is inconclusive.
    """
    rows: list[tuple[str, ...]] = [("Photo", "IoU", "Mean difference", "Note")]
    ious = []
    for photo, alpha in first.masks.items():
        pair = alpha, second.masks[photo]
        notes = [
            f"{way.name}: {note}"
            for way, mask in zip((first, second), pair, strict=True)
            if (note := constant_text(mask))
        ]
        found, difference = agreement(*pair), level_difference(*pair)
        if found is not None:
            ious.append(found)
        shown = "–" if found is None else f"{found:.4f}"
        levels = "–" if difference is None else f"{difference:.2f}"
        rows.append((photo, shown, levels, "; ".join(notes)))
    warned = [f"{way.name} said: {line}" for way in (first, second) for line in way.warnings]
    lines = [f"{first.name} against {second.name}", align_table(rows, str.ljust), *warned]
    if not ious:
        raise CannotRun("\n".join([*lines, "every photo is inconclusive; give others"]))
    agree = min(ious) >= agree_iou
    end = f"lowest IoU {min(ious):.4f} over {len(ious)} photos; {agree_iou:g} is required"
    return CanaryResult(agree, (*lines, f"{'agree' if agree else 'DISAGREE'}: {end}"))
