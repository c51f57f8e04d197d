"""Text for the terminal and for Markdown: tables, escaping, short labels."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

LABEL_LENGTH = 32


def aligned(rows: list[tuple[str, ...]], pad: Callable[[str, int], str] = str.rjust) -> str:
    """A table for the terminal, the first column to the left, the others as ``pad`` has it."""
    lines = ["  ".join(cells).rstrip() for cells in _padded(rows, pad)]
    return "\n".join([lines[0], "─" * len(lines[0]), *lines[1:]])


def markdown_table(rows: Sequence[tuple[str, ...]]) -> str:
    """A table for a Markdown page."""
    escaped = [tuple(escape(cell) for cell in row) for row in rows]
    padded = _padded(escaped, str.ljust)
    padded.insert(1, ["-" * len(cell) for cell in padded[0]])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


def _padded(rows: list[tuple[str, ...]], pad: Callable[[str, int], str]) -> list[list[str]]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [[row[0].ljust(widths[0]), *map(pad, row[1:], widths[1:])] for row in rows]


def printable(text: str) -> str:
    """``text`` without what a terminal or a page would take as a command."""
    shown = (c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
    return "".join(shown)


def chance(p: float) -> str:
    """A p to the thousandth."""
    return f"{p:.3f}" if p >= 0.001 else "<0.001"


def escape(text: str) -> str:
    """Keep a file name or a label from becoming markup, or a mention of somebody."""
    text = " ".join(printable(text).split()).replace("&", "&amp;")
    text = re.sub(r"[|`*~]|\](?=[(\[])|(?<!\w)_|_(?!\w)|\\(?=[!-/:-@[-`{-~])", r"\\\g<0>", text)
    text = re.sub("<(?=[A-Za-z/!?])", "&lt;", text)  # <0.001s is no tag
    return re.sub(r"(?<!\w)@(?=\w)", "@<!-- -->", text)


def say(text: str, *, stdout: bool = False) -> None:
    """Print a message for the user, to stderr so that stdout holds results only.

    ``stdout=True`` is for commands whose result is the message itself.
    """
    print(printable(text), file=sys.stdout if stdout else sys.stderr, flush=True)


def shown(labels: Iterable[str], length: int = LABEL_LENGTH) -> list[str]:
    """Labels of at most ``length`` characters, cut in the middle, as settings stand at the end.

    Those that would look alike are numbered.
    """
    cut = [_cut(" ".join(printable(label).split()), length) for label in labels]
    alike = Counter(cut)
    seen: Counter[str] = Counter()
    for i, label in enumerate(cut):
        if alike[label] > 1:
            seen[label] += 1
            cut[i] = f"{label} #{seen[label]}"
    return cut


def _cut(label: str, length: int) -> str:
    if len(label) <= length:
        return label
    tail = (length - 1) // 2
    return f"{label[: length - 1 - tail].rstrip()}…{label[-tail:].lstrip()}"
