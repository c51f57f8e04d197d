"""Bad input, through the commands: a line that names file, reason and remedy; the rest goes on."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.support.commands import Command
from tests.support.photos import make_folder, opened, photo
from tests.support.runs import read_scores

CLEAN = {"b": ("ok", "1.0"), "c": ("ok", "1.0")}


def evaluate(command: Command, folder: Path, **more: Path) -> tuple[int, str]:
    done = command("eval", "model=otsu", "dataset=folder", f"dataset.root={folder}", **more)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-60])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("not a picture")


def bomb(path: Path) -> None:
    """A PNG of 20000×20000 pixels in a few kilobytes."""
    row = bytes(1 + 20000 // 8)
    packer = zlib.compressobj(9)
    pixels = b"".join(packer.compress(row) for _ in range(20000)) + packer.flush()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 20000, 20000, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("damage", "reason", "remedy"),
    [
        (truncate, "cannot be read", "export it again"),
        (empty, "the file is empty", "export it again"),
        (text, "cannot be read", "export it again"),
        (bomb, "more pixels than are safe", "shrink it"),
    ],
)
def test_an_unusable_photo_is_a_failed_row(
    command: Command, folder: Path, tmp_path: Path,
    damage: Callable[[Path], None], reason: str, remedy: str,
) -> None:  # fmt: skip
    damage(folder / "images" / "a.png")
    code, output = evaluate(command, folder)
    assert code == 3
    assert "images/a.png" in output
    assert reason in output
    assert remedy in output
    assert "1 of 3 photos failed (1 unreadable)" in output
    scores = read_scores(tmp_path / "reports/photos/runs/otsu")
    assert scores == {"a": ("unreadable", "0.0"), **CLEAN}


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(truncate, "cannot be read"), (empty, "the file is empty"), (bomb, "more pixels")],
)
def test_an_unusable_mask_says_nothing_of_the_model(
    command: Command, folder: Path, tmp_path: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(folder / "masks" / "a.png")
    code, output = evaluate(command, folder)
    assert code == 3
    assert "masks/a.png" in output
    assert reason in output
    assert "2 photos" in output
    assert read_scores(tmp_path / "reports/photos/runs/otsu") == {"a": ("no-truth", ""), **CLEAN}


def test_a_mask_of_another_aspect(command: Command, folder: Path) -> None:
    Pillow.new("L", (200, 50)).save(folder / "masks" / "a.png")
    code, output = evaluate(command, folder)
    assert code == 3
    assert "masks/a.png: mask of 200×50 for a photo of 90×120" in output
    assert "export it at the photo's size" in output


def test_photos_and_masks_without_partner(command: Command, folder: Path, tmp_path: Path) -> None:
    (folder / "masks" / "a.png").rename(folder / "masks" / "z.png")
    code, output = evaluate(command, folder)
    assert code == 3
    assert "images/a.png: photo without mask; add masks/a.png" in output
    assert "masks/z.png: mask without photo; add the photo" in output
    assert read_scores(tmp_path / "reports/photos/runs/otsu") == CLEAN
    page = (tmp_path / "reports/photos/comparison.md").read_text()
    assert "Photos are missing from every row alike" in page


def test_two_photos_with_one_stem(command: Command, folder: Path, tmp_path: Path) -> None:
    opened(folder / "images" / "a.png").save(folder / "images" / "a.jpg")
    code, output = evaluate(command, folder)
    assert code == 3
    assert "a.jpg and a.png share the stem 'a'; rename one" in output
    assert read_scores(tmp_path / "reports/photos/runs/otsu") == CLEAN


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: None, "does not exist; dataset.root must hold images/ and masks/"),
        (lambda root: root.mkdir(), "images is not a folder"),
        (lambda root: make_folder(root, []), "nothing to evaluate (0 photos, 0 masks"),
    ],
)
def test_folders_with_nothing_in_them(
    command: Command, tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    root = tmp_path / "photos"
    make(root)
    code, output = evaluate(command, root)
    assert code == 2
    assert str(root) in output
    assert message in output


def test_odd_sizes_and_modes_are_all_evaluated(command: Command, tmp_path: Path) -> None:
    root = make_folder(tmp_path / "photos", [])
    for name, width, height in (("dot", 1, 1), ("line", 1, 5000), ("row", 5000, 1)):
        Pillow.new("RGB", (width, height), "white").save(root / "images" / f"{name}.png")
        Pillow.new("L", (width, height)).save(root / "masks" / f"{name}.png")
    image, mask = photo()
    pictures = {
        "gray": Pillow.fromarray(image[:, :, 0]),
        "rgba": Pillow.fromarray(image).convert("RGBA"),
        "sixteen": Pillow.fromarray(image[:, :, 0].astype(np.uint16) * 257),
    }
    for name, picture in pictures.items():
        picture.save(root / "images" / f"{name}.png")
        Pillow.fromarray(mask).save(root / "masks" / f"{name}.png")
    Pillow.fromarray(image).convert("CMYK").save(root / "images" / "cmyk.jpg", quality=100)
    Pillow.fromarray(mask).save(root / "masks" / "cmyk.png")
    for model in ("otsu", "grabcut", "background"):
        done = command("eval", f"model={model}", "dataset=folder", f"dataset.root={root}")
        assert done.returncode == 0, done.stderr
        scores = read_scores(tmp_path / f"reports/photos/runs/{model}")
        assert {status for status, _ in scores.values()} == {"ok"}
        assert len(scores) == 7
        if model == "otsu":
            assert all(float(scores[name][1]) > 0.98 for name in (*pictures, "cmyk"))


def test_hostile_names(command: Command, tmp_path: Path) -> None:
    names = [
        "two words",
        'it\'s "quoted"',
        "schlüssel 扳手",
        "<script>alert(1)<|script>",
        "a,b;c=d",
        "line\nbreak",
        "$HOME `x` %s {0}",
        "back\\slash",
        "car\rriage",
        "-m",
        "x" * 240,
    ]
    root = make_folder(tmp_path / "pho'tos (1), é=ü", names)
    code, output = evaluate(command, root)
    assert code == 0, output
    (report,) = (tmp_path / "reports").iterdir()
    scores = read_scores(report / "runs" / "otsu")
    assert set(scores) == set(names)
    assert set(scores.values()) == {("ok", "1.0")}
    (root / "images" / f"{names[3]}.png").write_bytes(b"")
    code, output = evaluate(command, root)
    assert code == 3
    page = (report / "comparison.md").read_text()
    assert "<script>" not in page
    assert "&lt;script>" in page


def test_names_that_are_not_utf8(command: Command, tmp_path: Path) -> None:
    name = b"caf\xe9".decode("utf-8", "surrogateescape")
    root = make_folder(tmp_path / "photos", ["b"])
    try:
        make_folder(root, [name])
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    code, output = evaluate(command, root)
    assert code == 0, output
    assert set(read_scores(tmp_path / "reports/photos/runs/otsu")) == {"b", name}
    (root / "images" / f"{name}.png").write_bytes(b"")
    code, output = evaluate(command, root)
    assert code == 3
    assert "is empty" in output
