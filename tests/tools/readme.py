"""Our report on the built-in photos, and the README's table and pictures from it: ``make readme``.

python -m tests.tools.readme

The report is copied from ``reports/sample``, where everybody's ``make eval`` writes. Of the README
only what stands between the two marks is written.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from evaluate.compare.row import Times
from evaluate.display.text import escape, markdown_table
from evaluate.report.columns import ISSUE, NA, percent, speed
from evaluate.store.identity import ROOT

README = ROOT / "README.md"
MADE, SAMPLE = ROOT / "reports" / "sample", Path("docs/sample")
KEPT = ("comparison.*", "*.png", "*.svg", "*.jpg")
BEGIN, END = "<!-- by make readme -->", "<!-- to here -->"
PICTURES = {
    "quality-speed.png": "Median IoU against seconds a photo",
    "ecdf.png": "Share of photos at or below each IoU",
}


def block() -> str:
    """What belongs between the marks."""
    found = json.loads((ROOT / SAMPLE / "comparison.json").read_bytes())
    header = ("Approach", *(column.title for column in ISSUE))
    table = markdown_table([header, *map(_cells, found["rows"])])
    pictures = " ".join(
        f'<img src="{(SAMPLE / name).as_posix()}" alt="{text}" width="49%">'
        for name, text in PICTURES.items()
    )
    signed = f"<sub>{escape(found['signature'])}</sub>"
    return "\n\n".join([BEGIN, table, signed, escape(found["sentence"]), pictures, END])


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    times = speed(Times(**row["seconds"])) if row["seconds"] else NA
    if not (quality := row["quality"]):
        return row["label"], NA, NA, NA, times
    shares = (percent(quality["above"][level], row["photos"]) for level in ("0.9", "0.7"))
    return row["label"], *shares, f"{quality['median']:.3f}", times


def main() -> None:
    """Write both."""
    shutil.rmtree(ROOT / SAMPLE, ignore_errors=True)
    (ROOT / SAMPLE).mkdir()
    for path in (path for pattern in KEPT for path in MADE.glob(pattern)):
        shutil.copy(path, ROOT / SAMPLE)
    before, rest = README.read_text("utf-8").split(BEGIN)
    README.write_text(before + block() + rest.split(END)[1], "utf-8")


if __name__ == "__main__":
    main()
