"""The 48 photographs: what lies where, on what, in what light. A stratum is a way to go wrong."""

from collections.abc import Callable
from functools import partial
from typing import Any

from datasets.render import clutter
from datasets.render.colours import BLACK, BLUE, CLEAR, GREEN, ORANGE, PALE, RED, WHITE, YELLOW
from datasets.render.scene import Lying, Photo
from datasets.render.solids import Tool
from datasets.render.tools.calipers import vernier_caliper
from datasets.render.tools.clamps import g_clamp
from datasets.render.tools.cutting import scissors, utility_knife, wood_chisel
from datasets.render.tools.hammers import claw_hammer
from datasets.render.tools.measures import steel_rule, tape_measure
from datasets.render.tools.pliers import combination_pliers, needle_nose_pliers, side_cutters
from datasets.render.tools.ratchets import ratchet, socket
from datasets.render.tools.saws import hacksaw
from datasets.render.tools.screwdrivers import fluted_screwdriver, soft_screwdriver
from datasets.render.tools.spanners import combination_spanner, open_spanner, ring_spanner
from datasets.render.tools.tweezers import tweezers
from datasets.render.tools.wrenches import adjustable_wrench, hex_key, hex_keys

WIDE = (256.0, 341.0)  # an A4 sheet and some of the table around it
A3 = {"sheet_mm": (297.0, 420.0), "view_mm": (285.0, 380.0)}


def at(tool: Callable[..., Tool], x: float, y: float, turn: float, **variant: Any) -> Lying:
    """A tool of the picture, or something beside it."""
    return Lying(partial(tool, **variant), x, y, turn)


def beside(thing: Callable[..., Tool], x: float, y: float, turn: float, **variant: Any) -> Lying:
    """Something on the bare table."""
    return Lying(partial(thing, **variant), x, y, turn, on_sheet=False)


def _photo(stratum: str, number: int, *tools: Lying, **rest: Any) -> Photo:
    return Photo(f"{stratum}-{number}", stratum, tools, **rest)


_matte = partial(_photo, "matte")
_chrome = partial(_photo, "chrome")
_dim = partial(_photo, "dim")
_shadow = partial(_photo, "shadow", light="hard")
_clutter = partial(_photo, "clutter", view_mm=WIDE)
_thin = partial(_photo, "thin")
_holes = partial(_photo, "holes")
_several = partial(_photo, "several")
_crossing = partial(_photo, "crossing", view_mm=WIDE)
_pale = partial(_photo, "pale")
_handle = partial(_photo, "handle")

