"""The table's columns: their numbers, and which of them fit into the terminal."""

from dataclasses import replace
from pathlib import Path

import pytest

from evaluate.compare.comparison import RowLeftOut
from evaluate.compare.rows.row import Times, times_of
from evaluate.report.columns import FULL, ISSUE, TRACEFINITY, Column, issue_speed
from evaluate.report.markdown import comparison_page, comparison_table, notes, notes_on_run
from evaluate.report.publish import publish_comparison
from evaluate.store.run_folder import OK, PredictionRecord
from tests.evaluate.tables import prediction_table
from tests.support.comparisons import compared, nothing, photos, row

STEADY = row("Steady", photos([0.8] * 9 + [0.95]), failures={"error": 1})
LUCKY = row("Lucky", photos([0.95] * 4 + [0.1] * 6))
BOTH = compared([STEADY, LUCKY, nothing("None", list(STEADY.ious))])


def test_the_full_table_is_sorted_by_median_with_rows_without_quality_last() -> None:
    header, *rows = comparison_table(BOTH, "full")
    assert header == ("Approach", *(column.title for column in FULL))
    assert [cells[:9] for cells in rows] == [
        ("Steady", "10", "1", "10%", "100%", "0.800 [0.800, 0.800]", "0.815", "0.800", "0.800"),
        ("Lucky", "10", "0", "40%", "40%", "0.100 [0.100, 0.950]", "0.440", "0.100", "0.100"),
        ("None", "10", "10", *["N/A"] * 6),
    ]


def test_the_issues_table_has_five_columns() -> None:
    header, *rows = comparison_table(BOTH, "issue")
    assert header == ("Approach", ">0.9 IoU", ">0.7 IoU", "Median IoU", "Speed")
    assert [cells[:4] for cells in rows] == [
        ("Steady", "10%", "100%", "0.800"),
        ("Lucky", "40%", "40%", "0.100"),
        ("None", "N/A", "N/A", "N/A"),
    ]


def test_tracefinitys_columns_name_another_device_and_round_memory_up() -> None:
    header, *rows = comparison_table(BOTH, "tracefinity")
    assert header == ("Approach", *(column.title for column in TRACEFINITY))
    speed, memory = (column.cell for column in TRACEFINITY[:2])
    assert speed(replace(STEADY, device="cuda"))[0].endswith("s (cuda)")
    assert speed(replace(STEADY, device="cpu"))[0] == issue_speed(STEADY.times)
    assert memory(replace(STEADY, peak_rss_bytes=2**31 + 1))[0] == "3GB"
    assert memory(replace(STEADY, peak_rss_bytes=None))[0] == "N/A"
    assert rows[-1][1:] == ("N/A",) * len(TRACEFINITY)


def test_the_page_has_the_full_table_once() -> None:
    full, issue = (comparison_page(BOTH, columns, "", {}) for columns in ("full", "issue"))
    assert full.count("Median IoU") == 1
    assert full.startswith("| Approach | n ")
    assert issue.count("Median IoU") == 2
    assert issue.startswith("| Approach | >0.9 IoU ")
    assert full.count("[0.800, 0.800]") == issue.count("[0.800, 0.800]") == 1


def test_below_six_photos_there_is_no_interval() -> None:
    few = compared([row("Few", photos([0.5, 0.6, 0.7]))])
    assert comparison_table(few, "full")[1][5] == "0.600"


@pytest.mark.parametrize(
    ("terminal", "room", "columns"), [(True, 80, ISSUE), (True, 200, FULL), (False, 80, FULL)]
)
def test_a_narrow_terminal_shows_the_issues_columns(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    terminal: bool,
    room: int,
    columns: tuple[Column, ...],
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    monkeypatch.setenv("COLUMNS", str(room))
    publish_comparison(BOTH, tmp_path, [], None, "full", None)
    lines = capsys.readouterr().out.splitlines()
    header = next(line for line in lines if line.startswith("Approach"))
    assert header.split() == ["Approach", *" ".join(column.title for column in columns).split()]


@pytest.mark.parametrize(
    ("median", "limited", "text"),
    [
        (0.0004, (), "<0.001s"),
        (0.04, (), "0.040s"),
        (0.74, (), "0.7s"),
        (95.0, (), "90s+"),
        (30.0, ("median",), "30.0s+"),
    ],
)
def test_speed_is_written_as_the_issue_does(
    median: float, limited: tuple[str, ...], text: str
) -> None:
    assert issue_speed(Times(median, median, median, limited, 9)) == text


@pytest.mark.parametrize(
    ("late", "limited"),
    [(0, ()), (1, ("p90", "p99")), (4, ("p90", "p99")), (5, ("median", "p90", "p99"))],
)
def test_percentiles_limited_by_a_time_out_are_marked(late: int, limited: tuple[str, ...]) -> None:
    """Of ten photos: the median lies between the fifth and the sixth, p90 before the tenth."""
    made = [PredictionRecord(str(i), OK, seconds=1 + i / 10) for i in range(10 - late)]
    cut = [PredictionRecord(f"late{i}", "timeout", seconds=30.0) for i in range(late)]
    times = times_of(prediction_table([*made, *cut]))
    assert times is not None
    assert times.limited == limited


def test_notes_on_the_rows_that_were_run_come_first_and_others_in_a_line() -> None:
    left_out = (RowLeftOut("old", "runs/old: unlike"), RowLeftOut("mine", "runs/mine: unfinished"))
    comparison = replace(BOTH, left_out=left_out, without_truth=("p9: no mask",))
    full = [text.partition(":")[0] for text in notes(comparison)]
    left = "1 photo left out of every row, without usable ground truth"
    assert full == ["Steady", "None", left, *["Not in this table"] * 2]
    found = notes_on_run(comparison, {BOTH.rows[2].row, "mine"}, Path("c.md"))
    assert [text.partition(":")[0] for text in found[:3]] == ["None", "Not in this table", left]
    assert found[3:] == [
        f"Of rows run earlier, not in this table: old; with notes: {STEADY.row}; see c.md"
    ]
    every = {*(row.row for row in BOTH.rows), "mine", "old"}
    assert len(notes_on_run(comparison, every, Path("x"))) == len(full)
