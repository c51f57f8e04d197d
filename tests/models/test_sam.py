"""SAM 1 and MobileSAM: the authors' files in ultralytics' networks give its own masks."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from models.sam import Sam
from models.sam2 import Sam2
from models.segmenter import Unavailable
from tests.models.prepared.sam import with_network
from tests.models.test_sam2 import BOX
from tests.support.model_yamls import model_options
from tests.support.photos import photo

pytestmark = pytest.mark.usefixtures("threads")
CENTRE = {"points": [[225, 300]], "labels": [1]}
MIDDLE_OF_THE_BOX = {"points": [[225.5, 300.5]], "labels": [1]}


@pytest.fixture
def mobile(empty_home: Path) -> dict[str, Any]:
    """Options of MobileSAM with random weights."""
    return with_network(model_options("mobile-sam"), "mobile_sam")


def theirs(folder: Path, variant: str, **prompt: Any) -> Any:
    """The answer of ultralytics' own class to photo(450, 600)."""
    from ultralytics import SAM

    (file,) = folder.glob("home/sam/*.pt*")
    (copy := folder / f"{variant}.pt").hardlink_to(file)
    bgr = cv2.cvtColor(photo(450, 600)[0], cv2.COLOR_RGB2BGR)
    (result,) = SAM(str(copy))(bgr, **prompt, imgsz=128, device="cpu", save=False, verbose=False)
    return result


@pytest.mark.parametrize("name", ["sam-base", "sam-large", "mobile-sam"])
def test_file_sizes_match_parameter_counts(name: str) -> None:
    """The authors' file is the network's parameters and little else."""
    from ultralytics.models.sam.build import sam_model_map

    of = model_options(name)
    with torch.device("cpu" if name == "mobile-sam" else "meta"):  # TinyViT reads its numbers
        network = sam_model_map[f"{of['variant']}.pt"]()
    count = sum(tensor.numel() for tensor in network.state_dict().values())
    assert 1 < of["weights"]["size_bytes"] / (4 * count) < 1.01


@pytest.mark.parametrize(
    ("prompt", "given"),
    [
        ("centre", CENTRE),
        ("box", {"bboxes": BOX}),
        ("box-centre", {"bboxes": BOX, **MIDDLE_OF_THE_BOX}),
    ],
)
def test_masks_equal_ultralytics_own(
    mobile: dict[str, Any], tmp_path: Path, prompt: str, given: dict[str, Any]
) -> None:
    result = theirs(tmp_path, "mobile_sam", **given)
    ours = Sam(device="cpu", **{**mobile, "prompt": prompt}).predict(photo(450, 600)[0])
    (mask,) = result.masks.data.numpy()
    assert 0 < mask.mean() < 1
    assert np.array_equal(ours.alpha, mask * np.uint8(255))
    (candidate,) = ours.candidates  # type: ignore[misc]
    assert candidate.score == result.boxes.conf.item()


def test_the_base_network_equals_ultralytics_own(empty_home: Path, tmp_path: Path) -> None:
    options = with_network(model_options("sam-base"), "sam_b")
    result = theirs(tmp_path, "sam_b", **CENTRE)
    ours = Sam(device="cpu", **options).predict(photo(450, 600)[0])
    (mask,) = result.masks.data.numpy()
    assert 0 < mask.mean() < 1
    assert np.array_equal(ours.alpha, mask * np.uint8(255))


def test_several_points_are_one_object(mobile: dict[str, Any]) -> None:
    """Points in one more pair of brackets prompt one object; else each is an object of its own."""
    bgr = cv2.cvtColor(photo(450, 600)[0], cv2.COLOR_RGB2BGR)
    predictor = Sam(device="cpu", **mobile)._predictor
    points = [[225, 300], [10, 10]]
    (one,) = predictor(source=bgr, points=[points], labels=[[1, 0]])
    (each,) = predictor(source=bgr, points=points, labels=[1, 0])
    assert (len(one.masks), len(each.masks)) == (1, 2)
    assert not np.array_equal(one.masks.data[0], each.masks.data[0])


def test_everything_and_multimask_give_several_candidates(mobile: dict[str, Any]) -> None:
    image, _ = photo(450, 600)
    everything = {"prompt": "everything", "grid": 4, "select": "score"}
    assert list(Sam(device="cpu", **{**mobile, **everything}).predict(image).candidates or [])
    three = Sam(device="cpu", **{**mobile, "multimask": True}).predict(image)
    assert len(list(three.candidates or [])) == 3


@pytest.mark.parametrize(("model", "variant"), [(Sam, "sam2_t"), (Sam2, "mobile_sam")])
def test_networks_of_another_predictor_are_refused(
    mobile: dict[str, Any], model: Any, variant: str
) -> None:
    with pytest.raises(Unavailable, match=rf"^model\.variant={variant}: use sam"):
        model(device="cpu", **{**mobile, "variant": variant})


def test_another_checkpoint_is_refused(mobile: dict[str, Any]) -> None:
    with pytest.raises(Unavailable, match=r"not the checkpoint of sam_b .*state_dict"):
        Sam(device="cpu", **{**mobile, "variant": "sam_b"})
