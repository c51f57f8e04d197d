"""``make next``: which photos without a mask to trace next, and how many it may take."""

from dataclasses import replace

from evaluate.commands.session import Session
from evaluate.compare.analysis import analyse
from evaluate.compare.comparison import compare
from evaluate.compare.find_runs import choose_rows
from evaluate.config.options import MARGIN_IOU, NEXT_PHOTOS, REPORTS, ROWS
from evaluate.config.settings import Settings
from evaluate.display.text import printable, say
from evaluate.errors import ReportsError, SettingsError
from evaluate.exit_codes import DONE
from evaluate.next_photos.disagreement import disagreement, runs_of_all_photos
from evaluate.next_photos.report import NEXT_CSV, next_csv, next_lines
from evaluate.next_photos.spread import spread_order, strata_of
from evaluate.report.decision.first_lines import needed_text
from evaluate.store.atomic import file_name, write_atomic
from evaluate.store.run_folder import Run, all_runs


def run(session: Session, settings: Settings) -> int:
    """List the photos on which the stored rows disagree most, spread over strata."""
    if not settings.dataset.is_photos_only:
        raise SettingsError(
            "make next lists photos that have no mask, which other forms leave out: make next "
            "dataset=photos dataset.root=DIR, for those in DIR/images that have none in DIR/masks"
        )
    dataset = session.dataset(settings)
    names = settings[ROWS]
    runs = all_runs(settings.runs)
    if names is not None:
        runs = [Run(settings.runs / row) for row in choose_rows(settings.runs, names)]
    usable, left_out = runs_of_all_photos(runs, dataset)
    for line in left_out:
        say(f"Not compared: {line}")
    if len(usable) < 2:
        raise ReportsError(
            f"{settings.runs}: two rows of these {len(dataset.samples)} photos are needed; "
            f"run: make run model=A,B {settings.line}"
        )
    left = tuple(s for s in dataset.samples if not getattr(s.truth, "traced", False))
    if not left:
        raise ReportsError(f"{settings.dataset.root}: every photo has a mask")
    dataset = replace(dataset, samples=left)
    found, strata = disagreement(usable, dataset), strata_of(dataset)
    order = spread_order(found.photos, strata)
    lines = next_lines(found, strata, order[: settings[NEXT_PHOTOS]])
    print(printable("\n".join([*lines, *_needed(settings)])))
    write_atomic(settings.folder / NEXT_CSV, next_csv(found, strata, order))
    print(f"All photos in this order: {settings.folder / NEXT_CSV}", flush=True)
    return DONE


def _needed(settings: Settings) -> list[str]:
    """How many more photos may decide between the first two rows of the folder's traced photos."""
    traced = settings[REPORTS] / file_name(settings.dataset.root.resolve().name)
    try:
        decision = analyse(compare(traced / "runs", settings[MARGIN_IOU])).decision
    except ReportsError:  # nothing is traced and scored yet
        return []
    if decision is None:
        return []
    first, second = decision.best.label, decision.runner_up.label
    if decision.more_photos is None:
        return ["", f"On the traced photos, {first} and {second} are told apart already."]
    needed = needed_text(decision.more_photos)
    return ["", f"More traced photos that it takes to separate {first} and {second}: {needed}."]
