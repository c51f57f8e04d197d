"""FastSAM: masks equal ultralytics' own with the authors' values."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from models.fastsam import FastSam
from models.prompting.selection import select
from models.segmenter import Unavailable
from tests.models.prepared.fastsam import prepare
from tests.models.prepared.sam2 import placed
from tests.models.test_sam2 import BOX
from tests.support.model_yamls import model_options
from tests.support.photos import photo

pytestmark = pytest.mark.usefixtures("threads")


@pytest.fixture
def small(tmp_path: Path, empty_home: Path) -> dict[str, Any]:
    """Options of a small network with random weights."""
    return prepare(model_options("fastsam"), tmp_path, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("prompt", "rule", "theirs"),
    [
        ("everything", "largest", {}),
        ("centre", "score", {"points": [[225, 300]], "labels": [1]}),
        ("box", "score", {"bboxes": BOX}),
        ("box-centre", "score", {"bboxes": BOX, "points": [[225.5, 300.5]], "labels": [1]}),
    ],
)
def test_masks_equal_ultralytics_own(
    small: dict[str, Any], tmp_path: Path, prompt: str, rule: str, theirs: dict[str, Any]
) -> None:
    from ultralytics import FastSAM

    image, _ = photo(450, 600)
    (file,) = tmp_path.glob("home/fastsam/*.pt")
    (result,) = FastSAM(str(file))(
        cv2.cvtColor(image, cv2.COLOR_RGB2BGR), **theirs, imgsz=128, retina_masks=True, conf=0.4,
        iou=0.9, device="cpu", save=False, verbose=False,
    )  # fmt: skip
    ours = FastSam(device="cpu", **{**small, "prompt": prompt}).predict(image)  # as many threads
    found = list(ours.candidates or [])
    assert found
    assert np.array_equal([one.mask for one in found], result.masks.data.numpy() > 0)
    assert [one.score for one in found] == result.boxes.conf.tolist()
    assert np.array_equal(ours.alpha, select(found, rule).mask * np.uint8(255))


def test_prompts_select_among_all_masks(small: dict[str, Any]) -> None:
    image, _ = photo(450, 600)
    everything, centre = (
        list(FastSam(device="cpu", **{**small, "prompt": prompt}).predict(image).candidates or [])
        for prompt in ("everything", "centre")
    )
    holding = [one for one in everything if one.mask[300, 225]]
    assert 0 < len(centre) == len(holding) < len(everything)
    assert all(np.array_equal(a.mask, b.mask) for a, b in zip(centre, holding, strict=True))


def test_a_network_without_published_hash_needs_trust(small: dict[str, Any]) -> None:
    unhashed = {**model_options("fastsam-s")["weights"]}
    with pytest.raises(Unavailable, match=r"FastSAM-s\.pt: no hash .*model\.weights\.trust=true"):
        FastSam(device="cpu", **{**small, "weights": unhashed})


@pytest.mark.parametrize("content", [b"", b"<html>", b"not a pickle"])
def test_files_that_are_not_a_network_are_refused(
    small: dict[str, Any], tmp_path: Path, content: bytes
) -> None:
    (file,) = tmp_path.glob("home/fastsam/*.pt")
    weights = {**small["weights"], **placed(file, content)}
    with pytest.raises(Unavailable, match=r"FastSAM\.pt: not a FastSAM network"):
        FastSam(device="cpu", **{**small, "weights": weights})


def test_checkpoints_without_a_network_are_refused(small: dict[str, Any], tmp_path: Path) -> None:
    (file,) = tmp_path.glob("home/fastsam/*.pt")
    torch.save({"model": {"weight": torch.zeros(2)}}, file)
    weights = {**small["weights"], **placed(file, file.read_bytes())}
    with pytest.raises(Unavailable, match=r"FastSAM\.pt: not a FastSAM network"):
        FastSam(device="cpu", **{**small, "weights": weights})
