"""照合番号B from one camera image: windows of the found card first, then every line of the page; twice, or not at all.

A number leaves only when two readings of different cuts agree in every digit, each digit is likely enough in both, and
nothing shines on the print. Digits are in no log, error or representation. Facts: `face` reference 7.
"""

from datetime import date
from typing import NamedTuple

import cv2
import numpy as np

from edge.face.pack import Pack
from edge.ocr import light
from edge.ocr.detect import Detector
from edge.ocr.grammar import CODE_LENGTH, Dates, bare_code, code, dates, without_blanks
from edge.ocr.locate import outlines
from edge.ocr.reading import Reading
from edge.ocr.recognise import Line, Recogniser
from edge.ocr.strip import Strip, from_window
from edge.ocr.surface import DATE_LINE, NUMBER_LINE, Image, Quad, homography, upside_down, width_in_pixels
from protocol.errors import Fault, OnshiError
from protocol.errors import face as faults

LONGEST_SIDE = 1920
"""Pixels; a larger image is made smaller first."""
NARROWEST = 420
"""Pixels across the card; below, its print cannot be read."""
FLOOR = 0.85
"""Probability that each digit must have in both readings."""
FLOOR_ONCE = 0.95
"""The same for month and day of birth where the expiry does not repeat them."""
STRETCH = 1.35
"""How much the second reading is drawn out, so that equal neighbours do not run into one."""
SHORTEST, LONGEST = 5.0, 30.0
"""Length over height of the two lines; the date line has some 17, the number line some 11."""
UNDECIDED = 0.15
"""Difference of mean probability per line that tells which way up a page is."""
SOFT = 0.02
"""Sharpness below which a refusal is put down to motion or focus."""
_CHARACTERS = 17
"""About so many full-width characters lie between the first of the birth and the last of the expiry."""


class _Field(NamedTuple):
    """Digits of a field and the least probability that one of them had in either reading."""

    digits: str
    sure: float


class _Cut(NamedTuple):
    """A piece of a strip and what was read in it; blanks kept."""

    piece: Image
    line: Line


class FrontReader:
    """Both models on one thread; some 0.25 s of CPU a card, a second where the page has to be searched.

    Raises `OnshiError` when a model is missing or damaged.
    """

    def __init__(self, pack: Pack) -> None:
        cv2.setNumThreads(1)
        self._recogniser = Recogniser(pack)
        self._detector = Detector(pack)

    def read(self, image: Image, today: date) -> Reading:
        """Read a BGR image. Raises `OnshiError` with what to do: FACE-020 to FACE-024."""
        scale = LONGEST_SIDE / max(image.shape[:2])
        if scale < 1:
            image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        return _Attempt(image, today, self._recogniser, self._detector).read()


