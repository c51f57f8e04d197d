"""``make tune model=NAME``: threshold, refine and crop of a stored row, by cross-validation."""

from evaluate.commands.session import Session
from evaluate.config.options import CLEARANCE_MM
from evaluate.config.settings import Settings
from evaluate.config.steps import refine_steps
from evaluate.errors import ReportsError
from evaluate.exit_codes import DONE
from evaluate.store.run_folder import Run
from evaluate.store.score_table import read_scoring
from evaluate.tune.report import tuning_lines
from evaluate.tune.stage import tune


def run(session: Session, settings: Settings) -> int:
    """Tune the chosen model's row; the row with other weights if only that is stored."""
    other = settings.with_alternative()
    rows = [settings.model.row, *([other.model.row] if other else [])]
    stored = [Run(settings.runs / row) for row in rows]
    found = next((one for one in stored if (one.folder / "run.json").is_file()), None)
    if found is None:
        raise ReportsError(f"{stored[0].folder} does not exist; run: {settings.model.command}")
    dataset = session.dataset(settings)
    clearance_mm = settings[CLEARANCE_MM]
    if CLEARANCE_MM.name not in settings.typed and found.scoring.is_file():
        clearance_mm = read_scoring(found).clearance_mm  # as in the row's report
    tuning = tune(found, dataset, refine_steps())
    print("\n".join(tuning_lines(tuning, clearance_mm)), flush=True)
    return DONE
