"""Where in a wrapper the library's own call stands, for ``make bench``: a module a module of
``models/``.

Each has ``library(segmenter)``: the object that has the call as an attribute, and its name. Its
docstring says what that call is.
"""
