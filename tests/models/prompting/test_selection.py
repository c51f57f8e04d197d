"""Prompts, selection rules on hand-made candidates, and the candidates' file."""

import json
import math
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evaluate.metrics.iou import iou
from models.prompting.candidates import candidate_ious, read_candidates, write_candidates
from models.prompting.object_box import object_box
from models.prompting.prompts import PROMPTS, prompt_arguments, rule_for
from models.prompting.selection import RULES, compact, largest, select
from models.segmenter import Candidate, NoMask, Unavailable
from tests.support.photos import photo
from tests.support.projects import ROOT

Mask = npt.NDArray[np.bool_]


def rectangle(x: int, y: int, width: int, height: int) -> Mask:
    """A rectangle in a photo 200 px wide and 100 px high."""
    mask = np.zeros((100, 200), np.bool_)
    mask[y : y + height, x : x + width] = True
    return mask


TOOL = Candidate(rectangle(60, 30, 80, 40), 0.7)
PART = Candidate(rectangle(60, 30, 20, 40), 0.9)
TABLE = Candidate(rectangle(0, 0, 200, 20), 0.8)
SHEET = Candidate(rectangle(1, 1, 198, 98), 0.6)
THIN = Candidate(rectangle(20, 50, 160, 2), 0.5)
CANDIDATES = [THIN, PART, TOOL, TABLE, SHEET]


@pytest.mark.parametrize(("rule", "chosen"), [("score", PART), ("largest", TOOL)])
def test_a_rule_selects_the_highest_rating(rule: str, chosen: Candidate) -> None:
    assert select(CANDIDATES, rule) is chosen
    assert select([chosen, Candidate(chosen.mask, chosen.score)], rule) is chosen  # the first


def test_largest_rejects_border_and_sheet() -> None:
    assert largest(TOOL) == 80 * 40 / (200 * 100)
    for side in (TABLE.mask, TABLE.mask[::-1], rectangle(0, 5, 9, 9), rectangle(191, 5, 9, 9)):
        assert largest(Candidate(side, 1)) is None
    assert largest(SHEET) is None
    assert largest(Candidate(rectangle(10, 1, 163, 98), 1)) == pytest.approx(0.8, abs=0.002)
    assert largest(Candidate(rectangle(0, 0, 0, 0), 1)) is None


def test_compact_prefers_round_central_large_masks() -> None:
    disc = np.zeros((100, 200), np.uint8)
    cv2.circle(disc, (100, 50), 40, 1, -1)
    middle = Candidate(disc > 0, 0)
    assert compact(middle) == pytest.approx(
        0.5 * 1 + 0.25 * 1 + 0.15 * math.pi * 40**2 / 20000 + 0.1 * 10 / 50, abs=0.06
    )
    assert compact(THIN) is None
    assert compact(Candidate(rectangle(0, 0, 0, 0), 1)) is None
    assert select([*CANDIDATES, middle], "compact") is middle
    aside = Candidate(np.roll(disc, 50, axis=1) > 0, 1)
    lost = (compact(middle) or 0) - (compact(aside) or 0)
    assert lost == pytest.approx(0.25 * 50 / math.hypot(100, 50), abs=0.002)


def test_rejected_candidates_stay_in_the_exception() -> None:
    with pytest.raises(NoMask, match="select=largest rejected all 2 candidates") as raised:
        select([TABLE, SHEET], "largest")
    assert raised.value.candidates == [TABLE, SHEET]
    with pytest.raises(NoMask, match=r"^no candidates$") as raised:
        select([], "score")
    assert raised.value.candidates == []


def test_prompts_are_those_of_the_config_group() -> None:
    files = {path.stem: yaml.safe_load(path.read_text()) for path in ROOT.glob("conf/prompt/*")}
    assert files.pop("text") == {"prompt": "text"}  # of SAM 3 alone, which selects by itself
    assert files == {name: {"prompt": name} for name in PROMPTS}
    with pytest.raises(Unavailable, match="prompt=text: use centre, box, box-centre, everything"):
        rule_for("text", None)


