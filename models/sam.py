"""SAM 1, Meta's first Segment Anything, and MobileSAM, through ultralytics' ``Predictor``.

A. Kirillov et al., "Segment Anything", 2023; C. Zhang et al., "Faster Segment Anything: Towards
Lightweight SAM for Mobile Applications", 2023: SAM with a small image encoder. Recipe, prompts and
settings are those of ``models.sam2``. Unlike SAM 2, which turns a box into two points, these
networks encode a box apart from the points.

The weights are the authors' own files.
"""

from models.runtime.segment_anything import SegmentAnything


class Sam(SegmentAnything):
    """Sizes b, l and h of SAM, and MobileSAM."""

    predictor = "Predictor"
    variants = ("sam_b", "sam_l", "sam_h", "mobile_sam")
    folder = "sam"
