"""The README shows what the built-in set gives."""

import json

from evaluate.compare.statistics import Interval
from evaluate.report.picture_names import PLOT_TITLES
from evaluate.report.plots.distribution import plot_ecdf
from evaluate.report.plots.speed import Point, plot_quality_speed
from evaluate.report.plots.style import add_title, encode_plot
from tests.support.projects import ROOT
from tests.tools.readme import PICTURES, README, ROWS, SAMPLE, block, wrong_rows

REPORT = json.loads((ROOT / SAMPLE / "comparison.json").read_bytes())


def test_its_table_and_pictures_are_those_of_our_report() -> None:
    assert block() in README.read_text("utf-8"), "run: make readme"
    assert all((ROOT / SAMPLE / name).is_file() for name in PICTURES)


def test_its_pictures_are_drawn_from_our_report() -> None:
    ranked = [row for row in REPORT["rows"] if row["quality"]]
    points = {
        row["label"]: Point(
            row["seconds"]["median"],
            row["quality"]["median"],
            Interval(*row["quality"]["interval"]),
        )
        for row in ranked
    }
    drawn = {
        "ecdf": plot_ecdf({row["label"]: row["ious"] for row in ranked}),
        "quality-speed": plot_quality_speed(points),
    }
    assert {f"{name}.png" for name in drawn} == PICTURES.keys()
    for name, figure in drawn.items():
        add_title(figure, PLOT_TITLES[name])
        assert encode_plot(figure)["svg"] == (ROOT / SAMPLE / f"{name}.svg").read_bytes(), name


def test_a_report_with_other_rows_is_refused() -> None:
    rows = [{"row": row} for row in ROWS]
    assert wrong_rows({"rows": rows}) == ""
    assert wrong_rows({"rows": rows[1:]}).startswith(f"lacks {rows[0]['row']}")
    assert wrong_rows({"rows": [*rows, {"row": "mine"}]}).startswith("has mine: move")
