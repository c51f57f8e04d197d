"""What a command's exit code means."""

DONE = 0
REGRESSED = 1  # the gate found a regression, or the canary other masks
CANNOT = 2  # the command could not do what it was given
ATTENTION = 3  # done, but some photos or models failed, or something needs a look
INTERRUPTED = 130  # the same command goes on from here
