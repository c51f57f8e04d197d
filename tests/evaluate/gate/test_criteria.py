"""Each criterion at its limit: passes there, fails right beyond it, and says what it found."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from evaluate.compare.slices import Slice
from evaluate.errors import ReportsError
from evaluate.gate import criteria
from evaluate.gate.baseline import noise_of
from evaluate.gate.criteria import Criterion
from evaluate.store.baseline import Baseline, Noise
from tests.support.gate_bench import USUAL

NO_LIMITS = replace(USUAL, photo_drop=None, chance=None)


def of(*ious: float, **more: object) -> Baseline:
    """A baseline with photos a, b, c …"""
    photos = dict(zip("abcdefghijklmnopqrstuvwxyz", ious, strict=False))
    plain = Baseline("x", "0", "d", "h", 128, photos, {}, {}, None)
    return replace(plain, **more)  # type: ignore[arg-type]


def test_a_median_may_fall_by_the_limit() -> None:
    before = of(0.1, 0.9, 0.95)
    found = criteria.check_median(before, of(0.1, 0.89, 0.95), USUAL)
    text = "0.9000 → 0.8900, allowed to fall by 0.01"
    assert found == Criterion("median IoU", True, text)
    assert not criteria.check_median(before, of(0.1, 0.88999, 0.95), USUAL).passed
    assert criteria.check_median(before, of(0.1, 0.99, 0.95), USUAL).passed  # it may rise


def test_no_more_decimals_are_shown_than_a_baseline_stores() -> None:
    assert criteria.decimals(0.5, 0.4, 0.1, 3) == 3
    assert criteria.decimals(0.5, 0.39999, 0.1, 3) == 5
    assert criteria.decimals(0.5, 0.3999998, 0.1, 3) == 6  # seven would show it


def test_a_median_may_fall_by_three_times_the_noise_or_by_what_a_pixel_does() -> None:
    limits = replace(USUAL, drop=None)
    noisy = of(0.9, noise=Noise(4, 0.002, {}))
    found = criteria.check_median(noisy, of(0.894), limits)
    text = "0.9000 → 0.8940, allowed to fall by 0.006 (3× the noise of 4 runs)"
    assert (found.passed, found.text) == (True, text)
    assert not criteria.check_median(noisy, of(0.8939), limits).passed
    steady = of(0.9, noise=Noise(3, 0.0, {}))
    assert criteria.check_median(steady, of(0.899), limits).passed
    assert not criteria.check_median(steady, of(0.8989), limits).passed


def test_failures_may_not_rise() -> None:
    before = of(0.9, 0.0, failed={"b": "error"})
    same = criteria.check_failures(before, of(0.0, 0.9, failed={"a": "timeout"}), "1 timeout")
    assert same == Criterion("failed photos", True, "1 → 1, allowed to rise by 0 (1 timeout)")
    more = criteria.check_failures(before, of(0.0, 0.0, failed={"a": "error", "b": "error"}), "")
    assert more == Criterion("failed photos", False, "1 → 2, allowed to rise by 0")
    assert criteria.check_failures(before, of(0.9, 0.9), "").passed


def test_a_photo_may_fall_by_the_limit_or_by_three_times_its_noise() -> None:
    limits = replace(NO_LIMITS, photo_drop=0.1)
    before = of(0.9, 0.9)
    (found,) = criteria.check_photos(before, of(0.8, 0.9), limits)
    assert found == Criterion("each photo", True, "0 fell by more than 0.1, allowed 0")
    (found,) = criteria.check_photos(before, of(0.7999, 0.9), limits)
    assert found == Criterion("each photo", False, "1 fell by more than 0.1, allowed 0 (a)")
    noisy = replace(before, noise=Noise(3, 0.0, {"a": 0.06}))
    (found,) = criteria.check_photos(noisy, of(0.72, 0.79), limits)
    text = "1 fell by more than 0.1 and beyond its noise, allowed 0 (b)"
    assert (found.passed, found.text) == (False, text)
    assert not criteria.check_photos(noisy, of(0.7199, 0.9), limits)[0].passed
    assert criteria.check_photos(before, of(0.1, 0.1), NO_LIMITS) == []


def test_photos_together_are_a_sign_test_of_those_beyond_their_noise() -> None:
    """Ten of ten falling have p = 1/1024, nine of nine 1/512, nine of ten 11/1024."""
    limits = replace(NO_LIMITS, chance=0.001)
    before = of(*[0.9] * 12)
    (found,) = criteria.check_photos(before, of(*[0.89] * 10, 0.9, 0.8995), limits)
    text = "10 fell and 0 rose by more than 0.001: p 0.00098, must be at least 0.001"
    assert found == Criterion("photos together", False, text)
    (found,) = criteria.check_photos(before, of(*[0.89] * 9, 0.91, 0.9, 0.9), limits)
    text = "9 fell and 1 rose by more than 0.001: p 0.011, must be at least 0.001"
    assert (found.passed, found.text) == (True, text)
    at = replace(limits, chance=1 / 1024)
    assert criteria.check_photos(before, of(*[0.89] * 10, 0.9, 0.9), at)[0].passed
    noisy = replace(before, noise=Noise(3, 0.0, {"a": 0.02}))
    (found,) = criteria.check_photos(noisy, of(*[0.89] * 10, 0.9, 0.9), limits)
    assert found.text.startswith("9 fell and 0 rose by more than 0.001 and beyond its noise: p 0.0")
    assert found.passed
    # a change as large as the noise is noise
    exact = replace(of(0.5), noise=Noise(3, 0.0, {"a": 0.25}))
    assert criteria.check_photos(exact, of(0.25), limits)[0].text.startswith("0 fell and 0 rose")


def test_shares_above_a_level_may_fall_by_the_limit() -> None:
    limits = replace(NO_LIMITS, share_drop=0.25)
    before = of(0.95, 0.95, 0.95, 0.71)
    found = criteria.check_shares(before, of(0.9, 0.95, 0.95, 0.7), limits)
    assert found == [
        Criterion(">0.9 IoU", True, "75.0% → 50.0%, allowed to fall by 25.0%"),
        Criterion(">0.7 IoU", True, "100.0% → 75.0%, allowed to fall by 25.0%"),
    ]
    assert [one.passed for one in criteria.check_shares(before, of(0, 0, 0.95, 0), limits)] == [
        False, False,
    ]  # fmt: skip
    assert criteria.check_shares(before, of(0, 0, 0, 0), NO_LIMITS) == []


def test_the_median_of_a_slice_may_fall_by_the_limit() -> None:
    limits = replace(NO_LIMITS, slice_drop=0.02)
    slices = [Slice("k=1", ("a", "b")), Slice("k=2", ("c", "d"))]
    before, now = of(0.8, 0.9, 0.5, 0.7), of(0.78, 0.88, 0.4, 0.7)
    found = criteria.check_slices(before, now, slices, limits)
    assert found == [
        Criterion("k=1", True, "0.8500 → 0.8300, allowed to fall by 0.02"),
        Criterion("k=2", False, "0.6000 → 0.5500, allowed to fall by 0.02"),
    ]
    assert criteria.check_slices(before, now, slices, NO_LIMITS) == []
    assert criteria.check_slices(before, now, [], NO_LIMITS) == []


def test_a_distance_may_rise_by_the_limit() -> None:
    limits = replace(NO_LIMITS, inside_mm_rise=0.5, hd95_mm_rise=0.5)
    scales = {"a": 0.5, "b": 0.25, "c": None}

    def distances(a: float, b: float) -> Mapping[str, Mapping[str, float]]:
        return {name: {"a": a, "b": b} for name in ("inside", "hd95")}

    before = of(0.9, 0.9, distances=distances(2, 4))
    found = criteria.check_outlines(
        before, of(0.9, 0.9, distances=distances(3, 6)), scales, limits, "renew"
    )
    text = "1.000 → 1.500, allowed to rise by 0.5"
    assert found == [Criterion("inside mm", True, text), Criterion("hd95 mm", True, text)]
    worse = of(0.9, 0.9, distances=distances(3, 6.01))
    found = criteria.check_outlines(before, worse, scales, limits, "renew")
    assert [one.passed for one in found] == [False, False]
    assert criteria.check_outlines(before, worse, {}, NO_LIMITS, "renew") == []


def test_p50_may_rise_by_the_share() -> None:
    limits = replace(NO_LIMITS, slowdown=0.5, reference="otsu")
    before = of(0.9, ratios={"otsu": 2.0})
    at = criteria.check_speed(before, of(0.9, ratios={"otsu": 3.0}), limits, "renew")
    assert at == [Criterion("p50", True, "2 → 3 times otsu, allowed up to 3")]
    (over,) = criteria.check_speed(before, of(0.9, ratios={"otsu": 3.01}), limits, "renew")
    assert (over.passed, over.text) == (False, "2 → 3.01 times otsu, allowed up to 3")
    assert criteria.check_speed(before, before, replace(limits, slowdown=None), "renew") == []
    with pytest.raises(ReportsError, match=r"gate\.slowdown: name the row to compare with"):
        criteria.check_speed(before, before, replace(limits, reference=None), "renew")
    with pytest.raises(ReportsError, match="no p50 relative to grabcut; run: renew"):
        criteria.check_speed(before, before, replace(limits, reference="grabcut"), "renew")


def test_noise_is_what_differed_beyond_a_pixel() -> None:
    first, second = {"b": 0.5, "a": 0.7, "c": 0.5}, {"b": 0.502, "a": 0.6, "c": 0.501}
    found = noise_of([first, second, first])
    assert found == Noise(3, 0.002, {"a": 0.1, "b": 0.002})  # 0.001 is what a pixel does
    assert list(found.photos) == ["a", "b"]
    assert noise_of([{"a": 0.1234567}, {"a": 0.3}]) == Noise(2, 0.176543, {"a": 0.176543})


def test_only_limits_that_are_set_need_anything_stored() -> None:
    assert NO_LIMITS.rises == {}
    assert NO_LIMITS.baseline_settings == []
    limits = replace(USUAL, drop=None, outside_mm_rise=0.25, hd95_mm_rise=0.0, reference="otsu")
    assert limits.rises == {"outside": 0.25, "hd95": 0.0}
    assert limits.baseline_settings == [
        "repeats=3", "gate.outside_mm_rise=0.25", "gate.hd95_mm_rise=0", "gate.reference=otsu",
    ]  # fmt: skip
