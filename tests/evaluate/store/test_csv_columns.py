"""Tables read by columns: no number moves to another photo."""

import pytest

from evaluate.store.formats.csv_columns import CsvColumns


@pytest.mark.parametrize("cell", ["1", ""])
def test_an_empty_line_is_refused(cell: str) -> None:
    table = CsvColumns.of(f"id,x,y\r\na,{cell},2\r\n\r\nb,3,4\r\n")
    with pytest.raises(ValueError, match=r"a line is empty|convert string ''"):
        table.numbers(["x"])
