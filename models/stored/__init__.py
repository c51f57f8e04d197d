"""What models read that work on stored runs instead of photos."""
