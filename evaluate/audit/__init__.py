"""Is the truth true? `gather` checks a whole dataset, `report` writes what it found."""
