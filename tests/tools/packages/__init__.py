"""Tools on the packages that are pinned in requirements/."""
