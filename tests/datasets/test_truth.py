"""What a photo with its own truth gives."""

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from datasets.dataset import Dataset, Sample
from datasets.truth import MaskFile


def test_a_cut_out_holds_photo_and_truth(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    pixels = np.full((6, 5, 4), 90, np.uint8)
    pixels[:, :, 3] = 0
    pixels[1:4, 1:3, 3] = 255
    Pillow.fromarray(pixels).save(path)
    sample = Sample("a", path, MaskFile(path), drop_alpha=True)
    dataset = Dataset("cutouts", (sample,), foreground="black")
    truth, _ = dataset.truth(sample, (6, 5))
    assert (sample.photo() == 90).all()
    assert truth.sum() == 6
    assert truth[1, 1]
    laid = Dataset("cutouts", (Sample("a", path, MaskFile(path)),))
    assert (laid.samples[0].photo()[0, 0] == 255).all()
    assert laid.photos_hash != dataset.photos_hash
