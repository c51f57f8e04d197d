"""Commands that take words instead of settings, and so do not go through Hydra."""
