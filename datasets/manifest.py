"""A manifest: a table of photos and truths that lie anywhere, as paths or URLs.

``file`` is a CSV, JSON lines or Parquet file with the columns ``id``, ``image`` and ``truth``;
``mm_per_px`` is the scale, every other column a tag. Paths start at the manifest's folder. URLs are
``file://``, ``https://``, ``http://``, ``s3://`` and ``gs://``; nothing is listed on a server, and
what is read stays in a cache.
"""

import os
from pathlib import Path

import platformdirs

from datasets.by_url.manifest_dataset import ManifestDataset
from datasets.by_url.object_cache import ObjectCache
from datasets.by_url.remote_sample import RemoteSamples, SampleMaker
from datasets.by_url.row_table import row_table
from datasets.by_url.transfer import expect_packages
from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.listing.typed_path import expanded
from datasets.reading.choice import Foreground

IN_USE = 64  # photos beyond those fetched ahead whose files are never removed


def load(
    file: str,
    name: str,
    foreground: Foreground,
    labels: object = None,
    void: object = None,
    survey: int | None = 200,
    prefetch: int = 16,
    cache: str | None = None,
    cache_gb: float = 50,
    timeout_s: float = 60,
    offline: bool = False,
) -> Dataset:
    """List the manifest. No photo is read.

    ``labels`` and ``void`` are those of ``datasets.reading.choice``. ``survey`` truths decide how
    all are read. ``prefetch`` photos are fetched ahead into the folder ``cache``, of at most
    ``cache_gb`` GiB. ``timeout_s`` is the limit for one object with all attempts. ``offline``: no
    request is made.

    Raises:
        DatasetError: the manifest or a setting is unusable, or a package is missing.
    """
    limits = {"survey": survey or 1, "prefetch": prefetch}
    for setting, number in limits.items():
        if type(number) is not int or number < 1:
            raise DatasetError(f"dataset.{setting}={number}: use a whole number from 1 on")
    for setting, value in (("cache_gb", cache_gb), ("timeout_s", timeout_s)):
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise DatasetError(f"dataset.{setting}={value}: use a number above 0")
    manifest = expanded(file).absolute()
    folder = expanded(cache).absolute() if cache else _cache_folder()
    table = row_table(manifest, folder / "manifests")
    expect_packages(table.schemes)
    objects = ObjectCache(
        folder, int(cache_gb * (1 << 30)), timeout_s, 2 * (prefetch + IN_USE), offline=offline
    )
    maker = SampleMaker(table, manifest.parent, objects)
    return ManifestDataset(
        name,
        RemoteSamples(maker, range(table.count)),
        tuple(table.problems),
        foreground,
        warnings=tuple(table.warnings),
        labels=labels,
        void=void,
        maker=maker,
        whole=table.count,
        ahead_photos=prefetch,
        surveyed=survey,
    )


def _cache_folder() -> Path:
    """Where objects are kept unless a folder is given, beside weights."""
    home = os.environ.get("CUTOUTBENCH_HOME") or platformdirs.user_cache_dir("cutoutbench")
    return Path(home) / "objects"
