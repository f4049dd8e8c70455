"""Where facts, and what else may be forgotten, are kept between runs."""

from __future__ import annotations

import os
from pathlib import Path


def default_path() -> Path | None:
    """The store under the user's cache directory, None where there is no home."""
    base = os.environ.get("XDG_CACHE_HOME")
    if base and Path(base).is_absolute():
        return Path(base) / "reviewer" / "index.sqlite"
    try:
        return Path.home() / ".cache" / "reviewer" / "index.sqlite"
    except RuntimeError:
        return None
