"""Qt's own words (buttons of messages, the file dialog) in the user's language, and its numbers."""

from __future__ import annotations

from PySide6 import QtCore

_translator: QtCore.QTranslator | None = None


def speak(language: str) -> bool:
    """Let Qt speak a language from now on; whether it has that. What it has not stays English."""
    global _translator
    app = QtCore.QCoreApplication.instance()
    if app is None:
        return False
    if _translator is not None:
        app.removeTranslator(_translator)
    QtCore.QLocale.setDefault(QtCore.QLocale(language))
    found = QtCore.QTranslator()
    place = QtCore.QLibraryInfo.path(QtCore.QLibraryInfo.LibraryPath.TranslationsPath)
    has = found.load(f"qtbase_{language}", place)
    _translator = found if has and app.installTranslator(found) else None
    return _translator is not None
