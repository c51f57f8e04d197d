"""What would be cut by a mask: pieces, holes and area beside the truth's."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from datasets.arrays import Mask, to_levels
from evaluate.compare.rows.outline_summary import outline_summary
from evaluate.metrics.pocket import pocket as pocket_of
from evaluate.metrics.polygons import mask_polygons
from evaluate.score.measures import measure
from evaluate.store.scores import MEASURES, Measures, Measuring
from tests.evaluate.tables import measure_columns


def tool() -> Mask:
    """A plate of 200×300 px with a hole of 50×50 px, in the middle of a photo."""
    mask = np.zeros((600, 800), bool)
    mask[200:400, 200:500] = True
    mask[280:330, 300:350] = False
    return mask


def pocket(mask: Mask, truth: Mask) -> dict[str, float]:
    return pocket_of(to_levels(mask), truth)


def test_the_truth_itself_cuts_the_right_pocket() -> None:
    assert pocket(tool(), tool()) == {
        "pieces": 1, "holes": 1, "vertices": 8, "as_truth": 1, "area_ratio": 1, "fit_px": 0
    }  # fmt: skip


def test_a_filled_hole_or_a_second_piece_is_another_pocket() -> None:
    filled, more = tool(), tool()
    filled[200:400, 200:500] = True
    more[450:550, 600:700] = True
    assert pocket(filled, tool())["as_truth"] == 0
    assert pocket(filled, tool())["area_ratio"] == pytest.approx(60000 / 57500)
    found = pocket(more, tool())
    assert (found["pieces"], found["holes"], found["as_truth"]) == (2, 1, 0)


def test_specks_and_crumbs_change_nothing() -> None:
    speckled = tool()
    speckled[50:70, 50:70] = True  # 400 px, which are 2621 at 2048
    speckled[210:220, 210:220] = False  # 100 px, which are 655 at 2048
    assert pocket(speckled, tool()) == pocket(tool(), tool())


def test_nothing_cuts_nothing() -> None:
    nothing = np.zeros_like(tool())
    found = pocket(nothing, tool())
    assert (found["pieces"], found["area_ratio"], found["as_truth"]) == (0, 0, 0)
    assert pocket(nothing, nothing) == {"pieces": 0, "holes": 0, "vertices": 0, "as_truth": 1}


def test_a_small_tool_has_a_pocket_too() -> None:
    small = np.zeros_like(tool())
    small[200:215, 200:215] = True
    found = pocket(small, small)
    assert (found["as_truth"], found["area_ratio"], found["fit_px"]) == (1, 1, 0)
    assert pocket(np.zeros_like(small), small)["fit_px"] == 1000
    extra = pocket(tool(), np.zeros_like(small))
    assert extra["as_truth"] == 0
    assert not {"area_ratio", "fit_px"} & extra.keys()


@pytest.mark.parametrize("corner", [(0, 0), (7, 5), (400, 500)])
def test_where_in_the_photo_a_tool_lies_changes_nothing(corner: tuple[int, int]) -> None:
    """At its very edge, too."""
    part = tool()[200:400, 200:500]
    mask = np.zeros((600, 800), bool)
    top, left = corner
    mask[top : top + 200, left : left + 300] = part
    found, middle = mask_polygons(to_levels(mask)), mask_polygons(to_levels(tool()))
    assert (found.area, found.holes, found.corners) == (middle.area, 1, 8)
    assert found.polygons[0].bounds == (left, top, left + 300, top + 200)


def in_mm(photos: Sequence[Measures]) -> Mapping[str, float | None]:
    found = outline_summary(measure_columns(photos))
    assert found is not None
    assert found.mm is not None
    return found.mm


def test_every_measure_has_its_column_and_its_summary() -> None:
    alpha = np.where(tool(), np.uint8(255), np.uint8(0))
    whole = measure(alpha, tool(), 0.2, Measuring(0.3))
    failed = measure(None, tool(), 0.2, Measuring(0.3))
    assert set(whole) == set(MEASURES)
    found = in_mm([whole, whole, failed])
    assert found["as_truth"] == pytest.approx(2 / 3)
    assert (found["area_ratio"], found["vertices"], found["inside"]) == (1, 8, 0)
    assert in_mm([failed])["hd95"] == pytest.approx(0.2 * 1000)


def test_photos_with_a_measure_are_counted() -> None:
    photos: list[Measures] = [{}, {"mean_px": 2.0}, {"fit_px": 4.0, "mm_per_px": 0.5}]
    found = outline_summary(measure_columns(photos))
    assert found is not None
    assert (found.photos, found.px["mean"], found.mm) == (2, 2.0, None)  # one scale is unknown
    assert outline_summary(measure_columns([{}, {}])) is outline_summary({}) is None


def test_not_answering_is_as_far_off_where_there_is_nothing() -> None:
    nothing = np.zeros_like(tool())
    failed = measure(None, nothing, 0.2, Measuring(0.3))
    assert (failed["mean_px"], failed["surface_dice"], failed["as_truth"]) == (1000, 0, 0)
    right = measure(nothing.astype(np.uint8), nothing, 0.2, Measuring(0.3))
    assert (right["mean_px"], right["surface_dice"]) == (0, 1)
