import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from datasets.arrays import Mask, as_alpha, to_mask
from evaluate.metrics.iou import iou, pack, packed_iou

masks = arrays(np.bool_, (5, 7))


@given(masks, masks)
def test_iou_is_the_ratio_of_the_two_sets(a: Mask, b: Mask) -> None:
    first, second = set(np.flatnonzero(a)), set(np.flatnonzero(b))
    expected = len(first & second) / len(first | second) if first | second else 1.0
    assert iou(a, b) == expected
    assert iou(b, a) == expected


@pytest.mark.parametrize("shape", [(300, 437), (1, 1), (513, 256)])
def test_packed_masks_have_the_same_iou(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(shape[0])
    prediction, truth = rng.integers(0, 256, (2, *shape), dtype=np.uint8)
    mask, cut = prediction >= 128, truth >= 128
    union = np.count_nonzero(mask | cut)
    expected = np.count_nonzero(mask & cut) / union if union else 1.0
    assert iou(mask, cut) == expected
    assert packed_iou(pack(prediction), pack(truth)) == expected
    assert packed_iou(pack(prediction[:, ::-1]), pack(cut[:, ::-1])) == expected
    assert pack(truth).area == np.count_nonzero(cut)


def test_empty_masks() -> None:
    empty, full = np.zeros((4, 4), bool), np.ones((4, 4), bool)
    assert iou(empty, empty) == 1
    assert iou(empty, full) == iou(full, empty) == 0


def test_masks_of_different_size_are_never_resized() -> None:
    with pytest.raises(ValueError, match="truth is"):
        iou(np.zeros((4, 4), bool), np.zeros((4, 5), bool))


@given(st.integers(0, 255))
def test_the_cut_is_at_128_and_nothing_is_stretched(level: int) -> None:
    alpha = np.full((2, 2), level, np.uint8)
    alpha[0, 0] = 0
    assert to_mask(alpha)[1, 1] == (level >= 128)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (np.zeros((4, 6, 1), np.uint8), r"\(4, 6, 1\)"),
        (np.zeros((6, 4), np.uint8), r"\(6, 4\)"),
        (np.zeros((4, 6)), "float64"),
        ([[0]], "list"),
        (None, "NoneType"),
    ],
)
def test_anything_but_an_alpha_is_refused_by_name(answer: object, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        as_alpha(answer, np.zeros((4, 6, 3), np.uint8))
