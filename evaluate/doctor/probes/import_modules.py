"""Import modules one after the other; a line for each says whether that worked."""

import importlib
import json
import os
import sys
from contextlib import redirect_stdout


def main(names: list[str]) -> None:
    """Print one line a module."""
    for name in names:
        failure = ""
        try:
            with redirect_stdout(sys.stderr):
                importlib.import_module(name)
        except BaseException as error:  # a module may raise SystemExit too
            failure = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        print(json.dumps({"module": name, "failure": failure}), flush=True)
    sys.stdout.flush()
    os._exit(0)  # what a broken package does at the interpreter's end does not matter


if __name__ == "__main__":
    main(sys.argv[1:])
