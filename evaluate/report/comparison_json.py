"""comparison.json: a Comparison and its Analysis in full, for programs.

``docs/comparison-json.md`` defines each name; ``docs/comparison.schema.json`` is the JSON Schema.
Rows are identified by ``row``, the name of the run's folder. NaN and infinity become null.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluate.compare.analysis import Analysis
from evaluate.compare.decision.decide import Decision
from evaluate.compare.head_to_head import MARGINS, PairResult
from evaluate.compare.rows.known import Known
from evaluate.compare.rows.outline_summary import OutlineSummary
from evaluate.compare.rows.photo_values import Photos, photos_of, values_at
from evaluate.compare.rows.row import LEVELS, Row
from evaluate.compare.slices import SliceScore
from evaluate.compare.statistics import CONFIDENCE, Interval
from evaluate.report import markdown
from evaluate.report.decision.first_lines import first_lines
from evaluate.votes.report import has_votes, votes_record
from evaluate.votes.results import VoteResults

_MANY = 1000  # items of a list that are written in one line, which is much faster
SCHEMA_VERSION = 2  # raised when a name is removed or changes its meaning; names may be added


def comparison_record(
    analysis: Analysis, photos_in: Path | None = None, votes: VoteResults | None = None
) -> dict[str, Any]:
    """The comparison as plain dicts and lists, as in the file.

    With ``photos_in``, the table of all photos, lists of photos are null.
    """
    comparison = analysis.comparison
    names = {row.label: row.row for row in comparison.rows}
    scoring = comparison.scoring
    known = Known.of(comparison.known)
    photos = known.photos
    if comparison.rows and photos_of(comparison.rows[0].ious).ids == photos.ids:
        photos = photos_of(comparison.rows[0].ious)  # the values are found without ids
    return {
        "schema_version": SCHEMA_VERSION,
        **({"photos_in": photos_in.name} if photos_in else {}),
        "cutoutbench": scoring.version,
        "dataset": {
            "name": scoring.dataset,
            "hash": scoring.dataset_hash,
            "photos": comparison.photos,
            "notices": list(scoring.notices),
        },
        "threshold": scoring.threshold,
        "scored": scoring.scored,
        "margin_iou": comparison.margin_iou,
        "confidence": CONFIDENCE,
        "signature": markdown.signature(comparison),
        "sentence": " ".join(first_lines(analysis)) or None,
        "decision": analysis.decision and _decision(analysis.decision),
        "notes": markdown.notes(comparison),
        "without_truth": list(comparison.without_truth),
        "left_out": [one.reason for one in comparison.left_out],
        "unable": [vars(one) for one in comparison.unable],
        "photos": None
        if photos_in
        else [{"id": id_, "known": own} for id_, own in zip(photos, known.each(), strict=True)],
        "rows": [_row(row, None if photos_in else photos) for row in comparison.rows],
        "apart": [_row(row, None if photos_in else photos) for row in comparison.apart],
        "duels": [_pair(pair, names) for pair in analysis.pairs],
        "ranks": analysis.ranks
        and {
            "means": {
                names[label]: mean
                for label, mean in zip(analysis.rows, analysis.ranks.means, strict=True)
            },
            "friedman_p": analysis.ranks.friedman_p,
            "critical_difference": analysis.ranks.critical_difference,
        },
        "slices": [
            {
                "name": slice_.name,
                **({"photos": len(slice_.ids)} if photos_in else {}),
                "ids": None if photos_in else list(slice_.ids),
                "rows": {
                    names[label]: _slice_score(scores[slice_.name])
                    for label, scores in analysis.by_slice.items()
                },
            }
            for slice_ in analysis.slices
        ],
        "upsets": [
            {
                "slice": one.name,
                "photos": one.photos,
                "better": names[one.better],
                "wins": one.wins,
                "losses": one.losses,
                "p_holm": one.p,
            }
            for one in analysis.reversals
        ],
        "votes": votes_record(votes) if votes and has_votes(votes) else None,
    }


def to_json(
    analysis: Analysis, photos_in: Path | None = None, votes: VoteResults | None = None
) -> bytes:
    """The bytes of comparison.json: ASCII, so that any file name survives.

    An entry a line; of a list an item a line, unless there are many.
    """
    record = comparison_record(analysis, photos_in, votes)
    entries = (f"{json.dumps(k)}: {_lines(v)}" for k, v in record.items())
    return ("{\n" + ",\n".join(entries) + "\n}\n").encode("ascii")


def _lines(value: Any) -> str:
    if not isinstance(value, list) or not 0 < len(value) < _MANY:
        return _encoded(value)
    return "[\n" + ",\n".join(map(_encoded, value)) + "\n]"


def _encoded(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False)


def _row(row: Row, photos: Photos | None) -> dict[str, Any]:
    return {
        "row": row.row,
        "label": row.label,
        "model": row.model,
        "crop": row.crop,
        "device": row.device,
        "threads": row.threads or None,
        "command": row.command,
        "licences": row.licences or None,
        "photos": len(row.ious),
        "failed": row.failed,
        "failures": dict(sorted(row.failures.items())),
        "reason": row.reason or None,
        "quality": _quality(row) if row.has_quality else None,
        "oracle": row.oracle and {"candidates": row.oracle.candidates, "median": row.oracle.median},
        "outlines": _outlines(row),
        "seconds": vars(row.times) if row.times else None,
        "load_s": row.load_s,
        "first_call_s": row.first_call_s,
        "unstable": row.unstable or None,
        **({"offline": {"photos_per_minute": row.offline.per_minute}} if row.offline else {}),
        "peak_rss_bytes": row.peak_rss_bytes,
        "overhanging": row.overhanging,
        "uncropped": row.uncropped,
        "facts": row.facts,
        "ious": None if photos is None else values_at(row.ious, photos).tolist(),
    }


def _outlines(row: Row) -> dict[str, Any] | None:
    if not row.outlines:
        return None
    unit, summary = ("mm", row.outlines.mm) if row.outlines.mm else ("px", row.outlines.px)
    return {"unit": unit, "clearance_mm": row.clearance_mm, **summary, "fits": _fits(row.outlines)}


def _fits(outlines: OutlineSummary) -> dict[str, Any] | None:
    if outlines.fits is None:
        return None
    tenths = (0, 1, 2, 3, 5, 10, 15, 20)
    steps = [t / 10 for t in tenths] if outlines.fits.unit == "mm" else list(map(float, tenths))
    found = [outlines.fits.at(step) for step in steps]
    return {
        "unit": outlines.fits.unit,
        "photos": found[0].photos,
        "clearance": steps,
        "share": [one.share for one in found],
        "interval": [_ends(one.interval) for one in found],
    }


def _quality(row: Row) -> dict[str, Any]:
    return {
        "above": {f"{level:g}": row.above(level) for level in LEVELS},
        "median": row.median,
        "interval": _ends(row.interval),
        "mean": row.mean,
        "p10": row.p10,
        "worst": row.worst,
    }


def _pair(pair: PairResult, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "first": names[pair.first],
        "second": names[pair.second],
        "wins": pair.wins,
        "ties": pair.ties,
        "losses": pair.losses,
        "difference": pair.difference,
        "interval": _ends(pair.interval),
        "p": pair.p,
        "p_holm": pair.p_holm,
        "curve": [
            {"margin": margin, "wins": wins, "ties": ties, "losses": losses}
            for margin, (wins, ties, losses) in zip(MARGINS, pair.curve, strict=True)
        ],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    more = decision.more_photos
    return {
        "best": decision.best.row,
        "runner_up": decision.runner_up.row,
        "told_apart": decision.told_apart,
        "level": [row.row for row in decision.level],
        "cheapest": decision.cheapest and decision.cheapest.row,
        "more_photos": more and vars(more),
    }


def _slice_score(score: SliceScore) -> dict[str, Any]:
    return {"median": score.median, "interval": _ends(score.interval)}


def _ends(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None


def _finite(value: Any) -> Any:
    """``value`` with None for NaN and infinity, which JSON cannot represent."""
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
