"""A tuning as text: a small table, and a sentence of advice."""

from collections import Counter

from evaluate.compare.rows.fits import CLEARANCE_PX
from evaluate.display.text import NA, align_table, count_text
from evaluate.report.columns import interval_text
from evaluate.tune.cross_validation import Gain
from evaluate.tune.stage import Tuning


def tuning_lines(tuning: Tuning, clearance_mm: float) -> list[str]:
    """What was searched, the table, and the advice; ``clearance_mm`` is that of the fits."""
    found = tuning.found
    objects = count_text(tuning.photos, "photo")
    if tuning.objects < tuning.photos:
        objects += f" of {count_text(tuning.objects, 'object')}"
    folds = len(found.by_fold)
    chosen = tuning.settings[found.chosen]
    often = Counter(found.by_fold)[found.chosen]
    unit = next((one.unit for one in tuning.fits if one), "px")
    gap = clearance_mm if unit == "mm" else CLEARANCE_PX
    fits = [f"{one.at(gap).share:.0%}" if one else NA for one in tuning.fits]
    table: list[tuple[str, ...]] = [
        ("", "Setting", "Median IoU", "Gain", f"Fits at {gap:g} {unit}"),
        ("Now", str(tuning.now), f"{tuning.median:.3f}", "", fits[0]),
        ("Chosen on all photos (optimistic)", str(chosen), *_gain(found.in_sample), fits[1]),
        (f"Chosen on other photos ({folds} folds)", "one per fold", *_gain(found.held_out), ""),
    ]
    return [
        f"{tuning.label}: {len(tuning.settings)} settings on the stored alphas of {objects}",
        align_table(table, str.ljust),
        "Chosen by the median IoU alone: a setting with a higher IoU may fit fewer tools.",
        f"{often} of {folds} folds chose {chosen} too.",
        _advice(tuning),
    ]


def _gain(gain: Gain) -> tuple[str, str]:
    return f"{gain.median:.3f}", f"{gain.gain:+.3f}{interval_text(gain.interval, '+.3f')}"


def _advice(tuning: Tuning) -> str:
    found, now = tuning.found, tuning.now
    chosen, honest = tuning.settings[found.chosen], found.held_out
    if chosen == now:
        return f"Keep {now}: no other setting has a higher median IoU."
    if honest.interval is None or honest.interval.low <= 0:
        return (
            f"Keep {now}: on photos that it was not chosen on, a tuned setting is not told apart "
            f"from it ({_gain(honest)[1]}); the {found.in_sample.gain:+.3f} on all photos is "
            "optimistic."
        )
    changed = [
        f"{name}={getattr(chosen, name)}"
        for name in ("threshold", "refine", "crop")
        if getattr(chosen, name) != getattr(now, name)
    ]
    return (
        f"Take {' '.join(changed)}: expect {_gain(honest)[1]} on other photos like these, not the "
        f"{found.in_sample.gain:+.3f} of the photos it was chosen on."
    )
