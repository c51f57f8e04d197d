"""Tuning of a row's settings on stored alphas, and what the tuning gains on other photos."""
