"""Tables, records and annotations of datasets, and the names of their files."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from datasets import coco, folder, imagefolder, tracefinity, yolo
from datasets.dataset import Dataset
from datasets.decoding.run_lengths import checked, encode, encode_polygons, union
from datasets.errors import DatasetError
from datasets.listing.names import pairs
from datasets.listing.pairing import ids_of, leaves_root
from datasets.listing.tables import read_csv, read_jsonl
from datasets.pictures import PictureError
from datasets.reading.choice import parse_choice
from evaluate.errors import CannotRun
from evaluate.trace.provenance import made_so_far
from models.precomputed import _times
from models.segmenter import Unavailable
from tests.fuzz.target import Ready, Target, from_file, only
from tests.support.photos import make_folder, photo

IDS = ("a", "b", "c")


def look_at(dataset: Dataset) -> None:
    """Read every truth, as scoring does."""
    for sample in dataset.samples:
        with suppress(PictureError):
            truth, _ = dataset.truth(sample, (120, 90))
            assert truth.shape == (120, 90)
            assert truth.dtype == bool
        sample.truth.digest()


def _of_set(name: str, contents: list[str], open_: Callable[[Path], object]) -> "Setup":
    """A target whose inputs are the file ``name`` of a small set."""

    def prepare(scratch: Path) -> Ready:
        place = make_folder(scratch / "set", list(IDS))
        (place / name).parent.mkdir(exist_ok=True)
        read = from_file(place / name, lambda _: open_(place))
        errors = (DatasetError, CannotRun, Unavailable)
        return Ready([text.encode() for text in contents], only(read, *errors))

    return prepare


Setup = Callable[[Path], Ready]


def _coco(place: Path) -> None:
    for wanted in (None, "wrench"):
        with suppress(DatasetError):
            look_at(coco.load(str(place), "set", str(place / "all.json"), wanted))


def _coco_content() -> str:
    mask = photo()[1]
    runs = np.diff([0, *np.flatnonzero(np.diff(mask.T.ravel().astype(np.int8))) + 1, mask.size])
    forms = (
        [[10.5, 10, 50, 10, 50, 60], [1, 1, 9, 1, 9, 9]],
        {"size": [120, 90], "counts": runs.tolist()},
        {"size": [120, 90], "counts": encode(mask)["counts"].decode()},
    )
    images = [
        {"id": n, "file_name": f"images/{id_}.png", "width": 90, "height": 120}
        for n, id_ in enumerate(IDS)
    ]
    annotations = [
        {"id": n, "image_id": n, "category_id": 1, "segmentation": form}
        for n, form in enumerate(forms)
    ]
    categories = [{"id": 1, "name": "wrench"}]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories})


def _yolo(place: Path) -> None:
    look_at(yolo.load(str(place), "set", None, None))


def _yolo_names(place: Path) -> None:
    labels = place / "labels"
    labels.mkdir(exist_ok=True)
    for id_ in IDS:
        (labels / f"{id_}.txt").write_text("0 0.1 0.1 0.9 0.1 0.9 0.9\n1 0 0 1 0 1 1\n")
    look_at(yolo.load(str(place), "set", None, "wrench"))


def _tracefinity(scratch: Path) -> Ready:
    place = make_folder(scratch / "me", list(IDS))
    ring = [{"x": 1.5, "y": 2}, {"x": 50, "y": 2}, {"x": 50, "y": 60}]
    record = {
        id_: {
            "corrected_image_path": f"me/images/{id_}.png",
            "mask_image_path": f"me/masks/{id_}.png",
            "scale_factor": 0.25,
            "polygons": [{"points": ring, "interior_rings": [ring]}],
            "paper_size": "a4",
        }
        for id_ in IDS
    }

    def read(_: Path) -> None:
        for form in ("masks", "polygons"):
            with suppress(DatasetError):
                look_at(tracefinity.load(str(place), "set", form))

    through = from_file(place / "sessions.json", read)
    return Ready([json.dumps(record).encode()], only(through))


def _run_lengths(_: Path) -> Ready:
    """``H W text``: counts as text, or a JSON list."""

    def check(data: bytes) -> None:
        height, _, rest = data.decode("utf-8", "surrogateescape").partition(" ")
        width, _, text = rest.partition(" ")
        try:
            counts = json.loads(text) if text.startswith("[") else text
            size = [int(height), int(width)]
            code = checked(counts, size)
        except (ValueError, RecursionError):
            return
        if size[0] * size[1] > 1 << 20:
            return
        mask = union([code], (size[0], size[1])).astype(bool)
        assert mask.shape == (size[0], size[1])
        if isinstance(counts, list):
            assert mask.sum() == sum(counts[1::2])
        again = checked(encode(mask)["counts"].decode(), size)
        assert np.array_equal(union([again], mask.shape).astype(bool), mask)

    corpus = [b"120 90 " + encode(photo()[1])["counts"], b"3 4 [2,3,7]", b"3 4 [0,12]", b"2 2 04"]
    return Ready(corpus, check)


def _polygons(_: Path) -> Ready:
    def read(data: bytes) -> None:
        height, width, rings = json.loads(data)
        found = union(encode_polygons(rings, [height, width]), (height, width))  # type: ignore[arg-type]
        assert found.shape == (height, width)

    corpus = [b"[12, 9, [[1, 1, 8, 1, 8.5, 10], [0, 0, 5, 5, 0, 5]]]"]
    errors = (ValueError, TypeError, OverflowError, RecursionError)
    return Ready(corpus, only(read, *errors))


def _tables(scratch: Path) -> Ready:
    path = scratch / "table"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        for parse in (read_csv, read_jsonl):
            with suppress(ValueError):
                columns, rows = parse(path)
                assert all(row.cells.keys() <= set(columns) for row in rows)

    texts = ["id,mm_per_px\na,0.25\nb,\n", 'sep=;\nid;x\n"a;b";1,5\n', '{"id": "a", "x": 1}\n']
    corpus = [text.encode() for text in texts] + [texts[0].encode("utf-16"), b"\xef\xbb\xbfid\na"]
    return Ready(corpus, read)


def _names(_: Path) -> Ready:
    """Lines are names of photos, a blank line, then names of masks."""

    def check(data: bytes) -> None:
        first, _, second = data.decode("utf-8", "surrogateescape").partition("\n\n")
        photos, masks = first.split("\n"), second.split("\n")
        found = pairs(photos, masks)
        assert found.keys() <= set(photos)
        assert set(found.values()) <= set(masks)
        assert len(set(found.values())) == len(found)
        with suppress(DatasetError):
            ids = ids_of(photos, Path("x"))
            assert len(set(ids)) == len(ids) == len(photos)
        for name in photos:
            assert leaves_root(name) or ".." not in Path(name).parts

    corpus = [b"a\nb\nIMG_1\n\na_mask\nmask-b\nimg_1", b"x/a.png\ny/a.png\n\na_sal\nb_sal"]
    return Ready(corpus, check)


def _labels(_: Path) -> Ready:
    def read(data: bytes) -> None:
        parse_choice("auto", json.loads(data), json.loads(data[::-1]))

    errors = (DatasetError, ValueError, RecursionError)
    return Ready([b'["#800000", 1, "2"]', b"7", b'"soft"', b"[1,1]"], only(read, *errors))


def _times_file(scratch: Path) -> Ready:
    path = scratch / "times.csv"
    return Ready([b"id,seconds\na,1.5\nb.png,2\n"], only(from_file(path, _times), Unavailable))


def _traced(place: Path) -> None:
    made_so_far(place)
    folder.load(str(place), "set", "auto")


def _folder(place: Path) -> None:
    folder.load(str(place), "set", "auto")


def _imagefolder(place: Path) -> None:
    imagefolder.load(str(place), "set", None, None, "auto")


METADATA = "id,mm_per_px,light\na,0.25,dim\nb,0.5,\nc,,x\n"
ROWS = "".join(f"images/{i}.png,masks/{i}.png,0.5,x\n" for i in IDS)
PAIRED = "\n".join(
    json.dumps({"file_name": f"images/{i}.png", "mask_file_name": f"masks/{i}.png"}) for i in IDS
)
TRACED = json.dumps({i: {"model": "gemini", "on": "2026"} for i in IDS})
LABELS = "0 0.1 0.1 0.9 0.1 0.9 0.9\n1.0 0 0 1 0 1 1\n"

TARGETS = (
    Target("run lengths", _run_lengths, share=2, guided=True),
    Target("polygons as run lengths", _polygons),
    Target("COCO", _of_set("all.json", [_coco_content()], _coco), share=0.5),
    Target("YOLO labels", _of_set("labels/a.txt", [LABELS], _yolo), share=0.5),
    Target("YOLO names", _of_set("data.yaml", ["names:\n  0: wrench\n"], _yolo_names), share=0.2),
    Target("tracefinity sessions", _tracefinity, share=0.5),
    Target("tables", _tables, share=2, guided=True),
    Target("metadata.csv", _of_set("metadata.csv", [METADATA], _folder), share=0.5),
    Target(
        "imagefolder, CSV",
        _of_set("metadata.csv", [f"file_name,mask_file_name,mm_per_px,x\n{ROWS}"], _imagefolder),
        share=0.5,
    ),
    Target("imagefolder, JSON", _of_set("metadata.jsonl", [PAIRED], _imagefolder), share=0.5),
    Target("traced.json", _of_set("traced.json", [TRACED], _traced), share=0.5),
    Target("file names", _names, guided=True),
    Target("labels and void", _labels),
    Target("times.csv", _times_file),
)
