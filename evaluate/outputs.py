"""What a comparison leaves in its dataset's folder, and says in the terminal."""

import sys
from pathlib import Path

from evaluate import latex, model_index, records, report, tracking
from evaluate.analysis import Analysis, analyse
from evaluate.compare import Comparison
from evaluate.files import write_atomic
from evaluate.sections import sections, where_next


def publish(comparison: Comparison, folder: Path, margin_iou: float, tracker: str | None) -> None:
    """Write the page, tables, records and plots; print the table and what it needs."""
    analysis = analyse(comparison, margin_iou)
    files = _files(comparison, analysis, margin_iou)
    for name, data in files.items():
        write_atomic(folder / name, data)
    for stale in (folder / model_index.FOLDER).glob("*.yaml"):
        if f"{model_index.FOLDER}/{stale.name}" not in files:
            stale.unlink()
    print("\n" + report.aligned(report.table(comparison)))
    print(report.signature(comparison))
    if comparison.best:
        print(report.sentence(comparison.best))
    for line in report.notes(comparison):
        print(report.printable(line), file=sys.stderr)
    if line := where_next(analysis):
        print(line)
    written = dict.fromkeys(name.partition("/")[0] for name in files)
    print(f"Written to {folder}: {', '.join(written)}", flush=True)
    tracking.log(
        tracker, comparison, analysis, [folder / name for name in files if "/" not in name]
    )


def _files(comparison: Comparison, analysis: Analysis, margin_iou: float) -> dict[str, bytes]:
    from evaluate import plots  # matplotlib, which no other command waits for

    ranked = {report.label_in(comparison, r): r for r in comparison.rows if r.has_quality}
    ious = {label: list(row.ious.values()) for label, row in ranked.items()}
    points = {label: (r.times.median, r.median) for label, r in ranked.items() if r.times}
    text = report.markdown(comparison, margin_iou, sections(comparison, analysis, margin_iou))
    return {
        "comparison.md": text.encode("utf-8", "backslashreplace"),
        "comparison.csv": report.to_csv(comparison).encode("utf-8", "backslashreplace"),
        "ecdf.png": plots.ecdf(ious),
        "quality-speed.png": plots.quality_speed(points),
        "comparison.json": records.to_json(comparison, analysis, margin_iou),
        "comparison.tex": latex.to_tex(comparison, analysis).encode(),
        **model_index.blocks(comparison, analysis),
    }
