"""Outlines as files, read back by other programs' eyes."""

import io
import json
import math
from typing import Any
from xml.etree import ElementTree

import cv2
import ezdxf
import numpy as np
import pytest
import shapely
from ezdxf import units

from evaluate.trace.outline_formats import (
    NO_CLEARANCE,
    NO_SCALE,
    Outlines,
    as_dxf,
    as_json,
    as_svg,
    preview,
)


def spanner(mm_per_px: float | None) -> Outlines:
    """A bar of 600×100 px with a hole of 60×50, on 1000×800."""
    bar = shapely.box(200, 300, 800, 400).difference(shapely.box(250, 325, 310, 375))
    return Outlines((bar,), (800, 1000), mm_per_px)


def test_a_clearance_is_added_all_around_and_each_file_says_so() -> None:
    wider = spanner(0.2).widened(2)
    content = json.loads(as_json(wider))
    (polygon,) = content["polygons"]
    quarters = math.pi * 2**2
    assert polygon["area"] == pytest.approx(124 * 24 - (16 - quarters) - 8 * 6, rel=1e-4)
    assert np.ptp(polygon["holes"][0], axis=0) == pytest.approx([8, 6])
    note = "outline of the tool, widened by a clearance of 2 mm"
    assert (content["clearance_mm"], content["note"]) == (2, note)
    assert f"<desc>{note}</desc>" in as_svg(wider).decode()
    drawing = ezdxf.read(io.StringIO(as_dxf(wider).decode()))  # type: ignore[attr-defined]
    assert drawing.header.custom_vars.get("Note") == note
    assert spanner(None).widened(2) == spanner(None)  # what mm are is not known


def test_pieces_that_the_clearance_joins_are_one_and_the_drawing_grows_with_them() -> None:
    apart = (shapely.box(0, 100, 50, 200), shapely.box(60, 100, 120, 200))
    wider = Outlines(apart, (300, 200), 0.5).widened(5)
    assert len(wider.polygons) == 1
    assert wider.bounds == (-5, 0, 100, 150)
    root = ElementTree.fromstring(as_svg(wider))  # noqa: S314 - ours
    assert (root.get("width"), root.get("viewBox")) == ("105.000mm", "-5 0 105.000 150.000")


def test_json_is_in_mm_where_the_scale_is_known() -> None:
    content = json.loads(as_json(spanner(0.2)))
    assert (content["units"], content["width"], content["height"]) == ("mm", 200, 160)
    (polygon,) = content["polygons"]
    assert sorted(polygon["outer"]) == [[40, 60], [40, 80], [160, 60], [160, 80]]
    (hole,) = polygon["holes"]
    assert np.ptp(hole, axis=0) == pytest.approx([12, 10], abs=0.05)
    assert polygon["area"] == pytest.approx(120 * 20 - 12 * 10, rel=1e-3)


def test_without_a_scale_each_file_says_that_it_is_no_size_to_cut() -> None:
    content = json.loads(as_json(spanner(None)))
    assert (content["units"], content["note"]) == ("px", f"{NO_CLEARANCE}; {NO_SCALE}")
    assert f">{NO_SCALE}</text>" in as_svg(spanner(None)).decode()
    drawing = ezdxf.read(io.StringIO(as_dxf(spanner(None)).decode()))  # type: ignore[attr-defined]
    (note,) = drawing.modelspace().query("TEXT")
    assert note.dxf.text == NO_SCALE
    assert NO_SCALE not in as_svg(spanner(0.2)).decode()


def test_svg_is_true_to_scale() -> None:
    root = ElementTree.fromstring(as_svg(spanner(0.2)))  # noqa: S314 - ours
    assert (root.get("width"), root.get("viewBox")) == ("200.000mm", "0 0 200.000 160.000")
    note, path = root
    assert note.text == NO_CLEARANCE
    drawn = str(path.get("d"))
    assert drawn.count("Z") == 2
    assert all(f"{x} {y}" in drawn for x in (40, 160) for y in (60, 80))


def test_dxf_is_in_mm_with_y_up() -> None:
    data = as_dxf(spanner(0.2))
    drawing = ezdxf.read(io.StringIO(data.decode()))  # type: ignore[attr-defined]
    assert drawing.units == units.MM
    assert not drawing.audit().errors
    by_layer: dict[str, Any] = {line.dxf.layer: line for line in drawing.modelspace()}
    assert by_layer.keys() == {"OUTLINE", "HOLE"}
    points = {(round(x, 3), round(y, 3)) for x, y in by_layer["OUTLINE"].get_points("xy")}
    assert points == {(40, 100), (40, 80), (160, 100), (160, 80)}
    assert by_layer["OUTLINE"].closed
    assert drawing.header.custom_vars.get("Note") == NO_CLEARANCE
    assert drawing.header["$EXTMIN"] == (0, 0, 0)
    assert drawing.header["$EXTMAX"] == (200, 160, 0)


def test_the_preview_shows_the_outline() -> None:
    image = np.full((800, 1000, 3), 255, np.uint8)
    jpeg = np.frombuffer(preview(spanner(0.2), image), np.uint8)
    shown = np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR))
    assert shown.shape == (800, 1000, 3)
    assert shown[300, 500, 0] > 180 > shown[300, 500, 2]  # blue on white
    assert (shown[350, 500] > 240).all()
