"""No text in a CSV file begins as a formula does, and every text comes back."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.report.comparison_csv import to_csv
from evaluate.store.formats.formula_cells import text_cell, texts_of
from evaluate.store.paper_scores import (
    PaperScore,
    PaperScores,
    read_paper_scores,
    write_paper_scores,
)
from evaluate.store.run_folder import Run
from evaluate.store.score_table import read_score_table
from evaluate.store.scores import Score, Scoring, write_scores
from tests.support.commands import Command
from tests.support.comparisons import compared, row
from tests.support.photos import make_folder
from tests.support.runs import stored_about

RUNS = re.compile("[=+\\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"[+-]?[0-9][0-9.,]*%?")
texts = st.text(st.sampled_from("'=+-@\t\r\n, \"a1.%＝"), max_size=6) | st.text(max_size=6)
FORMULAS = ("=cmd()", "+1+1|x", "-2+3", "@SUM(1)", "'=x", "''@", "-1.5", "it's", '=1,"2"', "'")


@given(st.lists(texts, max_size=4))
def test_every_text_comes_back_and_none_is_a_formula(given_texts: list[str]) -> None:
    cells = [text_cell(text) for text in given_texts]
    assert texts_of(cells) == given_texts
    for cell in cells:
        assert not RUNS.match(cell) or NUMBER.fullmatch(cell)


def test_scores_keep_their_ids(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.write_about(stored_about("x"))
    scores = [Score(id_, "ok", 0.5, f"@{id_}", f"={id_}") for id_ in FORMULAS]
    scoring = Scoring("0.1", "photos", "0" * 64, 128, "2026", ())
    write_scores(run, scoring, "white", scores)
    table = read_score_table(run)
    assert (table.ids, table.tags, table.error) == (
        list(FORMULAS), [f"@{id_}" for id_ in FORMULAS], [f"={id_}" for id_ in FORMULAS],
    )  # fmt: skip
    with run.scores.open(newline="") as file:
        for cells in list(csv.reader(file))[1:]:
            assert not any(RUNS.match(cell) and not NUMBER.fullmatch(cell) for cell in cells)
    photos = tuple(PaperScore(id_, "ok", {"mae": 0.5}) for id_ in FORMULAS)
    write_paper_scores(run, PaperScores("0" * 64, 0.3, 128, {}, photos))
    found = read_paper_scores(run)
    assert found is not None
    assert found.photos == photos


def test_labels_in_the_table() -> None:
    ious = dict.fromkeys("abcdef", 0.5)
    text = to_csv(compared([row("=cmd()", ious), row("-2+3", ious)]), "full")
    assert {line.split(",")[0] for line in text.splitlines()} == {"Approach", "'=cmd()", "'-2+3"}
    assert not re.search(r"(^|,)[=@]", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["=cmd()", "@x"])
def test_a_photo_named_as_a_formula(command: Command, tmp_path: Path, name: str) -> None:
    root = make_folder(tmp_path / "photos", [name, "b"])
    own = ("dataset=folder", f"dataset.root={root}")
    assert command("eval", "model=otsu", *own).returncode == 0
    assert command("compare", *own).returncode == 0
    command("audit", *own)
    for path in (tmp_path / "reports").rglob("*.csv"):
        text = path.read_text()
        assert name not in re.split(r"[,\n]", text), path
        assert f"'{name}" in text or path.name == "comparison.csv"
