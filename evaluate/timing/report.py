"""Writes ``timing.md`` and ``timing.json``: a table for each scenario, never two in one column."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evaluate.display.text import NA, device_text, markdown_table, mib_text, seconds_text
from evaluate.store.atomic import write_atomic, write_json
from evaluate.timing.batches import BatchTimes
from evaluate.timing.rounds import LIMITS_GB, Timed
from evaluate.timing.summary import TimingSummary

_SINGLE = (
    "One photo after the other, on the model's clock: from an RGB array in memory to a mask at "
    "full size, the first photo left out. p50: median over the rounds' medians; p90: over all "
    "photos. Noise: median absolute deviation of the rounds' medians; drift: last round against "
    "first; both as a share of p50. Rows are sorted by p50."
)
_COLD = (
    "From the start of the process to the first mask on the disk: imports, loading (weights are "
    "here already) and the first photo. Medians over the rounds."
)
_OFFLINE = (
    "A folder of photos from the first mask on, decoding and storing included. Median over rounds."
)
_MEMORY = (
    "Peak resident memory of the process; where there are several, as of a browser, the most that "
    "all had after a photo, shared pages counted once. Of the device: what torch reserved, or what "
    "NVML says that ONNX Runtime holds. Runs in N GB: whether the largest photo was predicted in "
    "processes of which each was limited to that (RLIMIT_DATA); N/A where none can be."
)
_BATCH = (
    "Seconds a photo where a call takes several photos: seconds of the call divided by its "
    "photos, median over three calls; reading and writing are not counted. The number of photos "
    "is the best of 1, 2, 4 … 64, tried until the seconds a photo fall by less than 3 % (speed) or "
    "memory ends. Times as fast: as calls with one photo in the same process. No single photo is "
    "done sooner: not to be compared with the times above. Rows are sorted by seconds a photo."
)


def publish(timed: Sequence[Timed], about: str, folder: Path) -> str:
    """Write both files; returns the Markdown. ``about`` names photos, rounds and machine."""
    summaries = sorted(
        (TimingSummary(one) for one in timed if one.rounds), key=lambda s: s.p50 or 0
    )
    text = "\n\n".join(_sections(summaries, [one for one in timed if not one.rounds], about))
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(folder / "timing.md", (text + "\n").encode())
    write_json(folder / "timing.json", {"about": about, "rows": [_stored(one) for one in timed]})
    return text


def _sections(summaries: list[TimingSummary], unable: list[Timed], about: str) -> list[str]:
    lines = [f"# Timing\n\n<sub>{about}</sub>"]
    lines += [f"- {one.subject.model.label}: {one.reason}" for one in unable]
    if not summaries:
        return lines
    single = [("Approach", "Device", "p50", "p90", "Noise", "Drift", "Failed")]
    cold: list[tuple[str, ...]] = [("Approach", "Cold", "Load", "First photo")]
    offline = [("Approach", "Photos a minute")]
    limits = [f"Runs in {limit} GB" for limit in LIMITS_GB]
    memory: list[tuple[str, ...]] = [("Approach", "Memory", "Of the device", *limits)]
    for one in summaries:
        label, fits = one.timed.subject.model.label, one.timed.fits
        threads = one.timed.subject.conditions.threads
        single.append(
            (
                label,
                device_text(one.timed.rounds[0].device, threads),
                seconds_text(one.p50, 3),
                seconds_text(one.p90, 3),
                _share(one.noise),
                _share(one.drift, signed=True),
                str(one.failed),
            )
        )
        cold.append(
            (label, *(seconds_text(value, 2) for value in (one.cold_s, one.load_s, one.first_s)))
        )
        rate = one.per_minute
        offline.append((label, NA if rate is None else f"{rate:,.3g}"))
        device = mib_text(one.device_bytes) if one.device_bytes else NA
        answers = [_yes(fits.get(limit)) for limit in LIMITS_GB]
        memory.append((label, mib_text(one.peak_bytes), device, *answers))
    doubts = [
        f"- Timing unstable: {one.timed.subject.model.label}: {' and '.join(one.doubts)}"
        for one in summaries
        if one.doubts
    ]
    lines += ["## Single", markdown_table(single), *(["\n".join(doubts)] if doubts else [])]
    lines += [f"<sub>{_SINGLE}</sub>", "## Cold", markdown_table(cold), f"<sub>{_COLD}</sub>"]
    lines += ["## Offline", markdown_table(offline), f"<sub>{_OFFLINE}</sub>"]
    lines += _batches(summaries)
    return [*lines, "## Memory", markdown_table(memory), f"<sub>{_MEMORY}</sub>"]


def _batches(summaries: list[TimingSummary]) -> list[str]:
    """The scenario *batch*: a table of the models that take several photos, why others do not."""
    rows, reasons = [], []
    for one in summaries:
        label, found = one.timed.subject.model.label, one.timed.batches
        if found is None:
            continue
        best = found.best
        if best is None:
            reasons.append(f"- {label}: {found.reason}")
            continue
        device = mib_text(found.device_bytes) if found.device_bytes else NA
        faster = f"{found.seconds[1] / found.seconds[best]:.2f}"
        shown = seconds_text(found.seconds[best], 3)
        rows.append((found.seconds[best], (label, str(best), shown, faster, device, found.ended)))
    head = ("Approach", "Photos a call", "Seconds a photo", "Times as fast", "Of the device", "End")
    table = [markdown_table([head, *(row for _, row in sorted(rows))])] if rows else []
    parts = [*table, *(["\n".join(reasons)] if reasons else [])]
    return ["## Batch", *parts, f"<sub>{_BATCH}</sub>"] if parts else []


def _share(value: float | None, *, signed: bool = False) -> str:
    return NA if value is None else f"{value:+.1%}" if signed else f"{value:.1%}"


def _yes(fits: bool | None) -> str:
    return NA if fits is None else "yes" if fits else "no"


def _stored(timed: Timed) -> dict[str, object]:
    model, found = timed.subject.model, TimingSummary(timed)
    stored: dict[str, object] = {"row": model.row, "label": model.label, "reason": timed.reason}
    if timed.rounds:
        stored |= {
            "p50_s": found.p50,
            "p90_s": found.p90,
            "noise": found.noise,
            "drift": found.drift,
            "cold_s": found.cold_s,
            "photos_per_minute": found.per_minute,
            "unstable": found.doubts,
            "batch": None if timed.batches is None else _stored_batches(timed.batches),
            "runs_in_gb": {str(limit): fits for limit, fits in timed.fits.items()},
            "rounds": [asdict(one) for one in timed.rounds],
        }
    return stored


def _stored_batches(found: BatchTimes) -> dict[str, object]:
    return {
        "photos_a_call": found.best,
        "seconds_a_photo": {str(number): seconds for number, seconds in found.seconds.items()},
        "ended": found.ended,
        "reason": found.reason,
    }
