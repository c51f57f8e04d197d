"""``make score``: score stored masks again, those of every run or of the chosen model's."""

from evaluate.commands.session import Session
from evaluate.commands.steps.one_pass import visitor
from evaluate.commands.steps.paper import want_paper_metrics
from evaluate.config.settings import Settings
from evaluate.display.text import say
from evaluate.errors import ReportsError
from evaluate.exit_codes import DONE
from evaluate.score.photo_traits import traits_of
from evaluate.score.stage import blank_truths, score_run
from evaluate.store.run_folder import Run, all_runs
from evaluate.store.shard_folders import unmerged_shards
from evaluate.store.traits import TRAITS


def run(session: Session, settings: Settings) -> int:
    """Score; the worst exit code of all runs."""
    dataset = session.dataset(settings)
    if not dataset.samples:
        say(f"{dataset.name}: no photo falls into shard {dataset.shard}")
        return DONE
    runs, unmerged = all_runs(settings.runs), unmerged_shards(settings.folder)
    if settings.model.name is not None:
        runs = [stored for stored in runs if stored.row == settings.model.row]
        unmerged = {row: line for row, line in unmerged.items() if row == settings.model.row}
    if not runs and unmerged:
        raise ReportsError("\n".join(unmerged.values()))
    session.problems.update(dict.fromkeys(unmerged.values()))
    if not runs:
        raise ReportsError(f"{settings.runs}: no run to score; run: make eval model=NAME")

    def score_one(stored: Run) -> int:
        visit = visitor(settings, dataset, stored)
        scores = score_run(stored, dataset, settings.measuring, visit)
        want_paper_metrics(session, settings, dataset, stored)
        if line := blank_truths(dataset, scores):
            session.problems[line] = None
        session.reported.setdefault(settings.folder, settings)
        return DONE

    code = max(session.guard(lambda r=r: score_one(r)) for r in runs)  # type: ignore[misc]
    traits_of(dataset, settings.folder / TRAITS)
    return code
