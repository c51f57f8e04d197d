"""Segmentation models, one module each; shared code is in the packages below."""
