"""A database of a million rows of real text, made once."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKE_DATABASE = Path(__file__).parents[2] / "scripts" / "make_database.py"


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database as it was made."""
    path = tmp_path_factory.mktemp("million") / "sources.db"
    command = [sys.executable, str(MAKE_DATABASE), str(path), "--rows", "1000000"]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture
def million_rows(made_once: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copy(made_once, tmp_path / "sources.db"))
