"""What is said of scales that are missing, misnamed or far off."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.folder import load


def listed(root: Path, table: str, **settings: object) -> Dataset:
    for part in ("images", "masks"):
        (root / part).mkdir(exist_ok=True)
        for name in "abcd":
            Pillow.fromarray(np.zeros((2, 2), np.uint8)).save(root / part / f"{name}.png")
    (root / "metadata.csv").write_text(table)
    return load(str(root), "set", "white", **settings)


def test_photos_without_a_scale_and_scales_far_off_are_named(tmp_path: Path) -> None:
    lacking, off = listed(tmp_path, "id,mm_per_px\na,0.2\nb,2.1\nc,0.2\n").warnings
    assert (
        "3 of 4 photos have mm_per_px; distances stay in px until these have it too: d" in lacking
    )
    assert "mm_per_px of 'b', 2.1, is more than 10 times off the median, 0.2;" in off
    assert listed(tmp_path, "id,mm_per_px\na,0.2\nb,2\nc,0.2\nd,0.02\n").warnings == ()
    assert listed(tmp_path, "id,light\na,dark\n").warnings == ()


@pytest.mark.parametrize("name", ["mm_per_pixel", "MM_per_px", "mm/px", "px_per_mm"])
def test_a_column_that_is_probably_the_scale_is_named(tmp_path: Path, name: str) -> None:
    (line,) = listed(tmp_path, f"id,{name},stand\na,0.2,1\n").warnings
    assert f"the column '{name}' is a tag and no scale; if it is meant as one, call it" in line
    assert listed(tmp_path, "id,hammer,comment\na,0.2,1\n").warnings == ()


def test_one_scale_for_all_is_that_of_photos_without_their_own(tmp_path: Path) -> None:
    found = listed(tmp_path, "id,mm_per_px\na,0.2\n", mm_per_px=0.5)
    assert [sample.mm_per_px for sample in found.samples] == [0.2, 0.5, 0.5, 0.5]
    assert found.warnings == ()
    for wrong in (0, -1, "wide", float("inf"), True):
        with pytest.raises(DatasetError, match="give mm above 0"):
            listed(tmp_path, "id\n", mm_per_px=wrong)
