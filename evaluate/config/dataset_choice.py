"""The dataset that the settings choose: its name, its root, its samples."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from evaluate.config.plain import given, plain
from evaluate.errors import SettingsError
from models.segmenter import load_class

if TYPE_CHECKING:
    from datasets.dataset import Dataset


@dataclass(frozen=True)
class DatasetChoice:
    """The dataset of ``config``, or the first ``limit`` of its photos."""

    config: DictConfig
    limit: int | None

    @property
    def name(self) -> str:
        """The dataset's name. A part of a dataset has a name of its own, so no report mixes both.

        Raises:
            SettingsError: ``dataset.root`` is not given.
        """
        name = str(given(self.config, "dataset.name") or self.root.resolve().name)
        return f"{name}-first{self.limit}" if self.limit else name

    @property
    def root(self) -> Path:
        """The folder it lies in.

        Raises:
            SettingsError: ``dataset.root`` is not given.
        """
        return Path(str(given(self.config, "dataset.root"))).expanduser()

    def load(self) -> "Dataset":
        """List its samples.

        Raises:
            DatasetError: it is not there or holds nothing.
            SettingsError: one of its settings is not given.
        """
        options = plain(self.config.dataset)
        build = load_class(options.pop("_target_"))
        dataset: Dataset = build(**{**options, "name": self.name})
        return dataset if self.limit is None else dataset.part(self.limit)

    @property
    def folder_to_trace(self) -> Path:
        """The folder that holds images/ to make masks for.

        Raises:
            SettingsError: the dataset is not a folder.
        """
        if self.config.dataset._target_ != "datasets.folder.load":
            raise SettingsError("make trace is for a folder: add dataset=folder dataset.root=…")
        return self.root
