"""A new run folder whose masks are those of other runs: hard links where the disk has them."""

import errno
import os
import shutil
import uuid
from dataclasses import replace
from pathlib import Path

from evaluate.store.formats.pack_place import PACK_SUFFIX, PackPlace
from evaluate.store.run_folder import OK, PredictionRecord, Run, prediction_line

NO_LINKS = {errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS, errno.EACCES}


class LinkedRun:
    """Takes photos from other runs, in the order of its lines; nothing of those is changed."""

    def __init__(self, folder: Path) -> None:
        self.run = Run(folder)
        self.run.masks.mkdir(parents=True)
        self._lines = self.run.lines.open("wb")
        self._packs: dict[Path, str] = {}  # the names here, by the packs that they are links of

    def take(self, origin: Run, record: PredictionRecord, session: int | None) -> None:
        """Add a photo of another run; ``session`` is the index of its process in this one.

        Raises:
            OSError: the disk is full, or may not be written.
        """
        place = record.packed and self._packed(origin, record.packed)
        if record.candidates is not None and not (place and place.candidates):
            target = self.run.candidates(record.id)
            target.parent.mkdir(exist_ok=True)
            link_or_copy(origin.candidates(record.id), target)
        if record.status == OK and not (place and place.mask):
            link_or_copy(origin.mask(record.id), self.run.mask(record.id))
        self._lines.write(prediction_line(replace(record, session=session, packed=place)))

    def close(self) -> None:
        """Wait until all of it is on the disk."""
        self._lines.flush()
        os.fsync(self._lines.fileno())
        self._lines.close()
        for folder in (self.run.packs, self.run.masks, self.run.folder):
            if folder.is_dir():
                sync_folder(folder)

    def _packed(self, origin: Run, place: PackPlace) -> PackPlace:
        """The place in this run; a pack is linked when the first photo in it is taken."""
        source = origin.packs / place.pack
        name = self._packs.get(source)
        if name is None:
            self.run.packs.mkdir(exist_ok=True)
            name, target = place.pack, self.run.packs / place.pack
            is_there = target.exists()
            if is_there and not target.samefile(source):  # a copy that was continued apart
                name, is_there = f"{uuid.uuid4().hex}{PACK_SUFFIX}", False
            if not is_there:
                link_or_copy(source, self.run.packs / name)
            self._packs[source] = name
        return replace(place, pack=name)


def link_or_copy(source: Path, target: Path) -> None:
    """Make ``target`` a hard link of ``source``, or a copy where the disk has no such links."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        shutil.copy2(source, target)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
