"""photos.parquet, by pyarrow, which is imported only here and where a table is read.

The rows of a run lie together, in row groups of their own, so that a reader skips the others. The
schema's metadata has, as JSON under ``cutoutbench``, what is known of each run as a whole.
"""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from evaluate.store.formats.columns import ABSENT, Coded, values_of
from evaluate.store.photo_table.columns import WHOLE_NUMBERS, Cells

if TYPE_CHECKING:
    import pyarrow as pa

METADATA = b"cutoutbench"
INSTALL = "make install extra=parquet"
_TOGETHER = 1 << 17  # photos of a row group


def has_pyarrow() -> bool:
    """Whether pyarrow is installed; it is not imported."""
    try:
        return find_spec("pyarrow") is not None
    except ModuleNotFoundError:  # an import hook hides it
        return False


class ParquetPhotos:
    """A file that runs are written to, one after the other; the first one's columns count."""

    def __init__(self, file: IO[bytes], about: Mapping[str, Any]) -> None:
        self._file = file
        self._about = json.dumps(about).encode()
        self._writer: Any = None

    def write(self, columns: Mapping[str, Cells]) -> None:
        """Append a run's photos."""
        import pyarrow as pa
        from pyarrow import parquet

        table = pa.table({_text(name): _array(name, each) for name, each in columns.items()})
        if self._writer is None:
            schema = table.schema.with_metadata({METADATA: self._about})
            self._writer = parquet.ParquetWriter(self._file, schema)
        self._writer.write_table(table.cast(self._writer.schema), row_group_size=_TOGETHER)

    def close(self) -> None:
        """Write the end of the file."""
        if self._writer is not None:
            self._writer.close()


def _array(name: str, column: Cells) -> "pa.Array":
    import pyarrow as pa

    if isinstance(column, list):
        try:
            texts = pa.array(column, pa.string())
        except UnicodeEncodeError:  # a file name that is not valid Unicode
            texts = pa.array(map(_text, column), pa.string())
        return texts if name == "id" else texts.dictionary_encode()
    if not isinstance(column, Coded):
        if name in WHOLE_NUMBERS:
            whole = np.nan_to_num(column).astype(np.int64)
            return pa.array(whole, mask=np.isnan(column))
        return pa.array(column, mask=np.isnan(column))
    kinds = {type(value) for value in column.values}
    if kinds and (kinds <= {int, float} or kinds == {bool}):
        values = [None if value is ABSENT else value for value in values_of(column)]
        return pa.array(values, pa.float64() if len(kinds) > 1 else None)
    names = pa.array([_text(str(value)) for value in column.values], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(column.codes, mask=column.codes < 0), names)


def _text(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
