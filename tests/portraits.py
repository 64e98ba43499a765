"""Portraits for the tests: they come inside a registry package, and none is in this repository.

The astronaut (Eileen Collins, NASA, public domain) is taken as a file out of scikit-image, whose code is not used.
"""

import importlib.metadata
from pathlib import Path


def astronaut() -> Path:
    """A colour portrait, 512 x 512, one face looking at the camera."""
    found = importlib.metadata.distribution("scikit-image").locate_file("skimage/data/astronaut.png")
    return Path(str(found))
