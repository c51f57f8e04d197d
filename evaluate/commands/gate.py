"""``make gate``: compare the chosen run with its baseline."""

from typing import Any

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from evaluate.commands.session import Session
from evaluate.commands.steps.alternative import stored_alternative
from evaluate.compare.slices import Slice, known_of, slices_of
from evaluate.config.options import ALLOWED_DROP, CLEARANCE_MM, OPTIONS, SCORE_THRESHOLD, Option
from evaluate.config.settings import Settings
from evaluate.display.text import printable
from evaluate.errors import CannotRun, ReportsError, SettingsError
from evaluate.gate import report
from evaluate.gate.judge import Verdict, check_fresh, check_scored_as, judge_run
from evaluate.gate.limits import Limits
from evaluate.predict.stage import describe
from evaluate.store.atomic import write_atomic
from evaluate.store.letter_case import check_row
from evaluate.store.run_folder import Run
from evaluate.store.score_table import read_score_table
from evaluate.store.shard_folders import unmerged_shards
from evaluate.store.traits import TRAITS, stored_traits

JUNIT = "junit.xml"
SCORED_BY: tuple[Option[Any], ...] = (SCORE_THRESHOLD, CLEARANCE_MM)  # stored with the scores


def forget(settings: Settings) -> None:
    """Remove what an earlier gate wrote, so that a refused run shows no old pass."""
    place = settings.folder / "gate"
    for earlier in (f"{settings.model.row}.md", f"{settings.model.row}.jpg", JUNIT):
        (place / earlier).unlink(missing_ok=True)


def run(session: Session, settings: Settings) -> int:
    """Judge the run; the JUnit file holds every row that was judged or refused so far."""
    try:
        verdict = judge_stored_run(settings)
    except (CannotRun, DatasetError, OSError, ReportsError, SettingsError) as error:
        session.refused[settings.model.row] = str(error)
        _write_junit(session, settings)
        raise
    session.verdicts.append(verdict)
    _write_junit(session, settings)
    *lines, outcome = report.verdict_lines(verdict)
    return session.judged(verdict.passed, [*lines, _written(settings), outcome])


def _written(settings: Settings) -> str:
    """The files of this verdict; there is no picture where no photo changed."""
    place, row = settings.folder / "gate", settings.model.row
    names = [name for name in (f"{row}.md", f"{row}.jpg", JUNIT) if (place / name).is_file()]
    return printable(f"written to {place}: {', '.join(names)}")


def _write_junit(session: Session, settings: Settings) -> None:
    """Not after Ctrl-C: a file without the row would look like a pass."""
    cases = report.junit(session.verdicts, session.refused)
    write_atomic(settings.folder / "gate" / JUNIT, cases)


def judge_stored_run(settings: Settings) -> Verdict:
    """Judge the chosen run, and write the verdict beside the other reports.

    Raises:
        ReportsError: run and baseline cannot be compared; the text says why.
    """
    dataset = settings.dataset.load()
    stored, limits = fresh_run(settings, dataset), limits_of(settings)
    slices = [] if limits.slice_drop is None else _slices(settings, stored, dataset.content_hash)
    scales = {sample.id: sample.mm_per_px for sample in dataset.samples}
    renew = _renewing(settings, limits)
    rescore = _rescoring(settings)
    verdict = judge_run(stored, settings.baseline, limits, slices, scales, renew, rescore)
    page = settings.folder / "gate" / f"{settings.model.row}.md"
    write_atomic(page, report.verdict_page(verdict).encode("utf-8", "backslashreplace"))
    shown = report.verdict_sheet(verdict, stored, dataset, settings.baseline.with_suffix(""))
    if shown:
        write_atomic(page.with_suffix(".jpg"), shown)
    return verdict


def _slices(settings: Settings, stored: Run, dataset_hash: str) -> list[Slice]:
    traits = stored_traits(settings.folder / TRAITS, dataset_hash)
    if not traits:
        raise ReportsError(
            f"{settings.folder / TRAITS}: missing or of other photos, so not every slice can be "
            f"checked; run: {_rescoring(settings)}"
        )
    return slices_of(known_of(read_score_table(stored), traits))


def limits_of(settings: Settings) -> Limits:
    """What the settings let a run do worse than its baseline."""
    gate = {
        name.removeprefix("gate."): settings[option]
        for name, option in OPTIONS.items()
        if name.startswith("gate.")
    }
    return Limits(drop=settings[ALLOWED_DROP], **gate)


def fresh_run(settings: Settings, dataset: Dataset) -> Run:
    """The stored run of the chosen model, which must be what a run started now would be.

    Raises:
        ReportsError: there is none, code, config, photos or ground truth have changed since, or it
            was scored with other settings than those that were given.
    """
    stored = _stored_run(settings)
    model, files = settings.model.build()
    now = describe(model, dataset, settings.conditions, files)
    check_fresh(stored, now, dataset.content_hash, [sample.id for sample in dataset.samples])
    asked = {one.name: settings[one] for one in SCORED_BY if one.name in settings.typed}
    check_scored_as(stored, asked, _rescoring(settings))
    return stored


def _stored_run(settings: Settings) -> Run:
    stored = Run(settings.runs / settings.model.row)
    check_row(settings.runs, stored.row, stored.row)
    check_row(settings.baseline.parent, settings.baseline.name, stored.row)
    if not stored.folder.is_dir():
        if line := unmerged_shards(settings.folder).get(stored.row):
            raise ReportsError(line)
        raise ReportsError(
            f"{stored.folder}: no such run; run: make eval {settings.line}"
            f"{stored_alternative(settings)}"
        )
    return stored


def _rescoring(settings: Settings) -> str:
    """The command that scores the run again."""
    return f"make score {settings.line}"


def _renewing(settings: Settings, limits: Limits) -> str:
    """The command that makes the baseline again, with all that the limits need."""
    masks = ["keep_masks=true"] if settings.baseline.with_suffix("").is_dir() else []
    return " ".join([f"make baseline {settings.line}", *limits.baseline_settings, *masks])
