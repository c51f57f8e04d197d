"""SAM 2: Meta's files in ultralytics' networks give ultralytics' own masks."""

import json
import os
import pickle
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from models.fastsam import FastSam
from models.prompting.candidates import read_candidates
from models.sam2 import Sam2
from models.segmenter import Prediction, Unavailable
from tests.models.prepared.sam2 import placed, prepare
from tests.support.commands import Command
from tests.support.model_yamls import MODEL_NAMES, model_options
from tests.support.photos import photo

pytestmark = pytest.mark.usefixtures("threads")
SAM2_NAMES = [name for name in MODEL_NAMES if name.startswith("sam2")]
MORE_IN_2_1 = 64 + 64 + 64 * 256  # no_obj_embed_spatial, obj_ptr_tpos_proj
BOX = [[120, 90, 331, 511]]  # of the tool in photo(450, 600), grown by 30


@pytest.fixture
def tiny(tmp_path: Path, empty_home: Path) -> dict[str, Any]:
    """Options of a tiny network with random weights."""
    return prepare(model_options("sam2-tiny"), tmp_path, None)  # type: ignore[arg-type]


def named(folder: Path) -> str:
    """The tiny network's file, under ultralytics' name."""
    (file,) = folder.glob("home/sam2/*.pt")
    (copy := folder / "sam2_t.pt").hardlink_to(file)
    return str(copy)


def answer(of: dict[str, Any], image: Any) -> Prediction:
    return Sam2(device="cpu", **of).predict(image)


@pytest.mark.parametrize("size", ["t", "s", "b", "l"])
def test_file_sizes_match_parameter_counts(size: str) -> None:
    """In both generations the file is the network's parameters and little else."""
    from ultralytics.models.sam import build

    found = {of["variant"]: of for of in map(model_options, SAM2_NAMES)}
    assert len(found) == len(SAM2_NAMES) == 8
    network = getattr(build, f"build_sam2_{size}")()
    count = sum(tensor.numel() for tensor in network.state_dict().values())
    for variant, more in ((f"sam2_{size}", 0), (f"sam2.1_{size}", MORE_IN_2_1)):
        assert 1 < found[variant]["weights"]["size_bytes"] / (4 * (count + more)) < 1.002


@pytest.mark.parametrize(
    ("prompt", "theirs"),
    [
        ("centre", {"points": [[225, 300]], "labels": [1]}),
        ("box", {"bboxes": BOX}),
        ("box-centre", {"bboxes": BOX, "points": [[225.5, 300.5]], "labels": [1]}),
    ],
)
def test_masks_equal_ultralytics_own(
    tiny: dict[str, Any], tmp_path: Path, prompt: str, theirs: dict[str, Any]
) -> None:
    from ultralytics import SAM

    image, _ = photo(450, 600)
    sam = SAM(named(tmp_path))
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    (result,) = sam(bgr, **theirs, imgsz=128, device="cpu", save=False, verbose=False)
    ours = answer({**tiny, "prompt": prompt}, image)  # on as many threads
    (mask,) = result.masks.data.numpy()
    assert 0 < mask.mean() < 1
    assert np.array_equal(ours.alpha, mask * np.uint8(255))
    (candidate,) = ours.candidates  # type: ignore[misc]
    assert np.array_equal(candidate.mask, mask)
    assert candidate.score == result.boxes.conf.item()


def test_everything_equals_ultralytics_own(tiny: dict[str, Any], tmp_path: Path) -> None:
    from ultralytics.models.sam import SAM2Predictor

    image, _ = photo(450, 600)
    theirs = {
        "model": named(tmp_path),
        "imgsz": 128,
        "device": "cpu",
        "save": False,
        "verbose": False,
    }
    predictor = SAM2Predictor(overrides=theirs)
    (result,) = predictor(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), points_stride=4)
    ours = answer({**tiny, "prompt": "everything", "grid": 4, "select": "score"}, image)
    found = list(ours.candidates or [])
    assert found
    assert np.array_equal([one.mask for one in found], result.masks.data.numpy())
    assert [one.score for one in found] == result.boxes.conf.tolist()


