"""Messages about a set of masks: how they are read, and why they are refused as a label map."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datasets.messages import counted
from datasets.reading.mask_levels import MaskLevels
from datasets.reading.mask_pixels import COLOUR, brightness, code_name

if TYPE_CHECKING:
    from datasets.reading.choice import Choice
    from datasets.reading.decision import Reading

_SHOWN = 6  # levels named in a message


def line(masks: int, cut_outs: int, drawn: Sequence[MaskLevels], reading: "Reading") -> str:
    """How so many ``masks`` are read: ``cut_outs`` by alpha, the ``drawn`` by their levels."""
    ways = [_levels(drawn, reading)] if drawn else []
    if cut_outs:
        count = f"{cut_outs} " if drawn else ""
        ways.append(f"{count}alpha channels: opaque is the tool")
    return "; ".join([", ".join([counted(masks, "mask"), *ways[:1]]), *ways[1:]])


def counts(extents: Sequence[str | None]) -> list[str]:
    """What to add about truths that are empty, full or (None) unreadable."""
    found = Counter(extents)
    parts = []
    for extent, what in (("empty", "empty"), ("full", "full"), (None, "unreadable")):
        if number := found[extent]:
            verb = "is" if number == 1 else "are"
            parts.append(f"{number} of {len(extents)} truths {verb} {what}")
    return parts


def label_map(drawn: Sequence[MaskLevels], choice: "Choice") -> str:
    """Why masks are refused as a label map, and how to choose from it."""
    first = next((one for one in drawn if len(one.counts) > 2), None)
    where = "" if first else ", though no mask has more than two"
    total = _total(drawn)
    codes = [code for code in sorted(total, key=lambda c: -total[c]) if code]
    palette = {code: index for one in drawn for index, code in one.palette.items()}
    written = {code: _setting(code, palette) for code in codes}
    void = next((c for c in codes if written[c] == "255"), None)
    tool = next((c for c in codes if c != void), None)
    example = f"'dataset.labels=[{written[tool]}]'" if tool is not None else "dataset.labels"
    text = f"the masks are a label map: they have {shares(drawn)}{where}; choose the tool's, as "
    text += example
    if not choice.void and len(codes) > 1:
        text += f", and what is not to be scored, as 'dataset.void=[{written[void or codes[-1]]}]'"
    if all(one.gray for one in drawn):
        text += "; or dataset.labels=soft where gray is a probability"
    return text


def shares(files: Sequence[MaskLevels]) -> str:
    """The levels of all files with their shares of the pixels, the largest first."""
    total = _total(files)
    pixels = sum(total.values())
    palette = {code: index for one in files for index, code in one.palette.items()}
    ranked = sorted(total, key=lambda code: (-total[code], code))
    parts = [
        (f"{palette[code]} " if palette.get(code, code) != code else "")
        + f"{code_name(code)} ({100 * total[code] / pixels:.2g} %)"
        for code in ranked[:_SHOWN]
    ]
    more = f" and {len(ranked) - _SHOWN:,} more" if len(ranked) > _SHOWN else ""
    return f"{_word(total)} {', '.join(parts)}{more}"


def _levels(drawn: Sequence[MaskLevels], reading: "Reading") -> str:
    codes = sorted({code for one in drawn for code in one.counts}, key=lambda c: (brightness(c), c))
    white_is_tool = reading.polarity == "white"
    choice = reading.choice
    if choice.labels:
        return f"{_word(codes)} {_listed(codes)}: {_chosen(choice)}"
    votes = any(len(one.counts) == 2 for one in drawn)
    by = ", by the masks' borders" if choice.foreground == "auto" and votes else ""
    void = f"; {_subject(choice.void)} not scored" if choice.void else ""
    if reading.dark is None or reading.bright is None:
        shared = reading.bright if reading.dark is None else reading.dark
        role = "the tool" if white_is_tool == (reading.dark is None) else "background"
        roles = f", two in each mask: {code_name(shared or 0)} is {role}"
        return f"{_word(codes)} {_listed(codes)}{roles}{by}{void}"
    tool = code_name(reading.bright if white_is_tool else reading.dark)
    if any(not one.exact for one in drawn) and all(one.gray for one in drawn):
        soft = f"gray levels cut at the middle of {reading.dark} and {reading.bright}"
        return f"{soft}: {tool} is the tool{by}{void}"
    return f"{_word(codes)} {_listed(codes)}: {tool} is the tool{by}{void}"


def _chosen(choice: "Choice") -> str:
    tool = f"{_subject(choice.labels)} the tool"
    if not choice.void:
        return f"{tool}, the rest background"
    return f"{tool}, {_listed_names(choice.void)} not scored, the rest background"


def _subject(names: Sequence[str]) -> str:
    return f"{_listed_names(names)} {'is' if len(names) == 1 else 'are'}"


def _setting(code: int, palette: Mapping[int, int]) -> str:
    """A code as a setting names it: by the palette's index, else its level or quoted colour."""
    if code in palette:
        return str(palette[code])
    return str(code) if code < COLOUR else f'"{code_name(code)}"'


def _total(files: Sequence[MaskLevels]) -> Counter[int]:
    total: Counter[int] = Counter()
    for one in files:
        total.update(one.counts)
    return total


def _word(codes: Sequence[int] | Mapping[int, int]) -> str:
    kind = "colours" if any(code >= COLOUR for code in codes) else "levels"
    return kind if len(codes) != 1 else kind[:-1]


def _listed(codes: Sequence[int]) -> str:
    return _listed_names([code_name(code) for code in codes])


def _listed_names(names: Sequence[str]) -> str:
    if len(names) > _SHOWN + 1:
        names = [*names[:_SHOWN], f"{len(names) - _SHOWN:,} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
