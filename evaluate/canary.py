"""``make canary``: whether two ways of running a network give the same masks.

The same few photos on the accelerator and on the CPU; or, with ``against=NAME``, through two
models, such as one network by ONNX Runtime and by torch. An accelerator that computes wrongly says
nothing: its masks are only wrong. A NaN is no level: where a network answers nothing else, its mask
comes out constant, which is flagged; NumPy warns when it meets one. What the processes say of
warnings and of falling back is kept for the same reason.

A photo agrees from an IoU of ``agree_iou`` on. Where both masks are one level all over, or neither
way has a mask, the photo tells nothing; where only one way fails, they disagree.
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

import cv2
import numpy as np
from tqdm import tqdm

from datasets.arrays import Alpha, to_mask
from datasets.dataset import Sample
from evaluate.display.text import align_table
from evaluate.errors import CannotRun
from evaluate.metrics.iou import iou
from evaluate.predict.model import Conditions, Model
from evaluate.predict.model_process import Host
from evaluate.predict.stage import request
from evaluate.store.run_folder import OK

HANDFUL = 5  # photos, where no number is given
TOLD = re.compile(r"\S.*(warning|fall(s|ing)?[ -]?back|\bMPS\b|\[[WE]:)", re.IGNORECASE)
ONE_DEVICE = (
    "only the CPU is here for it; run it where there is cuda or mps to hold against the CPU, or "
    "add against=NAME to hold it against another model"
)


@dataclass
class Way:
    """One way of running a network; once it has run, where it did, its masks (or why there is
    none) by photo, and the warnings it gave.
    """

    model: Model
    conditions: Conditions
    device: str = ""
    masks: dict[str, Alpha | str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What it is called beside the other."""
        return f"{self.model.label} on {self.device}"


@dataclass(frozen=True)
class Finding:
    """Whether two ways agree, and what to say of it."""

    agree: bool
    lines: tuple[str, ...]


def handful(samples: Sequence[Sample]) -> list[Sample]:
    """A few photos, from the whole range of them."""
    return list(samples[:: max(1, len(samples) // HANDFUL)][:HANDFUL])


def judge(way: Way, other: Way | None, samples: Sequence[Sample], agree_iou: float) -> Finding:
    """Hold one way against another; against the same model on the CPU where there is no other.

    Raises:
        CannotRun: one cannot run, or there is no accelerator; or no photo tells anything.
    """
    if other is None and way.conditions.device == "cpu":
        raise CannotRun("device=cpu: an accelerator is held against it; name one, or against=NAME")
    try:
        _run(way, samples, accelerated=other is None)
    except CannotRun as error:
        if other or not str(error).endswith("use auto or cpu"):
            raise
        raise CannotRun(f"{way.model.label}: {ONE_DEVICE}") from error
    other = other or Way(way.model, replace(way.conditions, device="cpu"))
    _run(other, samples)
    return _compare(way, other, agree_iou)


def _run(way: Way, samples: Sequence[Sample], *, accelerated: bool = False) -> None:
    """Predict the photos in a process of their own.

    Raises:
        CannotRun: the model does not load; or, ``accelerated``, it runs on the CPU.
    """
    with _heard(way.warnings) as stderr, tempfile.TemporaryDirectory() as folder:
        host = Host(way.model, way.conditions, stderr)
        try:
            host.start()
            way.device = str(host.sessions[0]["device"]) if host.sessions else ""
            if accelerated and way.device == "cpu":
                raise CannotRun(f"{way.model.label}: {ONE_DEVICE}")
            mask = Path(folder) / "mask.png"
            for sample in tqdm(samples, desc=way.name, unit="photo"):
                answer = host.ask(request(sample, mask))
                if not host.sessions:
                    raise CannotRun(f"{way.model.label}: {answer['error']}")
                done = answer["status"] == OK
                way.masks[sample.id] = _read(mask) if done else str(answer["status"])
        finally:
            host.close()


def _read(path: Path) -> Alpha:
    alpha = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert alpha is not None, path  # noqa: S101 - our own process has just written it
    return alpha.astype(np.uint8, copy=False)


@contextmanager
def _heard(warnings: list[str]) -> Iterator[int]:
    """A file descriptor to say things to: they go on to standard error, warnings are kept."""
    ear, mouth = os.pipe()

    def listen() -> None:
        with os.fdopen(ear, errors="replace", newline="") as lines:
            for line in lines:
                sys.stderr.write(line)
                if TOLD.match(line) and line.strip() not in warnings:
                    warnings.append(line.strip())

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield mouth
    finally:
        os.close(mouth)
        thread.join(timeout=5)  # a process that the model has left behind may hold on to it


def _compare(first: Way, second: Way, agree_iou: float) -> Finding:
    """Hold the masks of two ways against each other, photo by photo.

    Raises:
        CannotRun: no photo tells anything.
    """
    rows: list[tuple[str, ...]] = [("Photo", "IoU", "Mean difference", "Note")]
    ious = []
    for photo, alpha in first.masks.items():
        pair = alpha, second.masks[photo]
        notes = [
            f"{way.name}: {note}"
            for way, mask in zip((first, second), pair, strict=True)
            if (note := _note(mask))
        ]
        agreement = _agreement(*pair)
        if agreement is not None:
            ious.append(agreement)
        shown = "–" if agreement is None else f"{agreement:.4f}"
        rows.append((photo, shown, _difference(*pair), "; ".join(notes)))
    warned = [f"{way.name} said: {line}" for way in (first, second) for line in way.warnings]
    lines = [f"{first.name} against {second.name}", align_table(rows, str.ljust), *warned]
    if not ious:
        raise CannotRun("\n".join([*lines, "no photo tells whether they agree; give others"]))
    agree = min(ious) >= agree_iou
    end = f"least IoU {min(ious):.4f} over {len(ious)} photos, at least {agree_iou:g} is asked"
    return Finding(agree, (*lines, f"{'agree' if agree else 'DISAGREE'}: {end}"))


def _note(mask: Alpha | str) -> str:
    if isinstance(mask, str):
        return mask
    return f"all {mask.flat[0]}" if mask.min() == mask.max() else ""


def _agreement(one: Alpha | str, other: Alpha | str) -> float | None:
    """IoU of two masks; 0 where only one is there; None where it would tell nothing."""
    if isinstance(one, str) or isinstance(other, str):
        return None if isinstance(one, str) and isinstance(other, str) else 0.0
    cut = to_mask(one), to_mask(other)
    flat = _note(one) and _note(other) and cut[0].flat[0] == cut[1].flat[0]
    return None if flat else iou(*cut)


def _difference(one: Alpha | str, other: Alpha | str) -> str:
    """The mean absolute difference in levels of 255."""
    if isinstance(one, str) or isinstance(other, str):
        return "–"
    return f"{cv2.absdiff(one, other).mean():.2f}"
