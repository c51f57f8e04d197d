"""How many examples hypothesis makes for each property: few in tests, more by the command."""

import os

from hypothesis import settings

VARIABLE = "METAMORPHIC_EXAMPLES"
EXAMPLES = settings(max_examples=int(os.environ.get(VARIABLE, "20")), derandomize=True)
