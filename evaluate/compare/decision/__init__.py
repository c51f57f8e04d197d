"""Which row to take: whether the best row is told apart from others, and what would decide it."""
