"""Facts that models report besides masks: stored, summed up, and shown below the table."""

import json
from pathlib import Path

from evaluate.compare.licence_terms import restrictive_licences
from evaluate.compare.rows.model_facts import facts_table, sum_facts, visits
from models.segmenter import Facts
from tests.support.commands import Command
from tests.support.projects import own_model
from tests.support.runs import lines

TELLS = """
from models.segmenter import Prediction, NoMask
class Model:
    def __init__(self, *, device):
        self.device = "cpu"
        self.photos = 0
    def predict(self, image):
        self.photos += 1
        if self.photos == 3:
            raise NoMask("it | is", {"tokens_out": 7, "failure": "parse"})
        alpha = (image[:, :, 0] < 128).astype("uint8") * 255
        back = {"fell_back_to_px": 1024} if self.photos == 1 else {}
        return Prediction(alpha, {"tokens_out": 1000, "cost_usd": 0.05, **back})
"""


def test_facts_of_a_model_are_shown(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    own_model(project, "own", TELLS)
    own = ("dataset=folder", f"dataset.root={folder}")
    done = command("eval", "-m", "model=own,otsu", *own, project=project)
    seen = (
        "own: out of memory on 1 of 3 photos, which were predicted at a smaller size: 1024 px on 1"
    )
    assert seen in done.stderr
    reports = tmp_path / "reports" / "photos"
    photos = [json.loads(line)["facts"] for line in lines(reports / "runs" / "own")]
    assert photos[2] == {"tokens_out": 7, "failure": "parse"}
    page = (reports / "comparison.md").read_text()
    section = page.partition("### Facts reported by models\n\n")[2].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in section[:3]]
    assert cells[0] == ["Approach", "tokens_out", "cost_usd", "fell_back_to_px", "failure"]
    assert cells[2] == ["own", "2,007", "0.1", "1024 ×1", "parse ×1"]
    assert not section[3]  # Otsu reports no facts
    assert f"- {seen}\n" in page
    assert "Otsu: for want" not in page
    assert seen in json.loads((reports / "comparison.json").read_text())["notes"]
    header = (reports / "comparison.csv").read_text().splitlines()[0]
    assert "tokens" not in header


def test_without_facts_there_is_no_facts_table(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    command("eval", "model=otsu", "dataset=folder", f"dataset.root={folder}")
    assert "told" not in (tmp_path / "reports/photos/comparison.md").read_text()


def test_numbers_are_summed_and_other_values_counted() -> None:
    photos: list[Facts | None] = [
        {"n": 1, "s": 0.25, "why": "b", "side_px": 10},
        None,
        {"n": 2, "why": "a"},
        {},
    ]
    photos += [{"side_px": 10, "why": "a", "cut": True}]
    row = sum_facts(photos)
    assert row == {"n": 3, "s": 0.25, "why": {"b": 1, "a": 2}, "side_px": {"10": 2}, "cut": 1}
    many = sum_facts([{"range": str(i)} for i in range(50)])
    assert facts_table([("A", row), ("None", {}), ("B", many)]) == [
        ("Approach", "n", "s", "why", "side_px", "cut", "range"),
        ("A", "3", "0.25", "a ×2, b ×1", "10 ×2", "1", ""),
        ("B", "", "", "", "", "", "50 values"),
    ]
    assert facts_table([("None", {})]) == []
    four, five = (sum_facts([{"x": str(i)} for i in range(count)]) for count in (4, 5))
    cells = [line[1] for line in facts_table([("A", four), ("B", five)])[1:]]
    assert cells == ["0 ×1, 1 ×1, 2 ×1, 3 ×1", "5 values"]


def test_visits_of_a_browser_are_noted() -> None:
    """The largest of visits and memory, and means over the photos with a mask."""
    always: Facts = {"first_visit_s": 4.25, "first_visit_mib": 18, "second_visit_s": 2.5}
    photos: list[Facts | None] = [
        {**always, "page_s": 1, "network_s": 0.5, "browser_memory_mib": 300},
        {**always, "page_s": 2, "network_s": 0.75, "browser_memory_mib": 420},
        None,
    ]
    row = sum_facts(photos)
    assert (row["first_visit_s"], row["browser_memory_mib"], row["page_s"]) == (4.25, 420, 3)
    assert visits(row, 2) == (
        "first visit 4.2 s from loading the page to the first mask, with 18.0 MiB to fetch, second "
        "visit 2.5 s; then 1.50 s per photo in the page, of which the network 0.62 s; of its "
        "Memory, the browser takes 420 MiB"
    )
    assert visits(row, 0) == visits({"page_s": 1}, 1) == visits({}, 1) == ""


def test_one_restrictive_licence_of_several_is_told_with_all() -> None:
    for text in ("AGPL-3.0", "CC BY-NC 4.0", "non-commercial", "Noncommercial use"):
        stated = {"code": "MIT", "weights": text}
        assert restrictive_licences(stated) == f"code MIT, weights {text}"
    assert restrictive_licences({"code": "MIT", "weights": "ONCE 1.0"}) == ""
    assert restrictive_licences({}) == ""
