"""Printed card fronts (券面) of invented people, drawn with fonts, and how a camera would see them.

Not a copy of the real design: the places and the wording of the fields are real, ornaments and logo are our own.
Facts: `my-number-card` reference 7, `face` reference 7.
"""
