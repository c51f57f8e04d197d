"""Puts the runs of a row's shards together (``make merge``)."""
