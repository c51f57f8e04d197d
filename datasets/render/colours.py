"""The colours that tools come in, as linear reflectance."""

from datasets.render.solids import Colour

BLACK: Colour = (0.02, 0.02, 0.022)
INK: Colour = (0.015, 0.015, 0.018)
PALE: Colour = (0.55, 0.55, 0.54)
WHITE: Colour = (0.74, 0.74, 0.72)
CLEAR: Colour = (0.62, 0.63, 0.62)
RED: Colour = (0.55, 0.02, 0.02)
ORANGE: Colour = (0.75, 0.13, 0.01)
AMBER: Colour = (0.7, 0.25, 0.02)
YELLOW: Colour = (0.75, 0.45, 0.02)
GREEN: Colour = (0.02, 0.22, 0.08)
BLUE: Colour = (0.02, 0.08, 0.34)
