"""A run as a row of the table."""
