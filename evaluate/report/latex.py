"""comparison.tex: the issue's table for a paper, with the interval of each median.

Needs the package booktabs, and XeLaTeX or LuaLaTeX if labels have letters of non-Latin scripts.
"""

from evaluate.compare.comparison import Comparison
from evaluate.compare.statistics import CONFIDENCE, Interval
from evaluate.display.text import NA, printable
from evaluate.report import markdown

ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    **{mark: f"{{{mark}}}" for mark in "[]*"},  # after a line end they would start an argument
}


def to_tex(comparison: Comparison) -> str:
    """A ``tabular`` environment, below the table's signature as a comment."""
    header, *rows = markdown.comparison_table(comparison, "issue")
    intervals = {markdown.label_in(comparison, row): row.interval for row in comparison.ranked}
    lines = [_line(cells, intervals.get(cells[0])) for cells in rows]
    signature = " ".join(printable(markdown.signature(comparison)).split())
    return "\n".join(
        [
            rf"% {signature}",
            r"% \usepackage{booktabs}",
            r"\begin{tabular}{lrrrrr}",
            r"\toprule",
            _joined(header, f"{CONFIDENCE:.0%} interval"),
            r"\midrule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def escape_tex(text: str) -> str:
    """``text`` in one line, with LaTeX's special characters escaped."""
    line = " ".join(printable(text).split())
    return "".join(ESCAPES.get(mark, mark) for mark in line)


def _line(cells: tuple[str, ...], interval: Interval | None) -> str:
    return _joined(cells, f"{interval.low:.3f}–{interval.high:.3f}" if interval else NA)


def _joined(cells: tuple[str, ...], interval: str) -> str:
    *most, speed = cells
    return " & ".join(escape_tex(cell) for cell in (*most, interval, speed)) + r" \\"
