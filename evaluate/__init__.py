"""Run, score, compare, report, gate: stages with files between them, so that each reruns alone."""
