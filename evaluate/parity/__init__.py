"""Whether two ways of running a network give the same masks, and at what speed."""
