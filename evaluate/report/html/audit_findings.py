"""What ``make audit`` found of each photo, as the page shows it.

``audit.json`` beside audit.csv says of which dataset it is: findings about other photos or an
earlier ground truth are not shown.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluate.display.text import printable
from evaluate.errors import ReportsError
from evaluate.store.atomic import write_json
from evaluate.store.formats.formula_cells import texts_of
from evaluate.store.run_folder import read_json

AUDIT_CSV, AUDIT_SOURCE = "audit.csv", "audit.json"
FINDINGS_JOINT = " | "  # between the texts of a line of audit.csv


@dataclass(frozen=True)
class AuditFindings:
    """``photos`` maps the index of a photo to its findings; those without any are left out.

    Each is a dict with the kinds of ``suspect`` and ``note``, and ``texts``. ``missing`` says why
    nothing is known, empty if the photos are audited.
    """

    missing: str = ""
    photos: dict[int, dict[str, Any]] = field(default_factory=dict)


def write_audit_source(folder: Path, dataset_hash: str, findings: bytes) -> None:
    """Say of which dataset the bytes of audit.csv in ``folder`` are."""
    digest = hashlib.sha256(findings).hexdigest()
    write_json(folder / AUDIT_SOURCE, {"dataset_hash": dataset_hash, "audit_sha256": digest})


def audit_findings(folder: Path, dataset_hash: str, ids: Sequence[str]) -> AuditFindings:
    """The findings stored in ``folder`` about the photos ``ids`` of a dataset."""
    try:
        source, data = read_json(folder / AUDIT_SOURCE), (folder / AUDIT_CSV).read_bytes()
        current = source["dataset_hash"] == dataset_hash
        if not current or source["audit_sha256"] != hashlib.sha256(data).hexdigest():
            return AuditFindings(
                "The audit is of other photos or ground truth; run: make audit, then make compare"
            )
        lines = list(csv.DictReader(io.StringIO(data.decode("utf-8", "backslashreplace"))))
        by_id = dict(zip(texts_of([line["id"] for line in lines]), lines, strict=True))
    except (ReportsError, OSError, KeyError, TypeError, ValueError, csv.Error):
        return AuditFindings("Not audited; run: make audit, then make compare")
    found = {
        place: {
            "suspect": line["suspect_kinds"],
            "note": line["note_kinds"],
            "texts": [
                printable(text) for text in texts_of([line["findings"]])[0].split(FINDINGS_JOINT)
            ],
        }
        for place, id_ in enumerate(ids)
        if (line := by_id.get(_as_written(id_))) and line["findings"]
    }
    return AuditFindings(photos=found)


def _as_written(id_: str) -> str:
    return id_.encode("utf-8", "backslashreplace").decode()
