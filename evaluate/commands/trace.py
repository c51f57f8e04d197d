"""``make trace``: masks and outlines for a folder of photos that have none."""

from typing import TYPE_CHECKING

from evaluate.commands.session import Session
from evaluate.compare.find_runs import choose_rows
from evaluate.config.options import (
    CLEARANCE_MM,
    LEAST_HOLE_PX,
    LEAST_PART_PX,
    LIMIT,
    RETRY,
    ROWS,
    SCORE_THRESHOLD,
    SHARD,
    TRACE_CLEARANCE_MM,
    TRACE_ID,
)
from evaluate.config.settings import Settings
from evaluate.errors import SettingsError
from evaluate.exit_codes import DONE
from evaluate.store.run_folder import Run
from evaluate.trace.photo_choice import PhotoChoice
from evaluate.trace.stage import trace

if TYPE_CHECKING:
    from evaluate.trace.export import OutlineStyle


def run(session: Session, settings: Settings) -> int:
    """Make the masks, then draw the outlines of all masks there are; with ``rows``, of theirs."""
    if CLEARANCE_MM.name in settings.typed:
        raise SettingsError(
            f"clearance_mm={settings[CLEARANCE_MM]:g} is the gap that fits are scored at, not one "
            f"that outlines get; to add it to them: trace.clearance_mm={settings[CLEARANCE_MM]:g}"
        )
    problems: list[str] = []
    try:
        if (names := settings[ROWS]) is None:
            _trace_folder(session, settings, problems)
        else:
            _export_rows(session, settings, names, problems)
    finally:
        session.problems.update(dict.fromkeys(problems))
    return DONE


def _trace_folder(session: Session, settings: Settings, problems: list[str]) -> None:
    model, _ = session.model(settings)
    root = settings.dataset.folder_to_trace
    chosen = trace(
        model,
        settings.conditions,
        root,
        PhotoChoice(settings[TRACE_ID], settings[LIMIT], settings[SHARD]),
        settings[SCORE_THRESHOLD],
        settings.allowed_usd,
        settings[RETRY],
        problems,
    )
    if not any((root / "masks").glob("*")):
        return
    from evaluate.trace.export import draw, truth_masks  # and ezdxf, which takes long

    dataset = settings.dataset.load()
    session.warnings.update(dict.fromkeys(dataset.warnings))
    samples = [sample for sample in dataset.samples if sample.id in chosen]
    draw(samples, truth_masks(dataset, root), root / "outlines", _style(settings), problems)


def _export_rows(session: Session, settings: Settings, names: str, problems: list[str]) -> None:
    """Draw the outlines of stored rows' masks into ``outlines/<row>`` beside their reports."""
    if settings.model.name is not None:
        raise SettingsError("make trace rows=… exports stored masks; leave out model=")
    from evaluate.trace.export import draw, row_masks

    settings.check_root(claim=False)
    rows = choose_rows(settings.runs, names)
    dataset = session.dataset(settings)
    samples = {sample.id: sample for sample in dataset.samples}
    chosen = [samples[id_] for id_ in PhotoChoice(settings[TRACE_ID]).of(list(samples))]
    threshold = settings[SCORE_THRESHOLD] if SCORE_THRESHOLD.name in settings.typed else None
    for row in rows:
        read = row_masks(dataset, Run(settings.runs / row), threshold)
        draw(chosen, read, settings.folder / "outlines" / row, _style(settings), problems)


def _style(settings: Settings) -> "OutlineStyle":
    from evaluate.metrics.polygons import Floors
    from evaluate.trace.export import OutlineStyle

    floors = Floors(settings[LEAST_PART_PX], settings[LEAST_HOLE_PX])
    return OutlineStyle(floors, settings[TRACE_CLEARANCE_MM])
