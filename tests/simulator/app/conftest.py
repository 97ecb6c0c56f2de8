"""Windows without a screen, sound that nobody hears, and a user's folders of the tests' own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")


@pytest.fixture(autouse=True)
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and recordings of a test."""
    monkeypatch.setenv("VERTEBROSIM_CONFIG_DIR", str(tmp_path / "user"))
    return tmp_path / "user"
