"""A slip in a person's own yaml as a line that names its place."""

from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from evaluate.errors import SettingsError


@contextmanager
def slips_named() -> Iterator[None]:
    """Raise the parser's errors within as SettingsErrors.

    Raises:
        SettingsError: a file is no yaml; the text has file, line and the parser's reason.
    """
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{mark.name}, line {mark.line + 1}: " if mark else ""
        hint = "; put a text that contains ': ' in quotes" if "mapping" in str(error) else ""
        raise SettingsError(f"{where}{error.problem or error.context}{hint}") from error
    except yaml.YAMLError as error:
        raise SettingsError(" ".join(str(error).split())) from error
