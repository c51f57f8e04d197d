"""Generated sets of masks: each truth is read as it was drawn, or the set is refused.

``READING_SETS=10000`` in the environment tries so many.
"""

import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.folder import load as load_folder
from datasets.imagefolder import load as load_imagefolder
from datasets.pictures import PictureError
from datasets.reading.choice import Choice
from datasets.reading.mask_set import mask_set
from tests.datasets.reading import mask_files as write
from tests.datasets.reading.mask_files import Mask, Pixels, rim

SETS = int(os.environ.get("READING_SETS", "200"))
COLOUR = st.tuples(*[st.integers(0, 255)] * 3)
DEEP_COLOUR = (
    st.tuples(*[st.integers(0, 65535)] * 3)
    | st.tuples(*[st.integers(0, 255)] * 3)
    | st.tuples(*[st.integers(0, 3)] * 3)
    | st.integers(0, 65535).map(lambda level: (level,) * 3)
    | st.integers(0, 12).map(lambda level: (level,) * 3)
)
SUFFIXES = {
    "gray": [".png", ".tif", ".bmp", ".gif", ".webp"],
    "16 bits": [".png", ".tif"],
    "colours": [".png", ".tif", ".bmp", ".webp"],
    "16-bit colours": [".png", ".tif"],
    "palette": [".png", ".tif", ".bmp", ".gif"],
    "alpha": [".png", ".tif", ".webp"],
    "16-bit alpha": [".png", ".tif"],
}
WITH_ALPHA = (".png", ".tif", ".webp")
COLOURED = ("colours", "16-bit colours", "palette")
DEEP = ("16 bits", "16-bit colours", "16-bit alpha")


@dataclass(frozen=True)
class Drawn:
    """A set as drawn: what each mask file has to say, how it is stored, and what is stated."""

    truths: list[Mask] = field(repr=False)
    form: str  # folder, imagefolder or precomputed
    kind: str  # two levels, each its own, labels or soft
    store: str  # one of SUFFIXES
    suffix: str
    classes: list[Any]  # of pixels: background, tool, and of label maps a void rim and another area
    alpha: int | None  # a constant channel beside the mask
    opencv: bool
    stated: bool  # the foreground or, of a label map, the labels
    others: list[Any]  # tools of the other masks, where each has its own


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    height, width = draw(st.tuples(st.integers(24, 60), st.integers(24, 60)))
    count = draw(st.integers(2, 4))
    truths = [draw(_shape(height, width, least=int(not index))) for index in range(count)]
    store = draw(st.sampled_from(list(SUFFIXES)))
    kind = draw(st.sampled_from(["two levels", "each its own", "labels", "soft"]))
    if "alpha" in store:
        kind = draw(st.sampled_from(["two levels", "soft"]))
    if kind == "soft" and store == "palette":
        store = "gray"
    value: st.SearchStrategy[Any] = st.integers(0, 255)
    if store == "16 bits":
        value = st.integers(0, 65535) | st.integers(0, 4095) | st.integers(0, 12)
    elif store == "16-bit colours":
        whole = COLOUR.map(lambda colour: tuple(257 * part for part in colour))
        value = draw(st.sampled_from([DEEP_COLOUR, COLOUR, whole]))
    elif store == "16-bit alpha":
        value = st.integers(0, 65535) | st.integers(0, 255) | st.integers(0, 4)
    elif store in ("colours", "palette"):
        value = COLOUR | st.sampled_from([(0, 0, 0), (255, 255, 255), (128, 0, 0), (1, 1, 1)])
    elif store == "gray":
        value = st.integers(0, 255) | st.integers(0, 3) | st.sampled_from([0, 255])
    if kind == "soft":  # these say which end is the tool
        ends: list[Any] = [(0, 0, 0), (255, 255, 255)] if store in COLOURED else [0, 255]
        value = st.sampled_from(ends)
    classes = draw(st.lists(value, min_size=2, max_size=2, unique=True))
    if store == "alpha":
        classes = sorted(min(one, 249 + (one == max(classes)) * 6) for one in classes)
    elif store == "16-bit alpha":
        classes = sorted(classes)
    black: Any = (0, 0, 0) if store in COLOURED else 0
    if kind == "each its own":
        classes[0] = black
        classes[1] = draw(value.filter(lambda one: one != black))
    others = [draw(value.filter(lambda one: one != classes[0])) for _ in truths]
    if kind == "labels":
        other = value.filter(lambda one: one not in classes[:2])
        classes = [*classes, *draw(st.lists(other, min_size=2, max_size=2, unique=True))]
    return Drawn(
        truths=truths,
        form=draw(st.sampled_from(["folder", "imagefolder", "precomputed"])),
        kind=kind,
        store=store,
        suffix=draw(st.sampled_from(SUFFIXES[store])),
        classes=classes,
        alpha=draw(st.sampled_from([None, 255, 0, 128, 1, 249])),
        opencv=draw(st.booleans()),
        stated=draw(st.booleans()),
        others=others,
    )


