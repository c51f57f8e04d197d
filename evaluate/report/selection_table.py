"""What selecting costs the models that select: their rows against the best of their candidates.

    lost by segmentation   1 - oracle      even a perfect selection would not have had it
    lost by selection      oracle - median   it was among the candidates, and was not picked

Where no photo had two candidates nothing was selected, and what that lost cannot be told.

The oracle is a median over all scored photos, like the row's. It knows the truth, so it is an upper
bound and never a row.
"""

from evaluate.compare.comparison import Comparison
from evaluate.report.columns import NA

HEADER = (
    "Approach",
    "Candidates",
    "Median IoU",
    "Oracle",
    "Lost by segmentation",
    "Lost by selection",
)
NOTE = (
    "Oracle: the median IoU had the truth itself picked each photo's best candidate; an upper "
    "bound, no row. Candidates: what the model proposed for the median photo. No refine step is "
    "applied to them, so a refined row's last column has what refining changed in it. N/A: no "
    "photo had more than one candidate; with model.multimask=true SAM 2 gives three."
)


def costs(comparison: Comparison) -> list[tuple[str, ...]]:
    """The table, its header first, in the order of the rows; empty where no row selects."""
    rows = [
        (
            row.label,
            f"{row.oracle.candidates:g}",
            f"{row.median:.3f}",
            f"{row.oracle.median:.3f}",
            f"{1 - row.oracle.median:.3f}",
            f"{row.oracle.median - row.median:.3f}" if row.oracle.most > 1 else NA,
        )
        for row in comparison.rows
        if row.oracle
    ]
    return [HEADER, *rows] if rows else []
