"""Photos under other names, in another order and mirrored score what they scored before."""

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from tests.support.commands import Command
from tests.support.photos import opened
from tests.support.runs import read_scores


def test_renamed_and_mirrored_photos_score_the_same(command: Command, tmp_path: Path) -> None:
    shapes = np.random.default_rng(3)
    names = {"a": "z", "b": "y", "c": "x"}
    for number, (name, other) in enumerate(names.items()):
        gray = np.full((40, 30), 220, np.uint8)
        gray[8 + number : 30, 6:20] = 60
        gray = np.clip(gray + shapes.integers(-90, 90, gray.shape), 0, 255).astype(np.uint8)
        mask = np.zeros(gray.shape, bool)
        mask[9:30, 7:21] = True
        for root, id_, turn in (("one", name, slice(None)), ("two", other, slice(None, None, -1))):
            for kind, plane in (("images", gray), ("masks", mask)):
                path = tmp_path / root / kind / f"{id_}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Pillow.fromarray(np.ascontiguousarray(plane[:, turn])).save(path)
    assert opened(tmp_path / "two" / "images" / "z.png").size == (30, 40)
    for root in ("one", "two"):
        done = command(
            "eval", "model=otsu", "dataset=folder", f"dataset.root={tmp_path / root}", "plots=false"
        )
        assert done.returncode == 0, done.stderr
    first, second = (
        read_scores(tmp_path / "reports" / r / "runs" / "otsu") for r in ("one", "two")
    )
    assert {names[id_]: scored for id_, scored in first.items()} == second
    assert len({iou for _, iou in first.values()}) == 3
