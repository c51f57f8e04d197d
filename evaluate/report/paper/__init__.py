"""The paper metrics of a comparison: tables, plots and files."""
