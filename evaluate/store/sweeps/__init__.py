"""What a sweep over models leaves behind that is no run."""
