"""Comparisons made by hand, as ``evaluate.compare.comparison`` would read them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.row import Row, Times
from evaluate.store.scores import Scoring

MARGIN = 0.02
HOSTILE = (
    "a|b",
    "<script>alert(1)</script>",
    "not\udc80text",
    'x, "y" & z_1',
    "[c:\\dir] 50% #$^~{}",
)
UNICODE = "Säge 鋸 ≤\u202e"


def row(label: str, ious: Mapping[str, float], **changes: Any) -> Row:
    """A row of a finished run."""
    return Row(
        **{
            "row": label.encode("utf-8", "surrogatepass").hex(),
            "label": label,
            "ious": ious,
            "failures": {},
            "reason": "",
            "times": Times(0.5, 0.6, 0.7, (), len(ious)),
            "load_s": 1.0,
            "first_call_s": None,
            "peak_rss_bytes": 2**20,
            "growth": None,
            "device": "cpu",
            "threads": 2,
            "command": "make eval model=own",
            "model": "0" * 64,
            "crop": "full",
            "overhanging": 0,
            "uncropped": 0,
            "licences": "",
            **changes,
        }
    )


def compared(
    rows: Sequence[Row], known: Mapping[str, Mapping[str, Any]] | None = None, **changes: Any
) -> Comparison:
    """Rows in the order given; without ``known``, nothing is known of their photos."""
    ids = list(rows[0].ious)
    return Comparison(
        **{
            "scoring": Scoring("0.1.0", "tools", "d" * 64, 128, "2026-01-01T00:00:00.000+00:00"),
            "photos": len(ids),
            "known": known or {id_: {} for id_ in ids},
            "rows": tuple(rows),
            "without_truth": (),
            "left_out": (),
            "margin_iou": MARGIN,
            **changes,
        }
    )


def photos(values: Iterable[float]) -> dict[str, float]:
    """IoUs of p00, p01, …"""
    return {f"p{i:02}": value for i, value in enumerate(values)}


def nothing(label: str, ids: Sequence[str]) -> Row:
    """A row none of whose photos gave a mask."""
    return row(
        label,
        dict.fromkeys(ids, 0.0),
        failures={"crashed": len(ids)},
        reason="boom",
        times=None,
        load_s=None,
        peak_rss_bytes=None,
        device="none",
    )
