"""Times models in rounds: each round runs every model once, in a process of its own.

The order turns around from round to round, so that a machine that grows warm or busy disturbs all
models alike. One round before the first is not counted: it fetches weights and fills caches. A
round has no warm-up call, as its first photo is what *cold* measures.
"""

import itertools
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from datasets.dataset import Sample
from evaluate.errors import CannotRun
from evaluate.predict.model import Conditions, Model
from evaluate.predict.model_process import ModelProcess, photo_request, photo_to_read
from evaluate.store.run_folder import OK
from evaluate.timing.batches import BatchTimes, time_batches

LIMITS_GB = (2, 4, 8)


@dataclass(frozen=True)
class Subject:
    """A model that is timed, and on what."""

    model: Model
    conditions: Conditions
    samples: Sequence[Sample]


@dataclass(frozen=True)
class Round:
    """One process of a model over all photos; seconds.

    cold_s       from the start of the process to the first mask, stored
    load_s       of the model alone, as the process measures it
    first_s      of the first photo, on the model's clock
    seconds      of the other photos with a mask, on the model's clock
    span_s       from the first photo's mask to the last one's: decoding and storing included
    photos       how many that span covers
    failures     photos without a mask, by status
    peak_bytes   peak resident memory; ``device_bytes``: of the accelerator, None where unknown
    load_before  processes that wanted a core in the minute before (the system's load average), and
    load_during  the most of that while it ran, the model's own threads included
    """

    device: str
    cold_s: float
    load_s: float
    first_s: float | None
    seconds: tuple[float, ...]
    span_s: float
    photos: int
    failures: Mapping[str, int]
    peak_bytes: int
    device_bytes: int | None
    load_before: float
    load_during: float


@dataclass(frozen=True)
class Timed:
    """A model's rounds; ``reason`` says why there is none.

    ``fits`` maps GiB to whether a photo was predicted in a process that may use no more; it is
    empty where that cannot be limited. ``batches`` are the times with several photos a call.
    """

    subject: Subject
    rounds: tuple[Round, ...]
    fits: Mapping[int, bool]
    reason: str = ""
    batches: BatchTimes | None = None


def time_in_rounds(subjects: Sequence[Subject], repeats: int) -> list[Timed]:
    """Time models in ``repeats`` rounds. A model that cannot run has a reason instead."""
    rounds: dict[int, list[Round]] = {number: [] for number in range(len(subjects))}
    reasons: dict[int, str] = {}
    fits: dict[int, dict[int, bool]] = {}
    batches: dict[int, BatchTimes] = {}
    total = (repeats + 1) * sum(len(subject.samples) for subject in subjects)
    with tqdm(total=total, desc="timing", unit="photo") as bar:
        for turn in range(repeats + 1):
            order = sorted(rounds, reverse=turn % 2 == 1)
            for number in order:
                subject = subjects[number]
                if number in reasons:
                    bar.update(len(subject.samples))
                    continue
                try:
                    found = _round(subject, bar)
                    if turn == 0:
                        fits[number] = _fits(subject, found.device)
                        batches[number] = time_batches(
                            subject.model, subject.conditions, subject.samples
                        )
                    else:
                        rounds[number].append(found)
                except CannotRun as error:
                    reasons[number] = str(error)
    return [
        Timed(subject, tuple(rounds[n]), fits.get(n, {}), reasons.get(n, ""), batches.get(n))
        for n, subject in enumerate(subjects)
    ]


def _round(subject: Subject, bar: "tqdm[Any]") -> Round:
    before = during = _load()
    failures: Counter[str] = Counter()
    seconds: list[float | None] = []
    peak, on_device = 0, None
    ends: list[float] = []
    process = ModelProcess(replace(subject.model, warmup=0), subject.conditions)
    with tempfile.TemporaryDirectory() as folder:
        mask = Path(folder) / "mask.png"
        start = time.perf_counter()
        try:
            process.start()
            for sample, following in itertools.zip_longest(subject.samples, subject.samples[1:]):
                request = photo_request(
                    sample.id, sample.image_path, mask, drop_alpha=sample.drop_alpha
                )
                if following is not None:
                    request["next"] = photo_to_read(following.image_path, following.drop_alpha)
                answer = process.ask(request)
                ends.append(time.perf_counter())
                done = answer["status"] == OK
                seconds.append(answer["seconds"] if done else None)
                failures.update([] if done else [answer["status"]])
                peak = max(peak, answer.get("peak_rss_bytes") or 0)
                on_device = answer.get("peak_device_bytes") or on_device
                during = max(during, _load())
                bar.update()
        finally:
            process.close()
    if not process.sessions or not any(seconds):
        raise CannotRun(f"{subject.model.label}: {answer.get('error', 'no photo got a mask')}")
    return Round(
        device=process.sessions[0]["device"],
        cold_s=ends[0] - start,
        load_s=process.sessions[0]["load_s"],
        first_s=seconds[0],
        seconds=tuple(one for one in seconds[1:] if one is not None),
        span_s=ends[-1] - ends[0],
        photos=len(ends) - 1,
        failures=failures,
        peak_bytes=peak,
        device_bytes=on_device,
        load_before=before,
        load_during=during,
    )


def _fits(subject: Subject, device: str) -> dict[int, bool]:
    """Whether the largest photo is predicted within each limit, on the CPU of a Linux machine."""
    if device != "cpu" or sys.platform != "linux":
        return {}
    largest = max(subject.samples, key=lambda sample: sample.image_path.stat().st_size)
    found: dict[int, bool] = {}
    for limit in LIMITS_GB:
        found[limit] = any(found.values()) or _runs_within(limit, subject, largest)
    return found


def _runs_within(limit_gb: int, subject: Subject, sample: Sample) -> bool:
    conditions = replace(subject.conditions, memory_limit_gb=float(limit_gb))
    process = ModelProcess(replace(subject.model, warmup=0), conditions, stderr=-3)  # DEVNULL
    with tempfile.TemporaryDirectory() as folder:
        mask = Path(folder) / "mask.png"
        try:
            request = photo_request(
                sample.id, sample.image_path, mask, drop_alpha=sample.drop_alpha
            )
            return bool(process.ask(request)["status"] == OK)
        except CannotRun:  # some libraries report a failed allocation as one of their own errors
            return False
        finally:
            process.close()


def _load() -> float:
    return os.getloadavg()[0]
