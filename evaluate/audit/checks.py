"""Checks of one photo and its truth that need no model.

Every check records a measure and, beyond a threshold, a finding. A ``suspect`` finding means that
the truth is probably wrong; a ``note`` does not. Each module of this package defines its own
thresholds.
"""

import cv2
import numpy as np

from datasets.arrays import Mask, to_mask
from datasets.dataset import Dataset, Sample
from datasets.pictures import PictureError
from datasets.truth import Levels, MaskFile
from evaluate.audit.finding import Case, Seen, Severity, _percent, direction
from evaluate.audit.lost_piece import by_colour, lost_piece
from evaluate.metrics.boundary import outline_px
from evaluate.metrics.edge_support import GAIN, SUPPORT, EdgeFit, fit_edges, shift_to_edges
from evaluate.metrics.working_scale import View, view

# Gemini's correct masks are 1 to 3 % off the photo's aspect; rounding by 1 px gives less than 1 %.
ASPECT_SUSPECT, ASPECT_NOTE = 0.03, 0.01
EMPTY_SHARE, FULL_SHARE = 0.0005, 0.9  # of the photo; a thin hex key covers some 0.5 %
_SPECK_SHARE = 0.002  # of the tool's area: smaller parts are specks, smaller holes pinholes
RAGGED = 1.25  # outline length over that of the smoothed mask; clean masks stay below 1.1
SOFT_SHARE = 0.001  # pixels away from any outline that are neither black nor white
_CLEAR_PX = 3  # gray pixels farther than this from an outline are not anti-aliasing

# Correct outlines have a support of at least 0.59, outlines of another photo at most 0.59. But
# correct ones lie at least 2.9 σ above the mean of all shifts, those of another photo at most 2.0.
SUPPORT_Z = 2.5


def examine(dataset: Dataset, sample: Sample) -> tuple[Case, Seen | None]:
    """Check one photo; the second result is None where the photo or the truth cannot be used."""
    case = Case(sample.id)
    try:
        photo = sample.photo()
    except PictureError as error:
        case.add("unreadable", "suspect", 1, f"the photo cannot be used: {error}")
        return case, None
    size = (photo.shape[0], photo.shape[1])
    try:
        levels = dataset.levels(sample, size)
        _size(case, size, (levels.shape[0], levels.shape[1]))
        truth, _ = dataset.truth(sample, size)
    except PictureError as error:
        if not case.suspects:
            case.add("unreadable", "suspect", 1, f"the truth cannot be used: {error}")
        return case, None
    _levels(case, sample, levels)
    _area(case, truth, _remedy(dataset, sample))
    _parts(case, truth)
    here = view(photo, truth)
    seen = Seen(here, fit_edges(here), size)
    _ragged(case, here)
    _colours(case, here)
    if seen.fit:
        _edges(case, here, seen.fit, size)
    return case, seen


def _size(case: Case, photo: tuple[int, int], truth: tuple[int, int]) -> None:
    mismatch = abs(truth[1] * photo[0] / (truth[0] * photo[1]) - 1)
    sizes = f"{truth[1]}×{truth[0]} for a photo of {photo[1]}×{photo[0]}"
    case.measures.update(
        photo_width=photo[1], photo_height=photo[0], truth_width=truth[1], truth_height=truth[0],
        aspect_mismatch=mismatch,
    )  # fmt: skip
    if mismatch > ASPECT_NOTE:
        severity: Severity = "suspect" if mismatch > ASPECT_SUSPECT else "note"
        text = f"the truth is {sizes}, {_percent(mismatch)} off in aspect; export it at that size"
        case.add("aspect", severity, mismatch, text)
    elif truth != photo:
        text = f"the truth is {sizes} and is resized for scoring; export it at the photo's size"
        case.add("size", "note", truth[1] / photo[1], text)


def _levels(case: Case, sample: Sample, levels: Levels) -> None:
    """Find levels between black and white away from any outline, as JPEG leaves them."""
    with sample.truth.path.open("rb") as file:
        jpeg = file.read(3) == b"\xff\xd8\xff"
    mask = to_mask(levels).astype(np.uint8)
    square = np.ones((2 * _CLEAR_PX + 1, 2 * _CLEAR_PX + 1), np.uint8)
    clear = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, square) == 0
    between = (levels > 0) & (levels < 255) & clear
    soft = float(np.count_nonzero(between) / levels.size)
    case.measures.update(soft_share=soft, truth_is_jpeg=int(jpeg))
    suffix = sample.truth.path.suffix.lower()
    if jpeg and suffix not in (".jpg", ".jpeg"):
        text = f"the truth is a JPEG called {suffix}; save it as PNG, JPEG blurs outlines"
        case.add("misnamed-jpeg", "note", 1, text)
    if soft > SOFT_SHARE:
        text = (
            f"{_percent(soft)} of the truth's pixels are gray away from any outline, as JPEG or "
            "a soft brush leaves; save it as PNG, black and white"
        )
        case.add("soft-levels", "note", soft, text)


