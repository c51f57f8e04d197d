"""Faults of the scales in a manifest's row table, as lines; a million rows need no memory."""

import sqlite3
from pathlib import Path

from datasets.listing.scales import FAR_OFF, far_off_line, lacking_line
from datasets.messages import SHOWN, few


def row_scale_faults(manifest: Path, file: sqlite3.Connection) -> list[str]:
    """Lines about the column ``mm`` of the table ``rows``: missing scales, and those far off."""
    photos, known = file.execute("SELECT COUNT(*), COUNT(mm) FROM rows").fetchone()
    if not known:
        return []
    lines = []
    if lacking := photos - known:
        found = file.execute("SELECT id FROM rows WHERE mm IS NULL ORDER BY place LIMIT ?", [SHOWN])
        lines.append(lacking_line(manifest, known, photos, few([id_ for (id_,) in found], lacking)))
    (median,) = file.execute(
        "SELECT AVG(mm) FROM (SELECT mm FROM rows WHERE mm IS NOT NULL ORDER BY mm "
        "LIMIT ? OFFSET ?)",  # the one in the middle, or both
        (2 - known % 2, (known - 1) // 2),
    ).fetchone()
    bounds = median / FAR_OFF, median * FAR_OFF
    off = file.execute(
        "SELECT id, mm FROM rows WHERE mm < ? OR mm > ? ORDER BY place LIMIT ?", (*bounds, SHOWN)
    )
    lines += [far_off_line(manifest, id_, scale, median) for id_, scale in off]
    (count,) = file.execute("SELECT COUNT(*) FROM rows WHERE mm < ? OR mm > ?", bounds).fetchone()
    if count > SHOWN:
        lines.append(f"{manifest}: {count - SHOWN:,} more scales to look at")
    return lines
