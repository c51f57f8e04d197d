"""The names of the files of the paper metrics, known without importing what makes them."""

from collections.abc import Collection
from pathlib import Path

PAPER_FILES = ("paper.md", "paper.csv", "paper.tex")
PAPER_PLOT_TEXTS = {  # descriptions for screen readers, in reading order
    "iou-threshold": "Median IoU of every row over the threshold of a mask",
    "paper-curves": "Precision against recall, F-measure and E-measure over the threshold, by row",
}
PAPER_PLOT_TITLES = {  # drawn above each plot
    "iou-threshold": "Median IoU over the threshold",
    "paper-curves": "Precision, F-measure and E-measure",
}
_EVERY = (*PAPER_FILES, *(f"{n}.{ending}" for n in PAPER_PLOT_TEXTS for ending in ("png", "svg")))


def remove_paper_files(folder: Path, keep: Collection[str] = ()) -> list[str]:
    """Remove the files of an earlier comparison but those in ``keep``; the removed files' names."""
    stale = [name for name in _EVERY if name not in keep and (folder / name).is_file()]
    for name in stale:
        (folder / name).unlink(missing_ok=True)
    return stale
