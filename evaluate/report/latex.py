"""comparison.tex: the issue's table for a paper, with the interval of each median.

Wants the package booktabs, and XeLaTeX or LuaLaTeX where labels have letters of other scripts.
"""

from evaluate.compare.comparison import Comparison
from evaluate.compare.statistics import CONFIDENCE, Interval
from evaluate.display.text import printable
from evaluate.report import markdown
from evaluate.report.columns import NA

MEANT = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    **{mark: f"{{{mark}}}" for mark in "[]*"},  # after the end of a line they are an argument
}


def to_tex(comparison: Comparison) -> str:
    """A ``tabular`` between its rules; what the numbers hang on stands above it as a comment."""
    header, *rows = markdown.table(comparison, "issue")
    intervals = {markdown.label_in(comparison, row): row.interval for row in comparison.ranked}
    lines = [_line(cells, intervals.get(cells[0])) for cells in rows]
    signed = " ".join(printable(markdown.signature(comparison)).split())
    return "\n".join(
        [
            rf"% {signed}",
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


def escape(text: str) -> str:
    """``text`` as LaTeX prints it."""
    shown = " ".join(printable(text).split())
    return "".join(MEANT.get(mark, mark) for mark in shown)


def _line(cells: tuple[str, ...], interval: Interval | None) -> str:
    return _joined(cells, f"{interval.low:.3f}–{interval.high:.3f}" if interval else NA)


def _joined(cells: tuple[str, ...], interval: str) -> str:
    *most, speed = cells
    return " & ".join(escape(cell) for cell in (*most, interval, speed)) + r" \\"
