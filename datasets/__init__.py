"""Where photos and truth come from."""
