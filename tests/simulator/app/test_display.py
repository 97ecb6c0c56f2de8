"""Where no window can be opened, one sentence says why; Qt, which would end the program, is not asked."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from simulator.app.display import NO_SCREEN, hindrance
from simulator.cli import main

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a screen")
NOBODY = ":7777"
"""A display that no server listens at."""


def test_without_a_screen_it_says_so() -> None:
    assert hindrance({}) == hindrance({"DISPLAY": ""}) == NO_SCREEN
    assert "vertebrosim demo" in NO_SCREEN


@pytest.mark.parametrize("platform", ["offscreen", "minimal", "vnc:size=800x600"])
def test_a_platform_of_qt_that_needs_no_screen_is_left_to_it(platform: str) -> None:
    assert hindrance({"QT_QPA_PLATFORM": platform, "DISPLAY": NOBODY}) == ""


def test_a_wayland_desktop_is_one_if_it_listens(tmp_path: Path) -> None:
    wayland = {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert hindrance(wayland) == NO_SCREEN
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "wayland-0"))
        assert hindrance(wayland) == ""
        assert hindrance({**wayland, "QT_QPA_PLATFORM": "xcb"}) == NO_SCREEN


def test_a_missing_library_is_named_with_the_remedy(tmp_path: Path) -> None:
    why = hindrance({"DISPLAY": NOBODY}, plugin=tmp_path / "libmissing.so")
    assert "libmissing.so" in why
    assert "install/system-packages.sh" in why


def test_a_screen_that_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if "a library" in hindrance({"DISPLAY": NOBODY}):
        pytest.skip("libraries for X11 are not installed: sh install/system-packages.sh")
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", NOBODY)
    assert main([]) == 2
    assert f"no screen answers at DISPLAY={NOBODY}" in capsys.readouterr().err
