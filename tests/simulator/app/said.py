"""Everything that a window says: texts of its widgets, their tooltips, and what a screen reader is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Qt

_TAGS = re.compile(r"<style.*?</style>|<[^>]+>", re.DOTALL)


def said_by(window: QtWidgets.QWidget) -> dict[str, str]:
    """Every text of a window and all in it, with where it stands; hidden pages too."""
    found: dict[str, str] = {}
    for widget in (window, *window.findChildren(QtWidgets.QWidget)):
        for what, text in _texts(widget):
            plain = " ".join(_TAGS.sub(" ", text).replace("&nbsp;", " ").split())
            if plain:
                found.setdefault(plain, f"{type(widget).__name__}.{what}")
    for action in window.findChildren(QtGui.QAction):
        found.setdefault(action.text(), "QAction.text")
    return found


def _texts(widget: QtWidgets.QWidget) -> Iterator[tuple[str, str]]:
    for name in ("text", "placeholderText", "title", "prefix", "suffix", "currentMessage", "toPlainText"):
        reader = getattr(widget, name, None)
        if callable(reader):
            value = reader()
            if isinstance(value, str):
                yield name, value
    yield from (
        ("toolTip", widget.toolTip()),
        ("windowTitle", widget.windowTitle()),
        ("accessibleName", widget.accessibleName()),
        ("accessibleDescription", widget.accessibleDescription()),
    )
    if isinstance(widget, QtWidgets.QComboBox):
        yield from (("item", widget.itemText(n)) for n in range(widget.count()))
    if isinstance(widget, QtWidgets.QTabWidget):
        for n in range(widget.count()):
            yield from (("tab", widget.tabText(n)), ("tabTip", widget.tabToolTip(n)))
    if isinstance(widget, QtWidgets.QTabBar):
        for n in range(widget.count()):
            yield from (("tab", widget.tabText(n)), ("tabTip", widget.tabToolTip(n)))
    if isinstance(widget, QtWidgets.QAbstractItemView):
        yield from _items(widget)


def _items(view: QtWidgets.QAbstractItemView) -> Iterator[tuple[str, str]]:
    model = view.model()
    if model is None:
        return
    columns = 1 if isinstance(model, QtCore.QAbstractListModel) else model.columnCount()
    for row in range(model.rowCount()):
        for column in range(columns):
            index = model.index(row, column)
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                value = index.data(role)
                if isinstance(value, str):
                    yield "item", value
    for column in range(columns):
        for way in (Qt.Orientation.Horizontal, Qt.Orientation.Vertical):
            value = model.headerData(column, way)
            if isinstance(value, str):
                yield "header", value
