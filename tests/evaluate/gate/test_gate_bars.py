"""What the gate must catch, and its rate of false alarms: 110 photos, 200 repeats."""

from dataclasses import asdict, replace
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from evaluate.compare.slices import Slice
from evaluate.display.text import printable
from evaluate.errors import ReportsError
from evaluate.gate.baseline import baseline_of, noise_of
from evaluate.gate.judge import Verdict, judge_run
from evaluate.gate.report import junit, verdict_lines
from evaluate.store.baseline import write_baseline
from tests.support.comparisons import HOSTILE
from tests.support.gate_bench import IDS, USUAL, Bench, failing, scored
from tests.support.projects import ROOT


def test_the_same_masks_pass(bench: Bench) -> None:
    assert bench.gate(bench.before).passed


def test_one_pixel_of_erosion_is_caught_although_the_median_hardly_falls(bench: Bench) -> None:
    eroded = [cv2.erode(m.astype(np.uint8), np.ones((3, 3))) > 0 for m in bench.truths]
    clean = dict.fromkeys(IDS, 1.0)
    write_baseline(
        baseline_of(scored(bench.tmp / "clean", clean), {}, None),
        bench.baseline.with_name("clean.json"),
    )
    limits = replace(USUAL, drop=0.03)  # wider than what a pixel costs
    new = scored(bench.tmp / "new", bench.ious(eroded))
    verdict = judge_run(new, bench.baseline.with_name("clean.json"), limits, [], {}, "")
    assert failing(verdict) == ["photos together"]


def test_a_shift_is_caught(bench: Bench) -> None:
    assert not bench.gate(bench.ious([np.roll(m, 2, axis=1) for m in bench.masks])).passed


def test_one_flipped_photo_is_caught(bench: Bench) -> None:
    masks = list(bench.masks)
    masks[17] = masks[17][:, ::-1]
    verdict = bench.gate(bench.ious(masks))
    assert failing(verdict) == ["each photo"]
    assert [move.id for move in verdict.changes] == ["p017"]


def test_three_of_110_failing_are_caught(bench: Bench) -> None:
    verdict = bench.gate(bench.before, failed=("p003", "p050", "p109"), photo_drop=None)
    assert failing(verdict) == ["failed photos"]


def test_a_falling_slice_is_caught_if_slices_are_checked(bench: Bench) -> None:
    ious = {
        i: v - 0.05 * (i < "p055") * (n % 4 == 0) for n, (i, v) in enumerate(bench.before.items())
    }
    ious |= {i: ious[i] - 0.03 for i in IDS[:55]}
    ious |= {i: min(1.0, ious[i] + 0.015) for i in IDS[55:]}
    assert "half=a" in failing(bench.gate(ious, slice_drop=0.02, chance=None))
    assert "half=a" not in failing(bench.gate(ious, chance=None))


def test_missing_slices_cannot_be_checked(bench: Bench) -> None:
    run = scored(bench.tmp / "new", bench.before)
    limits = replace(USUAL, slice_drop=0.02)
    with pytest.raises(ReportsError, match=r"gate\.slice_drop: .* there are no slices"):
        judge_run(run, bench.baseline, limits, [], {}, "")


@pytest.mark.parametrize("name", [*HOSTILE, "bell\x07"])
def test_a_verdict_is_printable_with_any_slice_name(bench: Bench, name: str) -> None:
    run = scored(bench.tmp / "new", bench.before)
    limits = replace(USUAL, slice_drop=0.02)
    cut = Slice(f"kind={name}", tuple(IDS[:55]))
    found = judge_run(run, bench.baseline, limits, [cut], {}, "")
    assert all(line.isprintable() for line in verdict_lines(found))
    (suite,) = ElementTree.fromstring(junit([found], {}))  # noqa: S314 - ours
    assert printable(cut.name) in [case.get("name") for case in suite]


def test_an_incomparable_run_is_an_error_in_junit() -> None:
    (suite,) = ElementTree.fromstring(junit([], {"isnet": "no \x07 baseline"}))  # noqa: S314 - ours
    assert (suite.get("name"), suite.get("errors")) == ("isnet", "1")
    assert suite[0][0].get("message") == r"no \x07 baseline"


def test_shares_are_checked_if_a_limit_is_set(bench: Bench) -> None:
    ious = {i: 0.89 if n < 10 else v for n, (i, v) in enumerate(bench.before.items())}
    assert failing(bench.gate(ious, share_drop=0.02, chance=None)) == [">0.9 IoU"]
    assert bench.gate(ious, share_drop=0.1, photo_drop=0.2, chance=None).passed


@pytest.mark.parametrize("sigma", [0.0002, 0.002, 0.02])
def test_noise_alone_fails_no_more_often_than_stated(bench: Bench, sigma: float) -> None:
    """200 repeats of a model whose masks jitter: no more alarms than chance=0.001 and the limits
    set from three repeats explain."""
    rng = np.random.default_rng(1)

    def again() -> dict[str, float]:
        return {i: float(np.clip(v + rng.normal(0, sigma), 0, 1)) for i, v in bench.before.items()}

    repeats = [again() for _ in range(3)]
    path = bench.baseline.with_name("noisy.json")
    write_baseline(
        baseline_of(scored(bench.tmp / "noisy", repeats[0]), {}, noise_of(repeats)), path
    )
    limits = replace(USUAL, drop=None)
    alarms = sum(
        not judge_run(scored(bench.tmp / "again", again()), path, limits, [], {}, "").passed
        for _ in range(200)
    )
    assert alarms <= 2


def test_a_noisy_photo_neither_fails_nor_hides_another(bench: Bench) -> None:
    """Its noise is known from the repeats; other photos are checked against their own noise."""
    rng = np.random.default_rng(2)

    def again(less: float = 0.0) -> dict[str, float]:
        ious = {i: v - less for i, v in bench.before.items()}
        return ious | {IDS[0]: ious[IDS[0]] - 0.15 * rng.integers(0, 2)}

    steady = dict(bench.before)
    jumped = steady | {IDS[0]: steady[IDS[0]] - 0.15}
    path = bench.baseline.with_name("jumping.json")
    noise = noise_of([steady, jumped, steady])
    write_baseline(baseline_of(scored(bench.tmp / "jumping", steady), {}, noise), path)

    def judged(ious: dict[str, float]) -> Verdict:
        new = scored(bench.tmp / "new", ious)
        return judge_run(new, path, USUAL, [], {}, "")

    assert all(judged(again()).passed for _ in range(20))
    assert failing(judged(again(less=0.005))) == ["photos together"]


def test_allowed_drop_noise_needs_a_baseline_with_noise(bench: Bench) -> None:
    with pytest.raises(ReportsError, match="make it again with repeats=3"):
        judge_run(
            scored(bench.tmp / "new", bench.before), bench.baseline, replace(USUAL, drop=None),
            [], {}, "",
        )  # fmt: skip


def test_the_default_settings_are_the_tested_ones() -> None:
    import yaml

    config = yaml.safe_load((ROOT / "conf" / "config.yaml").read_text())
    assert {"drop": config["allowed_drop"], **config["gate"]} == asdict(USUAL)
