"""Portraits for the tests: the sandbox's own, and the astronaut as a file of a package."""

import importlib.metadata
from pathlib import Path


def astronaut() -> Path:
    """A colour portrait, 512 x 512, one face looking at the camera (Eileen Collins, NASA, public domain)."""
    found = importlib.metadata.distribution("scikit-image").locate_file("skimage/data/astronaut.png")
    return Path(str(found))
