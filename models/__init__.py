"""One file per segmentation system, and what they share."""
