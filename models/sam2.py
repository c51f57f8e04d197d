"""SAM 2 and 2.1, Meta's Segment Anything, through ultralytics' ``SAM2Predictor``.

N. Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024. Recipe (ultralytics 8.4.190):
padded to a square of ``size``, ImageNet mean and std; masks with a predicted quality above 0.25
(with ``everything``: ultralytics' point grid, above 0.88, stable ones only), logits thresholded at
0, resized bilinearly to the photo.

The weights are Meta's own files. ultralytics' own half-size copies have no published hashes.
"""

from models.runtime.segment_anything import SegmentAnything


class Sam2(SegmentAnything):
    """Sizes t, s, b and l of both generations."""

    predictor = "SAM2Predictor"
    variants = tuple(f"{name}_{size}" for name in ("sam2", "sam2.1") for size in "tsbl")
    folder = "sam2"
