"""The names of plots, of the contact sheet and of the page of votes, and what is said of them.

They are known without importing what draws them, which is slow.
"""

PHOTO_SHEET = "contact.jpg"
VOTE_PAGE = "vote.html"
LEGEND = "Green: the ground truth. Orange: areas that the mask misses. Blue: the mask, and areas "
LEGEND += "that it adds."
SECTION = f"""\
### Photos

![The first row's worst photos, the most disputed ones and those next to its median]({PHOTO_SHEET})

<sub>{LEGEND} Worst and median: of the table's first row, beside the runner-up. Disputed: the \
largest differences between rows, with the best and the worst row there.</sub>
"""
PLOT_TEXTS = {  # descriptions for screen readers, in reading order
    "ecdf": "Share of photos at or above each IoU, by row; the best curve is highest",
    "quality-speed": "Median IoU against seconds per photo, with the Pareto front",
    "fit": "Share of tools that fit their pocket, by clearance, for each row",
    "failure-modes": "Photos of each row by outcome: good, fair, poor, missed, failed",
    "head-to-head": "Wins, ties and losses of every row against every other row; framed: Holm's p "
    "tells them apart",
    "critical-difference": "Mean ranks of all rows; bars join those that ranks alone cannot tell "
    "apart (Nemenyi's test); Holm's p of a pair decides",
    "differences": "Difference in IoU on every photo, first row against runner-up",
    "margins": "Wins, ties and losses of the first row against the runner-up, by margin",
    "votes": "Share of blind votes that each row and the ground truth are expected to win",
    "slices": "Median IoU of every row in each slice of the photos",
}
PLOT_TITLES = {  # drawn above each plot
    "ecdf": "How many photos reach an IoU",
    "quality-speed": "Quality against speed",
    "fit": "How many tools fit their pockets",
    "failure-modes": "Good, poor and failed photos",
    "head-to-head": "Head to head",
    "critical-difference": "Mean ranks",
    "differences": "First row against runner-up, photo by photo",
    "margins": "First row against runner-up, by margin of a tie",
    "slices": "Quality by slice of the photos",
    "votes": "Blind votes",
}
PLOT_FILES = tuple(f"{name}.{ending}" for name in PLOT_TEXTS for ending in ("png", "svg"))
