"""``make unpack``: copy masks and candidates out of a run, whether they are in packs or files.

A run is named by its folder, so this needs neither its dataset nor its model.
"""

import sys

from datasets.listing.typed_path import expanded
from evaluate.display.text import count_text, say
from evaluate.errors import ReportsError
from evaluate.exit_codes import CANNOT, DONE
from evaluate.store.masks.copy_out import copy_out
from evaluate.store.run_folder import Run

ALL_PHOTOS = "all"
USAGE = "python -m evaluate unpack run=reports/NAME/runs/ROW id=ID to=DIR; id=all for all photos"


def run(arguments: list[str]) -> int:
    """Copy; CANNOT if a word is missing or unknown, or a mask is damaged."""
    given = dict(word.split("=", 1) for word in arguments if "=" in word)
    if len(given) < len(arguments) or given.keys() != {"run", "id", "to"} or "" in given.values():
        print(f"usage: {USAGE}", file=sys.stderr)
        return CANNOT
    folder, to = (expanded(given[name]) for name in ("run", "to"))
    try:
        Run(folder).about()  # says so if it is no run
        ids = None if given["id"] == ALL_PHOTOS else [given["id"]]
        masks = copy_out(Run(folder), ids, to)
    except ReportsError as error:
        say(str(error))
        return CANNOT
    print(f"{to}: {count_text(masks, 'mask')} of {folder}", flush=True)
    return DONE
