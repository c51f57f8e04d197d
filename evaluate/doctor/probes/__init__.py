"""Programs of ``make doctor`` that import packages: each prints its answer as a line of JSON."""
