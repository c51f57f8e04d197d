"""Run lengths as COCO compresses them."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datasets.decoding.coco_masks import Instances
from datasets.pictures import PictureError


@given(st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=12))
def test_malformed_run_lengths_are_refused_and_never_drawn_at_random(counts: str) -> None:
    truth = Instances(Path("a.json"), ((1, {"size": [6, 5], "counts": counts}),), (6, 5))
    try:
        levels, _ = truth.levels((6, 5))
    except PictureError as error:
        assert str(error).startswith("a.json: annotation 1: ")  # noqa: PT017
    else:
        assert set(np.unique(levels)) <= {0, 255}
        assert (levels == truth.levels((6, 5))[0]).all()
