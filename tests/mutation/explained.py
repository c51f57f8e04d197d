"""Why some mutants survive: no test can see them, or none should."""

import re

from tests.mutation.sites import Mutant
from tests.support.projects import ROOT

UNEXPLAINED = "Not seen by the tests that were run"

SPEED = "Chooses between ways that give the same numbers: only the time differs"
CROP = "Crops to what matters: without it the numbers are the same, and take longer"
TOLERANCE = "A tolerance or a guard below what a double resolves"
EQUAL = "The same result in every case that the code meets"
SEARCH = "How finely or how long a search looks: the result keeps its stated precision"
SEED = "The seed of random numbers: those of another are as good"
LARGE = "Matters in photos of more than 16 megapixels alone, on which a test would take seconds"

# A file below evaluate/, what its line begins with, a pattern of the change, and the reason.
EXPLAINED: tuple[tuple[str, str, str, str], ...] = (
    ("gate/criteria.py", "ROUNDING =", "", TOLERANCE),
    ("gate/criteria.py", "if difference < -max", "<=|ROUNDING", TOLERANCE),
    ("gate/criteria.py", "return Criterion.name, then", "ROUNDING", TOLERANCE),
    # A difference of 0 is never beyond the noise.
    ("gate/criteria.py", "down, up = ", "d <= 0|d >= 0", EQUAL),
    # Only the first is taken.
    ("gate/baseline.py", ".reason, _., ", "1 → 2", EQUAL),
    ("metrics/boundary.py", "near = mask.y", "", CROP),
    ("metrics/boundary.py", "np.pad.near", "1 → 2", CROP),
    # The same whole levels lie between.
    ("metrics/boundary.py", "low, high = math.floor", "255 → 256", EQUAL),
    ("metrics/edge_support.py", "level = power", r"NOISE_LEVEL \* 2", EQUAL),  # 2² is 2 × 2
    ("metrics/edge_support.py", "outline &= length|length = np.maximum", "1e-", TOLERANCE),
    ("metrics/edge_support.py", "return gx.astype", "", SPEED),
    ("metrics/outline_distances.py", "mask, truth = .m.top", "", CROP),
    ("metrics/outline_distances.py", "_TRANSFORM_PER_PX|_SMALL_PX|_NEAR_PX|_EXACT", "", SPEED),
    ("metrics/outline_distances.py", "_SPARSE|if self.length", "", SPEED),
    # Steps that are too long are left out.
    ("metrics/outline_distances.py", "reach = range", "1 → 2", EQUAL),
    ("metrics/outline_distances.py", "tree = |if tree <|if further.size", "", SPEED),
    ("metrics/outline_distances.py", "found = cKDTree", "", SPEED),
    ("metrics/outline_distances.py", "enough = |if not .enough|break", "", SPEED),
    ("metrics/fit.py", "_SPACING_PX =|_INSIDE, |_CONSTRAINTS =|_EXACT_PX =", "", SEARCH),
    ("metrics/fit.py", "_MOST_STEPS, |_COARSE_STEPS, |_COARSE_ERROR =", "", SEARCH),
    ("metrics/fit.py", "if found < best", "<= best", SEARCH),
    ("metrics/fit.py", "shapely.prepare|largest = self.distances.first", "pass|min", SPEED),
    ("metrics/fit.py", "there = lengths|return .*1e-9", "1e-09|>=", TOLERANCE),
    # Any number of points may be measured first.
    ("metrics/fit.py", "first = np.argpartition", "", SPEED),
    ("metrics/iou.py", "_BLOCK_PX = ", "", SPEED),
    ("metrics/paper/hce.py", "points = np.concatenate", "False → True", SPEED),
    # Cells inside the foreground have no lines.
    ("metrics/level_lines.py", "crossed = np.flatnonzero", "14", SPEED),
    # Any point of a hole lies in its polygon, and of an area only its sign and order count.
    ("metrics/level_lines.py", "firsts = |return float.np.sum", "", EQUAL),
    ("metrics/polygons.py", "REACH_PX = ", "", CROP),
    # Both levels are 255 there, so the difference is 0.
    ("metrics/paper/matting.py", "connected_to.connected_to < 0. = 1", "", EQUAL),
    ("metrics/paper/matting.py", "connected_to = np.full", r"1\.0 → 1\.5", EQUAL),  # below 0
    # The scale divides it out again.
    ("metrics/paper/matting.py", "slope = ", "", EQUAL),
    ("metrics/paper/level_counts.py", "_MOST_PX =", "", LARGE),
    # OpenCV adds up each row for every number but 0.
    ("metrics/paper/level_counts.py", "rows = cv2.reduce", "1 → 2", EQUAL),
    ("metrics/paper/saliency.py", "EPSILON = |return np.asarray.total", "EPSILON|1 → 2", TOLERANCE),
    ("metrics/paper/saliency.py", "return 2 . mean", "- EPSILON", TOLERANCE),
    ("metrics/paper/saliency.py", "if squares == 0", "and foreground|0 → 1", TOLERANCE),
    # The weight of a quadrant without pixels is 0.
    ("metrics/paper/saliency.py", "return 0.0", r"0\.0 → 1\.0", EQUAL),
    # It stands above and below the fraction bar.
    ("metrics/paper/saliency.py", "degrees = ", "size|1 → 2", EQUAL),
    # scikit-image decides unlike the paper for all with two neighbours in one run.
    ("metrics/paper/skeleton.py", "border = .neighbours >= 2", "> 2|2 → 3", EQUAL),
    # Those that come twice are taken once.
    ("metrics/paper/skeleton.py", "near = .outline", ":0", SPEED),
    # A circle has as many changes from 0 to 1 as from 1 to 0.
    ("metrics/paper/skeleton.py", "runs = ", "-1 → 1", EQUAL),
    ("metrics/paper/weighted_f.py", "padded.top", "top: top|top:$", SPEED),
    # The lowest level adds 0.
    ("metrics/paper/weighted_f.py", "wrong = .part > low", "part >= low", EQUAL),
    # Neither 39,999 nor 39,998 is a sum of two squares.
    ("metrics/paper/weighted_f.py", "_DECAY = ", r"\+ 1 →", EQUAL),
    ("score/photo_traits.py", "rows = slice|return rows, slice", "margin_px", CROP),
    ("score/photo_traits.py", "truth = truth._around", "", CROP),
    # The seed is on the padding, wherever it is and however wide.
    ("score/photo_traits.py", "cv2.floodFill", "0 → 1", EQUAL),
    ("score/photo_traits.py", "outside = np.pad", "1 → 2", EQUAL),
    ("compare/distributions.py", "for coefficient in|while high - low", "", TOLERANCE),
    ("compare/distributions.py", "_STEP, _END", "", TOLERANCE),
    ("compare/distributions.py", "terms = min|if abs.upper", "5 → 6|10 → 11|<= _CLOSE", TOLERANCE),
    ("compare/distributions.py", "_EXACT_TOSSES|_EXACT_HEADS", "", SPEED),
    ("compare/distributions.py", "if tosses > _EXACT", ">= _EXACT", SPEED),
    ("compare/decision/photos_needed.py", "_SEED = ", "", SEED),
    ("compare/resampling.py", "SEED = ", "", SEED),
    # No sign test has this p-value, nor a multiple of one.
    ("compare/decision/decide.py", "level = |return self.pair", "> SIG|<= SIG", EQUAL),
    # Backwards, all slopes are the same.
    ("compare/rows/memory_growth.py", "return -.-len", "-len.mib. //", EQUAL),
    ("compare/slices.py", "if photos is None or", "is not known.photos or", SPEED),
    ("compare/slices.py", "numbers.used. = .values", "pass", SPEED),
    # Another step has exact sums too, and fsum adds what it leaves.
    ("compare/statistics.py", r"1\.5 \* 2\.0 \*\* .52 - 60", "", SPEED),
    # The first two are added.
    ("compare/statistics.py", "middle = found", "3 → 4|1:3 → 1:$", EQUAL),
    # There are two rows or more, all of the same photos.
    ("compare/statistics.py", "behind = np.zeros|rows, photos = ", "0 → 1", EQUAL),
    # A load of 1 is not too much for any machine.
    ("compare/instability.py", "before = |during = ", r"0\.0 → 1\.0", EQUAL),
    # Sessions are numbered from 0.
    ("compare/rows/memory_growth.py", "of = np.nan_to_num", "1 → 2", EQUAL),
    ("compare/rows/kept_row.py", "array = ", "False → True", SPEED),
    # Rows without a mask are in the order of their labels.
    ("compare/comparison.py", "return True, 0.0", "1", EQUAL),
    # The quantile lies between.
    ("compare/distributions.py", "low, high = ", "", EQUAL),
    # A median outside the band is looked for in all photos.
    ("compare/resampling.py", "reach = int._BAND|first = max.len", "", SPEED),
    ("compare/resampling.py", "_CELLS = |_BAND = |together = |small = ", "", SPEED),
    ("compare/rows/memory_growth.py", "MOST_POINTS = ", "", SEARCH),
    # Numbers that are not split here are split as texts.
    ("compare/slices.py", "first = np.unique|distinct = first|return len.distinct", "", SPEED),
    # No sign test has this p-value, nor a multiple of one.
    ("compare/slices.py", "if one.wins > one.losses", "p <= SIGNIFICANT", EQUAL),
)


def reason_of(mutant: Mutant) -> str:
    """The reason of a surviving mutant."""
    line = (ROOT / mutant.path).read_text(encoding="utf-8").splitlines()[mutant.lines[0] - 1]
    for path, start, change, reason in EXPLAINED:
        known = mutant.path == f"evaluate/{path}" and re.match(start, line.strip())
        if known and re.search(change, mutant.change):
            return reason
    return UNEXPLAINED
