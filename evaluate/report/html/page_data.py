"""What the page knows, as a plain dict that becomes its JSON.

title, signature, sentence   texts
margin                       the largest difference in IoU that is a tie
notes                        lines that a reader of the table must know
photos   id                  every scored photo's id, without what a page would take as a command
         key                 its folder under html/, "" where it has no pictures
         tags                {name: a value a photo, null where it has none}
rows     label, name         as shown; as in runs/ and in the page's address
         masks               the name of its files in each photo's folder
         median              [median, low, high] over all photos, the ends of its interval where
                             there is one; null for a row without any quality
         iou, seconds        a number a photo; seconds null where nothing was timed
         failed              {index of the photo: [status, error]}
         facts               {index of the photo: {name: value}}, what else is known of the answer
slices   as evaluate.report.html.slice_data has them

Order: photos as in the dataset, rows as in the table. Numbers are exact, as the page counts wins by
them as ``compare`` does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from datasets.dataset import Sample
from evaluate.compare.analysis import Analysis
from evaluate.compare.comparison import Comparison
from evaluate.compare.row import Row
from evaluate.display.text import printable
from evaluate.report.html.photo_files import run_name
from evaluate.report.html.slice_data import shortened, slices
from evaluate.report.markdown import label_in, notes, sentence, signature
from evaluate.store.run_folder import OK, PredictionRecord, Run
from evaluate.store.scores import OUTSIDE, Score, read_scores

YES = "true"  # the value of a tag that has none, as slices have it


def page(
    comparison: Comparison,
    analysis: Analysis,
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
        "sentence": printable(sentence(comparison)),
        "margin": comparison.margin_iou,
        "notes": [printable(line) for line in notes(comparison)],
        "photos": {
            "id": [printable(id_) for id_ in ids],
            "key": [keys.get(id_, "") for id_ in ids],
            "tags": _columns([_tags(sample, first[sample.id].tags) for sample in samples]),
        },
        "rows": [
            {
                "label": printable(label_in(comparison, row)),
                "median": shortened(row.median, row.interval) if row.has_quality else None,
                **_row(row, run, ids),
            }
            for row, run in zip(comparison.rows, runs, strict=True)
        ],
        "slices": slices(analysis, ids),
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


def _row(row: Row, run: Run, ids: Sequence[str]) -> dict[str, Any]:
    predictions = run.predictions()
    scores = {score.id: score for score in read_scores(run)[1]}
    facts = {i: _facts(scores[id_], predictions[id_]) for i, id_ in enumerate(ids)}
    return {
        "name": row.row,
        "masks": run_name(run),
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


def _facts(score: Score, prediction: PredictionRecord) -> dict[str, str]:
    told = {str(name): str(value) for name, value in (prediction.facts or {}).items()}
    for tag in score.tags.split(";"):
        if tag.startswith(f"{OUTSIDE}="):
            told[OUTSIDE] = tag.partition("=")[2]
    return {printable(name): printable(value) for name, value in told.items()}
