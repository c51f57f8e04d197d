"""Which photos without ground truth to trace next, by the disagreement of stored masks."""
