"""The short form of ``make fuzz``: a few inputs a target, the same ones each time."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.inputs import with_checksums
from tests.fuzz.target import only, unchanged
from tests.fuzz.targets.pictures import encoded
from tests.support.pages import replace_block
from tests.support.projects import ROOT


def test_no_input_does_harm() -> None:
    """In a process of its own: the last line of its output is the input that ended it."""
    command = [sys.executable, "-m", "tests.fuzz.short", "12", "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:] or done.stdout[-4000:]


def test_checks_find_what_they_are_for() -> None:
    with pytest.raises(ZeroDivisionError):
        only(lambda data: 1 / len(data), ValueError)(b"")
    check = unchanged(bytes.upper, b"a", ValueError)
    check(b"A")
    with pytest.raises(AssertionError, match="in silence"):
        check(b"b")


def test_png_checksums_are_made_right_again() -> None:
    png = next(data for data in encoded() if data[1:4] == b"PNG")
    assert with_checksums(png) == png
    assert with_checksums(png[:29] + bytes(4) + png[33:]) == png  # that of its header


def test_a_block_of_a_page_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- fuzz -->\nold\n<!-- /fuzz -->\nb\n")
    replace_block(page, "fuzz", "new \\1")
    assert page.read_text() == "a\n<!-- fuzz -->\nnew \\1\n<!-- /fuzz -->\nb\n"
    with pytest.raises(ValueError, match="no block"):
        replace_block(page, "other", "x")
