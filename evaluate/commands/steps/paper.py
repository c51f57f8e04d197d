"""The steps of eval, score and compare that ``metrics=paper`` adds. It is no command."""

from collections.abc import Mapping, Sequence

from datasets.caching import cache
from datasets.dataset import Dataset
from evaluate.commands.session import CACHE, Session
from evaluate.compare.comparison import Comparison
from evaluate.config.options import METRICS, PLOTS
from evaluate.config.settings import Settings
from evaluate.display.text import say
from evaluate.exit_codes import DONE, INTERRUPTED
from evaluate.report.paper.files import remove_paper_files
from evaluate.store.run_folder import Run


def want_paper_metrics(session: Session, settings: Settings, dataset: Dataset, run: Run) -> None:
    """Note that a run's paper metrics are to be computed, if they are chosen."""
    if settings[METRICS] == "paper":
        key = settings.folder, settings.measuring
        _, runs = session.paper_runs.get(key, (dataset, []))
        session.paper_runs[key] = dataset, [*runs, run]


def compute_paper_metrics(session: Session) -> None:
    """Compute those that were noted: of all runs at once, so that ground truth is prepared once."""
    if INTERRUPTED in session.codes:
        return
    for (folder, measuring), (dataset, runs) in session.paper_runs.items():
        from evaluate.paper.stage import compute_paper_scores

        cache.use(folder / CACHE)

        def compute() -> int:
            compute_paper_scores(runs, dataset, measuring)  # noqa: B023
            return DONE

        session.guard(compute)


def paper_report(
    settings: Settings, comparison: Comparison, runs: Sequence[Run]
) -> Mapping[str, str]:
    """Write tables and plots of the paper metrics, if they are chosen; else remove earlier ones.

    Returns what each plot shows, by its name.
    """
    if settings[METRICS] == "paper":
        from evaluate.report.paper.publish import publish_paper

        return publish_paper(comparison, settings.folder, runs, settings[PLOTS])
    if removed := remove_paper_files(settings.folder):
        say(f"Removed, as of an earlier comparison: {', '.join(removed)}; again: metrics=paper")
    return {}
