"""The page's data: a plain dict that is embedded as JSON, and values that the templates need.

title, signature             texts
sentence                     the first lines of every report
margin                       the largest difference in IoU that is a tie
notes                        lines that limit how the table may be read
selection                    which photos are shown, empty if all are
total                        the number of scored photos
measures, traits             see evaluate.report.html.measures_shown; traits maps names to meanings
fit_at                       the clearance at which tools are said to fit, such as "0.3 mm"; empty
                             if no row has outline measures
audit                        why no audit is shown, empty if the photos are audited
photos   id                  the id of every scored photo that is shown, made printable
         tail                the end of each id that is kept where there is no room for all
         mm_per_px           each photo's scale, null where it is unknown
         traits              {name: one text per photo, null where it has none}
         audit               {index of the photo: {suspect, note: kinds of findings, texts}}
         key                 its folder under html/, "" if the photo could not be read
         tags                {name: one value per photo, null where it has none}
rows     label, name         the shown label; the row's name in runs/ and in the page's address
         masks               the name of its files in each photo's folder
         median              [median, low, high] over all photos, or [median] without an interval;
                             null for a row without quality
         iou, seconds        one number per photo; seconds are null where nothing was timed
         model_seconds       of the seconds, those of the model without crop and other steps; null
                             if it has none
         measures            {name: one number per photo, null where it has none}
         fits                true, false or null (unknown) per photo: does the tool fit at fit_at?
         failed              {index of the photo: [status, error]}
         facts               {index of the photo: {name: value}}, reported by the model
slices   see evaluate.report.html.slice_data

Photos are in the dataset's order, rows in the table's order. IoUs are exact, so that the page
counts wins as ``compare`` does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from datasets.dataset import Sample
from evaluate.compare.analysis import Analysis
from evaluate.compare.rows.row import Row
from evaluate.compare.slices import SliceReversal
from evaluate.display.text import head_and_tail, printable
from evaluate.report.decision.first_lines import first_lines
from evaluate.report.html.audit_findings import audit_findings
from evaluate.report.html.measures_shown import (
    TRAIT_MEANINGS,
    measure_columns,
    photo_fits,
    shown_measures,
    trait_columns,
)
from evaluate.report.html.photo_files import run_name
from evaluate.report.html.slice_data import median_with_ends, slice_rows
from evaluate.report.markdown import label_in, notes, signature
from evaluate.report.outline_table import fit_clearance
from evaluate.store.run_folder import OK, PredictionRecord, Run
from evaluate.store.score_table import read_score_table
from evaluate.store.scores import OUTSIDE
from evaluate.store.traits import TRAITS, stored_traits

BINS = 20
_STEPS_TAKE_S = 0.005  # less is the harness itself
_YES = "true"  # the value of a tag without one, as in slices


def page_data(
    analysis: Analysis,
    runs: Sequence[Run],
    samples: Sequence[Sample],
    keys: Mapping[str, str],
    selection: str = "",
) -> dict[str, Any]:
    """The dict described above. ``runs`` belong to the rows.

    ``samples`` are the scored ones to show; ``keys`` maps their ids to folders.
    """
    comparison = analysis.comparison
    scored = read_score_table(runs[0])
    first = dict(zip(scored.ids, scored.tags, strict=True))
    ids = [sample.id for sample in samples]
    stored, of = runs[0].folder.parents[1], comparison.scoring.dataset_hash
    clearance = fit_clearance(comparison)
    traits, audit = stored_traits(stored / TRAITS, of), audit_findings(stored, of, ids)
    return {
        "title": printable(comparison.scoring.dataset),
        "signature": printable(signature(comparison)),
        "sentence": printable("\n".join(first_lines(analysis))),
        "margin": comparison.margin_iou,
        "notes": [printable(line) for line in notes(comparison)],
        "selection": printable(selection),
        "total": comparison.photos,
        "measures": shown_measures(comparison.scoring.clearance_mm),
        "fit_at": f"{clearance[0]:g} {clearance[1]}" if clearance else "",
        "traits": TRAIT_MEANINGS,
        "audit": audit.missing,
        "photos": {
            "id": [printable(id_) for id_ in ids],
            "tail": [head_and_tail(printable(id_))[1] for id_ in ids],
            "key": [keys.get(id_, "") for id_ in ids],
            "tags": _columns([_tags(sample, first[sample.id]) for sample in samples]),
            "mm_per_px": [sample.mm_per_px for sample in samples],
            "traits": trait_columns(traits, ids),
            "audit": audit.photos,
        },
        "rows": [
            {
                "label": printable(label_in(comparison, row)),
                "median": median_with_ends(row.median, row.interval) if row.has_quality else None,
                **_row(row, run, ids, clearance),
            }
            for row, run in zip(comparison.rows, runs, strict=True)
        ],
        "slices": slice_rows(analysis, ids),
    }


def histogram(row: Row) -> list[float]:
    """Photos in each of ``BINS`` equal ranges of the IoU, as a share of the fullest one."""
    counts, _ = np.histogram(list(row.ious.values()), bins=BINS, range=(0, 1))
    return [float(count) / max(*counts, 1) for count in counts]


def reversals_by_slice(analysis: Analysis) -> list[tuple[str, list[SliceReversal]]]:
    """Each slice in which the best row loses, and the rows that beat it; the lowest p first."""
    found: dict[str, list[SliceReversal]] = {}
    for one in analysis.reversals:
        found.setdefault(one.name, []).append(one)
    return list(found.items())


def _tags(sample: Sample, scored: str) -> dict[str, str]:
    """A photo's tags: its own, and those added by scoring that are equal for all rows."""
    own = {f"{name}={value}" for name, value in sample.tags.items()}
    found = [tag.partition("=") for tag in scored.split(";") if tag and tag not in own]
    added = {name: value or _YES for name, _, value in found if name != OUTSIDE}
    return {printable(k): printable(v) for k, v in {**added, **sample.tags}.items()}


