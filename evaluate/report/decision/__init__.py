"""The decision of a comparison as text: the first lines of every report."""
