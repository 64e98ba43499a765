"""Pictures on the chip: text as 1-bit PNG, the photo as greyscale JPEG 2000.

Pixel sizes are ours (no public number). Text is drawn with Pillow's own font, which has no kanji or kana: such
characters come out as its "missing" box, so these pictures show the format, not how a real name looks.
"""

import io
import random

from PIL import Image, ImageDraw, ImageFont

TEXT_HEIGHT = 40
PHOTO_SIZE = (360, 450)
PHOTO_LIMIT = 24_000
"""Bytes; the whole file has to stay below 32 KiB (15-bit offsets)."""


def text_png(text: str, width: int) -> bytes:
    """One line of text, black on white, 1 bit per pixel."""
    picture = Image.new("1", (width, TEXT_HEIGHT), 1)
    ImageDraw.Draw(picture).text((4, 4), text, fill=0, font=ImageFont.load_default(28))
    return _saved(picture, "PNG")


def photo_jp2(picture: Image.Image) -> bytes:
    """A portrait as it lies on a chip: greyscale, JPEG 2000, at most `PHOTO_LIMIT` bytes."""
    grey = picture.convert("L").resize(PHOTO_SIZE)
    rate = PHOTO_SIZE[0] * PHOTO_SIZE[1] / 14_800
    while len(coded := _saved(grey, "JPEG2000", quality_mode="rates", quality_layers=[rate])) > PHOTO_LIMIT:
        rate *= 1.2
    return coded


def drawn_portrait(seed: int) -> Image.Image:
    """A face-like drawing, the same for the same seed; no real person, and nothing a face model accepts."""
    dice = random.Random(seed)  # noqa: S311 - a drawing, not a key
    picture = Image.effect_noise(PHOTO_SIZE, 12).point([min(255, value + 90) for value in range(256)])
    pen = ImageDraw.Draw(picture)
    left, top = dice.randint(90, 110), dice.randint(80, 110)
    pen.ellipse((left, top, 360 - left, 360), fill=dice.randint(150, 200), outline=60, width=3)
    for eye in (150, 210):
        pen.ellipse((eye - 14, 200, eye + 14, 216), fill=dice.randint(20, 60))
    pen.arc((150, 260, 210, 300), 20, 160, fill=70, width=dice.randint(3, 6))
    pen.pieslice((left, top - 30, 360 - left, top + 130), 180, 360, fill=dice.randint(10, 90))
    return picture


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()
