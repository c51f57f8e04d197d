"""How the masks and candidates of a run are stored: as files, or appended to packs.

A worker process writes one photo's mask and candidates to the same two temporary files each time
(``unfinished`` and ``proposed``); a writer puts them where they stay, before the photo's line is
appended to predictions.jsonl.

A pack is only ever appended to, and never again once it is full. So what a line says of its place
stays true, and a copying tool has few files to look at. What a killed command has appended without
a line is cut off by the next. A pack that another run shares by a hard link is left alone.
"""

import errno
import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from evaluate.store.atomic import UNFINISHED, sync_file
from evaluate.store.formats.pack_place import PACK_SUFFIX, PackPlace
from evaluate.store.run_folder import PredictionRecord, Run

AUTO, FILES, PACK = "auto", "files", "pack"
STORES = (AUTO, FILES, PACK)
PACK_BYTES = 1 << 30  # of a full pack; a larger mask has one of its own


class MaskWriter(Protocol):
    """Stores the masks and candidates of one run; one process writes a run at a time."""

    unfinished: Path
    proposed: Path

    def commit(self, id_: str, *, mask: bool, candidates: bool) -> PackPlace | None:
        """Store what the worker has written of a photo; where, if it is in a pack.

        Raises:
            OSError: the disk is full, or may not be written.
        """

    def sync(self, ids: Iterable[str]) -> None:
        """Wait until what was stored of these photos is on the disk."""

    def close(self) -> None:
        """Remove the temporary files."""


def open_writer(
    run: Run, store: str, records: Mapping[str, PredictionRecord], pack_bytes: int = PACK_BYTES
) -> MaskWriter:
    """The writer that ``store`` names; AUTO: packs if the run has any, else files.

    ``records`` are the run's finished photos.
    """
    if store == PACK or (store == AUTO and run.packs.is_dir()):
        return PackWriter(run, records, pack_bytes)
    return FileWriter(run)


class FileWriter:
    """``masks/<id>.png`` and ``candidates/<id>.json``."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.unfinished, self.proposed = _temporary(run.masks)

    def commit(self, id_: str, *, mask: bool, candidates: bool) -> None:
        """Move them into place."""
        if candidates:
            path = self._run.candidates(id_)
            path.parent.mkdir(exist_ok=True)
            self.proposed.replace(path)
        if mask:
            self.unfinished.replace(self._run.mask(id_))

    def close(self) -> None:
        """Remove the temporary files."""
        _remove(self)

    def sync(self, ids: Iterable[str]) -> None:
        """Wait for each file."""
        for id_ in ids:
            for path in (self._run.mask(id_), self._run.candidates(id_)):
                if path.is_file():
                    sync_file(path)


class PackWriter:
    """``packs/<name>.pack``; names are random, so packs of several runs can be put together."""

    def __init__(self, run: Run, records: Mapping[str, PredictionRecord], pack_bytes: int) -> None:
        self._folder = run.packs
        self._folder.mkdir(exist_ok=True)
        self._pack_bytes = pack_bytes
        self.unfinished, self.proposed = _temporary(self._folder)
        self._unsynced: set[Path] = set()
        self._pack = _mended(self._folder, _ends(records), pack_bytes)

    def commit(self, id_: str, *, mask: bool, candidates: bool) -> PackPlace | None:  # noqa: ARG002 - as a file's
        """Append them to the pack."""
        parts = [self.proposed.read_bytes()] if candidates else []
        parts += [self.unfinished.read_bytes()] if mask else []
        if not parts:
            return None
        pack, start = self._append(b"".join(parts))
        places = []
        for part in parts:
            places.append((start, len(part)))
            start += len(part)
        return PackPlace(
            pack, places[-1] if mask else None, places[0] if candidates else None
        )  # fmt: skip

    def close(self) -> None:
        """Remove the temporary files."""
        _remove(self)

    def sync(self, ids: Iterable[str]) -> None:  # noqa: ARG002 - as files do
        """Wait for the packs that were appended to."""
        for path in self._unsynced:
            sync_file(path)
        self._unsynced.clear()

    def _append(self, data: bytes) -> tuple[str, int]:
        """Append to the pack, or to a new one if it would be too large; its name and the offset."""
        size = self._pack.stat().st_size if self._pack else 0
        if self._pack is None or (size and size + len(data) > self._pack_bytes):
            self._pack, size = self._folder / f"{uuid.uuid4().hex}{PACK_SUFFIX}", 0
        file = os.open(self._pack, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            try:
                if os.write(file, data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._pack))
            except OSError:
                os.ftruncate(file, size)
                raise
        finally:
            os.close(file)
        self._unsynced.add(self._pack)
        return self._pack.name, size


def _temporary(folder: Path) -> tuple[Path, Path]:
    mask = folder / f"{UNFINISHED}{os.getpid()}.png"
    return mask, mask.with_suffix(".json")


def _remove(writer: MaskWriter) -> None:
    for path in (writer.unfinished, writer.proposed):
        path.unlink(missing_ok=True)


def _ends(records: Mapping[str, PredictionRecord]) -> dict[str, int]:
    """By pack, the offset behind the last byte that a line speaks of."""
    ends: dict[str, int] = {}
    for record in records.values():
        if record.packed is not None:
            pack = record.packed.pack
            ends[pack] = max(ends.get(pack, 0), record.packed.end)
    return ends


def _mended(folder: Path, ends: Mapping[str, int], pack_bytes: int) -> Path | None:
    """The latest pack, without what no line speaks of; None if it cannot be continued.

    Packs of which no line speaks at all are removed.
    """
    known = []
    for path in folder.glob(f"*{PACK_SUFFIX}"):
        if path.name in ends:
            known.append(path)
        else:
            path.unlink()
    if not known:
        return None
    last = max(known, key=lambda path: path.stat().st_mtime_ns)
    about, end = last.stat(), ends[last.name]
    if about.st_nlink > 1 or about.st_size < end or end >= pack_bytes:
        return None
    if about.st_size > end:
        os.truncate(last, end)
    return last