def test_multimask_gives_three_candidates(tiny: dict[str, Any]) -> None:
    image, _ = photo(450, 600)
    answered = answer({**tiny, "multimask": True}, image)
    candidates = list(answered.candidates or [])
    assert len(candidates) == 3
    best = max(candidates, key=lambda one: one.score)
    assert np.array_equal(answered.alpha, best.mask * np.uint8(255))


def test_prompts_change_the_mask(tiny: dict[str, Any]) -> None:
    image, _ = photo(450, 600)
    alphas = [answer({**tiny, "prompt": prompt}, image).alpha for prompt in ("centre", "box")]
    assert not np.array_equal(alphas[0], alphas[1])


@pytest.mark.parametrize(
    ("prompt", "option"), [("everything", {"multimask": True}), ("box", {"grid": 16})]
)
def test_options_that_do_not_fit_the_prompt_are_refused(
    tiny: dict[str, Any], prompt: str, option: dict[str, Any]
) -> None:
    (name,) = option
    with pytest.raises(Unavailable, match=rf"^model\.{name} .*{prompt}"):
        Sam2(device="cpu", **{**tiny, "prompt": prompt, **option})


@pytest.mark.parametrize(
    ("size", "near"),
    [(1000, "992 or 1024"), (144, "128 or 160"), (0, "32 or more"), (-32, "32 or more"),
     ("1024", "32 or more"), (None, "32 or more")],
)  # fmt: skip
@pytest.mark.parametrize(("model", "name"), [(Sam2, "sam2-tiny"), (FastSam, "fastsam")])
def test_sizes_that_are_not_multiples_of_32_are_refused(
    model: Any, name: str, size: object, near: str
) -> None:
    of = model_options(name)
    with pytest.raises(Unavailable, match=f"^model.size={size}: use a multiple of 32, {near}$"):
        model(device="cpu", **{**of, "size": size})


def test_another_checkpoint_is_refused(tiny: dict[str, Any], tmp_path: Path) -> None:
    (file,) = tmp_path.glob("home/sam2/*.pt")
    for variant in ("sam2.1_t", "sam2_s"):
        with pytest.raises(Unavailable, match=f"not the checkpoint of {variant} .*state_dict"):
            Sam2(device="cpu", **{**tiny, "variant": variant})
    with pytest.raises(Unavailable, match=r"^model\.variant=sam2_x: use sam2_t, "):
        Sam2(device="cpu", **{**tiny, "variant": "sam2_x"})

    class Code:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (str(tmp_path / "ran"),))

    known = placed(file, pickle.dumps({"model": Code()}))
    with pytest.raises(Unavailable, match="not a tensors-only checkpoint"):
        Sam2(device="cpu", **{**tiny, "weights": {**tiny["weights"], **known}})
    assert not (tmp_path / "ran").exists()
    assert not list(tmp_path.glob("home/tmp*"))


def test_loading_restores_the_thread_counts(
    tiny: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """ultralytics would set PyTorch to one thread fewer than cores, and OpenCV to one."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    torch.set_num_threads(3)
    cv2.setNumThreads(3)
    Sam2(device="cpu", **tiny)
    assert (torch.get_num_threads(), cv2.getNumThreads()) == (3, 3)
    assert "OMP_NUM_THREADS" not in os.environ


def test_a_prompted_run_stores_its_candidates(
    command: Command, folder: Path, tiny: dict[str, Any], tmp_path: Path
) -> None:
    weights = tiny["weights"]
    given = ["prompt=box", "model.multimask=true", "model.size=128"]
    given += [f"model.weights.{name}={weights[name]}" for name in ("hash", "size_bytes")]
    own = ("dataset=folder", f"dataset.root={folder}", "threads=1")
    done = command("eval", "model=sam2-tiny", *given, *own)
    assert done.returncode == 0, done.stderr
    assert "SAM2-tiny [prompt=box, multimask=True, size=128]" in done.stdout
    (run,) = (tmp_path / "reports" / "photos" / "runs").glob("sam2*")
    assert [len(read_candidates(run / "candidates" / f"{name}.json")) for name in "abc"] == [
        3,
        3,
        3,
    ]
    assert json.loads((run / "run.json").read_text())["sessions"][0]["weights"] == {
        "sam2_hiera_tiny.pt": weights["hash"]
    }
