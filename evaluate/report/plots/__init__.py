"""Plots of a Comparison and its Analysis. Computing is done elsewhere; these only draw.

A family of plots is a file, a plot a pure function from plain data to a Figure; ``pictures`` says
which of them a comparison gets. Labels are names as they are shown, in the table's order.
"""

from evaluate.report.plots.choose import FILES, Picture, files, pictures

__all__ = ["FILES", "Picture", "files", "pictures"]
