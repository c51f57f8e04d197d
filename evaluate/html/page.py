"""What the page knows, as a plain dict that becomes its JSON.

title, signature, sentence   texts
margin                       the largest difference in IoU that is a tie
notes                        lines that a reader of the table must know
photos   id                  every scored photo's id, without what a page would take as a command
         key                 its folder under html/, "" where it has no pictures
         tags                {name: a value a photo, null where it has none}
rows     label, name         as shown; as in runs/ and in the page's address
         masks               the name of its files in each photo's folder
         ranked              whether it has a quality at all
         iou, seconds        a number a photo; seconds null where nothing was timed
         failed              {index of the photo: [status, error]}
         facts               {index of the photo: {name: value}}, what else is known of the answer
pairs    [a, b, wins, ties, losses], a and b indices of ranked rows, a < b

Order: photos as in the dataset, rows as in the table. Numbers are exact, as the page counts wins by
them as ``compare`` does.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from datasets.dataset import Sample
from evaluate.compare import Comparison, head_to_head
from evaluate.html.pictures import run_name
from evaluate.report import label_in, notes, printable, sentence, signature
from evaluate.rows import Row
from evaluate.score import OUTSIDE, Score, read_scores
from evaluate.store import OK, Prediction, Run

YES = "yes"  # the value of a tag that has none


def page(
    comparison: Comparison,
    margin_iou: float,
    runs: Sequence[Run],
    samples: Sequence[Sample],
    keys: Mapping[str, str],
) -> dict[str, Any]:
    """The dict above. ``runs`` are those of the rows.

    ``samples`` are the scored ones; ``keys`` maps their ids to folders.
    """
    first = {s.id: s for s in read_scores(runs[0])[1]}
    ids = [sample.id for sample in samples]
    return {
        "title": printable(comparison.scoring.dataset),
        "signature": printable(signature(comparison)),
        "sentence": printable(sentence(comparison.best)) if comparison.best else "",
        "margin": margin_iou,
        "notes": [printable(line) for line in notes(comparison)],
        "photos": {
            "id": [printable(id_) for id_ in ids],
            "key": [keys.get(id_, "") for id_ in ids],
            "tags": _columns([_tags(sample, first[sample.id].tags) for sample in samples]),
        },
        "rows": [
            _row(comparison, row, run, ids) for row, run in zip(comparison.rows, runs, strict=True)
        ],
        "pairs": _pairs(comparison.rows, margin_iou),
    }


def _tags(sample: Sample, scored: str) -> dict[str, str]:
    """A photo's tags: its own, and what was found while scoring that is the same for every row."""
    own = {f"{name}={value}" for name, value in sample.tags.items()}
    found = [tag.partition("=") for tag in scored.split(";") if tag and tag not in own]
    more = {name: value or YES for name, _, value in found if name != OUTSIDE}
    return {printable(k): printable(v) for k, v in {**more, **sample.tags}.items()}


def _columns(tags: Sequence[Mapping[str, str]]) -> dict[str, list[str | None]]:
    names = dict.fromkeys(name for each in tags for name in each)
    return {name: [each.get(name) for each in tags] for name in names}


def _row(comparison: Comparison, row: Row, run: Run, ids: Sequence[str]) -> dict[str, Any]:
    predictions = run.predictions()
    scores = {score.id: score for score in read_scores(run)[1]}
    facts = {i: _facts(scores[id_], predictions[id_]) for i, id_ in enumerate(ids)}
    return {
        "label": printable(label_in(comparison, row)),
        "name": row.row,
        "masks": run_name(run),
        "ranked": row.has_quality,
        "iou": [row.ious[id_] for id_ in ids],
        "seconds": [_short(predictions[id_].seconds) for id_ in ids],
        "failed": {
            i: [scores[id_].status, printable(scores[id_].error)]
            for i, id_ in enumerate(ids)
            if scores[id_].status != OK
        },
        "facts": {i: told for i, told in facts.items() if told},
    }


def _short(seconds: float | None) -> float | None:
    return None if seconds is None else float(f"{seconds:.4g}")


def _facts(score: Score, prediction: Prediction) -> dict[str, str]:
    told = {str(name): str(value) for name, value in (prediction.facts or {}).items()}
    for tag in score.tags.split(";"):
        if tag.startswith(f"{OUTSIDE}="):
            told[OUTSIDE] = tag.partition("=")[2]
    return {printable(name): printable(value) for name, value in told.items()}


def _pairs(rows: Sequence[Row], margin_iou: float) -> list[list[int]]:
    ranked = [(i, row) for i, row in enumerate(rows) if row.has_quality]
    pairs = []
    for (a, first), (b, second) in combinations(ranked, 2):
        duel = head_to_head(first, second, margin_iou)
        pairs.append([a, b, duel.wins, duel.ties, duel.losses])
    return pairs
