"""The built-in photographs, rendered: ``make sample-set`` (see ``__main__``)."""
