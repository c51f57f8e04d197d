"""Puts what a command found into a page of the docs, between two comments."""

import re
from pathlib import Path


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