def test_the_rule_is_the_named_one_or_the_prompts_default() -> None:
    usual = {"centre": "score", "box": "score", "box-centre": "score", "everything": "largest"}
    assert {prompt: rule_for(prompt, None) for prompt in PROMPTS} == usual
    assert {rule_for(prompt, "compact") for prompt in PROMPTS} == {"compact"}
    with pytest.raises(Unavailable, match=r"model\.select=best: use score, largest, compact"):
        rule_for("box", "best")


def test_prompts_point_at_the_tool() -> None:
    image, mask = photo(300, 400)
    ys, xs = np.nonzero(mask)
    x1, y1, x2, y2 = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
    box = {"bboxes": [[x1 - 30, y1 - 30, x2 + 30, y2 + 30]]}
    centre = {"points": [[150, 200]], "labels": [1]}
    middle = {"points": [[(x1 + x2) / 2, (y1 + y2) / 2]], "labels": [1]}
    assert prompt_arguments("centre", image) == centre
    assert prompt_arguments("box", image) == box
    assert prompt_arguments("box-centre", image) == box | middle
    assert prompt_arguments("everything", image) == {}
    for prompt in ("box", "box-centre"):
        with pytest.raises(NoMask, match=f"prompt={prompt}: no object on the paper was found"):
            prompt_arguments(prompt, np.full((40, 60, 3), 255, np.uint8))


def test_the_box_is_padded_and_clipped_to_the_photo() -> None:
    image = np.full((3000, 2000, 3), 220, np.uint8)
    image[1200:1800, 900:] = 40  # beyond the right edge
    found = object_box(image)
    assert found
    x, y, width, height = found
    assert x + width == 2000
    assert (x, y, height) == pytest.approx((900 - 60, 1200 - 60, 600 + 120), abs=6)  # 2 %


masks = st.integers(0, 2**12 - 1).map(
    lambda bits: np.array([bits >> i & 1 for i in range(12)], np.bool_).reshape(3, 4)
)


@given(st.lists(masks, max_size=3), masks)
def test_stored_candidates_keep_masks_scores_and_ious(
    tmp_path_factory: pytest.TempPathFactory, proposed: list[Mask], truth: Mask
) -> None:
    path = tmp_path_factory.mktemp("candidates") / "a.json"
    assert write_candidates(
        path, (Candidate(mask, i / 4) for i, mask in enumerate(proposed))
    ) == len(proposed)
    found = read_candidates(path)
    assert [one.score for one in found] == [i / 4 for i in range(len(proposed))]
    for one, mask in zip(found, proposed, strict=True):
        assert one.mask.dtype == np.bool_
        assert np.array_equal(one.mask, mask)
    assert candidate_ious(path, truth) == [iou(mask, truth) for mask in proposed]


def test_damaged_candidate_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for content in (
        None,
        "",
        "[]",
        '{"size": [3, 4], "candidates": [{"score": 1}]}',
        '{"size": 3}',
    ):
        if content is not None:
            path.write_text(content)
        with pytest.raises(ValueError, match=r"a\.json: missing or damaged"):
            read_candidates(path)
    write_candidates(path, [TOOL])
    assert json.loads(path.read_text())["size"] == [100, 200]
    sizes = r"masks of size \[100, 200\], ground truth \[3, 4\]"
    with pytest.raises(ValueError, match=rf"a\.json: {sizes}"):
        candidate_ious(path, np.ones((3, 4), np.bool_))


@pytest.mark.parametrize("rule", RULES)
def test_selection_does_not_modify_candidates(rule: str) -> None:
    before = [one.mask.copy() for one in CANDIDATES]
    select(CANDIDATES, rule)
    assert all(map(np.array_equal, before, (one.mask for one in CANDIDATES)))