@st.composite
def _shape(draw: st.DrawFn, height: int, width: int, least: int) -> Mask:
    """One or two ellipses and bars away from the border, or none if ``least`` is 0."""
    mask = np.zeros((height, width), np.uint8)
    for _ in range(draw(st.integers(least, 2))):
        top, left = draw(st.integers(4, height // 2)), draw(st.integers(4, width // 2))
        bottom = draw(st.integers(top + 3, height - 5))
        right = draw(st.integers(left + 3, width - 5))
        if draw(st.booleans()):
            mask[top:bottom, left:right] = 1
        else:
            centre = ((left + right) // 2, (top + bottom) // 2)
            axes = max(1, (right - left) // 2), max(1, (bottom - top) // 2)
            cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
    return mask > 0


def pixels_of(one: Drawn, index: int) -> tuple[Pixels, Mask]:
    """What a mask file stores, and what is foreground in it."""
    truth = one.truths[index]
    background, tool, *labels = one.classes
    if one.kind == "each its own" and index:
        tool = one.others[index]
    coloured = isinstance(tool, tuple)
    dtype: Any = np.uint16 if one.store in DEEP else np.uint8
    if one.kind == "soft":
        white = white_of(one)
        share = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 1.1)
        bright = brightest(one)
        gray = (white * (share if bright else 1 - share)).round().astype(dtype)
        cut = gray // (white // 255) >= 128
        stored = gray[:, :, None].repeat(3, axis=2) if coloured else gray
        return stored, cut if bright else ~cut
    stored = write.levels(truth, background, tool, dtype)
    if labels:
        stored[rim(truth)] = np.array(labels[0], dtype)
        stored[:3, :5] = np.array(labels[1], dtype)
    return stored, truth


def put(one: Drawn, path: Path, index: int) -> Mask:
    """Write a mask file; the truth that it holds."""
    stored, truth = pixels_of(one, index)
    if one.store == "palette":
        colours = dict(enumerate(dict.fromkeys([*one.classes, *one.others])))
        indices = np.zeros(truth.shape, np.uint8)
        for number, colour in colours.items():
            indices[(stored == np.array(colour)).all(axis=2)] = number
        write.palette(path, indices, colours)
        return truth
    if "alpha" in one.store:
        stored = write.with_alpha(np.where(truth, 40, 220).astype(stored.dtype), stored)
    elif one.alpha is not None and one.store != "16 bits" and one.suffix in WITH_ALPHA:
        stored = write.with_alpha(stored, one.alpha)
    by_opencv = one.opencv and one.suffix not in (".gif", ".webp")  # which it stores with loss
    deep_colours = stored.ndim == 3 and stored.dtype == np.uint16  # which Pillow does not write
    if by_opencv or deep_colours:
        write.opencv(path, stored)
    else:
        options: dict[str, Any] = {"lossless": True, "exact": True} if one.suffix == ".webp" else {}
        Pillow.fromarray(stored).save(path, **options)
    return truth


def white_of(one: Drawn) -> int:
    return 65535 if one.store in DEEP else 255


def name_of(one: Drawn, value: Any) -> Any:
    """How the settings name a class of pixels."""
    if one.store == "16-bit colours":
        if not np.ptp(one.classes, axis=1).any():
            return value[0]  # grays keep their 16 bits
        value = tuple(np.array(value) // (257 if np.max(one.classes) > 255 else 1))
    if one.store == "palette" and one.suffix != ".gif":  # whose writers number the colours anew
        table = list(dict.fromkeys([*one.classes, *one.others]))
        index = table.index(value)
        if (index,) * 3 not in table or value == (index,) * 3:
            return index
    if isinstance(value, int):
        if one.suffix != ".gif":
            return value
        value = (value,) * 3
    return "#{:02x}{:02x}{:02x}".format(*value)


def open_set(one: Drawn, root: Path) -> tuple[Dataset, list[Mask]]:
    (root / "images").mkdir()
    (root / "masks").mkdir()
    truths = []
    rows = []
    for index, truth in enumerate(one.truths):
        name = f"{chr(97 + index)}.png"
        photo = np.where(truth, 40, 220).astype(np.uint8)
        Pillow.fromarray(photo).save(root / "images" / name)
        mask = f"{name[0]}{one.suffix}"
        truths.append(put(one, root / "masks" / mask, index))
        rows.append({"file_name": f"images/{name}", "mask_file_name": f"masks/{mask}"})
    options: dict[str, Any] = {"foreground": "auto"}
    if one.stated and one.kind == "labels":
        options["labels"] = [name_of(one, one.classes[1])]
        options["void"] = [name_of(one, one.classes[2])]
    elif one.stated:
        options["foreground"] = "white" if brightest(one) else "black"
    if one.form == "imagefolder":
        (root / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
        return load_imagefolder(str(root), "set", None, None, **options), truths
    return load_folder(str(root), "set", **options), truths


def brightest(one: Drawn) -> bool:
    """Whether the tool is the brighter level."""

    def luma(value: Any) -> tuple[float, Any]:
        if isinstance(value, tuple):
            return 0.299 * value[0] + 0.587 * value[1] + 0.114 * value[2], value
        return float(value), value

    return luma(one.classes[1]) > luma(one.classes[0])


@settings(max_examples=SETS, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn())
def test_every_set_is_read_as_drawn_or_refused(one: Drawn) -> None:
    with tempfile.TemporaryDirectory() as folder:
        dataset, truths = open_set(one, Path(folder))
        try:
            if one.form == "precomputed":
                files = sorted((Path(folder) / "masks").iterdir())
                own = mask_set(files, Choice(predicted=True), "masks")
                read = [own.levels(path) >= 128 for path in files]
                told = own.line(files)
            else:
                read = [
                    dataset.truth(s, t.shape)[0]
                    for s, t in zip(dataset.samples, truths, strict=True)
                ]
                told = dataset.masks.line([s.truth.path for s in dataset.samples])
        except (DatasetError, PictureError):
            event(f"{one.kind}, {'stated' if one.stated else 'not stated'}: refused")
            if may_be_refused(one):
                return
            raise
    event(f"{one.kind}: read")
    for index, (seen, truth) in enumerate(zip(read, truths, strict=True)):
        blank = len(np.unique(truth)) == len(np.unique(seen)) == 1 and one.store != "alpha"
        assert (seen == truth).all() or (blank and "truth" in told), (index, told)


def may_be_refused(one: Drawn) -> bool:
    """What nobody could read without being told: labels, and gray that reaches neither end.

    16-bit colours and alpha are read in 8 bits, and may be refused where these merge two of them.
    """
    if one.store in ("16-bit colours", "16-bit alpha"):
        files = [pixels_of(one, index)[0] for index in range(len(one.truths))]
        if one.kind == "labels":
            gray = [bool((pixels == pixels[:, :, :1]).all()) for pixels in files]
            deep = any(
                pixels.max() > 255 for pixels, is_gray in zip(files, gray, strict=True) if is_gray
            )
            if deep and not all(gray):
                return True  # levels of 16 bits in one file, colours of 8 in another
        stored = np.concatenate(files)
        colours = np.unique(stored.reshape(len(stored) * stored.shape[1], -1), axis=0)
        if stored.max() > 255 and len(np.unique(colours // 257, axis=0)) < len(colours):
            return True
    if one.kind == "soft":
        grays = [pixels_of(one, index)[0] for index in range(len(one.truths))]
        white = white_of(one)
        ends = min(gray.min() for gray in grays) / white, max(gray.max() for gray in grays) / white
        return bool(ends[0] > 0.25 or ends[1] < 0.75)
    return one.kind == "labels" and not (one.stated and one.form != "precomputed")
