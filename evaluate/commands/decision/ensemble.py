"""``make ensemble rows=A,B,C``: stored rows joined pixel by pixel into one more row."""

from evaluate.commands import eval as evaluation
from evaluate.commands.session import Session
from evaluate.compare.find_runs import choose_rows
from evaluate.config.options import HOW, ROWS
from evaluate.config.settings import Settings
from evaluate.errors import SettingsError


def run(session: Session, settings: Settings) -> int:
    """Join the chosen rows, score the result and compare it with all rows."""
    names = settings[ROWS]
    if settings.model.name is not None:
        raise SettingsError("make ensemble joins stored rows; give rows=A,B,C instead of model=")
    if names is None:
        raise SettingsError(
            "name the rows to join, as rows=A,B,C: folders in reports/<dataset>/runs"
        )
    rows = choose_rows(settings.runs, names)
    if len(rows) < 2:
        raise SettingsError(f"rows={names}: an ensemble needs at least two rows")
    settings.check_root(claim=True)
    return evaluation.run(session, settings.as_ensemble(rows, settings[HOW]))
