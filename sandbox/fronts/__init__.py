"""Printed card fronts (券面) of invented people, drawn with fonts, and how a camera would see them.

Not a copy of the real design: the places and the wording of the fields are real, ornaments and logo are our own.
Facts: `my-number-card` reference 7, `face` reference 7.
"""

from sandbox.fronts.camera import seen_by_a_camera
from sandbox.fronts.draw import draw
from sandbox.fronts.text import FrontText, front_of, random_front

__all__ = ["FrontText", "draw", "front_of", "random_front", "seen_by_a_camera"]
