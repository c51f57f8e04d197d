"""Runs one network in several ways on the same photos, and compares each with the first.

Every way has a process of its own, and all are loaded before the first photo. Each photo goes
through all of them, one after the other, and the next photo begins with the next way: so a load of
the machine that comes and goes, or a processor that grows warm, meets all ways alike. Where a way
takes several photos a call, all ways take that many photos in their turn.
"""

import itertools
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from datasets.arrays import Alpha
from datasets.dataset import Sample
from evaluate.errors import CannotRun
from evaluate.metrics.polygons import mask_polygons
from evaluate.parity.agreement import agreement
from evaluate.parity.ways import Way
from evaluate.predict.model_process import ModelProcess, photo_request, read_answered_mask
from evaluate.store.run_folder import OK, device_of


@dataclass
class WayResult:
    """What a way did, photo by photo in the order of the photos.

    ``reason`` says why it could not run; the rest is then empty. ``status`` is that of each photo,
    ``seconds`` None where nothing was timed. ``ious`` are those with the reference's mask, None
    where neither has a mask or both are constant. ``shapes`` are the numbers of pieces and of
    holes, None without a mask. ``batch`` is the number of photos in a call; the seconds of a photo
    are then an equal share of the call's.
    """

    name: str
    batch: int = 1
    device: str = ""
    reason: str = ""
    load_s: float | None = None
    peak_rss_bytes: int | None = None
    photos: list[str] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    seconds: list[float | None] = field(default_factory=list)
    ious: list[float | None] = field(default_factory=list)
    shapes: list[tuple[int, int] | None] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def worst(self) -> tuple[float, str] | None:
        """The lowest IoU and its photo; None where no photo tells."""
        known = [(v, p) for v, p in zip(self.ious, self.photos, strict=True) if v is not None]
        return min(known, default=None)

    @property
    def median_iou(self) -> float | None:
        """The median IoU; None where no photo tells."""
        known = [value for value in self.ious if value is not None]
        return statistics.median(known) if known else None

    @property
    def p50_s(self) -> float | None:
        """Median seconds a photo."""
        known = [value for value in self.seconds if value is not None]
        return statistics.median(known) if known else None

    def changed(self, reference: "WayResult") -> list[str]:
        """The photos on which the number of pieces or holes is not the reference's."""
        pairs = zip(self.photos, self.shapes, reference.shapes, strict=True)
        return [photo for photo, own, other in pairs if own != other]

    def times_as_fast(self, reference: "WayResult") -> float | None:
        """How many times as fast as ``reference``, the median over the photos."""
        pairs = zip(self.seconds, reference.seconds, strict=True)
        ratios = [theirs / own for own, theirs in pairs if own and theirs]
        return statistics.median(ratios) if ratios else None


def run_ways(ways: Sequence[Way], samples: Sequence[Sample]) -> list[WayResult]:
    """Run all ``ways`` on ``samples``; the first is the reference.

    Raises:
        CannotRun: the reference cannot run.
    """
    results = [WayResult(way.name, way.photos) for way in ways]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        processes: list[ModelProcess | None] = []
        for way, result in zip(ways, results, strict=True):
            process = ModelProcess(way.model, way.conditions, batches=way.photos > 1)
            stack.callback(process.close)
            processes.append(process if _started(process, result) else None)
        if processes[0] is None:
            raise CannotRun(f"{ways[0].model.label}: {results[0].reason}")
        running = [(p, r) for p, r in zip(processes, results, strict=True) if p is not None]
        most = max(result.batch for _, result in running)
        for number, start in enumerate(tqdm(range(0, len(samples), most), desc="parity")):
            turn = samples[start : start + most]
            masks: dict[str, list[Alpha | str]] = {}
            first = number % len(running)
            for process, result in (*running[first:], *running[:first]):
                masks[result.name] = [
                    mask
                    for at in range(0, len(turn), result.batch)
                    for mask in _predict(process, result, turn[at : at + result.batch], folder)
                ]
            for _, result in running:
                pairs = zip(masks[results[0].name], masks[result.name], strict=True)
                result.ious += [agreement(*pair) for pair in pairs]
    return results


def _started(process: ModelProcess, result: WayResult) -> bool:
    """Load the model; note why where it does not load."""
    label = process.model.label
    try:
        process.start()
        if not process.sessions:
            result.reason = str(process.ask({"id": ""})["error"])
    except CannotRun as error:
        result.reason = str(error).removeprefix(f"{label}: ")
    if result.reason:
        return False
    session = process.sessions[0]
    result.device, result.load_s = device_of(session), session["load_s"]
    return True


def _predict(
    process: ModelProcess, result: WayResult, samples: Sequence[Sample], folder: Path
) -> list[Alpha | str]:
    """The Alphas (uint8 H×W) of the photos of a call, or the status of their failure.

    The last call's photos may be too few: then they are given again, and the copies left out.
    """
    masks = [folder / f"{number}.png" for number in range(result.batch)]
    repeated = itertools.cycle(samples)
    requests = [
        photo_request(s.id, s.image_path, mask, drop_alpha=s.drop_alpha)
        for mask, s in zip(masks, repeated, strict=False)
    ]
    many = result.batch > 1
    try:
        answer = process.ask_for_all(requests) if many else process.ask(requests[0])
    except CannotRun as error:
        if not many:
            raise
        answer = {"status": "error", "error": str(error)}
    peak = answer.get("peak_rss_bytes")
    result.peak_rss_bytes = max(result.peak_rss_bytes or 0, peak or 0) or None
    pairs = zip(samples, masks, strict=False)
    return [_noted(result, sample.id, answer, mask) for sample, mask in pairs]


def _noted(result: WayResult, photo: str, answer: dict[str, Any], mask: Path) -> Alpha | str:
    """Note what became of a photo; its Alpha, or the status of its failure."""
    status, seconds = str(answer["status"]), answer.get("seconds")
    alpha = read_answered_mask(mask) if status == OK else None
    result.photos.append(photo)
    result.status.append(status)
    result.seconds.append(None if seconds is None else seconds / result.batch)
    if status not in (OK, "no-mask") and answer.get("error") not in (None, *result.errors):
        result.errors.append(" ".join(str(answer["error"]).split())[:200])
    if alpha is None:
        result.shapes.append(None)
        return status
    found = mask_polygons(alpha)
    result.shapes.append((len(found.polygons), found.holes))
    return alpha
