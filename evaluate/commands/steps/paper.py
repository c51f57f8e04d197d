"""The step of eval, score and compare that ``metrics=paper`` adds. It is no command."""

from collections.abc import Sequence

from datasets.dataset import Dataset
from evaluate.compare.comparison import Comparison
from evaluate.config.options import METRICS
from evaluate.config.settings import Settings
from evaluate.store.run_folder import Run


def paper_metrics(settings: Settings, dataset: Dataset, run: Run) -> None:
    """Compute a run's paper metrics, if they are chosen."""
    if settings[METRICS] == "paper":
        from evaluate.paper.stage import compute_paper_scores

        compute_paper_scores(run, dataset, settings.measuring)


def paper_report(settings: Settings, comparison: Comparison, runs: Sequence[Run]) -> None:
    """Write the tables of the paper metrics, if they are chosen."""
    if settings[METRICS] == "paper":
        from evaluate.report.paper import publish_paper

        publish_paper(comparison, settings.folder, runs)
