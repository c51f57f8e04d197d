"""A verdict as terminal lines, Markdown, chart, JUnit XML and sheet, in every character."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets import folder
from evaluate.display.contact_sheet import Card
from evaluate.display.palette import MASK, SECOND_MASK, TRUTH
from evaluate.gate import report
from evaluate.gate.criteria import Criterion
from evaluate.gate.judge import PhotoChange, Verdict
from evaluate.store.baseline import Baseline
from evaluate.store.run_folder import PredictionRecord
from tests.support.gate_bench import scored
from tests.support.photos import make_folder, photo

HASH = "0123456789abcdef"


def verdict(
    before: Mapping[str, float], now: Mapping[str, float], *criteria: Criterion, changed: int = 0
) -> Verdict:
    """Of the photos' changes, the first ``changed`` are listed."""
    baseline = Baseline("otsu", "0", "set", HASH, 128, before, {}, {}, None)
    changes = [PhotoChange(i, before[i], now[i]) for i in list(before)[:changed]]
    return Verdict(baseline, now, criteria, tuple(changes))


GOOD, BAD = Criterion("median IoU", True, "0.9 → 0.9"), Criterion("masks", False, "1 differ")
TWO = {"a": 0.9, "b": 0.5}


def test_the_terminal_shows_criteria_and_five_changes() -> None:
    ids = [f"p{i}" for i in range(6)]
    found = verdict(dict.fromkeys(ids, 0.5), dict.fromkeys(ids, 0.75), GOOD, BAD, changed=6)
    assert report.verdict_lines(found) == [
        "otsu on set@0123456789ab, 6 photos",
        "ok    median IoU 0.9 → 0.9",
        "FAIL  masks 1 differ",
        "largest changes:",
        *[f"  p{i}  0.500 → 0.750  (+0.250)" for i in range(5)],
        "REGRESSED",
    ]
    assert report.verdict_lines(verdict(TWO, TWO, GOOD)) == [
        "otsu on set@0123456789ab, 2 photos", "ok    median IoU 0.9 → 0.9", "no photo changed",
        "pass",
    ]  # fmt: skip


def test_the_page_has_a_table_a_chart_and_twelve_changes() -> None:
    ids = [f"p{i:02}" for i in range(14)]
    found = verdict(dict.fromkeys(ids, 0.5), dict.fromkeys(ids, 0.25), BAD, changed=13)
    title, table, chart, count, *changes = report.verdict_page(found).split("\n\n")
    assert title == "### Regressed: otsu on set"
    assert [part.split() for part in table.splitlines()[:1]] == [
        ["|", "|", "Criterion", "|", "Result", "|"]
    ]
    assert "| ✗ | masks     | 1 differ |" in table
    assert chart == report.chart(found)
    assert count == "13 of 14 photos changed; the largest changes:"
    (listed,) = changes
    assert listed.endswith("|\n")
    assert len(listed.splitlines()) == 2 + 12
    assert "| p11   | 0.500    | 0.250 | -0.250 |" in listed
    page = report.verdict_page(verdict(TWO, TWO, GOOD))
    assert page.startswith("### Pass: otsu on set\n\n")
    assert "| ✓ | median IoU" in page
    assert page.endswith("\n\nNo photo changed.\n")


def test_the_chart_is_sorted_by_the_baseline() -> None:
    before, now = {"c": 0.5, "b": 0.5, "a": 0.9}, {"a": 0.8, "b": 0.1, "c": 0.2}
    assert report.chart(verdict(before, now)).splitlines() == [
        "```mermaid",
        "xychart-beta",
        'title "IoU of each photo: bars are the baseline, the line is this run"',
        'x-axis "photos, sorted by the baseline" 1 --> 3',
        'y-axis "IoU" 0 --> 1',
        "bar [0.500, 0.500, 0.900]",
        "line [0.100, 0.200, 0.800]",
        "```",
    ]
    one = report.chart(verdict({"a": 0.5}, {"a": 0.5}))
    assert "1 --> 2\n" in one  # an axis needs two ends


@pytest.mark.parametrize(("photos", "every", "kept"), [(200, 1, 200), (201, 2, 101), (401, 3, 134)])
def test_the_chart_of_many_photos_has_every_nth(photos: int, every: int, kept: int) -> None:
    ious = {f"p{i:03}": i / 1000 for i in range(photos)}
    lines = report.chart(verdict(ious, ious)).splitlines()
    of = "each photo" if every == 1 else f"one in {every} photos"
    assert lines[2] == f'title "IoU of {of}: bars are the baseline, the line is this run"'
    assert lines[3].endswith(f" 1 --> {kept}")
    assert lines[5].startswith(f"bar [0.000, {every / 1000:.3f}, ")
    assert lines[5].count(",") == kept - 1


def test_junit_has_a_suite_per_row_and_a_case_per_criterion() -> None:
    found = verdict(TWO, TWO, GOOD, BAD, GOOD)
    assert report.junit([found], {"isnet": "no baseline"}).decode() == (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        '<testsuites name="cutoutbench gate">\n'
        '  <testsuite name="otsu on set" tests="3" failures="1">\n'
        '    <testcase classname="gate.otsu" name="median IoU">\n'
        "      <system-out>0.9 → 0.9</system-out>\n"
        "    </testcase>\n"
        '    <testcase classname="gate.otsu" name="masks">\n'
        '      <failure message="1 differ" />\n'
        "    </testcase>\n"
        '    <testcase classname="gate.otsu" name="median IoU">\n'
        "      <system-out>0.9 → 0.9</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        '  <testsuite name="isnet" tests="1" errors="1">\n'
        '    <testcase classname="gate.isnet" name="comparable">\n'
        '      <error message="no baseline" />\n'
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>"
    )


