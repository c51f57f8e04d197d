"""What a command's exit code means."""

DONE = 0
REGRESSED = 1  # the gate found a regression, or the canary different masks
CANNOT = 2  # the command could not be carried out
ATTENTION = 3  # done, but photos or models failed, or something needs attention
INTERRUPTED = 130  # the same command continues
