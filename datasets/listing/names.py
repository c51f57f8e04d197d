"""Finding a photo's mask by name where the names are not equal, as exporters leave them.

``a_mask.png``, ``mask_a.png``, ``a.jpg.png``, ``A.PNG`` and ``a_sal_fuse.png`` beside
``b_sal_fuse.png`` all belong to ``a.jpg``. Names are stems, without suffix. Nothing is opened.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator

MASK_WORDS = (
    *("mask", "masks", "gt", "gts", "truth", "groundtruth", "ground-truth", "ground_truth"),
    *("seg", "segmentation", "segmask", "label", "labels", "labelids", "annotation", "annotated"),
    *("matte", "alpha", "fg", "foreground", "silhouette", "sal", "saliency", "binary", "bin"),
)
PHOTO_WORDS = (
    *("photo", "image", "img", "im", "pic", "picture", "rgb", "orig", "original", "src", "input"),
)
PICTURE = re.compile(r"\.(avif|bmp|gif|hei[cf]|jfif|jpe?g|png|tiff?|webp)$", re.IGNORECASE)
SEPARATORS = "_-. "
CUT = re.compile(rf"[{re.escape(SEPARATORS)}]")


class Names:
    """The stems of masks, to be found by the stem of a photo."""

    def __init__(self, stems: Collection[str]) -> None:
        self._stems = frozenset(stems)
        self._by_form: dict[str, set[str]] = defaultdict(set)
        affixes = list(_common_affixes(sorted({stem.casefold() for stem in self._stems})))
        for stem in self._stems:
            for form in (*_forms(stem, MASK_WORDS), *_without(stem.casefold(), affixes)):
                self._by_form[form].add(stem)

    def find(self, photo: str) -> str | None:
        """The one stem that belongs to ``photo``; None where there is none, or several.

        An equal stem comes first, then one that differs in case, then one with more to it.
        """
        if photo in self._stems:
            return photo
        for form in _forms(photo, PHOTO_WORDS):
            found = self._by_form.get(form, set())
            alike = {stem for stem in found if stem.casefold() == photo.casefold()} or found
            if len(alike) == 1:
                return next(iter(alike))
        return None


def pairs(photos: Collection[str], masks: Collection[str]) -> dict[str, str]:
    """The mask of each photo that has one of its own; equal names come first."""
    known = set(masks)
    found = {stem: stem for stem in photos if stem in known}
    names = Names(known - found.keys())
    near = {photo: names.find(photo) for photo in sorted(set(photos) - found.keys())}
    owners: dict[str, list[str]] = defaultdict(list)
    for photo, mask in near.items():
        if mask is not None:
            owners[mask].append(photo)
    return found | {who[0]: mask for mask, who in owners.items() if len(who) == 1}


def photo_named(name: str, photos: Collection[str]) -> str | None:
    """The photo's stem that ``name`` in a table stands for: itself, or one with folder and suffix.

    None where there is none. ``photos`` is best a set or a mapping.
    """
    forms = (name, re.split(r"[/\\]", name)[-1], bare_name(name))
    return next((stem for stem in forms if stem in photos), None)


def nfc(name: str) -> str:
    """``name`` in Unicode form NFC, that of photo ids; macOS decomposes file names."""
    return unicodedata.normalize("NFC", name)


def bare_name(name: str) -> str:
    """``name`` without folders and without the suffix of a picture."""
    return PICTURE.sub("", re.split(r"[/\\]", name)[-1])


def _forms(stem: str, words: Collection[str]) -> Iterator[str]:
    """The names that a stem may stand for: in lower case, then without suffix and words."""
    form = stem.casefold()
    yield form
    bare = PICTURE.sub("", form)
    if bare != form:
        yield bare
    any_word = "|".join(sorted(words, key=len, reverse=True))
    cut = re.sub(rf"^(?:{any_word})(?:[{re.escape(SEPARATORS)}]+|(?=\d))", "", bare)
    cut = re.sub(rf"[{re.escape(SEPARATORS)}]+(?:{any_word})$", "", cut)
    cut = PICTURE.sub("", cut).strip(SEPARATORS)
    if cut and cut != bare:
        yield cut


def _common_affixes(stems: list[str]) -> Iterator[tuple[str, str]]:
    """What all ``stems`` begin and end with, cut at separators and with a letter in it."""
    if len(stems) < 2:
        return
    begin = _common_start(stems)
    end = _common_start([stem[::-1] for stem in stems])[::-1]
    starts = ["", *(begin[: cut.end()] for cut in CUT.finditer(begin))]
    ends = ["", *(end[cut.start() :] for cut in CUT.finditer(end))]
    for start in starts:
        for tail in ends:
            if any(character.isalpha() for character in start + tail):
                yield start, tail


def _common_start(stems: list[str]) -> str:
    first, last = min(stems), max(stems)
    same = (i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    return first[: next(same, min(len(first), len(last)))]


def _without(stem: str, affixes: list[tuple[str, str]]) -> Iterator[str]:
    for start, end in affixes:
        if len(stem) > len(start) + len(end):
            yield PICTURE.sub("", stem[len(start) : len(stem) - len(end)])