def _columns(tags: Sequence[Mapping[str, str]]) -> dict[str, list[str | None]]:
    names = dict.fromkeys(name for each in tags for name in each)
    return {name: [each.get(name) for each in tags] for name in names}


def _row(
    row: Row, run: Run, ids: Sequence[str], clearance: tuple[float, str] | None
) -> dict[str, Any]:
    predictions, scores = run.predictions(), read_score_table(run)
    at = {id_: place for place, id_ in enumerate(scores.ids)}
    places = [at[id_] for id_ in ids]
    facts = {i: _facts(scores.tags[at[id_]], predictions[id_]) for i, id_ in enumerate(ids)}
    seconds = [predictions[id_].seconds for id_ in ids]
    return {
        "name": row.row,
        "masks": run_name(run, run.scored_threshold),
        "iou": [row.ious[id_] for id_ in ids],
        "seconds": [_four_digits(value) for value in seconds],
        "model_seconds": _model_seconds([predictions[id_] for id_ in ids]),
        "measures": measure_columns(scores, places),
        "fits": photo_fits(scores, places, *clearance) if clearance else [],
        "failed": {
            i: [scores.status[place], printable(scores.error[place])]
            for i, place in enumerate(places)
            if scores.status[place] != OK
        },
        "facts": {i: known for i, known in facts.items() if known},
    }


def _model_seconds(predictions: Sequence[PredictionRecord]) -> list[float | None] | None:
    """The seconds of the model alone; None where steps take nothing."""
    differ = any(
        one.seconds is not None
        and one.model_seconds is not None
        and one.seconds - one.model_seconds > max(_STEPS_TAKE_S, 0.01 * one.seconds)
        for one in predictions
    )
    return [_four_digits(one.model_seconds) for one in predictions] if differ else None


def _four_digits(seconds: float | None) -> float | None:
    return None if seconds is None else float(f"{seconds:.4g}")


def _facts(tags: str, prediction: PredictionRecord) -> dict[str, str]:
    facts = {str(name): str(value) for name, value in (prediction.facts or {}).items()}
    for tag in tags.split(";"):
        if tag.startswith(f"{OUTSIDE}="):
            facts[OUTSIDE] = tag.partition("=")[2]
    return {printable(name): printable(value) for name, value in facts.items()}
