"""Windows without a screen, sound that nobody hears, a user's folders of the tests' own, and a desktop to use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import coarse_patient_of

if TYPE_CHECKING:
    from PySide6 import QtWidgets
    from pytestqt.qtbot import QtBot

    from simulator.app.desktop import Desktop

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")


@pytest.fixture(autouse=True)
def user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and recordings of a test."""
    monkeypatch.setenv("VERTEBROSIM_CONFIG_DIR", str(tmp_path / "user"))
    return tmp_path / "user"


@pytest.fixture
def desktop_at(
    qtbot: QtBot, qapp: QtWidgets.QApplication, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[float], Desktop]]:
    """Makes desktops whose patients are coarse, by their clock's speed; closes their windows at the end."""
    from PySide6 import QtCore

    from simulator.app import desktop as desktops
    from simulator.app import theme
    from simulator.engine.case import make_case

    theme.apply(qapp)
    monkeypatch.setattr(desktops, "make_case", lambda s, seed: make_case(s, seed, patient_of=coarse_patient_of))
    made: list[Desktop] = []

    def make(speed: float) -> Desktop:
        made.append(desktops.Desktop(speed=speed))
        return made[-1]

    yield make
    for one in made:
        if one.window is not None:
            one.window.close()
            one.window.deleteLater()
    qapp.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)


@pytest.fixture
def desktop(desktop_at: Callable[[float], Desktop]) -> Desktop:
    """A desktop whose patients are coarse and whose clock runs four times as fast as life."""
    return desktop_at(4.0)
