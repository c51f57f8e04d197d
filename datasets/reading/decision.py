"""How a whole set of mask files is read, decided from all of them before any is used.

- Two levels or colours are background and tool, whatever they are. So are those of each file where
  one level is in all of them, as 0 and 127 beside 0 and 255.
- Soft masks, and any whose levels are near black and white, are cut at 128 of 255.
- An alpha channel that varies is the mask: opaque is the tool.
- Anything else is a label map. It is refused with what was found, unless ``Choice`` says which
  labels are the tool and which pixels are not to be scored (void).

Which of two levels is the tool: the stated foreground, else the vote of the masks' borders, for a
border is mostly background; without votes the brighter one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from datasets.arrays import THRESHOLD
from datasets.errors import DatasetError
from datasets.reading.choice import SOFT, Choice, expect_named, named
from datasets.reading.mask_levels import MaskLevels, scale_of
from datasets.reading.mask_pixels import brightness
from datasets.reading.wording import label_map, line, shares

Polarity: TypeAlias = Literal["black", "white"]
Roles: TypeAlias = tuple[frozenset[int], frozenset[int]]  # codes of the tool, codes of void

MAJORITY = 0.8  # of the borders must agree
_REACH = 0.25  # of the scale: so near to black and white a set of gradients must come
FAINT = 8  # levels: a file whose own lie no farther apart shows nothing, in a soft set
_PLAIN = ({0, 255}, {0, 1}, {0, 65535})  # black and white masks


@dataclass(frozen=True)
class Reading:
    """What was decided. ``line`` says it.

    ``dark`` and ``bright`` are the set's two levels, by brightness; ``polarity`` says which is the
    tool. One of them is None where the files differ in it. ``scale`` is the white of gradients.
    Where the files are ``mostly_soft``, one of few or faint levels is soft too.
    ``signature`` is empty for black and white masks, which need no decision but the polarity.
    """

    choice: Choice = field(default_factory=Choice)
    polarity: Polarity = "white"
    dark: int | None = 0
    bright: int | None = 255
    scale: int = 255
    line: str = ""
    signature: str = ""
    mostly_soft: bool = False

    def roles(self, levels: MaskLevels) -> Roles:
        """Which of a file's codes are the tool, and which are void."""
        void = named(self.choice.void, levels)
        rest = frozenset(levels.counts) - void
        if levels.alpha:
            return rest - {min(rest)}, frozenset()
        if self.choice.labels:
            return named(self.choice.labels, levels) & rest, void
        bright = frozenset(code for code in rest if self._is_bright(code))
        return (bright if self.polarity == "white" else rest - bright), void

    def cut(self, levels: MaskLevels) -> bool:
        """Whether a file's gray levels are a scale that is cut at its middle."""
        if self.choice.labels or not levels.gray:
            return False
        if levels.alpha:
            return not (levels.exact and len(levels.counts) == 2)
        if self.choice.soft == "all" or levels.gradient:
            return True
        if len(levels.counts) > 2 or levels.strays:
            flat_areas = self.choice.predicted and not levels.exact
            return self.mostly_soft or self.choice.soft == "many" or flat_areas
        return self.mostly_soft and levels.most - levels.least <= FAINT

    def white(self, levels: MaskLevels) -> int:
        """The white of a file whose gray levels are a scale: 255, or that of the set's bits."""
        return 255 if levels.most <= 255 else self.scale

    def extent(self, levels: MaskLevels) -> Literal["empty", "full", ""]:
        """Whether a file's truth is empty or full."""
        if self.cut(levels):
            white, inverted = self.white(levels), not levels.alpha and self.polarity == "black"
            dark, bright = (255 * end // white < THRESHOLD for end in (levels.most, levels.least))
            none, whole = (not bright, dark) if inverted else (dark, not bright)
        else:
            tool, void = self.roles(levels)
            none = not any(levels.counts[code] for code in tool)
            whole = not any(n for code, n in levels.counts.items() if code not in tool | void)
        return "empty" if none else "full" if whole else ""

    def _is_bright(self, code: int) -> bool:
        if self.dark is None or self.bright is None:  # one is shared by all files
            return code != self.dark if self.bright is None else code == self.bright
        if code in (self.dark, self.bright):
            return code == self.bright
        return 2 * brightness(code) >= brightness(self.dark) + brightness(self.bright)


def decide(files: Sequence[MaskLevels], choice: Choice, unreadable: int = 0) -> Reading:
    """Decide how to read the ``files``; ``unreadable`` ones are only counted.

    Raises:
        DatasetError: the files cannot be read as masks of one thing; the text says what was found
            and what to set.
    """
    expect_named(files, choice)
    reading = Reading(choice)
    soft = [one for one in files if not one.alpha and reading.cut(one)]
    gray = [one for one in files if not one.alpha and one.gray]
    reading = replace(
        reading,
        scale=scale_of(max((one.most for one in soft), default=255)),
        mostly_soft=bool(soft) and 2 * len(soft) >= len(gray),
    )
    drawn = [_on_scale(one, reading) for one in files if not one.alpha]
    if choice.soft != "all" and any(one.gradient or len(one.counts) > 2 for one in soft):
        _expect_ends(drawn, reading)
    _expect_levels(drawn)
    if not choice.labels:
        reading = _paired(drawn, reading)
    return replace(
        reading,
        line=line(len(files) + unreadable, len(files) - len(drawn), drawn, reading),
        signature=_signature(files, drawn, reading),
    )


def _on_scale(levels: MaskLevels, reading: Reading) -> MaskLevels:
    """A file whose gray levels are a scale, with its pixels counted for black and white."""
    if not reading.cut(levels):
        return levels
    white = reading.white(levels)
    ends: list[dict[int, int]] = []
    for counted in (levels.counts, levels.border):
        bright = sum(n for code, n in counted.items() if 255 * code // white >= THRESHOLD)
        ends.append({0: sum(counted.values()) - bright, white: bright})
    return replace(levels, counts=ends[0], border=ends[1], exact=False, gradient=True)


def _expect_ends(drawn: Sequence[MaskLevels], reading: Reading) -> None:
    gray = [one for one in drawn if one.gray]
    least = min(one.least for one in gray)
    most = max(one.most for one in gray)
    scale = max(reading.white(one) for one in gray)
    reach = 0.5 if reading.choice.predicted else _REACH
    if least > reach * scale or most < (1 - reach) * scale:
        raise DatasetError(
            f"the masks have many gray levels, {least} to {most} of {scale}, so where to cut them "
            f"cannot be told; add dataset.labels={SOFT} to cut at the middle of 0 to {scale}, or "
            "export masks of two levels"
        )


def _expect_levels(drawn: Sequence[MaskLevels]) -> None:
    """Refuse files whose levels are unknown, or too uncertain to tell their outlines."""
    if photos := [one for one in drawn if not one.counts]:
        raise DatasetError(
            f"{len(photos)} of {len(drawn)} masks have the colours of a photo, so they are no "
            "masks; export masks of two levels"
        )
    if lost := [one for one in drawn if one.lost]:
        raise DatasetError(
            f"{len(lost)} of {len(drawn)} masks have {shares(lost)} in a format that changes "
            "levels, so their outlines are lost; export masks as PNG"
        )
    if strays := [one for one in drawn if one.strays and not one.gradient]:
        raise DatasetError(
            f"{len(strays)} of {len(drawn)} masks have {shares(strays)} and many pixels of others "
            "at the outlines, as of a thin rim; export masks as PNG, without soft edges"
        )


def _paired(drawn: Sequence[MaskLevels], reading: Reading) -> Reading:
    """The two levels of the set, or of each file, and which is the tool.

    Raises:
        DatasetError: there are more than two, or the masks disagree about which is the tool.
    """
    rest = [_rest(one, reading.choice) for one in drawn]
    pairs = [codes for codes in rest if len(codes) == 2]
    levels = set().union(*(pairs or rest))
    shared = set(levels).intersection(*pairs) if pairs else levels & {0}
    ends = {min(levels, key=_order), max(levels, key=_order)} if levels else set()
    if any(len(codes) > 2 for codes in rest) or (len(levels) > 2 and not shared & ends):
        raise DatasetError(label_map(drawn, reading.choice))
    if len(levels) > 2:
        one = min(shared & ends)
        at_dark = one == min(levels, key=_order)
        dark, bright = (one, None) if at_dark else (None, one)
    else:
        ordered = sorted(levels, key=_order)
        dark = ordered[0] if len(ordered) == 2 else 0
        bright = ordered[-1] if ordered and ordered[-1] != dark else 255
    reading = replace(reading, dark=dark, bright=bright)
    return replace(reading, polarity=_polarity(drawn, reading))


def _rest(levels: MaskLevels, choice: Choice) -> frozenset[int]:
    """A file's codes that are not void."""
    return frozenset(levels.counts) - named(choice.void, levels)


def _signature(files: Sequence[MaskLevels], drawn: Sequence[MaskLevels], reading: Reading) -> str:
    levels = {code for one in drawn for code in one.counts}
    plain = any(levels <= known for known in _PLAIN) or all(one.gradient for one in drawn)
    hard_alpha = any(one.alpha and not reading.cut(one) for one in files)
    choice = reading.choice
    chosen = choice.labels or choice.void or choice.soft == "all"
    if plain and not chosen and not hard_alpha and not any(one.void_alpha for one in files):
        return ""
    return repr((sorted(levels), choice.labels, choice.void, choice.soft))


def _order(code: int) -> tuple[float, int]:
    return brightness(code), code


def _polarity(drawn: Sequence[MaskLevels], reading: Reading) -> Polarity:
    if reading.choice.foreground != "auto":
        return reading.choice.foreground
    votes = [vote for one in drawn if (vote := _border_is_bright(one, reading)) is not None]
    bright = sum(votes)
    if votes and max(bright, len(votes) - bright) < MAJORITY * len(votes):
        if reading.choice.predicted:
            return "white"
        raise DatasetError(
            f"{bright} of {len(votes)} masks have a bright border and the others a dark one, so "
            "which level is the tool cannot be told; if some are inverted, correct them, else add "
            "dataset.foreground=black (the darker level is the tool) or white (the brighter one)"
        )
    return "black" if 2 * bright > len(votes) else "white"


def _border_is_bright(levels: MaskLevels, reading: Reading) -> bool | None:
    """Whether a mask's border is mostly its brighter level; None where it has only one."""
    codes = {code: n for code, n in levels.counts.items() if n}
    codes = {code: n for code, n in codes.items() if code in _rest(levels, reading.choice)}
    if len(codes) != 2:
        return None
    dark, bright = sorted(codes, key=_order)
    at_border = levels.border[dark] + levels.border[bright]
    return 2 * levels.border[bright] > at_border if at_border else None
