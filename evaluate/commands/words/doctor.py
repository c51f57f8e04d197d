"""``make doctor``: check machine and installation. It takes no model and no dataset.

It does not go through Hydra, which may be what is broken, and opens no connection.
"""

import sys

from datasets.listing.typed_path import expanded
from evaluate.doctor.run_checks import run_checks
from evaluate.exit_codes import CANNOT, DONE

TAKES = {"reports": "reports", "weights.mirror": ""}  # settings, with their defaults


def run(arguments: list[str]) -> int:
    """Check everything; CANNOT if there is a problem or an unknown setting."""
    given = dict(TAKES)
    for word in arguments:
        name, equals, value = word.partition("=")
        if name not in TAKES or not equals:
            print(f"{word}: make doctor takes only {', '.join(TAKES)}", file=sys.stderr)
            return CANNOT
        given[name] = value
    good = run_checks(expanded(given["reports"]), given["weights.mirror"])
    return DONE if good else CANNOT
