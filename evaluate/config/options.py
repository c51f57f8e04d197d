"""Every setting of ``conf/config.yaml``: its name, its parser, its owner.

The yaml has defaults and meanings. A new setting is one line there and one line here; code reads it
as ``settings[MARGIN_IOU]``, parsed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from evaluate.config.values import (
    columns,
    device,
    drop,
    engine_name,
    flag,
    folder,
    join_way,
    level,
    mask_store,
    metric_set,
    number,
    optional,
    positive,
    shard,
    share,
    text,
    threads,
    timing,
    tracker,
    ways,
    whole,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Option(Generic[T]):
    """A setting.

    ``parse`` takes name and value, and raises SettingsError for an invalid value. ``owner`` is the
    stage or command that uses it. ``in_run``: a run depends on it, so it belongs to the command
    that repeats the run. ``is_text``: the value is text, even if it looks like a number or a list.
    """

    name: str
    parse: Callable[[str, object], T]
    owner: str
    in_run: bool = False
    is_text: bool = False


LIMIT = Option("limit", optional(whole), "predict", in_run=True)
SHARD = Option("shard", optional(shard), "predict")
DEVICE = Option("device", device, "predict", in_run=True)
THREADS = Option("threads", threads, "predict", in_run=True)
TIMING = Option("timing", timing, "predict", in_run=True)
MEMORY_LIMIT_GB = Option("memory_limit_gb", optional(positive), "predict", in_run=True)
TIMEOUT_S = Option("timeout_s", positive, "predict", in_run=True)
LOAD_TIMEOUT_S = Option("load_timeout_s", positive, "predict", in_run=True)
STORE = Option("store", mask_store, "predict")
RETRY = Option("retry", flag, "predict")
ENGINE = Option("engine", engine_name, "predict", in_run=True)
WORKERS = Option("workers", whole, "predict", in_run=True)
RAY_ADDRESS = Option("ray.address", optional(text), "predict", in_run=True, is_text=True)
RAY_GPUS = Option("ray.num_gpus_per_model", number, "predict", in_run=True)
USD_PER_HOUR = Option("usd_per_hour", optional(number), "predict")
COST_LIMIT_USD = Option("cost_limit_usd", number, "predict")
YES = Option("yes", flag, "predict")

SCORE_THRESHOLD = Option("threshold", level, "score")
CLEARANCE_MM = Option("clearance_mm", number, "score")
METRICS = Option("metrics", metric_set, "score")

HOW = Option("how", join_way, "ensemble")
NEXT_PHOTOS = Option("next_photos", whole, "next")

MARGIN_IOU = Option("margin_iou", share, "compare")
RUNS = Option("runs", optional(text), "compare", is_text=True)
ROWS = Option("rows", optional(text), "compare", is_text=True)
PHOTO_TABLE = Option("table", optional(folder), "compare", is_text=True)

REPORTS = Option("reports", folder, "report", in_run=True, is_text=True)
COLUMNS = Option("columns", columns, "report")
HTML = Option("html", flag, "report")
PAGE_PHOTOS = Option("page_photos", whole, "report")
PLOTS = Option("plots", flag, "report")
LOG = Option("log", tracker, "report")

# Each gate.NAME is a field of ``evaluate.gate.limits.Limits`` too, from which the criteria read it.
ALLOWED_DROP = Option("allowed_drop", drop, "gate")
PHOTO_DROP = Option("gate.photo_drop", optional(share), "gate")
CHANCE = Option("gate.chance", optional(share), "gate")
SHARE_DROP = Option("gate.share_drop", optional(share), "gate")
SLICE_DROP = Option("gate.slice_drop", optional(share), "gate")
INSIDE_MM_RISE = Option("gate.inside_mm_rise", optional(number), "gate")
OUTSIDE_MM_RISE = Option("gate.outside_mm_rise", optional(number), "gate")
HD95_MM_RISE = Option("gate.hd95_mm_rise", optional(number), "gate")
SLOWDOWN = Option("gate.slowdown", optional(number), "gate")
REFERENCE = Option("gate.reference", optional(text), "gate")
MASK_IOU = Option("gate.mask_iou", share, "gate")

REPEATS = Option("repeats", optional(whole), "baseline")
KEEP_MASKS = Option("keep_masks", flag, "baseline")

AGREE_IOU = Option("agree_iou", share, "canary")

PARITY_WAYS = Option("ways", ways, "parity", is_text=True)

TRACE_ID = Option("trace.id", optional(text), "trace", is_text=True)
TRACE_CLEARANCE_MM = Option("trace.clearance_mm", number, "trace")
LEAST_PART_PX = Option("trace.least_part_px", number, "trace")
LEAST_HOLE_PX = Option("trace.least_hole_px", number, "trace")

MIRROR = Option("weights.mirror", optional(text), "weights", is_text=True)
OFFLINE = Option("weights.offline", flag, "weights")

OPTIONS: dict[str, Option[Any]] = {
    option.name: option for option in list(vars().values()) if isinstance(option, Option)
}
"""All of them by name, in the order above."""
