"""Cost of selection, for models that select a mask among several candidates.

    lost by segmentation   1 - oracle        not reached by any candidate
    lost by selection      oracle - median   reached by a candidate that was not selected

If no photo had two candidates, nothing was selected, and the loss by selection is N/A.

The oracle is the median over all scored photos of the best candidate's IoU. It uses the ground
truth, so it is an upper bound and never a row.
"""

from evaluate.compare.comparison import Comparison
from evaluate.display.text import NA

_HEADER = (
    "Approach",
    "Candidates",
    "Median IoU",
    "Oracle",
    "Lost by segmentation",
    "Lost by selection",
)
NOTE = (
    "Oracle: the median IoU if the best candidate of each photo were selected; an upper bound that "
    "needs the ground truth. Candidates: the median number per photo. They are not refined, so the "
    "last column of a refined row includes the effect of refining. N/A: no photo had more than one "
    "candidate; SAM 2 proposes three with model.multimask=true."
)


def selection_costs(comparison: Comparison) -> list[tuple[str, ...]]:
    """The table, the header first, in the order of the rows; empty if no row has candidates."""
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
    return [_HEADER, *rows] if rows else []
