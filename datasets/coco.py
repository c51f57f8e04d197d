"""COCO instances: photos in a folder, their masks as polygons or run lengths in one JSON file.

The truth is the union of all instances of the chosen categories, crowds (``iscrowd``) included: a
crowd is a group of objects without separate masks, which a union does not need. COCO's own metrics
ignore crowds.

A photo is left out and reported if its file is missing or if one of its annotations has no mask,
because its truth would be incomplete. Format: https://cocodataset.org/#format-data.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from datasets.dataset import Dataset, Sample
from datasets.decoding.coco_masks import Instances
from datasets.decoding.run_lengths import checked_size
from datasets.errors import DatasetError
from datasets.listing.pairing import (
    contents,
    expect_folder,
    ids_of,
    leaves_root,
    outside_problem,
    path_key,
    placed,
    repeated,
)
from datasets.listing.regular_file import expect_regular, is_regular
from datasets.listing.typed_path import expanded
from datasets.messages import counted, few

_LAYOUT = "dataset.root must be the folder that COCO's file names start from"
PARTS = ("images", "annotations", "categories")

Content: TypeAlias = dict[str, list[dict[str, Any]]]


def load(root: str, name: str, annotations: str | None, categories: object) -> Dataset:
    """List the photos that the file ``annotations`` names, below ``root``.

    Without ``categories`` a photo without annotation has an empty truth; with them, photos that
    show none of them are left out. Either way a notice says how many.

    Raises:
        DatasetError: folder, file or categories are not there, or nothing is left to evaluate.
    """
    folder = expanded(root)
    expect_folder(folder, "", _LAYOUT)
    source = expanded(annotations) if annotations else _only_json(folder)
    content = _read(source)
    problems: list[str] = []
    warnings: list[str] = []
    try:
        wanted = None if categories is None else _category_ids(source, content, categories)
        images = _told_apart(source, content["images"], problems)
        listed = list(_listed(source, content, images, wanted, warnings))
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        reason = f"without {error}" if isinstance(error, KeyError) else str(error)
        raise DatasetError(f"{source}: an entry is not as COCO's are ({reason})") from error

    samples, missing, maskless, outside, bare = [], [], [], list[str](), 0
    for one, name_of_photo, truth in listed:
        if not truth.masks and wanted is not None:
            bare += 1
        elif leaves_root(name_of_photo):
            outside.append(name_of_photo)
        elif not is_regular(path := placed(folder, name_of_photo)):
            missing.append(path.name)
        elif truth.maskless:
            maskless.append(f"{truth.maskless[0]} of {path.name}")
        else:
            bare += not truth.masks
            samples.append(Sample(one, path, truth))
    problems += outside_problem(outside, source, folder)
    if missing:
        problems.append(
            f"{folder}: {counted(len(missing), 'photo')} of {source} not there ({few(missing)}); "
            "put back what is missing or correct dataset.root"
        )
    if maskless:
        problems.append(
            f"{source}: {counted(len(maskless), 'photo')} left out, for annotations that are only "
            f"a box or have fewer than 3 points (id {few(maskless)}); draw or remove these"
        )
    if not samples:
        found = f"of {counted(len(listed), 'photo')}, {bare} with nothing that was asked for"
        raise DatasetError(
            "\n".join([*problems, *warnings, f"{source}: nothing to evaluate ({found})"])
        )
    if not content["annotations"]:
        raise DatasetError(
            f"{source}: its list of annotations is empty, so every truth would be; export it again "
            "with the masks, or give another file by dataset.annotations"
        )
    what = (
        "have no annotation; their truth is empty"
        if wanted is None
        else "show none of the categories; they are left out"
    )
    notice = f"{bare} of {len(samples if wanted is None else listed)} photos {what}"
    ordered = tuple(sorted(samples, key=lambda sample: sample.id))
    notices = (notice,) if bare else ()
    return Dataset(name, ordered, tuple(problems), "white", notices, tuple(warnings))


def _only_json(folder: Path) -> Path:
    """The one JSON file in ``folder`` or where COCO and its exporters keep it."""
    parent = folder.resolve().parent
    places = (folder, parent / "annotations", parent)
    found = [path for place in places for path in sorted(place.glob("*.json"))]
    if not found:
        raise DatasetError(
            f"{folder}: no *.json in it, beside it or in ../annotations; {_LAYOUT}; "
            f"it holds {contents(folder)}; add dataset.annotations=FILE"
        )
    if len(found) > 1:
        names = ", ".join(map(str, found))
        raise DatasetError(f"{folder}: which annotations? add dataset.annotations= one of {names}")
    return found[0]


def _read(source: Path) -> Content:
    try:
        expect_regular(source)
        content = json.loads(source.read_bytes())
    except OSError as error:
        raise DatasetError(f"{source}: {error.strerror}; correct dataset.annotations") from error
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{source}: no JSON ({error}); export it again") from error
    if isinstance(content, list):
        raise DatasetError(
            f"{source}: a flat list, as models' results are; ground truth is an object of lists "
            f"{', '.join(PARTS)}; give its file by dataset.annotations"
        )
    found = list(content) if isinstance(content, dict) else [type(content).__name__]
    if not all(part in found and isinstance(content[part], list) for part in PARTS):
        bare = "annotations" not in found and "images" in found
        raise DatasetError(
            f"{source}: {'has no annotations, as of a test set' if bare else 'no COCO instances'}; "
            f"expected lists {', '.join(PARTS)}, found {few(found) or 'nothing'}"
        )
    return dict(content)


def _category_ids(source: Path, content: Content, categories: object) -> set[str]:
    chosen = {str(one) for one in (categories if isinstance(categories, list) else [categories])}
    names = {entry["id"]: str(entry["name"]) for entry in content["categories"]}
    unknown = sorted(chosen - set(names.values()))
    if unknown:
        there = ", ".join(sorted(map(repr, set(names.values())))) or "none"
        raise DatasetError(f"{source}: no category {', '.join(unknown)}; there are: {there}")
    return {str(number) for number, name in names.items() if name in chosen}


def _told_apart(
    source: Path, images: list[dict[str, Any]], problems: list[str]
) -> list[dict[str, Any]]:
    """The images without those that share an id or a file; these are a problem."""
    keys = [str(image["id"]) for image in images], [path_key(i["file_name"]) for i in images]
    shared = {at for one in keys for places in repeated(one).values() for at in places}
    if shared:
        named = [f"id {images[at]['id']}: {images[at]['file_name']}" for at in sorted(shared)]
        problems.append(
            f"{source}: {len(shared)} images share an id or a file_name ({few(named)}); "
            "give each its own, until then none of them is used"
        )
    return [image for at, image in enumerate(images) if at not in shared]


def _listed(
    source: Path,
    content: Content,
    images: list[dict[str, Any]],
    wanted: set[str] | None,
    warnings: list[str],
) -> Iterator[tuple[str, str, Instances]]:
    """Id, photo's path and truth of ``images``; annotations of no listed image are a warning."""
    masks: dict[str, list[tuple[object, object]]] = defaultdict(list)
    for entry in content["annotations"]:
        if wanted is None or str(entry["category_id"]) in wanted:
            masks[str(entry["image_id"])].append((entry["id"], entry.get("segmentation")))
    numbers = {str(image["id"]) for image in content["images"]}  # exporters mix "7" and 7
    if lost := [number for number in masks if number not in numbers]:
        warnings.append(
            f"{source}: annotations of {counted(len(lost), 'photo')} that it does not list "
            f"(image_id {few(lost)}); correct the image_id or remove the annotations"
        )
    ids = ids_of([image["file_name"] for image in images], source)
    for one, image in zip(ids, images, strict=True):
        size = (_side(image["height"]), _side(image["width"]))
        try:
            size = checked_size(size)
        except ValueError as error:
            raise ValueError(f"{str(image['file_name'])[:200]}: {error}") from error
        truth = Instances(source, tuple(masks[str(image["id"])]), size)
        yield one, image["file_name"], truth


def _side(value: object) -> int:
    """A height or width, which exporters also write as 640.0 and "640"."""
    return int(str(value).removesuffix(".0"))
