"""Checks ground truth for errors: `stage` audits a dataset, `report` writes the findings."""
