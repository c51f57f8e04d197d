"""Dataset forms of photos whose ground truth is not read, for make run and make next."""
