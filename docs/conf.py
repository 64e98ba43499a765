"""Settings of the book. Pages about errors, settings, metrics, routes and commands are written from the code."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import reference  # noqa: E402

project = "Onshi"
author = "The Onshi founders"
copyright = "2026, the Onshi founders"
language = "en"
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Onshi (オン資)"
suppress_warnings = ["myst.header"]


def setup(app: object) -> None:
    """Write the reference pages anew before each build."""
    reference.write(HERE / "reference")
