"""The measures of one mask: of a failure, and within the clearance."""

import numpy as np

from evaluate.score.measures import measure
from evaluate.store.scores import Measuring
from tests.evaluate.score.stored_run import HEIGHT, WIDTH, columns


def test_measures_of_a_failure_are_those_of_an_empty_mask() -> None:
    truth = columns(0, 10) > 0
    far = float(np.hypot(HEIGHT, WIDTH))
    found = measure(None, truth, 0.5, Measuring(0.5))
    assert (found["mean_px"], found["surface_dice"], found["mm_per_px"]) == (far, 0, 0.5)
    assert "edge_px" not in found
    nothing = np.zeros_like(truth)
    assert measure(None, nothing, None, Measuring(0.5))["mean_px"] == far  # not correct
    right = measure(columns(0, 0), nothing, 0.5, Measuring(0.5))
    assert (right["mean_px"], right["surface_dice"]) == (0, 1)
    assert "edge_px" not in right  # an empty mask has no edge


def test_the_tolerance_is_the_clearance_in_px() -> None:
    truth, alpha = columns(0, 10) > 0, columns(0, 12)
    near = measure(alpha, truth, 0.25, Measuring(0.5))  # 2 px
    assert near["surface_dice"] == 1
    assert near["edge_px"] == 0
    assert measure(alpha, truth, 0.26, Measuring(0.5))["surface_dice"] < 1
    cut = measure(columns(0, 12, 100), truth, None, Measuring(0.5, threshold=100))
    assert cut["outside_px"] == 2
    assert cut["edge_px"] > 0
