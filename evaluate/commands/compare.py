"""``make compare``: the table and the report, from stored scores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from evaluate.commands.session import Session
from evaluate.commands.steps.blind_votes import blind_votes
from evaluate.commands.steps.changed_scales import say_changed_scales
from evaluate.commands.steps.paper import paper_report
from evaluate.compare.comparison import Comparison, compare
from evaluate.compare.find_runs import choose_rows
from evaluate.compare.run_pair import compare_two
from evaluate.config.options import (
    COLUMNS,
    HTML,
    LOG,
    MARGIN_IOU,
    PAGE_PHOTOS,
    PHOTO_TABLE,
    PLOTS,
    ROWS,
    RUNS,
    SHARD,
)
from evaluate.config.settings import Settings
from evaluate.display.text import say
from evaluate.errors import SettingsError
from evaluate.exit_codes import ATTENTION, DONE
from evaluate.report import markdown
from evaluate.report.changes import changes_section
from evaluate.report.outline_table import outline_table
from evaluate.report.photo_table import write_photo_table
from evaluate.report.publish import publish_comparison
from evaluate.store.run_folder import Run
from evaluate.store.sweeps.unable import UNABLE, Unable, kept_unable
from evaluate.votes.results import VoteResults


def run(session: Session, settings: Settings) -> int:
    """Compare the two runs named by ``runs=A,B``; every run where none is named.

    Of a suite, each model comes by itself: they are compared once all are known.
    """
    table = settings[PHOTO_TABLE]
    if settings.swept:
        if table is not None or settings[RUNS] is not None:
            raise SettingsError("suite=… chooses among stored rows; leave out runs=… and table=…")
        session.reported.setdefault(settings.folder, settings)
        return DONE
    if table is not None:
        return _compare_table(settings, table)
    names = settings[RUNS]
    if names is None:
        return compare_all(session, settings)
    two = compare_two(settings.folder, names, settings[MARGIN_IOU])
    _publish(settings, two.comparison, two.folder, two.runs, changes_section(two))
    return ATTENTION if two.comparison.without_truth else DONE


def compare_all(session: Session, settings: Settings) -> int:
    """Compare every run of the dataset, and name the models that could not run this time.

    What ails a row that ``make eval`` did not run is told in a line, and not by the exit code.

    ``make compare`` says so if photos or ground truth have changed since they were scored.
    """
    told = tuple(one for folder, one in session.unable if folder == settings.folder)
    names = settings[ROWS]
    only = None if names is None else choose_rows(settings.runs, names)
    unable = (*told, *_kept(settings, told, only))
    family = () if names else _family(settings, session.suites.get(settings.folder, ()))
    comparison = compare(settings.runs, settings[MARGIN_IOU], only=only, family=family)
    if comparison.apart:
        comparison = replace(comparison, family=f"suite={settings.choices['suite']}")
    comparison = replace(comparison, unable=unable)
    if outlines := outline_table(comparison):
        for line in outlines.rescore:
            say(line)
    if session.command == "compare" and not settings[HTML]:
        _tell_changes(settings, comparison, [Run(settings.runs / r.row) for r in comparison.rows])
    if only is not None:
        remark = f"Only chosen rows are in this table: rows={names}"
        comparison = replace(comparison, remarks=(remark, *comparison.remarks))
    runs = [Run(settings.runs / row.row) for row in comparison.rows]
    if (shard := settings[SHARD]) is not None:
        remark = f"Only shard {shard} of the photos is in this table"
        comparison = replace(comparison, remarks=(remark, *comparison.remarks))
    ran = None
    if session.command == "eval":
        ran = {*session.scored.get(settings.folder, ()), *(one.row for one in told)}
    paper_plots = paper_report(settings, comparison, runs)
    tables = write_photo_table(comparison, settings.folder, runs)
    votes = blind_votes(settings, comparison, runs)
    _publish(
        settings,
        comparison,
        settings.folder,
        runs,
        paper_plots=paper_plots,
        tables=tables,
        votes=votes,
        told=[markdown.unable_note(comparison, one) for one in told if not comparison.has_row(one)],
        ran=ran,
    )
    left_out = [one for one in comparison.left_out if ran is None or one.row in ran]
    return ATTENTION if left_out or comparison.without_truth else DONE


def _family(settings: Settings, suite: Sequence[Settings]) -> list[str]:
    """The stored row of each of the suite's models: its own, or that with other weights."""
    found = []
    for one in suite:
        other = one.with_alternative()
        rows = [one.model.row, *([other.model.row] if other else [])]
        found += [row for row in rows if (settings.runs / row / "run.json").is_file()][:1]
    return found


