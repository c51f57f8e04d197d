"""Several models at once: in processes of this machine, or as actors of a Ray cluster."""
