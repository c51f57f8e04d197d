"""The parity table: as Markdown, and as numbers in parity.json."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evaluate.compare.instability import UNSTEADY
from evaluate.display.text import NA, escape, markdown_table, mib_text, seconds_text
from evaluate.parity.measure import WayResult
from evaluate.store.run_folder import OK

WAY_COLUMNS = (
    "Way", "Device", "Median IoU", "Lowest IoU", "Pieces or holes changed", "p50", "Times as fast",
    "Peak RSS", "Load", "Notes",
)  # fmt: skip
BATCH_COLUMNS = ("Way", "Photos a call", "Seconds a photo", "Times as fast", "As")
MEANING = (
    "IoU: of each mask with that of the first way, not with ground truth. Pieces or holes changed: "
    "photos whose mask has another number of them. p50: median seconds a photo. Times as fast: "
    "median over the photos of the first way's seconds divided by this way's; the ways took turns "
    "on each photo. Peak RSS and load: of a process of its own; conversion and downloads are not "
    "counted. N/A: the way cannot run here, for the reason under the table. A way with several "
    "photos a call has its seconds in a table of its own: median over the photos of the call's "
    "seconds divided by its photos, beside the way of the table that takes one photo a call."
)


def parity_section(results: Sequence[WayResult], about: Mapping[str, Any]) -> str:
    """One model's part of parity.md. ``about``: what ``parity_record`` stores."""
    reference = results[0]
    rows = [WAY_COLUMNS, *(_cells(result, reference) for result in results)]
    machine = about["machine"]
    signature = (
        f"{about['dataset']}@{about['hash'][:12]} · n={len(reference.photos)} · "
        f"{about['threads']} threads · {machine['cpu']}, {machine['cores']} cores · "
        f"{machine['system']} · Python {machine['python']} · "
        f"load before {about['load_before']:.1f}, after {about['load_after']:.1f}"
    )
    parts = [f"## {escape(about['label'])}", markdown_table(rows)]
    if any(result.batch > 1 and not result.reason for result in results):
        parts += ["Several photos a call:", markdown_table(_batch_rows(results))]
    reasons: dict[str, list[str]] = {}
    for result in results:
        if result.reason:
            reasons.setdefault(result.reason, []).append(result.name)
    if reasons:
        lines = (f"- {', '.join(names)}: {escape(reason)}" for reason, names in reasons.items())
        parts.append("Not run:\n\n" + "\n".join(lines))
    return "\n\n".join([*parts, f"<sub>{escape(signature)}</sub>"]) + "\n"


def parity_record(results: Sequence[WayResult], about: Mapping[str, Any]) -> dict[str, Any]:
    """One model's entry of parity.json."""
    return {**about, "ways": [asdict(result) for result in results]}


def parity_page(records: Mapping[str, Mapping[str, Any]]) -> str:
    """parity.md: a section for each model of parity.json, by name."""
    sections = [
        parity_section([WayResult(**way) for way in record["ways"]], record)
        for _, record in sorted(records.items())
    ]
    return "\n".join(["# Parity", "", MEANING, "", *sections])


def _cells(result: WayResult, reference: WayResult) -> tuple[str, ...]:
    if result.reason:
        return (result.name, *[NA] * (len(WAY_COLUMNS) - 2), "")
    worst, median = result.worst, result.median_iou
    faster = result.times_as_fast(reference)
    changed = result.changed(reference)
    is_reference = result is reference
    in_batches = result.batch > 1
    return (
        result.name,
        result.device,
        "reference" if is_reference else NA if median is None else f"{median:.4f}",
        "–" if is_reference else NA if worst is None else f"{worst[0]:.4f} ({worst[1]})",
        "–" if is_reference else f"{len(changed)} of {len(result.photos)}",
        "–" if in_batches else seconds_text(result.p50_s, 3),
        "–" if in_batches else NA if faster is None else f"{faster:.2f}",
        mib_text(result.peak_rss_bytes),
        seconds_text(result.load_s, 1),
        "; ".join(_notes(result)),
    )


def _batch_rows(results: Sequence[WayResult]) -> list[tuple[str, ...]]:
    by_name = {result.name: result for result in results if not result.reason}
    rows: list[tuple[str, ...]] = [BATCH_COLUMNS]
    for name, result in by_name.items():
        if result.batch == 1:
            continue
        alone = by_name.get(name.rpartition("/")[0])
        faster = result.times_as_fast(alone) if alone is not None else None
        rows.append((
            name,
            str(result.batch),
            seconds_text(result.p50_s, 3),
            NA if faster is None else f"{faster:.2f}",
            alone.name if alone is not None else NA,
        ))  # fmt: skip
    return rows


def _notes(result: WayResult) -> list[str]:
    failed = [status for status in result.status if status != OK]
    notes = [f"{len(failed)} failed: {', '.join(sorted(set(failed)))}"] if failed else []
    notes += result.errors
    seconds = sorted(value for value in result.seconds if value is not None)
    p50 = result.p50_s
    if p50 and seconds[int(0.9 * (len(seconds) - 1))] > UNSTEADY * p50:
        notes.append("timing unstable")
    return notes