class _Attempt:
    """One image; remembers what spoke against a reading."""

    def __init__(self, image: Image, today: date, recogniser: Recogniser, detector: Detector) -> None:
        self._image = image
        self._today = today
        self._recogniser = recogniser
        self._detector = detector
        self._against: list[Fault] = []

    def read(self) -> Reading:
        quads = outlines(self._image)
        for quad in quads:
            for turned in (quad, upside_down(quad)):
                if (found := self._windows(turned)) is not None:
                    return found
        return self._page(quads)

    def _windows(self, quad: Quad) -> Reading | None:
        card = homography(quad)
        line = from_window(self._image, card, DATE_LINE)
        printed = self._dates(line, self._whole(line)) if line else None
        if printed is None:
            return None
        number = from_window(self._image, card, NUMBER_LINE)
        secret = self._code(number, self._whole(number)) if number else None
        return _reading(*printed, secret, "windows") if secret else None

    def _page(self, quads: list[Quad]) -> Reading:
        """Every line that is long enough, in the direction in which the longest ones read better."""
        found = self._detector.lines(self._image)
        strips = [strip for strip in found if SHORTEST < strip.length / max(strip.height, 1) < LONGEST]
        ways = [self._page_way(strips, turned=turned) for turned in self._directions(strips)]
        for printed, secret in ways:
            if printed and secret:
                return _reading(*printed, secret, "page")
        raise self._refusal(quads, found=bool(strips))

    def _directions(self, strips: list[Strip]) -> list[bool]:
        """Whether to turn the lines; both ways where the first lines do not tell."""
        upright, turned = 0.0, 0.0
        for strip in strips[:2]:
            upright += _mean(self._whole(strip).line)
            turned += _mean(self._whole(strip.turned()).line)
        if abs(upright - turned) < UNDECIDED * len(strips[:2]):
            return [False, True]
        return [turned > upright]

    def _page_way(self, strips: list[Strip], *, turned: bool) -> tuple[tuple[_Field, _Field] | None, _Field | None]:
        printed, secret = None, None
        for found in strips:
            strip = found.turned() if turned else found
            whole = self._whole(strip)
            printed = printed or self._dates(strip, whole)
            secret = secret or self._code(strip, whole)
            if printed and secret:
                break
        return printed, secret

    def _whole(self, strip: Strip) -> _Cut:
        return self._cut(strip, 0.0, 1.0)

    def _dates(self, strip: Strip, whole: _Cut) -> tuple[_Field, _Field] | None:
        """Birth (6 digits) and expiry (4), from the whole line and again from its halves, drawn out."""
        line = without_blanks(whole.line)
        first = dates(line, self._today)
        if first is None:
            if "年" in line.text:
                self._refuse(faults.FRONT_UNSURE, whole.piece)
            return None
        start, middle, end = _halves(line.at, first)
        halves = [self._cut(strip, *ends, stretch=STRETCH) for ends in ((start, middle), (middle, end))]
        joined = _joined([without_blanks(half.line) for half in halves])
        second = dates(joined, self._today)
        if second is None or (second.digits, second.expiry) != (first.digits, first.expiry):
            self._refuse(faults.FRONT_UNSURE, whole.piece)
            return None
        if _hidden(whole.piece, line.at, first):
            self._refuse(faults.FRONT_GLARE, whole.piece)
            return None
        readings = ((line, first), (joined, second))
        birth = min(_least(one, read.birth_span) for one, read in readings)
        expiry = min(_least(one, read.year_span) for one, read in readings)
        if birth < (FLOOR if first.twice else FLOOR_ONCE) or expiry < FLOOR:
            self._refuse(faults.FRONT_UNSURE, whole.piece)
            return None
        return _Field(first.digits, birth), _Field(f"{first.expiry.year:04d}", expiry)

    def _code(self, strip: Strip, whole: _Cut) -> _Field | None:
        """The security code, from the whole line behind its 16 characters and again alone, drawn out."""
        first = code(whole.line)
        if first is None:
            return None
        line = without_blanks(whole.line)
        pitch = (line.at[-1] - line.at[0]) / len(line.text)
        alone = self._cut(strip, line.at[-4] - 0.9 * pitch, line.at[-1] + 0.9 * pitch, stretch=STRETCH)
        if bare_code(alone.line) != first:
            self._refuse(faults.FRONT_UNSURE, whole.piece)
            return None
        if light.faint(whole.piece, line.at[-CODE_LENGTH:], line.at):
            self._refuse(faults.FRONT_GLARE, whole.piece)
            return None
        sure = min(*line.sure[-CODE_LENGTH:], *without_blanks(alone.line).sure)
        if sure < FLOOR:
            self._refuse(faults.FRONT_UNSURE, whole.piece)
            return None
        return _Field(first, sure)

    def _cut(self, strip: Strip, left: float, right: float, *, stretch: float = 1.0) -> _Cut:
        piece = strip.piece(self._image, left, right, stretch=stretch)
        return _Cut(piece, self._recogniser.read(piece))

    def _refuse(self, fault: Fault, piece: Image) -> None:
        """Remember why; shine and soft print are told as such, since something can be done about them."""
        if fault is faults.FRONT_UNSURE and light.shining(piece):
            fault = faults.FRONT_GLARE
        elif fault is faults.FRONT_UNSURE and light.sharpness(piece) < SOFT:
            fault = faults.FRONT_BLURRED
        self._against.append(fault)

    def _refusal(self, quads: list[Quad], *, found: bool) -> OnshiError:
        """What helps most: light first, then distance, then a steady hand."""
        if faults.FRONT_GLARE in self._against:
            return OnshiError(faults.FRONT_GLARE)
        widest = max((width_in_pixels(quad) for quad in quads), default=0.0)
        if quads and widest < NARROWEST:
            return OnshiError(faults.FRONT_TOO_FAR, pixels=round(widest))
        for fault in (faults.FRONT_BLURRED, faults.FRONT_UNSURE):
            if fault in self._against:
                return OnshiError(fault)
        return OnshiError(faults.FRONT_UNSURE if quads and found else faults.FRONT_NOT_FOUND)


def _halves(at: tuple[float, ...], read: Dates) -> tuple[float, float, float]:
    """Where the birth begins, where between birth and expiry to cut, and where the expiry ends; a character around."""
    start, end = at[read.birth_span[0]], at[read.expiry_span[1] - 1]
    character = (end - start) / _CHARACTERS
    return start - character, (at[read.birth_span[1] - 1] + at[read.expiry_span[0]]) / 2, end + character


def _hidden(piece: Image, at: tuple[float, ...], read: Dates) -> bool:
    """Whether light may have taken a digit of the birth, or a part of one.

    Month and day are not looked at where the expiry repeats them: what one place has lost the other shows.
    """
    fields = read.fields[:1] if read.twice else read.fields
    if light.faint(piece, tuple(at[place] for field in fields for place in range(*field)), at):
        return True
    singles = [start for start, end in fields if end - start == 1 and start > 0]
    return any(light.washed(piece, at[one - 1], at[one + 1]) for one in singles)


def _joined(lines: list[Line]) -> Line:
    return Line(
        "".join(line.text for line in lines),
        tuple(sure for line in lines for sure in line.sure),
        tuple((place + half) / len(lines) for half, line in enumerate(lines) for place in line.at),
    )


def _least(line: Line, span: tuple[int, int]) -> float:
    """The least probability of a digit (or 元) in a span."""
    return min(
        probability
        for character, probability in zip(line.text[slice(*span)], line.sure[slice(*span)], strict=True)
        if character.isdigit() or character == "元"
    )


def _mean(line: Line) -> float:
    return sum(line.sure) / max(len(line.sure), 1)


def _reading(birth: _Field, expiry: _Field, secret: _Field, way: str) -> Reading:
    number = bytearray((birth.digits + expiry.digits + secret.digits).encode("ascii"))
    return Reading(number_b=number, birth=birth.sure, expiry=expiry.sure, code=secret.sure, way=way)
