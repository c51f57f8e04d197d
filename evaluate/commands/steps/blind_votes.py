"""The blind votes of a dataset, for its comparison."""

from collections.abc import Mapping, Sequence

import numpy as np

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from evaluate.compare.comparison import Comparison
from evaluate.config.settings import Settings
from evaluate.display.text import say
from evaluate.errors import ReportsError, SettingsError
from evaluate.store.run_folder import Run, all_runs
from evaluate.store.score_table import read_score_table
from evaluate.votes.mask_names import NamedMask, masks_by_name
from evaluate.votes.results import VoteResults, vote_results
from evaluate.votes.store import VOTES, read_votes


def blind_votes(
    settings: Settings, comparison: Comparison, runs: Sequence[Run]
) -> VoteResults | None:
    """The results of the stored votes, without any votes too; None for a shard's reports.

    ``runs`` belong to the comparison's rows.
    """
    if settings.folder != settings.whole_folder:
        return None
    stored = read_votes(settings.folder / VOTES)
    for line in stored.problems:
        say(line)
    if not stored.votes:
        return vote_results(comparison, stored, {}, {})
    return vote_results(comparison, stored, _masks(settings, comparison), _fits(runs))


def _masks(settings: Settings, comparison: Comparison) -> Mapping[str, Sequence[NamedMask]]:
    photos = {id_ for row in comparison.rows[:1] for id_ in row.ious}
    runs = [run for run in all_runs(settings.runs) if _is_readable(run)]
    return masks_by_name(runs, _dataset(settings), photos)


def _is_readable(run: Run) -> bool:
    try:
        _ = run.about(), run.scored_threshold
    except ReportsError:  # the comparison says so
        return False
    return True


def _dataset(settings: Settings) -> Dataset | None:
    """The dataset as it is now; without one, votes on the ground truth do not count."""
    try:
        dataset = settings.dataset.loaded
        _ = dataset.digests, dataset.masks
    except (DatasetError, SettingsError, OSError) as error:
        say(f"Votes on the ground truth are left out: {error}")
        return None
    return dataset


def _fits(runs: Sequence[Run]) -> Mapping[str, Mapping[str, float]]:
    """``fit_px`` of each row by photo, where it is known."""
    found: dict[str, dict[str, float]] = {}
    for run in runs:
        table = read_score_table(run)
        values = table.measures.get("fit_px", np.full(len(table), np.nan))
        found[run.row] = dict(zip(table.ids, values.tolist(), strict=True))
    return found