PHOTOS = (
    # Dull, dark metal and plastic: the easy case.
    _matte(1, at(open_spanner, 4, 6, 72, finish="blackened"), light="office"),
    _matte(2, at(hex_keys, -4, 0, 84), light="window", paper="squared"),
    _matte(3, at(side_cutters, 2, -8, 118, colour=BLACK, metal="blackened"), paper="cream"),
    _matte(4, at(g_clamp, 0, 4, 74, colour=BLACK), light="office", table="concrete", view_mm=WIDE),
    # Polished metal reflects the paper, the ceiling and the phone.
    _chrome(1, at(combination_spanner, -4, 4, 61, size_mm=17), light="window"),
    _chrome(2, at(ring_spanner, 6, -4, 104), light="office", paper="squared"),
    _chrome(3, at(ratchet, 3, 0, 76), light="lamp"),
    _chrome(4, at(adjustable_wrench, 0, 3, 112, finish="chrome"), light="window", paper="ruled"),
    _chrome(
        5,
        at(socket, -42, 52, 90, size_mm=13),
        at(socket, 24, 58, 70, size_mm=19),
        at(socket, -34, -36, 0, size_mm=24, standing=True),
        at(socket, 36, -42, 0, size_mm=16, standing=True),
        light="office",
    ),
    # Too little light, or light on one side only.
    _dim(1, at(combination_pliers, 0, 0, 78, colour=RED), light="dim"),
    _dim(2, at(soft_screwdriver, -6, 0, 66, colour=BLUE), light="dim", view_mm=WIDE, table="pine"),
    _dim(3, at(claw_hammer, -2, 0, 83), light="uneven", azimuth=160, **A3),
    _dim(4, at(combination_spanner, 8, 0, 118, size_mm=19), light="uneven", azimuth=40),
    _dim(5, at(vernier_caliper, 0, -4, 98), light="shade", paper="cream"),
    # A bare lamp or low sun.
    _shadow(1, at(side_cutters, -4, 4, 64, colour=BLUE), azimuth=150),
    _shadow(2, at(scissors, 0, 0, 81), azimuth=35, light="low"),
    _shadow(3, at(hacksaw, 2, 6, 90), azimuth=150, sheet_mm=(297.0, 520.0), view_mm=(375.0, 500.0)),
    _shadow(4, at(tape_measure, -4, 0, 20), azimuth=115),
    # The table's edge, and what lies about on it.
    _clutter(
        1, at(combination_pliers, 0, -4, 70, colour=GREEN),
        clutter=(beside(clutter.mug, -112, 152, 30), beside(clutter.pencil, 118, -60, 84),
                 beside(clutter.coin, -118, -70, 0)), table="oak", light="window",
    ),
    _clutter(
        2, at(open_spanner, 2, 0, 115, size_mm=17, other_mm=19),
        clutter=(beside(clutter.notebook, 168, 40, 8), beside(clutter.pen, -116, -60, 96)),
        table="slate", light="office", table_edge=152.0, sheet_at=(0.0, -14.0, 0.0),
    ),
    _clutter(
        3, at(adjustable_wrench, -2, 2, 64, finish="satin"),
        clutter=(beside(clutter.cable, -121, 10, 88), beside(clutter.nut, 118, -120, 10),
                 beside(clutter.nut, 114, -96, 35, size=10.0)), table="pine", light="lamp",
    ),
    _clutter(
        4, at(utility_knife, 0, 6, 94, colour=YELLOW),
        clutter=(beside(clutter.smartphone, 150, -90, 12), beside(clutter.tape_roll, -140, 120, 0)),
        table="mat", light="window",
    ),
    _clutter(
        5, at(wood_chisel, 4, -2, 77),
        clutter=(beside(clutter.pencil, -121, -120, 82, colour=(0.02, 0.2, 0.1)),
                 beside(clutter.mug, 146, 92, 200, colour=(0.04, 0.1, 0.16))),
        table="concrete", light="hard", table_edge=158.0,
    ),
    # Blades, rods and wires a few pixels wide.
    _thin(1, at(steel_rule, -30, 0, 88), at(hex_key, 34, 4, 80, size_mm=3), light="office"),
    _thin(2, at(needle_nose_pliers, 0, 0, 99, opening=18.0), light="window"),
    _thin(3, at(hacksaw, -4, 0, 86, colour=BLACK, frame="satin"), light="office",
          paper="kraft", sheet_mm=(380.0, 520.0), view_mm=(363.0, 484.0)),
    _thin(4, at(fluted_screwdriver, -26, 2, 84, length=180.0, width=3.5, colour=RED),
          at(tweezers, 34, 6, 97), light="shade"),
    # The paper shows through.
    _holes(1, at(ring_spanner, 0, 0, 66, size_mm=20, other_mm=22), light="hard", azimuth=140),
    _holes(2, at(scissors, 2, 0, 98, opening=34.0, colour=BLACK), light="window", paper="ruled"),
    _holes(3, at(combination_spanner, -52, 0, 88, size_mm=10),
           at(combination_spanner, -2, 0, 92, size_mm=13),
           at(combination_spanner, 50, 0, 86, size_mm=16), light="office"),
    _holes(4, at(hacksaw, 0, 0, 93, colour=BLUE, frame="chrome"), light="lamp", table="slate",
           sheet_mm=(297.0, 420.0), view_mm=(369.0, 492.0)),
    # A drawer's worth.
    _several(1, at(combination_pliers, -80, 4, 92, opening=8.0),
             at(side_cutters, 14, 44, 84, opening=8.0), at(fluted_screwdriver, 88, -4, 88),
             light="window", **A3),
    _several(2, at(hex_key, -80, 58, 84, size_mm=8), at(hex_key, -22, 56, 92, size_mm=5),
             at(socket, 26, 66, 90, size_mm=15), at(ratchet, 66, -6, 86),
             at(socket, -54, -50, 0, size_mm=21, standing=True),
             at(socket, -6, -56, 0, size_mm=17, standing=True), light="office", paper="squared"),
    _several(3, at(claw_hammer, -71, 0, 88, length_mm=300), at(wood_chisel, 21, 6, 94),
             at(tape_measure, 90, -102, 75), light="hard", azimuth=60, **A3),
    _several(4, at(soft_screwdriver, -64, 0, 90), at(soft_screwdriver, -12, 0, 86, colour=YELLOW,
             length=190.0, cross=False), at(open_spanner, 44, 4, 96), light="lamp", paper="grey"),
    # Longer than the sheet, or laid across its edge.
    _crossing(1, at(adjustable_wrench, 24, -40, 28, finish="chrome"), table="oak", light="window"),
    _crossing(2, at(claw_hammer, -6, 14, 72), table="slate", light="office",
              sheet_at=(0.0, -30.0, 0.0), view_mm=(285.0, 380.0)),
    _crossing(3, at(combination_pliers, -52, 50, 142), table="granite", light="lamp"),
    _crossing(4, at(fluted_screwdriver, 30, 78, 52, colour=GREEN), table="mat", light="hard",
              azimuth=120),
    # The tool is nearly as bright as what it lies on.
    _pale(1, at(utility_knife, 0, 0, 84, colour=WHITE, accent=PALE), light="office"),
    _pale(2, at(open_spanner, 0, 0, 108, finish="satin"), light="shade", paper="grey"),
    _pale(3, at(fluted_screwdriver, 0, 0, 75, colour=CLEAR), light="window"),
    _pale(4, at(steel_rule, 4, 0, 70, width_mm=25), light="office", paper="grey"),
    _pale(5, at(combination_spanner, 0, -2, 98, size_mm=15, finish="aluminium"), light="window",
          paper=None, table="desk", view_mm=(210.0, 280.0)),
    # Wood, rubber, and two colours in one grip.
    _handle(1, at(claw_hammer, 4, 0, 84), light="window", paper="kraft", **A3),
    _handle(2, at(wood_chisel, -4, 2, 101, width=12.0), light="lamp", paper="cream", **A3),
    _handle(3, at(combination_pliers, 2, 2, 110, colour=ORANGE, accent=BLACK, opening=22.0),
            light="office", paper="grey"),
    _handle(4, at(soft_screwdriver, 0, 0, 71, colour=GREEN), light="hard", azimuth=60),
)  # fmt: skip
