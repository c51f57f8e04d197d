"""Rows, tables and pairs from runs written by hand: every number, reason and name."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evaluate.compare.comparison import Comparison, RowLeftOut, compare, unequal
from evaluate.compare.find_runs import choose_rows, find_runs
from evaluate.compare.rows.row import Oracle, Row, Times, row_of
from evaluate.compare.run_pair import compare_two
from evaluate.errors import ReportsError
from evaluate.gate.baseline import baseline_of
from evaluate.store.baseline import write_baseline
from evaluate.store.run_folder import PredictionRecord, Run
from evaluate.store.score_table import read_score_table, read_scoring
from evaluate.store.sweeps.unable import Unable
from models.segmenter import ELSEWHERE
from tests.support.gate_bench import scored

SESSION = {"started": "2026-01-02T03:04:05", "load_s": 2.0, "device": "cpu", "warmup_s": [0.5]}
IOUS = {"a": 0.5, "b": 0.95, "c": 0.75}


def stored(
    folder: Path, ious: Mapping[str, float] = IOUS, failed: tuple[str, ...] = (), **about: Any
) -> Run:
    """A scored run whose photos took 1, 2, 3 … seconds."""
    run = scored(folder, ious, failed)
    known = run.about()
    run.write_about(
        {**known, "sessions": [SESSION, SESSION | {"warmup_s": []}], "label": folder.name, **about}
    )
    for i, id_ in enumerate(ious):
        run.append(PredictionRecord(id_, "error" if id_ in failed else "ok", float(i + 1)))
    return run


def rescored(run: Run, **changes: object) -> None:
    run.scoring.write_text(json.dumps(json.loads(run.scoring.read_text()) | changes))


def row(run: Run) -> Row:
    return row_of(run, read_score_table(run), 0.5)


def times(run: Run, *records: PredictionRecord) -> Times | None:
    run.lines.unlink()
    for record in records:
        run.append(record)
    return rounded(row(run).times)


def rounded(found: Times | None) -> Times | None:
    """Without the rounding of binary numbers."""
    if found is None:
        return None
    median, p90, p99 = (round(value, 9) for value in (found.median, found.p90, found.p99))
    return replace(found, median=median, p90=p90, p99=p99)


def test_a_row_holds_what_its_run_stored(tmp_path: Path) -> None:
    run = stored(tmp_path / "x", failed=("c",))
    found = row(run)
    assert (found.row, found.label, dict(found.ious)) == ("x", "x", IOUS | {"c": 0})
    assert (found.failures, found.failed, found.has_quality) == ({"error": 1}, 1, True)
    assert (found.load_s, found.first_call_s, found.peak_rss_bytes) == (2, 0.5, None)
    assert (found.device, found.threads, found.crop) == ("cpu", 1, "full")
    assert (found.overhanging, found.uncropped, found.oracle, found.growth) == (0, 0, None, None)
    assert rounded(found.times) == Times(1.5, 1.9, 1.99, (), 2)  # not of the failure
    assert (found.median, round(found.mean, 9), found.worst) == (0.5, round(1.45 / 3, 9), 0)
    assert (found.above(0.9), found.above(0.95), found.above(0.5)) == (1, 0, 1)
    assert (found.clearance_mm, found.damaged_lines, found.interval) == (0.5, 0, None)
    none = row(stored(tmp_path / "y", failed=tuple("abc"), sessions=[]))
    assert (none.has_quality, none.device, none.load_s, none.first_call_s) == (
        False, "none", None, None,
    )  # fmt: skip


def test_a_row_needs_every_photo_predicted(tmp_path: Path) -> None:
    run = stored(tmp_path / "x")
    run.lines.unlink()
    run.append(PredictionRecord("a", "ok"))
    with pytest.raises(
        ReportsError, match=r"2 photos are missing from predictions\.jsonl; run: ma"
    ):
        row(run)


def test_time_outs_count_at_their_limit_and_other_failures_do_not(tmp_path: Path) -> None:
    run = stored(tmp_path / "x")
    quick, late = PredictionRecord("a", "ok", 1.0), PredictionRecord("b", "timeout", 9.0)
    crash = PredictionRecord("c", "crashed", 0.1)
    assert times(run, quick, late, crash) == Times(5, 8.2, 8.92, ("median", "p90", "p99"), 2)
    again = replace(quick, id="b")
    assert times(run, quick, again, replace(late, id="c")) == Times(1, 7.4, 8.84, ("p90", "p99"), 3)
    failed = [
        replace(crash, id=id_, seconds=s) for id_, s in zip("abc", (1.0, 2.0, 4.0), strict=True)
    ]
    assert times(run, *failed) == Times(2, 3.6, 3.96, (), 3)
    assert times(run, *(replace(crash, id=id_, seconds=None) for id_ in "abc")) is None


def test_crops_and_candidates_are_counted(tmp_path: Path) -> None:
    config = {"target": "t", "options": {}, "steps": {"crop": {"choice": "paper", "options": {}}}}
    run = stored(tmp_path / "x")
    identity = run.about()["identity"] | {"config": config}
    run.write_about(run.about() | {"identity": identity})
    text = run.scores.read_text().splitlines()
    text[0] += ",oracle_iou"
    text[1:] = [f"{line},{best}" for line, best in zip(text[1:], ("", "0.9", "0.6"), strict=True)]
    text[1] = text[1].replace(",,,", ",outside-crop=0.1,,", 1)
    run.scores.write_bytes("\r\n".join([*text, ""]).encode())
    rescored(run, scores_sha256=hashlib.sha256(run.scores.read_bytes()).hexdigest())
    run.lines.unlink()
    run.append(PredictionRecord("a", "ok", box=(0, 0, 5, 5), candidates=1, peak_rss_bytes=7))
    run.append(PredictionRecord("b", "ok", candidates=5, peak_rss_bytes=9))
    run.append(PredictionRecord("c", "ok", candidates=2, peak_rss_bytes=8))
    found = row(run)
    assert (found.crop, found.overhanging, found.uncropped) == ("paper", 1, 2)
    assert found.oracle == Oracle(2, 5, 0.75)
    assert found.peak_rss_bytes == 9


def table(folder: Path, **more: Any) -> Comparison:
    return compare(folder / "runs", 0.02, **more)


def test_rows_stand_by_median_then_by_shares_then_by_name(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    stored(runs / "none", failed=tuple("abc"))
    stored(runs / "zero", dict.fromkeys("abc", 0.0))  # it has masks
    stored(runs / "low", {"a": 0.5, "b": 0.6, "c": 0.7})
    stored(runs / "third", {"a": 0.75, "b": 0.75, "c": 0.8})
    stored(runs / "second", {"a": 0.7, "b": 0.75, "c": 0.95})
    stored(runs / "first", {"a": 0.71, "b": 0.75, "c": 0.95})
    stored(runs / "also", {"a": 0.71, "b": 0.75, "c": 0.95})
    found = table(tmp_path)
    order = ["also", "first", "second", "third", "low", "zero", "none"]
    assert [one.row for one in found.rows] == order
    assert [one.row for one in found.ranked] == order[:-1]
    assert (found.photos, found.left_out, found.margin_iou) == (3, (), 0.02)
    less = table(tmp_path, leave_out=["c"], only=["low", "first"])
    assert [one.row for one in less.rows] == ["first", "low"]
    assert dict(less.rows[1].ious) == {"a": 0.5, "b": 0.6}
    unable = (Unable("low", "Low", "no key"), Unable("new", "New", "no key"))
    assert replace(found, unable=unable).without_run == unable[1:]


def test_runs_unlike_the_latest_are_left_out_with_the_reason(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    rescored(stored(runs / "latest"), scored="2026-06-01", inverse_iou=0.25)
    rescored(stored(runs / "other"), threshold=99)
    rescored(stored(runs / "version"), cutoutbench="1" * 20)
    stored(runs / "photos", {"a": 0.5, "b": 0.5})
    stored(runs / "unscored").scoring.unlink()
    found = table(tmp_path)
    assert [(one.row, one.inverse) for one in found.rows] == [("latest", 0.25)]
    told = [
        f"{runs / 'other'}: not comparable, threshold is 99 here and 128 in the latest; "
        "run: make eval",
        f"{runs / 'photos'}/scores.csv: has other photos than the latest scores of this dataset; "
        "run: make eval",
        f"{runs / 'unscored'}: not predicted and scored yet; run: make eval",
        f"{runs / 'version'}: not comparable, version is {'1' * 12} here and 0 in the latest; "
        "run: make eval",
    ]
    assert sorted(one.reason for one in found.left_out) == told
    with pytest.raises(
        ReportsError, match=r"unscored: not predicted and scored yet; run: \S+ eval$"
    ):
        table(tmp_path, only=["unscored"])


def test_shards_that_are_not_merged_are_left_out_with_the_command(tmp_path: Path) -> None:
    stored(tmp_path / "runs" / "y")
    stored(tmp_path / "shards" / "1-of-2" / "runs" / "x")
    told = (RowLeftOut("x", "x: 1 shard not merged; run: make merge"),)
    assert table(tmp_path).left_out == told
    assert table(tmp_path, only=["y"]).left_out == ()
    assert table(tmp_path, only=["x", "y"]).left_out == told


def test_rows_of_one_label_are_told_apart(tmp_path: Path) -> None:
    for name in ("x", "y", "z"):
        stored(tmp_path / "runs" / name, label="same" if name < "z" else "own")
    assert [one.label for one in table(tmp_path).rows] == ["own", "same (x)", "same (y)"]


def test_rows_are_chosen_by_names_that_may_hold_commas(tmp_path: Path) -> None:
    for name in ("x", "x,y", "z"):
        stored(tmp_path / "runs" / name)
    assert choose_rows(tmp_path / "runs", "z, x,y,z") == ["z", "x,y"]
    with pytest.raises(ReportsError, match="no row is called w; there are: x, x,y, z"):
        choose_rows(tmp_path / "runs", "x,w")
    with pytest.raises(ReportsError, match="no row is called nothing; there are: none yet; run:"):
        choose_rows(tmp_path / "none", "")
    for name in ("u2net", "isnet+source=npm"):
        stored(tmp_path / "runs" / name)
    with pytest.raises(ReportsError, match=r"did you mean isnet\+source=npm or u2net\?"):
        choose_rows(tmp_path / "runs", "isnet")


def test_two_runs_or_baselines_are_found_by_name_or_path(tmp_path: Path) -> None:
    run = stored(tmp_path / "runs" / "x", failed=("c",))
    write_baseline(baseline_of(run, {}, None), tmp_path / "baselines" / "x+crop=paper.json")
    old = stored(tmp_path / "runs" / ".superseded" / "y", row="z", key="0123456789abcdef")
    first, second = find_runs(tmp_path, "x, x+crop=paper.json")
    assert (first.run is not None, first.row.row, second.run) == (True, "x", None)
    base = second.row
    assert (base.row, base.label, base.crop) == ("x@baseline", "Baseline of x", "full")
    assert (base.reason, base.failed, base.has_quality) == (
        "a baseline does not store the reason", 1, True,
    )  # fmt: skip
    assert (base.threads, base.damaged_lines, base.overhanging, base.uncropped) == (0, 0, 0, 0)
    other = tmp_path / "baselines" / "paper.json"
    write_baseline(replace(baseline_of(run, {}, None), row="x+crop=paper"), other)
    assert find_runs(tmp_path, "x,paper.json")[1].row.crop == "paper"
    other.unlink()
    assert second.scores.status == ["ok", "ok", "error"]
    assert second.scores.error == ["", "", ""]
    _, third = find_runs(tmp_path, f"x,{old.folder}")
    assert third.row.row == "z@0123456789ab"
    for names, told in [
        ("x", "name two, as runs=A,B; there are: x, y, x\\+crop=paper.json"),
        ("x,w", "no run or baseline is called w; there are"),
        ("x,x", "both are one run"),
        ("x,", "name two"),
    ]:
        with pytest.raises(ReportsError, match=told):
            find_runs(tmp_path, names)


def test_a_pair_has_its_differences_and_refuses_unlike_ones(tmp_path: Path) -> None:
    one = stored(tmp_path / "runs" / "x", label="same")
    other = stored(tmp_path / "runs" / "y", {"a": 0.51234567, "b": 0.9, "c": 0.5}, label="same")
    config = {"target": "models.x.X", "options": {"size": 9}}
    other.write_about(other.about() | {"identity": other.about()["identity"] | {"config": config}})
    rescored(other, scored="2026-06-01")
    pair = compare_two(tmp_path, "x,y", 0.02)
    assert (pair.a.label, pair.b.label) == ("same (size=none)", "same (size=9)")
    assert [run.row for run in pair.runs] == ["x", "y"]
    assert pair.comparison.remarks[:2] == (
        f"A: same (size=none), {one.folder}, started 2026-01-02 03:04",
        f"B: same (size=9), {other.folder}, started 2026-01-02 03:04",
    )
    assert "Settings, A → B: size none → 9" in pair.comparison.remarks
    assert pair.folder.parent == tmp_path / "ab"
    write_baseline(baseline_of(one, {}, None), tmp_path / "baselines" / "x.json")
    with_base = compare_two(tmp_path, "y,x.json", 0.02)
    assert len(with_base.runs) == 1
    assert with_base.comparison.scoring.scored == "2026-06-01"  # the run's: a baseline has none
    assert (pair.b.ious["a"], with_base.a.ious["a"]) == (0.51234567, 0.512346)
    assert any("stores only scores" in remark for remark in with_base.comparison.remarks)
    rescored(one, threshold=9)
    refused = r"threshold is 9 in A and 128 in B; the older is .*x; run: make eval"
    with pytest.raises(ReportsError, match=refused):
        compare_two(tmp_path, "x,y", 0.02)
    again = "make the older baseline again, with make baseline for its model"
    with pytest.raises(ReportsError, match=f"{again}, or run: make eval$"):
        compare_two(tmp_path, "x,x.json", 0.02)
    write_baseline(baseline_of(one, {}, None), tmp_path / "baselines" / "other.json")
    with pytest.raises(ReportsError, match=f"{again}$"):
        compare_two(tmp_path, "other.json,x.json", 0.02)


def test_seconds_of_other_devices_or_machines_are_not_compared(tmp_path: Path) -> None:
    stored(tmp_path / "runs" / "x")
    other = stored(tmp_path / "runs" / "y")
    remarks = compare_two(tmp_path, "x,y", 0.02).comparison.remarks
    assert not [remark for remark in remarks if remark.startswith("Timed on")]
    other.write_about(other.about() | {"sessions": [SESSION | {"device": "cuda"}]})
    remarks = compare_two(tmp_path, "x,y", 0.02).comparison.remarks
    assert [remark for remark in remarks if remark.startswith("Timed on different devices")]
    about = stored(tmp_path / "runs" / "z").about()
    machine = about["identity"] | {"machine": {"cpu": "other", "cores": 99}}
    Run(tmp_path / "runs" / "z").write_about(about | {"identity": machine})
    pair = compare_two(tmp_path, "x,z", 0.02)
    assert pair.a.place.endswith(", machine A")
    assert pair.b.place.endswith(", machine B")
    away = [SESSION | {"device": ELSEWHERE}]
    Run(tmp_path / "runs" / "z").write_about(about | {"identity": machine, "sessions": away})
    pair = compare_two(tmp_path, "x,z", 0.02)
    assert pair.a.place != pair.b.place
    assert "machine" not in f"{pair.a.place} {pair.b.place}"  # that of a server is unknown


def test_values_that_differ_are_cut_to_12_characters(tmp_path: Path) -> None:
    runs = [stored(tmp_path / name) for name in "xy"]
    for run, sign in zip(runs, "01", strict=True):
        rescored(run, dataset_hash=sign * 20)
    one, other = map(read_scoring, runs)
    assert unequal(one, other) == [("dataset_hash", "0" * 12, "1" * 12)]
    assert unequal(one, one) == []
