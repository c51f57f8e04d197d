"""The dataset that the settings choose: its name, its root, its samples."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from datasets.errors import DatasetError
from datasets.listing.shard import Shard
from datasets.listing.typed_path import expanded
from evaluate.config.plain import given, plain
from evaluate.errors import SettingsError
from models.segmenter import load_class

if TYPE_CHECKING:
    from datasets.dataset import Dataset

PHOTOS_ONLY = "-photos"  # the end of the name of a folder's photos alone


@dataclass(frozen=True)
class DatasetChoice:
    """The dataset of ``config``, or the first ``limit`` of its photos; of these those in ``shard``.

    A shard has the name of the whole, as its results are to be put together with the others'.
    """

    config: DictConfig
    limit: int | None
    shard: Shard | None = None

    @property
    def name(self) -> str:
        """The dataset's name. A part of a dataset has a name of its own, so no report mixes both.

        Raises:
            SettingsError: ``dataset.root`` or ``dataset.file`` is not given.
        """
        place = self.root.resolve()
        usual = place.name if self._place == "dataset.root" else place.stem
        if self.is_photos_only:
            usual += PHOTOS_ONLY
        name = str(given(self.config, "dataset.name") or usual)
        return f"{name}-first{self.limit}" if self._is_part else name

    @cached_property
    def _is_part(self) -> bool:
        """Whether ``limit`` leaves any photo out."""
        if self.limit is None:
            return False
        try:
            return self.limit < len(self._build("").samples)
        except DatasetError:  # loading it says so
            return True

    def _build(self, name: str) -> "Dataset":
        """List all of its samples."""
        options = plain(self.config.dataset)
        build = load_class(options.pop("_target_"))
        dataset: Dataset = build(**{**options, "name": name})
        return dataset

    @property
    def is_photos_only(self) -> bool:
        """Whether it consists of photos whose masks are not read."""
        return bool(self.config.dataset._target_ == "datasets.without_truth.photos.load")

    @property
    def root(self) -> Path:
        """The folder it lies in, or the file that lists it.

        Raises:
            SettingsError: it is not given.
        """
        return expanded(str(given(self.config, self._place)))

    @property
    def _place(self) -> str:
        """The setting that says where it is."""
        return "dataset.root" if "root" in self.config.dataset else "dataset.file"

    @cached_property
    def loaded(self) -> "Dataset":
        """``load``, once: a manifest's objects are looked up once for all that ask for it here."""
        return self.load()

    def load(self) -> "Dataset":
        """List its samples.

        Raises:
            DatasetError: it is not there or holds nothing.
            SettingsError: one of its settings is not given.
        """
        dataset = self._build(self.name)
        if self.limit is not None and self._is_part:
            dataset = dataset.part(dataset.samples[: self.limit])
        if (shard := self.shard) is None:
            return dataset
        return dataset.part((s for s in dataset.samples if shard.has(s.id)), shard)

    @property
    def folder_to_trace(self) -> Path:
        """The folder that holds images/ to make masks for.

        Raises:
            SettingsError: the dataset is not a folder.
        """
        if self.config.dataset._target_ != "datasets.folder.load":
            raise SettingsError("make trace is for a folder: add dataset=folder dataset.root=…")
        return self.root
