"""Text for the terminal and for Markdown: tables, escaping, numbers with units, short labels."""

import contextlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

NA = "N/A"
LABEL_LENGTH = 32
TAIL_LENGTH = 9  # characters that are kept of the end of a name on the page
IDS_NAMED = 3


def align_table(rows: list[tuple[str, ...]], pad: Callable[[str, int], str] = str.rjust) -> str:
    """A table for the terminal: the first column flush left, the others padded by ``pad``."""
    lines = ["  ".join(cells).rstrip() for cells in _padded(rows, pad)]
    return "\n".join([lines[0], "─" * len(lines[0]), *lines[1:]])


def markdown_table(rows: Sequence[tuple[str, ...]]) -> str:
    """A table for a Markdown page; the cells are escaped."""
    escaped = [tuple(escape(cell) for cell in row) for row in rows]
    padded = _padded(escaped, str.ljust)
    padded.insert(1, ["-" * len(cell) for cell in padded[0]])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


def _padded(rows: list[tuple[str, ...]], pad: Callable[[str, int], str]) -> list[list[str]]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [[row[0].ljust(widths[0]), *map(pad, row[1:], widths[1:])] for row in rows]


def printable(text: str) -> str:
    """``text`` with control and invisible characters as hexadecimal escapes; line breaks stay."""
    visible = (c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in text)
    return "".join(visible)


def p_value_text(p: float) -> str:
    """A p-value to three decimals."""
    return f"{p:.3f}" if p >= 0.001 else "<0.001"


def seconds_text(value: float | None, digits: int) -> str:
    """Seconds to ``digits`` decimals; to the millisecond where those would all be 0."""
    if value is None:
        return NA
    if value < 0.001:
        return "<0.001s"
    return f"{value:.{digits if value >= 10**-digits else 3}f}s"


def mib_text(size_bytes: int | None) -> str:
    """A size in MiB; N/A where it is unknown or 0."""
    return f"{size_bytes / 2**20:.0f} MiB" if size_bytes else NA


def count_text(number: int, noun: str) -> str:
    """``1 photo``, ``2 photos``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def device_text(device: str, threads: int, in_words: bool = False) -> str:
    """``cpu ×2``, or ``cpu, 2 threads`` in words.

    Precomputed and remote masks have no known threads: only the device is named.
    """
    from models.segmenter import ELSEWHERE  # and numpy, which not every command waits for

    if device == ELSEWHERE:
        return device
    return f"{device}, {count_text(threads, 'thread')}" if in_words else f"{device} ×{threads}"


def first_few(ids: Sequence[str], most: int = IDS_NAMED) -> str:
    """The first ``most`` of ``ids``, and an ellipsis if there are more."""
    return ", ".join([*ids[:most], *["…"] * (len(ids) > most)])


def escape(text: str) -> str:
    """``text`` for Markdown: no file name or label becomes markup or mentions a user."""
    text = " ".join(printable(text).split()).replace("&", "&amp;")
    text = re.sub(r"[|`*~]|\](?=[(\[])|(?<!\w)_|_(?!\w)|\\(?=[!-/:-@[-`{-~])", r"\\\g<0>", text)
    text = re.sub("<(?=[A-Za-z/!?])", "&lt;", text)  # <0.001s is no tag
    return re.sub(r"(?<!\w)@(?=\w)", "@<!-- -->", text)


def say(text: str, *, stdout: bool = False) -> None:
    """Print a message for the user, to stderr so that stdout holds results only.

    ``stdout=True`` is for commands whose result is the message itself.
    """
    if stdout:
        print(printable(text), flush=True)
        return
    with contextlib.suppress(OSError):  # a closed pipe must not change what the command does
        print(printable(text), file=sys.stderr, flush=True)


def short_labels(labels: Iterable[str], length: int = LABEL_LENGTH) -> list[str]:
    """Labels of at most ``length`` characters, cut in the middle because settings stand at the end.

    Labels that become equal are numbered.
    """
    short = [cut_middle(" ".join(printable(label).split()), length) for label in labels]
    copies = Counter(short)
    seen: Counter[str] = Counter()
    for i, label in enumerate(short):
        if copies[label] > 1:
            seen[label] += 1
            short[i] = f"{label} #{seen[label]}"
    return short


def cut_middle(text: str, length: int) -> str:
    """``text`` in at most ``length`` characters: its beginning, an ellipsis and its end.

    Names of files and rows often begin alike and differ in their ends.
    """
    if len(text) <= length:
        return text
    head, tail = head_and_tail(text, (length - 1) // 2)
    return f"{head[: length - 1 - len(tail)].rstrip()}…{tail.lstrip()}"


def head_and_tail(text: str, tail: int = TAIL_LENGTH) -> tuple[str, str]:
    """A text in two parts, to leave out the end of the first where there is no room for both.

    The second has ``tail`` characters, or is empty for a text of up to twice as many.
    """
    split = len(text) - tail if 0 < tail < len(text) / 2 else len(text)
    return text[:split], text[split:]
