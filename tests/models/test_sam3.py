"""SAM 3: transformers' own masks of what a text names, from a folder that the user fetched."""

from pathlib import Path
from typing import Any

import hydra
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from evaluate.config.misspelt import CONF
from evaluate.config.model_choice import ModelChoice
from evaluate.config.overrides import quoted
from models.sam2 import Sam2
from models.sam3 import Sam3
from models.segmenter import NoMask, Unavailable
from tests.models.prepared.sam3 import saved
from tests.support.model_yamls import model_options
from tests.support.photos import photo

pytestmark = pytest.mark.usefixtures("threads", "empty_home")
IMAGE = photo(450, 600)[0]


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    """The yaml's options, for a tiny network with random weights."""
    return {
        **model_options("sam3"),
        "weights": {"folder": str(saved(tmp_path / "sam3"))},
        "conf": 0.33,
    }


def test_masks_equal_transformers_own(options: dict[str, Any]) -> None:
    ours = Sam3(device="cpu", **options).predict(IMAGE)

    from transformers import Sam3Model, Sam3Processor

    processor = Sam3Processor.from_pretrained(options["weights"]["folder"])
    given = processor(images=IMAGE, text="tool", return_tensors="pt")
    with torch.no_grad():
        network: Any = Sam3Model.from_pretrained(options["weights"]["folder"])
        answer = network.eval()(**given)
    (found,) = processor.post_process_instance_segmentation(  # type: ignore[no-untyped-call]
        answer, threshold=0.33, mask_threshold=0.5, target_sizes=[(600, 450)]
    )
    masks = found["masks"].numpy().astype(bool)
    assert len(masks) > 1
    assert np.array_equal(ours.alpha, masks.any(axis=0) * np.uint8(255))
    *instances, union = ours.candidates or []
    assert np.array_equal([one.mask for one in instances], masks)
    assert [one.score for one in instances] == found["scores"].tolist()
    assert union.score == min(one.score for one in instances)


def test_text_and_selection_change_the_mask(options: dict[str, Any]) -> None:
    tool, clamp, best = (
        Sam3(device="cpu", **{**options, **more}).predict(IMAGE)
        for more in ({}, {"text": "clamp"}, {"select": "score"})
    )
    assert not np.array_equal(tool.alpha, clamp.alpha)
    chosen = max(best.candidates or [], key=lambda one: one.score)
    assert np.array_equal(best.alpha, chosen.mask * np.uint8(255))


def test_nothing_found_is_no_mask(options: dict[str, Any]) -> None:
    model = Sam3(device="cpu", **{**options, "conf": 0.99})
    with pytest.raises(NoMask, match=r"^no 'tool' with a score above 0\.99$"):
        model.predict(IMAGE)


def test_the_folder_is_what_a_run_depends_on(options: dict[str, Any]) -> None:
    files = Sam3.files(options)
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= {path.name for path in files}
    assert Sam3.files({"weights": {"folder": None}}) == []
    assert set(Sam3(device="cpu", **options).weights) == {path.name for path in files}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"weights": {"folder": None}},
            r"accept their licence at .*run: hf download .*add model\.weights\.folder=DIR$",
        ),
        ({"weights": {"folder": "nowhere"}}, r"^nowhere: no \*\.safetensors in it"),
        ({"prompt": "box"}, r"^prompt=box: SAM 3 runs with prompt=text only$"),
        ({"text": " "}, r"^model\.text is empty"),
        ({"select": "first"}, r"^model\.select=first: use score"),
    ],
)
def test_what_is_missing_is_named(
    options: dict[str, Any], given: dict[str, Any], message: str
) -> None:
    with pytest.raises(Unavailable, match=message):
        Sam3(device="cpu", **{**options, **given})


def test_another_networks_weights_are_refused(options: dict[str, Any]) -> None:
    file = Path(options["weights"]["folder"], "model.safetensors")
    state = load_file(file)
    del state["detector_model.text_projection.bias"]
    save_file(state, file, {"format": "pt"})
    with pytest.raises(Unavailable, match=r"not this network's weights .*text_projection\.bias"):
        Sam3(device="cpu", **options)


def test_prompt_text_is_a_setting_of_the_model_and_the_folder_is_not_in_the_rows_name() -> None:
    given = ["model=sam3", "prompt=text", "prompt.text=a pair, pliers", "model.weights.folder=1"]
    with hydra.initialize_config_dir(str(CONF), version_base=None):
        config = hydra.compose("config", [quoted(setting) for setting in given])
    assert config.model.weights.folder == "1"
    choice = ModelChoice(config, "sam3", "model", {"prompt": "text"}, "")
    assert choice.label == "SAM3 [text=a pair, pliers]"


def test_other_models_name_the_prompts_that_they_take() -> None:
    with pytest.raises(Unavailable, match=r"^prompt=text: use centre, box, "):
        Sam2(device="cpu", **{**model_options("sam2-tiny"), "prompt": "text"})
