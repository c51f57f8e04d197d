"""Plots of an Analysis. They only draw; all numbers are computed elsewhere.

Each plot is a pure function from plain data to a Figure; related plots share a file.
``choose_plots`` decides which plots a comparison gets. Labels are in the table's order.
"""

from evaluate.report.plots.choose import NamedPlot, choose_plots, plot_files

__all__ = ["NamedPlot", "choose_plots", "plot_files"]
