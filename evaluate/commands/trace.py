"""``make trace``: masks and outlines for a folder of photos that have none."""

from evaluate.commands.session import Session
from evaluate.config.options import LEAST_HOLE_PX, LEAST_PART_PX, LIMIT, RETRY, SHARD
from evaluate.config.settings import Settings
from evaluate.exit_codes import DONE
from evaluate.trace.stage import trace


def run(session: Session, settings: Settings) -> int:
    """Make the masks, then draw the outlines of all masks there are."""
    model, _ = session.model(settings)
    root = settings.dataset.folder_to_trace
    problems: list[str] = []
    try:
        trace(
            model,
            settings.conditions,
            root,
            settings[LIMIT],
            settings[SHARD],
            settings.allowed_usd,
            settings[RETRY],
            problems,
        )
        if any((root / "masks").glob("*")):
            from evaluate.metrics.polygons import Floors
            from evaluate.trace.export import draw  # and ezdxf, which takes long

            floors = Floors(settings[LEAST_PART_PX], settings[LEAST_HOLE_PX])
            draw(settings.dataset.load(), root, floors, problems)
    finally:
        session.problems.update(dict.fromkeys(problems))
    return DONE
