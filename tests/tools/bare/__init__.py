"""The library's own call inside each wrapper, for ``make bench``: one module per module of models.

Each has ``library(segmenter)``, which returns the object with the call and the attribute's name.
Its docstring shows that call.
"""
