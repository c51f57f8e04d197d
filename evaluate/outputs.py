"""What a comparison leaves in its dataset's folder, and says in the terminal."""

import sys
from pathlib import Path

from evaluate import report
from evaluate.compare import Comparison
from evaluate.files import write_atomic


def publish(comparison: Comparison, folder: Path, margin_iou: float) -> None:
    """Write the page, the table as CSV and the plots; print the table and what it needs."""
    files = _files(comparison, margin_iou)
    for name, data in files.items():
        write_atomic(folder / name, data)
    print("\n" + report.aligned(report.table(comparison)))
    print(report.signature(comparison))
    if comparison.best:
        print(report.sentence(comparison.best))
    for line in report.notes(comparison):
        print(report.printable(line), file=sys.stderr)
    print(f"Written to {folder}: {', '.join(files)}", flush=True)


def _files(comparison: Comparison, margin_iou: float) -> dict[str, bytes]:
    from evaluate import plots  # matplotlib, which no other command waits for

    ranked = {report.label_in(comparison, r): r for r in comparison.rows if r.has_quality}
    ious = {label: list(row.ious.values()) for label, row in ranked.items()}
    points = {label: (r.times.median, r.median) for label, r in ranked.items() if r.times}
    return {
        "comparison.md": report.markdown(comparison, margin_iou).encode(
            "utf-8", "backslashreplace"
        ),
        "comparison.csv": report.to_csv(comparison).encode("utf-8", "backslashreplace"),
        "ecdf.png": plots.ecdf(ious),
        "quality-speed.png": plots.quality_speed(points),
    }
