"""Pages in one file: templates, styles and scripts of a folder, and the data of the page.

Style and scripts are inline, so that versions of them never mix.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from evaluate.display.text import head_and_tail, p_value_text, printable


def one_file_page(folder: Path, template: str, data: Mapping[str, Any], **shown: Any) -> str:
    """The page as HTML; ``data`` is embedded as JSON, ``shown`` are the template's other values."""
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(printable=printable, p_value_text=p_value_text, parts=head_and_tail)
    return templates.get_template(template).render(
        page=data,
        style=_joined(folder, "css"),
        script=_joined(folder, "js"),
        # "<" is the only character that could close the surrounding script element.
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
        **shown,
    )


def _joined(folder: Path, kind: str) -> str:
    """All files of this kind, in the order of their names."""
    return "\n\n".join(path.read_text("utf-8").strip() for path in sorted(folder.glob(f"*.{kind}")))
