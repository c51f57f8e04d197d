"""Tables read by columns: no number moves to another photo."""

import pytest

from evaluate.store.formats.csv_columns import CsvColumns


@pytest.mark.parametrize("cell", ["1", ""])
def test_an_empty_line_is_refused(cell: str) -> None:
    table = CsvColumns.of(f"id,x,y\r\na,{cell},2\r\n\r\nb,3,4\r\n")
    with pytest.raises(ValueError, match=r"a line is empty|convert string ''"):
        table.numbers(["x"])


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("quoted", [False, True])
def test_lines_end_in_crlf_or_lf(end: str, quoted: bool) -> None:
    cell = '"b, c"' if quoted else "b"
    table = CsvColumns.of(f"id,x{end}a,1{end}{cell},2{end}")
    assert table.texts("id") == ["a", cell.strip('"')]
    assert table.numbers(["x"]).tolist() == [[1, 2]]
