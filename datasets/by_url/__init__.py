"""Photos that a manifest names: files, and objects on servers, which are read through a cache."""
