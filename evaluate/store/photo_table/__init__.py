"""photos.csv and photos.parquet: a row for each photo and model (docs/photos.md)."""
