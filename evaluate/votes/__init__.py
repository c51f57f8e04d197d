"""Blind votes: which mask a person prefers, names hidden. docs/votes.md."""
