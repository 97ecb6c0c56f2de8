"""Whether a window can be opened here, found out beforehand: Qt ends the program where it cannot. No widgets."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from PySide6 import QtCore

INSTEAD = "or play without a window: vertebrosim demo --out demo-out"
NO_SCREEN = f"there is no display to open a window on; log in to a desktop, {INSTEAD}"


def hindrance(environment: Mapping[str, str] = os.environ, plugin: Path | None = None) -> str:
    """One sentence that says why no window can be opened and what to do, "" where one can.

    plugin: Qt's library for X11, where it is not the usual one.
    """
    platform = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if sys.platform in ("win32", "darwin") or platform not in ("", "xcb"):
        return ""
    if not platform and _wayland_listens(environment):
        return ""
    if not environment.get("DISPLAY"):
        return NO_SCREEN
    if missing := _missing_library(plugin or x11_plugin()):
        return (
            f"a library of the system that windows need is missing ({missing}); sh install/system-packages.sh "
            f"installs it or names its package; do that, {INSTEAD}"
        )
    if not _x11_answers(environment["DISPLAY"]):
        return (
            f"no screen answers at DISPLAY={environment['DISPLAY']}; log in to a desktop (over ssh: ssh -X), "
            f"{INSTEAD}"
        )
    return ""


def x11_plugin() -> Path:
    """Qt's library for X11."""
    plugins = QtCore.QLibraryInfo.path(QtCore.QLibraryInfo.LibraryPath.PluginsPath)
    return Path(plugins, "platforms", "libqxcb.so")


def _wayland_listens(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY", "")
    return bool(name) and Path(environment.get("XDG_RUNTIME_DIR", ""), name).is_socket()


def _missing_library(plugin: Path) -> str:
    """What keeps a library from being loaded, in the words of the system; "" for nothing."""
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return str(error)
    return ""


def _x11_answers(display: str) -> bool:
    """Whether an X server lets this user in; asked of the library that Qt itself asks."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    try:
        return int(xcb.xcb_connection_has_error(connection)) == 0
    finally:
        xcb.xcb_disconnect(connection)
