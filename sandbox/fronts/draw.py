"""Draws a front flat and clean, as an office scanner would see it. Millimetres from the upper left corner of the card.

Facts: ID-1 is 85.60 x 53.98 mm; the fields' places come from `my-number-card` reference 7. The ground, the rosettes
and the mark are our own ornaments, there to lie under the text as the real ones do.
"""

import math
import random

from PIL import Image, ImageDraw

from sandbox.fronts.fonts import Face, font
from sandbox.fronts.text import FrontText

WIDTH, HEIGHT = 85.60, 53.98
"""Millimetres."""
DENSITY = 20
"""Pixels per millimetre of a drawing."""
CORNER = 3.18
INK = (35, 35, 40)
PHOTO = (3.6, 16.5, 21.0, 42.5)
_NOTES = (
    "1. 私は、脳死後及び心臓が停止した死後のいずれでも、移植の為に臓器を提供します。",
    "2. 私は、心臓が停止した死後に限り、移植の為に臓器を提供します。",
    "3. 私は、臓器を提供しません。",
)


def draw(front: FrontText, *, face: Face = Face.GOTHIC, photo: Image.Image | None = None, seed: int = 0) -> Image.Image:
    """The front as RGBA, 1712 x 1080 pixels, corners transparent.

    ``seed`` moves what differs between print runs by a few tenths of a millimetre, and the ornaments. Raises
    `OnshiError` (`SOURCE_MISSING`) when the typeface is not installed.
    """
    sheet = _Sheet(face, random.Random(seed))  # noqa: S311 - a drawing, not a key
    sheet.ground()
    sheet.portrait(photo)
    sheet.labels(front)
    sheet.credential(front)
    return sheet.cut()


class _Sheet:
    def __init__(self, face: Face, dice: random.Random) -> None:
        self._face = face
        self._dice = dice
        self._shift = (dice.uniform(-0.4, 0.4), dice.uniform(-0.3, 0.3))
        self._picture = Image.new("RGB", (round(WIDTH * DENSITY), round(HEIGHT * DENSITY)))
        self._pen = ImageDraw.Draw(self._picture)

    def ground(self) -> None:
        """Pale colour running from pink to green, with fine waves and rosettes."""
        width, height = self._picture.size
        left, right = (248, 226, 230), (222, 238, 228)
        strip = Image.new("RGB", (width, 1))
        strip.putdata(
            [tuple(round(a + (b - a) * x / width) for a, b in zip(left, right, strict=True)) for x in range(width)]
        )
        self._picture.paste(strip.resize((width, height)))
        phase = self._dice.uniform(0, math.tau)
        for line in range(0, height, 22):
            wave = [(x, line + 16 * math.sin(x / 60 + phase + line / 90)) for x in range(0, width + 12, 12)]
            self._pen.line(wave, fill=(206, 214, 222), width=2)
        for _ in range(3):
            self._rosette(self._dice.randrange(width), self._dice.randrange(height), self._dice.randint(90, 260))

    def _rosette(self, x: int, y: int, size: int) -> None:
        petals = self._dice.randint(5, 11)
        turns = [step * math.tau / 360 for step in range(361)]
        for scale in (1.0, 0.9, 0.8, 0.7):
            radii = [size * scale * (0.75 + 0.25 * math.cos(petals * turn)) for turn in turns]
            points = [(x + r * math.cos(turn), y + r * math.sin(turn)) for r, turn in zip(radii, turns, strict=True)]
            self._pen.line(points, fill=(214, 202, 222), width=2)

    def portrait(self, photo: Image.Image | None) -> None:
        """The holder's photo, or an outline of a head where there is none to show."""
        left, top, right, bottom = (round(mm * DENSITY) for mm in PHOTO)
        if photo is not None:
            self._picture.paste(photo.convert("RGB").resize((right - left, bottom - top)), (left, top))
            return
        self._pen.rectangle((left, top, right, bottom), fill=(205, 215, 228))
        middle, wide = (left + right) // 2, (right - left) // 4
        self._pen.pieslice((left + 20, bottom - 190, right - 20, bottom + 190), 180, 360, fill=(70, 78, 100))
        self._pen.ellipse((middle - wide, top + 70, middle + wide, bottom - 150), fill=(224, 190, 165))
        self._pen.pieslice((middle - wide, top + 50, middle + wide, bottom - 240), 180, 360, fill=(40, 34, 34))

    def labels(self, front: FrontText) -> None:
        """Everything that is no part of 照合番号B."""
        self.text(3.6, 4.4, 1.7, "氏名")
        self.text(8.0, 3.6, min(3.0, 52 / max(len(front.name), 1)), front.name)
        self.text(3.6, 9.4, 1.7, "住所")
        self.text(8.0, 9.2, min(2.2, 60 / max(len(front.address), 1)), front.address)
        self.text(57.0, 12.6, 1.7, "性別")
        self.text(61.5, 12.4, 2.2, front.sex)
        self.text(58.5, 3.6, 2.0, "個人番号カード")
        for turn, colour in enumerate(((214, 98, 110), (96, 150, 120), (110, 120, 190))):
            self._pen.ellipse(self._box(77.6 + turn * 1.9, 4.9, 2.6), outline=colour, width=9)
        self.text(26.0, 21.4, 2.0, front.issuer)
        self._pen.rectangle((*self._at(26.0, 25.6), *self._at(82.0, 33.4)), fill=(252, 252, 252))
        self.text(26.6, 26.0, 1.3, "追記欄", fill=(120, 120, 130))
        self.text(26.0, 34.4, 1.7, "電子証明書の有効期限　　　　年　　月　　日")
        for row, note in enumerate(_NOTES):
            self.text(26.0, 38.4 + row * 2.6, 1.25, note, fill=(80, 80, 90))
        self.text(26.0, 47.6, 1.25, "〔署名年月日〕　　　年　　月　　日　〔本人署名〕", fill=(80, 80, 90))

    def credential(self, front: FrontText) -> None:
        """The three fields: the date line, and the security code behind the manufacturing number."""
        right, down = self._shift
        self.text(24.3 + right, 17.2 + down, self._dice.uniform(1.95, 2.05), front.date_line)
        pitch, size = self._dice.uniform(0.90, 1.08), self._dice.uniform(1.55, 1.75)
        end = 24.6 + right
        line = f"{front.serial} {front.code}"
        for place, character in enumerate(line):
            self.text(end - (len(line) - place) * pitch, 46.2 + down, size, character)

    def text(self, x: float, y: float, size: float, words: str, fill: tuple[int, int, int] = INK) -> None:
        """Words with their upper left corner at (x, y), ``size`` millimetres per em."""
        self._pen.text(self._at(x, y), words, fill=fill, font=font(self._face, round(size * DENSITY, 1)), anchor="la")

    def cut(self) -> Image.Image:
        mask = Image.new("L", self._picture.size, 0)
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, *self._picture.size), round(CORNER * DENSITY), fill=255)
        self._picture.putalpha(mask)
        return self._picture

    def _at(self, x: float, y: float) -> tuple[int, int]:
        return round(x * DENSITY), round(y * DENSITY)

    def _box(self, x: float, y: float, radius: float) -> tuple[int, int, int, int]:
        return (*self._at(x - radius, y - radius), *self._at(x + radius, y + radius))
