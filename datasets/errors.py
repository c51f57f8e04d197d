"""The error of a dataset as a whole. It imports nothing, so that whoever catches it starts fast."""


class DatasetError(Exception):
    """The dataset is not there or holds nothing usable; the text says what to do."""
