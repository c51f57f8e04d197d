"""The public sets of salient and dichotomous segmentation, in the layouts they are handed out in.

Photos and masks lie in two folders side by side, told apart by a word in their names. Seen so far:

- ECSSD: ``images``, ``ground_truth_mask``; HKU-IS: ``imgs``, ``gt`` (their authors' archives);
- DUTS: ``DUTS-TE/DUTS-TE-Image``, ``DUTS-TE/DUTS-TE-Mask`` (saliencydetection.net/duts);
- DUT-OMRON: ``DUT-OMRON-image``, ``pixelwiseGT-new-PNG`` (saliencydetection.net/dut-omron);
- PASCAL-S: ``datasets/imgs/pascal``, ``datasets/masks/pascal`` (cbs.ic.gatech.edu/salobj);
- DIS5K: ``DIS-VD/im``, ``DIS-VD/gt``, likewise DIS-TR, DIS-TE1 to 4 (xuebinqin/DIS; BiRefNet's
  README wants every set so);
- HRSOD: ``HRSOD_test``, ``HRSOD_test_mask``; UHRSD: ``UHRSD_TE_2K/image``, ``UHRSD_TE_2K/mask``;
- ``images``, ``masks`` (plemeri/InSPyReNet, docs/getting_started.md) and ``Image``, ``Mask``
  (lartpang/MINet, utils/dataset_configs.py) for repacked copies of them all;
- MSRA-10K and some copies of ECSSD and HKU-IS: one folder, JPEG photos beside PNG masks.

White is the object. Soft masks (PASCAL-S, DUT-OMRON) are cut at 128. Listing opens no picture.
"""

import re
from collections import defaultdict
from pathlib import Path

from datasets.dataset import Dataset, Sample
from datasets.errors import DatasetError
from datasets.listing.pairing import JPEGS, PNGS, contents, expect_folder, paired
from datasets.listing.typed_path import expanded
from datasets.pictures import SUFFIXES
from datasets.reading.choice import SOFT_MAPS
from datasets.training_overlap import notice
from datasets.truth import MaskFile

_LAYOUT = (
    "dataset.root must be a public set or a folder of them, each with photos in im, imgs, images … "
    "beside masks in gt, masks, ground_truth_mask …"
)
_PHOTO_FOLDERS = {"im", "img", "imgs", "image", "images"}
_MASK_FOLDERS = {"gt", "gts", "mask", "masks", "ground", "truth", "groundtruth", "pixelwisegt"}
DEPTH = 4  # how far below the root a set is looked for


def load(root: str, name: str, set: str | None) -> Dataset:  # noqa: A002 - the setting's name
    """List one public set.

    ``set`` names it where ``root`` holds several: any folder name on the way to its photos.

    Raises:
        DatasetError: ``root`` is not a folder, holds no such set, or more than one that fits.
    """
    folder = expect_folder(expanded(root), "", _LAYOUT)
    found: dict[str, list[tuple[Path, Path]]] = defaultdict(list)
    for photos_at, masks_at in _sets(folder):
        found[photos_at.relative_to(folder).as_posix()].append((photos_at, masks_at))
    if not found:
        raise DatasetError(f"{folder}: no set in it; {_LAYOUT}; it holds {contents(folder)}")
    fitting = [at for at in found if set is None or f"/{set}/".lower() in f"/{at}/".lower()]
    if len(fitting) != 1:
        several = f"{len(fitting)} sets" + (f" fit dataset.set={set}" if set else " in it")
        choice = ", ".join(fitting or found)
        raise DatasetError(f"{folder}: {several}; add dataset.set=NAME, part of one of: {choice}")
    (photos_at, masks_at), *others = found[fitting[0]]
    if others:
        names = " and ".join(sorted(masks.name for _, masks in found[fitting[0]]))
        raise DatasetError(f"{photos_at}: has masks in {names}; rename those that are not meant")
    problems: list[str] = []
    notices = [notice(f"{folder.resolve().name}/{fitting[0]}")]
    photos, masks = paired(photos_at, masks_at, problems, notices)
    samples = tuple(
        Sample(stem, photos[stem], MaskFile(masks[stem]))
        for stem in sorted(photos.keys() & masks.keys())
    )
    return Dataset(name, samples, tuple(problems), "white", tuple(notices), labels=SOFT_MAPS)


def _sets(folder: Path, depth: int = 0) -> list[tuple[Path, Path]]:
    """Folders of photos with their folders of masks, in ``folder`` or, if none is there, below."""
    inside = _folders(folder)
    masks = [path for path in inside if _words(path) & _MASK_FOLDERS]
    photos = [path for path in inside if path not in masks]
    named = [path for path in photos if _words(path) & _PHOTO_FOLDERS]
    if len(masks) == len(named) == 1:
        pairs = [(named[0], masks[0])]
    else:
        rest = {path: _words(path) - _PHOTO_FOLDERS - _MASK_FOLDERS for path in inside}
        pairs = [(p, m) for m in masks for p in photos if rest[p] == rest[m]]
    found = [inner for pair in pairs for inner in _inner(*pair)]
    if not found and _stems(folder, JPEGS) & _stems(folder, PNGS):
        return [(folder, folder)]
    if found or depth == DEPTH:
        return found
    return [pair for path in inside for pair in _sets(path, depth + 1)]


def _inner(photos: Path, masks: Path) -> list[tuple[Path, Path]]:
    """The pair itself; or, where its pictures lie a folder deeper, the pairs in there."""
    if _stems(photos, SUFFIXES) and _stems(masks, SUFFIXES):
        return [(photos, masks)]
    deeper = [(p, m) for p in _folders(photos) or [photos] for m in _folders(masks) or [masks]]
    alike = [(p, m) for p, m in deeper if p.name == m.name or len(deeper) == 1]
    return [(p, m) for p, m in alike if _stems(p, SUFFIXES) and _stems(m, SUFFIXES)]


def _folders(folder: Path) -> list[Path]:
    paths = sorted(folder.iterdir())
    return [p for p in paths if not p.name.startswith((".", "__")) and p.is_dir()]


def _words(path: Path) -> set[str]:
    return {*re.split(r"[^a-z0-9]+", path.name.lower())}


def _stems(folder: Path, suffixes: frozenset[str]) -> set[str]:
    return {path.stem for path in folder.iterdir() if path.suffix.lower() in suffixes}
