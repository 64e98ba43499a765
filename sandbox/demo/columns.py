"""Text in columns where a kanji takes two cells: width, padding, wrapping.

Facts: Unicode Standard Annex 11 (East Asian Width). Ambiguous characters count one cell, as terminals outside a
CJK locale draw them; combining marks and variation selectors count none.
"""

import unicodedata

NO_LINE_START = "、。，．・：；？！）］｝」』】〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々%,.)]}!?:;"
"""Characters that do not begin a line (行頭禁則)."""


def cells(character: str) -> int:
    """How many terminal cells one character takes: 0, 1 or 2."""
    if unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def width(text: str) -> int:
    """How many cells a text takes."""
    return sum(cells(character) for character in text)


def pad(text: str, columns: int) -> str:
    """The text with blanks up to that many cells; longer text stays as it is."""
    return text + " " * max(0, columns - width(text))


def pad_left(text: str, columns: int) -> str:
    return " " * max(0, columns - width(text)) + text


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most that many cells: broken at blanks, or between full-width characters.

    A character that may not begin a line is pulled up, so a line may be two cells over. A word longer than a line
    is cut. Never an empty list.
    """
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if width(line) + width(piece.rstrip()) <= columns or (line and piece[0] in NO_LINE_START):
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = piece.lstrip()
        while width(line) > columns:
            head = _head(line, columns)
            lines.append(head)
            line = line[len(head) :]
    if line.strip() or not lines:
        lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> list[str]:
    """Words with the blank after them; every full-width character is a word of its own (with its marks)."""
    pieces: list[str] = []
    word = ""
    for character in text:
        if cells(character) == 0:
            if word or not pieces:
                word += character
            else:
                pieces[-1] += character
        elif cells(character) == 2:
            if word:
                pieces.append(word)
            pieces.append(character)
            word = ""
        else:
            word += character
            if character == " ":
                pieces.append(word)
                word = ""
    if word:
        pieces.append(word)
    return pieces


def _head(text: str, columns: int) -> str:
    """As many characters as fit, at least one."""
    taken = 0
    for index, character in enumerate(text):
        taken += cells(character)
        if taken > columns and index:
            return text[:index]
    return text
