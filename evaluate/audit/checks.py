"""What is odd about one photo and its truth, found without any model.

Every check gives a measure and, past a threshold, a finding. A ``suspect`` finding says that the
truth is likely wrong, a ``note`` what is worth knowing. Each module of this package holds its own
thresholds.
"""

import cv2
import numpy as np

from datasets.arrays import Mask
from datasets.dataset import Dataset, Sample
from datasets.pictures import PictureError
from datasets.truth import Levels, MaskFile
from evaluate.audit.finding import Case, Seen, Severity, _percent, direction
from evaluate.audit.lost_piece import by_colour, lost_piece
from evaluate.metrics.edge_support import GAIN, SUPPORT, Fit, fit, shift_to_edges
from evaluate.metrics.working_scale import View, view

# Gemini returns masks 1 to 3 % off its photo's aspect and means no harm; 1 px of rounding is less.
ASPECT_SUSPECT, ASPECT_NOTE = 0.03, 0.01
EMPTY_SHARE, FULL_SHARE = 0.0005, 0.9  # of the photo; a thin hex key covers some 0.5 %
SPECK_SHARE = 0.002  # of the tool: a smaller part is a speck, a smaller hole a pinhole
RAGGED = 1.25  # outline against the same smoothed; polygons and rendered masks stay below 1.1
SOFT_SHARE = 0.001  # pixels away from any outline that are neither black nor white
CLEAR_PX = 3  # what is farther from an outline than this is no anti-aliasing

# Right outlines have a support of 0.59 and more, those of other photos up to 0.59; but right ones
# always stand 2.9 σ or more above the photo's other places, those of other photos up to 2.0.
SUPPORT_Z = 2.5


def examine(dataset: Dataset, sample: Sample) -> tuple[Case, Seen | None]:
    """Check one photo; None beside the case where photo or truth cannot be used."""
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
    seen = Seen(here, fit(here), size)
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
    """JPEG leaves levels between black and white where no outline is near."""
    with sample.truth.path.open("rb") as file:
        jpeg = file.read(3) == b"\xff\xd8\xff"
    cut = (levels >= 128).astype(np.uint8)
    square = np.ones((2 * CLEAR_PX + 1, 2 * CLEAR_PX + 1), np.uint8)
    clear = cv2.morphologyEx(cut, cv2.MORPH_GRADIENT, square) == 0
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
        text = f"the truth covers {_percent(share)} of the photo, next to nothing; {remedy}"
        case.add("empty", "suspect", share, text)
    elif border.mean() > 0.5 and share < 1 - EMPTY_SHARE:
        text = (
            f"{_percent(float(border.mean()))} of the photo's border is tool, by the vote of the "
            "set's masks; invert this truth if it is the other way round, or set "
            "dataset.foreground if all are"
        )
        case.add("inverted", "suspect", float(border.mean()), text)
    elif share > FULL_SHARE:
        text = f"the truth covers {_percent(share)} of the photo; {remedy}"
        case.add("full", "suspect", share, text)


def _parts(case: Case, truth: Mask) -> None:
    area = np.count_nonzero(truth)
    _, _, stats, _ = cv2.connectedComponentsWithStats(truth.astype(np.uint8))
    parts = stats[1:, cv2.CC_STAT_AREA]
    # A hole is background that does not reach the picture's border; a rim of background around
    # the picture joins what does into one component.
    rim = np.pad(~truth, 1, constant_values=True).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(rim, connectivity=4)
    holes = np.delete(stats[:, cv2.CC_STAT_AREA], [0, int(labels[0, 0])])
    specks = int((parts < SPECK_SHARE * area).sum())
    pinholes = int((holes < SPECK_SHARE * area).sum())
    case.measures.update(
        parts=len(parts) - specks, specks=specks, holes=len(holes) - pinholes, pinholes=pinholes
    )
    if specks:
        text = f"specks under {_percent(SPECK_SHARE)} of the tool: {specks}; erase them"
        case.add("specks", "note", specks, text)
    if pinholes:
        text = f"holes under {_percent(SPECK_SHARE)} of the tool: {pinholes}; fill them"
        case.add("pinholes", "note", pinholes, text)


def _ragged(case: Case, here: View) -> None:
    levels = here.truth.astype(np.uint8) * 255
    smooth = cv2.medianBlur(levels, 7).astype(np.uint8, copy=False)
    length = _outline_px(smooth)
    ragged = _outline_px(levels) / length if length else 1.0
    case.measures["raggedness"] = ragged
    if ragged > RAGGED:
        text = f"the outline is {ragged:.2f} times as long as when smoothed; trace it cleaner"
        case.add("ragged", "note", ragged, text)


def _outline_px(levels: Levels) -> float:
    outlines, _ = cv2.findContours(levels, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return sum(cv2.arcLength(outline, closed=True) for outline in outlines)


def _colours(case: Case, here: View) -> None:
    piece = lost_piece(here, by_colour(here))
    case.measures["continues_share"] = piece
    if piece:
        text = (
            "the tool's colours go on where the truth stops, in a piece of "
            f"{_percent(piece)} of its area; look whether that was erased"
        )
        case.add("lost-piece", "suspect", piece, text)


def _edges(case: Case, here: View, fit: Fit, size: tuple[int, int]) -> None:
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
            f"the truth lies beside the photo's edges: moved {direction(mend_px, size)}, its "
            f"outline has an edge support of {fit.best:.2f} instead of {fit.support:.2f}; move it"
        )
        case.add("shift", "suspect", float(np.hypot(dx, dy)), text)
    elif grown:
        text = (
            f"the truth is about {abs(offset)} px too {'large' if offset > 0 else 'small'} all "
            f"round: there an outline has {fit.offset_gain:.1f} times its edge support; trace it "
            "again"
        )
        case.add("offset", "suspect", offset, text)
    elif fit.support < SUPPORT and fit.z < SUPPORT_Z:
        text = (
            f"the outline follows none of the photo's edges (support {fit.support:.2f}, as "
            "anywhere in it); see whether it belongs to another photo"
        )
        case.add("outline", "suspect", fit.support, text)