def _remedy(dataset: Dataset, sample: Sample) -> str:
    """What to do about a truth that is empty, full or inverted: its file may be right."""
    if not isinstance(sample.truth, MaskFile):
        return "trace it again"
    return (
        "trace it again; if its file shows the tool, it is read wrongly "
        f"({dataset.masks.reading.line}), so set dataset.foreground or dataset.labels"
    )


def _area(case: Case, truth: Mask, remedy: str) -> None:
    share = float(truth.mean())
    border = np.concatenate((truth[0], truth[-1], truth[:, 0], truth[:, -1]))
    case.measures.update(area_share=share, border_share=float(border.mean()))
    if share < EMPTY_SHARE:
        text = f"the truth covers {_percent(share)} of the photo, which is too little; {remedy}"
        case.add("empty", "suspect", share, text)
    elif border.mean() > 0.5 and share < 1 - EMPTY_SHARE:
        text = (
            f"{_percent(float(border.mean()))} of the photo's border is foreground, by the whole "
            "dataset's polarity; invert this truth if black and white are swapped in it, or set "
            "dataset.foreground if they are in all"
        )
        case.add("inverted", "suspect", float(border.mean()), text)
    elif share > FULL_SHARE:
        text = f"the truth covers {_percent(share)} of the photo; {remedy}"
        case.add("full", "suspect", share, text)


def _parts(case: Case, truth: Mask) -> None:
    area = np.count_nonzero(truth)
    _, _, stats, _ = cv2.connectedComponentsWithStats(truth.astype(np.uint8))
    parts = stats[1:, cv2.CC_STAT_AREA]
    # A hole is background that does not reach the border. A rim of background around the picture
    # joins the rest of the background into one component.
    rim = np.pad(~truth, 1, constant_values=True).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(rim, connectivity=4)
    holes = np.delete(stats[:, cv2.CC_STAT_AREA], [0, int(labels[0, 0])])
    specks = int((parts < _SPECK_SHARE * area).sum())
    pinholes = int((holes < _SPECK_SHARE * area).sum())
    case.measures.update(
        parts=len(parts) - specks, specks=specks, holes=len(holes) - pinholes, pinholes=pinholes
    )
    if specks:
        text = f"specks under {_percent(_SPECK_SHARE)} of the tool: {specks}; erase them"
        case.add("specks", "note", specks, text)
    if pinholes:
        text = f"holes under {_percent(_SPECK_SHARE)} of the tool: {pinholes}; fill them"
        case.add("pinholes", "note", pinholes, text)


def _ragged(case: Case, here: View) -> None:
    smooth = cv2.medianBlur(here.truth.astype(np.uint8), 7)
    length = outline_px(smooth > 0)
    ragged = outline_px(here.truth) / length if length else 1.0
    case.measures["raggedness"] = ragged
    if ragged > RAGGED:
        text = f"the outline is {ragged:.2f} times as long as when smoothed; trace it cleaner"
        case.add("ragged", "note", ragged, text)


def _colours(case: Case, here: View) -> None:
    piece = lost_piece(here, by_colour(here))
    case.measures["continues_share"] = piece
    if piece:
        text = (
            "the tool's colours continue beyond the truth in a piece of "
            f"{_percent(piece)} of its area; check whether that piece was erased"
        )
        case.add("lost-piece", "suspect", piece, text)


def _edges(case: Case, here: View, fit: EdgeFit, size: tuple[int, int]) -> None:
    dx, dy = (round(d / here.scale) for d in fit.shift)
    offset = round(fit.offset / here.scale)
    case.measures.update(
        edge_support=fit.support, edge_support_z=fit.z, edge_support_moved=fit.best,
        edge_shift_x_px=dx, edge_shift_y_px=dy, edge_offset_px=offset,
    )  # fmt: skip
    mend_px = shift_to_edges(here, fit)
    grown = abs(fit.offset) > here.slack_px and fit.offset_gain >= GAIN
    grown = grown and fit.offset_support >= SUPPORT
    if mend_px and (not grown or fit.best >= fit.offset_support):
        case.mend_px = mend_px
        text = (
            f"the truth is off the photo's edges: shifted {direction(mend_px, size)}, its "
            f"outline has an edge support of {fit.best:.2f} instead of {fit.support:.2f}; move it"
        )
        case.add("shift", "suspect", float(np.hypot(dx, dy)), text)
    elif grown:
        text = (
            f"the truth is about {abs(offset)} px too {'large' if offset > 0 else 'small'} on all "
            f"sides: an outline there has {fit.offset_gain:.1f} times its edge support; trace it "
            "again"
        )
        case.add("offset", "suspect", offset, text)
    elif fit.support < SUPPORT and fit.z < SUPPORT_Z:
        text = (
            f"the outline follows none of the photo's edges (support {fit.support:.2f}, no more "
            "than elsewhere in it); check whether it belongs to another photo"
        )
        case.add("outline", "suspect", fit.support, text)
