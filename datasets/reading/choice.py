"""What a person says of mask files: which level is the tool, or which labels are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from datasets.errors import DatasetError
from datasets.reading.mask_levels import MaskLevels
from datasets.reading.mask_pixels import COLOUR, code_name, colour_of
from datasets.reading.wording import shares

Foreground: TypeAlias = Literal["black", "white", "auto"]

SOFT = "soft"  # of ``dataset.labels``: every gray level is a probability
SOFT_MAPS = "soft maps"  # of the public sets: the levels of files that have more than two are


@dataclass(frozen=True)
class Choice:
    """What the person says of the masks: which level is the tool, or which labels are.

    A label or void is a gray level, a palette's index, or a colour like ``#800000``. Gray levels
    are probabilities where ``soft`` says so: ``all`` of them, or of files that have ``many``.
    Masks that a model ``predicted`` may cover the border or be faint: where their borders disagree
    white is the tool, and gray need not reach black and white.
    """

    foreground: Foreground = "auto"
    labels: tuple[str, ...] = ()
    void: tuple[str, ...] = ()
    soft: Literal["", "many", "all"] = ""
    predicted: bool = False


def parse_choice(foreground: Foreground, labels: object = None, void: object = None) -> Choice:
    """The choice that settings make.

    Raises:
        DatasetError: labels or void are not written as levels, indices or colours.
    """
    if labels in (SOFT, SOFT_MAPS):
        how: Literal["many", "all"] = "all" if labels == SOFT else "many"
        return Choice(foreground, void=_names("void", void), soft=how)
    return Choice(foreground, _names("labels", labels), _names("void", void))


def named(names: Sequence[str], levels: MaskLevels) -> frozenset[int]:
    """The codes of a file that these names mean: its palette's indices, its levels, its colours."""
    codes = set()
    for name in names:
        if name.startswith("#"):
            code = int(name[1:], 16)
            red, green, blue = code >> 16, code >> 8 & 255, code & 255
            codes.add(red if red == green == blue else COLOUR | code)
        else:
            codes.add(levels.palette.get(int(name), -1) if levels.palette else int(name))
    return frozenset(codes & set(levels.counts))


def expect_named(files: Sequence[MaskLevels], choice: Choice) -> None:
    """Refuse labels and void that no file has, or that do not mean the same in all files.

    Raises:
        DatasetError: the text says what the files have.
    """
    for setting, names in (("labels", choice.labels), ("void", choice.void)):
        absent = [name for name in names if not any(named([name], one) for one in files)]
        if absent and any(one.counts for one in files):
            raise DatasetError(
                f"no mask has dataset.{setting}={','.join(absent)}; the masks have {shares(files)}"
            )
        _expect_one_meaning(setting, names, files)
    codes = {code for one in files for code in one.counts}
    deep = any(255 < code < COLOUR for code in codes)
    if (choice.labels or choice.void) and deep and max(codes) >= COLOUR:
        raise DatasetError(
            "some masks have 16-bit levels and others colours, so that one label may have two "
            "names (65535 and #ffffff); save all masks as 8-bit colours"
        )


def _expect_one_meaning(setting: str, names: Sequence[str], files: Sequence[MaskLevels]) -> None:
    """Refuse an index that has several colours, and a colour that has several indices.

    Exporters drop unused colours, and number the rest anew in each file. A number that is an index
    and, in another place of a palette, a level of gray is refused too.
    """
    pairs = {pair for one in files for pair in one.palette.items()}
    for name in names:
        if name.startswith("#"):
            continue
        codes = {code for index, code in pairs if int(name) in (index, code)}
        indices = {index for index, code in pairs if code in codes}
        if len(codes) > 1 or any(str(index) not in names for index in indices):
            meant = [(index, code) for index, code in sorted(pairs) if index in indices]
            found = ", ".join(f"index {index} is {code_name(code)}" for index, code in meant)
            example = "#{:02x}{:02x}{:02x}".format(*colour_of(meant[0][1]))
            raise DatasetError(
                f"dataset.{setting}={name}: the palettes do not agree what this number means "
                f"({found}); name colours, as 'dataset.{setting}=[\"{example}\"]'"
            )


def _names(setting: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    names = tuple(
        str(one).lower() for one in (value if isinstance(value, list | tuple) else [value])
    )
    if not names or not all(re.fullmatch(r"\d{1,5}|#[0-9a-fA-F]{6}", name) for name in names):
        raise DatasetError(
            f"dataset.{setting}={value}: use levels or palette indices, [1,2], or colours, "
            '["#800000"]' + (f", or {SOFT}" if setting == "labels" else "")
        )
    return names