def _kept(settings: Settings, told: Sequence[Unable], only: Collection[str] | None) -> list[Unable]:
    """The models that an earlier command could not run, and that have no run since."""
    known = {one.row for one in told}
    kept = [
        one
        for one in kept_unable(settings.folder)
        if one.row not in known and (only is None or one.row in only)
    ]
    if kept:
        place = settings.folder / UNABLE
        say(f"Rows of models that could not run are kept as N/A; to remove one, delete it: {place}")
    return kept


def _compare_table(settings: Settings, table: Path) -> int:
    """Compare the rows of a photos.parquet; the reports go to a folder beside it."""
    from evaluate.compare.from_table import compare_table

    if settings[RUNS] is not None:
        raise SettingsError("table=… and runs=… are two different comparisons; give one of them")
    names = settings[ROWS]
    only = None if names is None else names.split(",")
    comparison = compare_table(table, settings[MARGIN_IOU], only)
    folder = table.with_suffix(".compared")
    publish_comparison(
        comparison,
        folder,
        [],
        None,
        settings[COLUMNS],
        settings[LOG],
        plots=settings[PLOTS],
        photos_in=table,
    )
    return ATTENTION if comparison.left_out or comparison.without_truth else DONE


def _publish(
    settings: Settings,
    comparison: Comparison,
    folder: Path,
    runs: Sequence[Run],
    more: str = "",
    paper_plots: Mapping[str, str] | None = None,
    tables: Sequence[str] = (),
    votes: VoteResults | None = None,
    told: Collection[str] = (),
    ran: Collection[str] | None = None,
) -> None:
    dataset = _as_scored(settings, comparison, runs) if settings[HTML] else None
    if dataset and len(runs) < len(comparison.rows):
        say("No pictures: a baseline has scores only")
        dataset = None
    publish_comparison(
        comparison,
        folder,
        runs,
        dataset,
        settings[COLUMNS],
        settings[LOG],
        more,
        settings[PLOTS],
        paper_plots,
        tables,
        page_photos=settings[PAGE_PHOTOS],
        votes=votes,
        told=told,
        ran=ran,
    )


def _tell_changes(settings: Settings, comparison: Comparison, runs: Sequence[Run]) -> None:
    """Say so where photos or truth are others now; with pictures, ``_as_scored`` says it."""
    try:
        dataset = settings.dataset.loaded
        changed = dataset.content_hash != comparison.scoring.dataset_hash
    except SettingsError:  # of a dataset that is only known by its name here
        return
    except (DatasetError, OSError) as error:
        say(f"The table is of what was scored; whether that has changed cannot be told: {error}")
        return
    if not changed:
        say_changed_scales(dataset, runs, settings.dataset_line)
    else:
        say(f"The table is old: {dataset.name} has changed since it was scored; run: make score")


def _as_scored(settings: Settings, comparison: Comparison, runs: Sequence[Run]) -> Dataset | None:
    """The photos and ground truth for the pictures, if they are those that were scored."""
    try:
        dataset = settings.dataset.loaded
        if dataset.content_hash == comparison.scoring.dataset_hash:
            say_changed_scales(dataset, runs, settings.dataset_line)
            return dataset
        say(f"No pictures: {dataset.name} has changed since it was scored; run: make score")
    except (DatasetError, SettingsError, OSError) as error:
        say(f"No pictures: {error}")
    return None