class Drawn:
    """A run of three photos, and the cards of its sheet with the outlines of each tile."""

    def __init__(self, tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = make_folder(tmp / "photos", ["a", "b", "c"])
        self.run = scored(tmp / "x", dict.fromkeys("abc", 0.5))
        self.run.masks.mkdir()
        self.kept = tmp / "kept"
        self.kept.mkdir()
        self.cards: list[Card] = []
        self.tiles: list[Any] = []
        monkeypatch.setattr(report, "sheet", self._sheet)
        monkeypatch.setattr(report, "tile", self._tile)

    def _sheet(self, cards: Sequence[Card]) -> bytes:
        self.cards.extend(cards)
        return b"jpeg"

    def _tile(self, _seen: object, part: object, *outlines: Any) -> object:
        self.tiles.append((part, [(int(mask.sum()), colour) for mask, colour in outlines]))
        return None

    def predict(self, id_: str, level: int) -> None:
        """Store a mask 20 px wide at this level, on a foreground of 5."""
        alpha = np.full((120, 90), 5, np.uint8)
        alpha[30:50, 30:50] = level
        Pillow.fromarray(alpha).save(self.run.mask(id_))
        self.run.append(PredictionRecord(id_, "ok"))

    def draw(self, found: Verdict) -> bytes | None:
        dataset = folder.load(str(self.root), "set", "white")
        return report.verdict_sheet(found, self.run, dataset, self.kept)


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(tmp_path, monkeypatch)


def test_a_sheet_shows_truth_mask_and_baseline(drawn: Drawn) -> None:
    drawn.predict("a", 128)
    drawn.predict("b", 127)
    drawn.run.append(PredictionRecord("c", "error"))
    reference = np.zeros((120, 90), np.uint8)
    reference[20:30, 20:30] = 255
    Pillow.fromarray(reference).save(drawn.kept / "a.png")
    Pillow.fromarray(reference[:100]).save(drawn.kept / "b.png")  # of another size
    ious = dict.fromkeys("abc", 0.5)
    found = verdict(ious, ious | {"a": 0.25}, changed=3)
    assert drawn.draw(found) == b"jpeg"
    truth = int(photo()[1].sum())
    outlines = [one for _, one in drawn.tiles]
    assert outlines == [
        [], [(truth, TRUTH)], [(400, MASK)], [(100, SECOND_MASK)],
        [], [(truth, TRUTH)], [(0, MASK)],
        [], [(truth, TRUTH)],
    ]  # fmt: skip
    assert [card.title for card in drawn.cards] == ["a", "b", "c"]
    assert drawn.cards[0].lines == ["IoU 0.500 → 0.250 (-0.250)"]
    captions = [[caption for caption, _ in card.tiles] for card in drawn.cards]
    assert captions == [
        ["photo", "ground truth", "now", "baseline"], ["photo", "ground truth", "now"],
        ["photo", "ground truth"],
    ]  # fmt: skip
    (first, *_), *_ = drawn.tiles
    assert first == (slice(14, 103), slice(14, 67))  # all three masks and 5 % of 120 px around


def test_a_sheet_has_twelve_photos_at_most_and_none_without_changes(drawn: Drawn) -> None:
    make_folder(drawn.root, [f"p{i:02}" for i in range(13)])
    ious = {f"p{i:02}": 0.5 for i in range(13)}
    drawn.draw(verdict(ious, ious, changed=13))
    assert [card.title for card in drawn.cards] == list(ious)[:12]
    assert drawn.draw(verdict(ious, ious)) is None


def test_an_unreadable_photo_is_a_card_with_the_reason(drawn: Drawn) -> None:
    (drawn.root / "images" / "a.png").write_bytes(b"no picture")
    drawn.draw(verdict({"a": 0.5}, {"a": 0.5}, changed=1))
    (card,) = drawn.cards
    assert (len(card.lines), card.tiles) == (2, [])
    assert "a.png" in card.lines[1]


def test_a_missing_mask_and_that_of_a_failed_photo_are_not_drawn(drawn: Drawn) -> None:
    drawn.predict("a", 255)
    drawn.run.mask("a").unlink()
    drawn.predict("b", 255)
    drawn.run.append(PredictionRecord("b", "error"))
    drawn.draw(verdict(TWO, TWO, changed=2))
    captions = [[caption for caption, _ in card.tiles] for card in drawn.cards]
    assert captions == [["photo", "ground truth"], ["photo", "ground truth"]]


def test_a_run_of_another_threshold_is_cut_there(drawn: Drawn) -> None:
    scoring = drawn.run.scoring
    scoring.write_text(scoring.read_text().replace('"threshold": 128', '"threshold": 127'))
    drawn.predict("b", 127)
    drawn.draw(verdict({"b": 0.5}, {"b": 0.5}, changed=1))
    assert drawn.tiles[-1][1] == [(400, MASK)]
