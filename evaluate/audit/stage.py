"""Audits the ground truth: checks every photo alone, against the others, and against models.

Photos are opened one at a time and only small data are kept of each, so memory use does not grow
with the dataset's pixels. The models' masks come from stored runs; no model is run.
"""

from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from datasets.dataset import Dataset, Sample
from evaluate.audit.checks import examine
from evaluate.audit.duplicates import fingerprint, report_duplicates
from evaluate.audit.finding import Case
from evaluate.audit.model_consensus import GoodRun, good_rows, model_masks, weigh
from evaluate.compare.comparison import Comparison, compare
from evaluate.compare.rows.row import Row
from evaluate.errors import ReportsError
from evaluate.store.run_folder import Run, all_runs

WORST = 12  # photos on the contact sheet


@dataclass(frozen=True)
class Audit:
    """The result of an audit. ``good`` are the rows whose masks were used, best first.

    ``full`` compares the rows on all photos, ``without`` on those whose truth is not suspect. Both
    are None if there is nothing to compare; ``no_models`` gives the reason.
    """

    dataset: Dataset
    cases: tuple[Case, ...]
    good: tuple[Row, ...]
    good_runs: tuple[GoodRun, ...]
    full: Comparison | None
    without: Comparison | None
    no_models: str

    @property
    def suspects(self) -> list[Case]:
        """The photos whose truth is probably wrong, worst first."""
        return sorted((case for case in self.cases if case.suspects), key=_badness)

    @property
    def worst(self) -> list[tuple[Case, Sample]]:
        """The suspects of the contact sheet, each with its sample."""
        samples = {sample.id: sample for sample in self.dataset.samples}
        return [(case, samples[case.id]) for case in self.suspects[:WORST]]


def audit(dataset: Dataset, runs: Path, margin_iou: float) -> Audit:
    """Audit a dataset, using the scored runs under ``runs`` if there are any.

    Raises:
        DatasetError: the masks' polarity is ambiguous.
        ReportsError: the scores are of other photos or truths than the dataset holds now.
    """
    full, no_models = _comparison(dataset, runs, margin_iou)
    good = good_rows(full) if full else ()
    if full and not good:
        no_models = "no row's median IoU is high enough to check truths with its masks"
    good_runs = tuple(GoodRun.of(Run(runs / row.row), row.label) for row in good)
    cases, prints = {}, []
    progress = tqdm(dataset.samples, desc=f"{dataset.name}: audit", unit="photo")
    for sample in progress:
        case, seen = examine(dataset, sample)
        cases[sample.id] = case
        if seen:
            void = dataset.void_of(sample, seen.size)
            weigh(case, seen, model_masks(good_runs, sample.id, seen.size, void))
            prints.append(fingerprint(sample, seen.view))
    report_duplicates(cases, prints)
    suspects = {case.id for case in cases.values() if case.suspects}
    return Audit(
        dataset=dataset,
        cases=tuple(cases.values()),
        good=good,
        good_runs=good_runs,
        full=full,
        without=compare(runs, margin_iou, suspects) if full else None,
        no_models=no_models,
    )


def _comparison(dataset: Dataset, runs: Path, margin_iou: float) -> tuple[Comparison | None, str]:
    if not all_runs(runs):
        return None, "there is no run on this dataset"
    try:
        full = compare(runs, margin_iou)
    except ReportsError as error:
        return None, str(error).partition("\n")[0]
    if full.scoring.dataset_hash != dataset.content_hash:
        raise ReportsError(
            f"{runs}: scored on other photos or truths than {dataset.name} holds now; "
            "run: make score, for this dataset"
        )
    return full, ""


def _badness(case: Case) -> tuple[int, float, str]:
    support = case.measures.get("edge_support", 0.0)
    return -len(case.suspects), float(support), case.id
