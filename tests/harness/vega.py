"""The files of vega-datasets. The package is found and not imported: it wants pandas, and only its data are here."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FOUND = importlib.util.find_spec("vega_datasets")

HAS_VEGA = FOUND is not None
needs_vega = pytest.mark.skipif(not HAS_VEGA, reason="vega-datasets is not installed")


def vega_file(name: str) -> Path:
    """One of its files, or with an empty name their directory."""
    assert FOUND is not None
    assert FOUND.origin is not None
    return Path(FOUND.origin).parent / "_data" / name
