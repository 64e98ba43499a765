"""Japanese typefaces for printed fronts: they come inside registry packages, and only the files are used.

IPAexGothic (IPA Font License) out of matplotlib-fontja, Noto Sans JP and Noto Serif JP (SIL OFL 1.1) out of
pylopdf-fonts-jp. Which face a real card is printed with is not public, so reading is measured over all three.
"""

import importlib.metadata
from enum import StrEnum
from functools import lru_cache

from PIL import ImageFont

from protocol.errors import OnshiError, models_


class Face(StrEnum):
    """A typeface."""

    GOTHIC = "gothic"
    SANS = "sans"
    SERIF = "serif"


_FILES = {
    Face.GOTHIC: ("matplotlib-fontja", "matplotlib_fontja/fonts/ipaexg.ttf"),
    Face.SANS: ("pylopdf-fonts-jp", "pylopdf_fonts_jp/NotoSansJP-Regular.otf"),
    Face.SERIF: ("pylopdf-fonts-jp", "pylopdf_fonts_jp/NotoSerifJP-Regular.otf"),
}


@lru_cache(maxsize=64)
def font(face: Face, pixels: float) -> ImageFont.FreeTypeFont:
    """The typeface at a size in pixels per em; raises `SOURCE_MISSING` naming the package (`make face`)."""
    package, path = _FILES[face]
    try:
        file = importlib.metadata.distribution(package).locate_file(path)
        return ImageFont.truetype(str(file), pixels)
    except (importlib.metadata.PackageNotFoundError, OSError):
        raise OnshiError(models_.SOURCE_MISSING, package=package) from None
