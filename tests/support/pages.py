"""Pages of the docs that hold what a command measured."""

import re
from pathlib import Path

from tests.support.projects import ROOT

RELIABILITY = ROOT / "docs" / "reliability.md"


def replace_block(page: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``.

    Raises:
        ValueError: the page has no such block.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    before = page.read_text(encoding="utf-8")
    if not pattern.search(before):
        raise ValueError(f"{page}: no block {begin} … {end}")
    page.write_text(pattern.sub(lambda _: f"{begin}\n{text.strip()}\n{end}", before), "utf-8")
