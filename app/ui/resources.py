"""Where the window finds the files that are shipped with it."""

import sys
from pathlib import Path


def resource(*parts: str) -> Path:
    """A shipped file: beside the code in a checkout, inside the bundle when frozen."""
    bundle = getattr(sys, "_MEIPASS", None)
    root = Path(bundle) if bundle else Path(__file__).parents[2]
    return root.joinpath("resources", *parts)
