"""Slices by tags and traits, and those in which the best row loses."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from datasets.dataset import Sample
from datasets.truth import MaskFile
from evaluate.compare.analysis import analyse
from evaluate.compare.rows.photo_values import Photos, PhotoValues, SomePhotos
from evaluate.compare.slices import Slice, known_of, reversals, score_slice, slices_of
from evaluate.compare.statistics import Interval
from evaluate.store.scores import OUTSIDE, Score
from tests.evaluate.tables import score_table
from tests.support.comparisons import compared, photos, row

IDS = [f"p{i:02}" for i in range(30)]


def test_each_text_value_is_a_slice_and_numbers_make_thirds() -> None:
    about = {
        id_: {"stratum": "chrome" if i < 12 else "matte", "brightness": 40 + i, "edge": i % 2 == 0}
        for i, id_ in enumerate(IDS)
    }
    sizes = {cut.name: len(cut.ids) for cut in slices_of(about)}
    assert sizes == {
        "brightness low (≤ 49.7)": 10,
        "brightness middle": 10,
        "brightness high (> 59.3)": 10,
        "edge=false": 15,
        "edge=true": 15,
        "stratum=chrome": 12,
        "stratum=matte": 18,
    }


def test_a_trait_with_a_tags_name_does_not_hide_the_tag() -> None:
    scores = [Score(id_, "ok", 0.5, "size=large;small", "") for id_ in IDS]
    known = known_of(
        score_table(scores), {id_: {"size": 0.1, "holes": 2, "small": 1} for id_ in IDS}
    )
    assert known["p00"] == {
        "size": "large", "small": True, "measured size": 0.1, "measured small": 1, "holes": 2
    }  # fmt: skip


def test_tags_may_contain_separators(tmp_path: Path) -> None:
    tags = {"tools;x": "hex; pliers", "a=b": "c=d"}
    sample = Sample("p", tmp_path / "p.png", MaskFile(tmp_path / "p.png"), tags)
    text = ";".join(f"{name}={value}" for name, value in sample.tags.items())
    known = known_of(score_table([Score("p", "ok", 0.5, text, "")]), {})
    assert known["p"] == {"tools,x": "hex, pliers", "a:b": "c=d"}


def test_what_a_crop_cut_off_is_no_tag_of_a_photo() -> None:
    known = known_of(score_table([Score("p", "ok", 0.5, f"{OUTSIDE}=0.1;shiny", "")]), {})
    assert known["p"] == {"shiny": True}


def test_too_few_all_or_unknown_photos_make_no_slice() -> None:
    about = {
        id_: {"rare": "yes" if i < 4 else "no", "all": "x", "parts": 1 if i < 20 else 2}
        for i, id_ in enumerate(IDS)
    }
    about["p29"] = {}
    assert [cut.name for cut in slices_of(about)] == ["all=x", "parts=1", "parts=2", "rare=no"]


def test_a_slice_has_its_median_and_interval() -> None:
    ious = {id_: i / 100 for i, id_ in enumerate(IDS)}
    found = score_slice(ious, Slice("some", tuple(IDS[:10])))
    assert found.median == pytest.approx(0.045)
    assert found.interval == Interval(0.01, 0.08)
    assert score_slice(ious, Slice("few", tuple(IDS[:5]))).interval is None
    listed = Photos(IDS)
    values = PhotoValues(listed, np.array(list(ious.values())))
    last = SomePhotos(listed, np.array([28, 27, 29]))
    assert score_slice(values, Slice("last", last)).median == 0.28
    assert listed.digest == Photos(tuple(IDS)).digest != Photos(IDS[::-1]).digest


def test_only_significant_reversals_are_found() -> None:
    rng = np.random.default_rng(0)
    chrome = Slice("stratum=chrome", tuple(IDS[:12]))
    matte = Slice("stratum=matte", tuple(IDS[12:]))
    best = dict.fromkeys(IDS, 0.95) | dict.fromkeys(chrome.ids, 0.5)
    other = {id_: 0.9 + 0.01 * rng.random() for id_ in IDS}
    noise = {id_: iou + rng.normal(0, 0.1) for id_, iou in best.items()}
    rows = {"Best": best, "Other": other, "Noise": noise}
    (reversal,) = reversals("Best", rows, [chrome, matte], 0.02)
    assert (reversal.name, reversal.better, reversal.wins, reversal.losses) == (
        "stratum=chrome",
        "Other",
        12,
        0,
    )
    assert reversal.p == pytest.approx(3 * 2 * 0.5**12)  # the lost slice comes first
    assert reversals("Best", {"Best": best}, [chrome], 0.02) == []


def test_five_photos_are_too_few_for_a_reversal() -> None:
    rows = {"Best": dict.fromkeys(IDS, 0.5), "Other": dict.fromkeys(IDS, 0.9)}
    six, five = (Slice("first", tuple(IDS[:count])) for count in (6, 5))
    assert [one.p for one in reversals("Best", rows, [six], 0.02)] == [2 / 2**6]
    assert reversals("Best", rows, [five], 0.02) == []  # p is 2 / 2⁵


def test_up_to_six_numbers_are_values_and_more_are_thirds() -> None:
    def names(values: Sequence[object]) -> list[str]:
        return [one.name for one in slices_of({f"{i:04}": {"n": v} for i, v in enumerate(values)})]

    six = [f"n={number}" for number in range(1, 7)]
    thirds = ["n low (≤ 3)", "n middle", "n high (> 5)"]
    for kind in (int, str):
        assert names([kind(1 + i % 6) for i in range(36)]) == six
        assert names([kind(1 + i % 7) for i in range(42)]) == thirds
    mixed = [1 + i % 7 if i % 2 else float(1 + i % 7) for i in range(42)]
    assert names(mixed) == thirds
    about = {f"{i:02}": {"n": 1 + i % 7} for i in range(42)}
    of = [[about[id_]["n"] for id_ in one.ids] for one in slices_of(about)]
    assert [{*numbers} for numbers in of] == [{1, 2, 3}, {4, 5}, {6, 7}]
    assert [len(numbers) for numbers in of] == [18, 12, 12]
    assert names([1] * 1000 + list(range(2, 8)) * 200) == [
        "n low (≤ 1)",
        "n middle",
        "n high (> 4)",
    ]
    assert names(["x", *(1 + i % 7 for i in range(42))]) == [*six, "n=7"]
    assert names([float("inf"), *(1.0 + i % 7 for i in range(42))])[:2] == ["n=1.0", "n=2.0"]


def test_the_largest_shift_is_of_the_row_that_moves_most() -> None:
    rows = [row("A", photos([0.9] * 6 + [0.5] * 6)), row("B", photos([0.6] * 6 + [0.61] * 6))]
    known = {id_: {"kind": "ab"[i // 6]} for i, id_ in enumerate(rows[0].ious)}
    found = analyse(compared(rows, known))
    assert found.largest_shift(found.slices[0], ["A", "B"]) == pytest.approx(0.2)
    assert found.largest_shift(found.slices[0], ["B"]) == pytest.approx(0.005)
    assert found.largest_shift(found.slices[0], []) == 0
