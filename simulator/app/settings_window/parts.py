"""What pages of the settings have alike."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6 import QtCore, QtWidgets


def quiet(text: str) -> QtWidgets.QLabel:
    """A remark that takes several lines where it has to."""
    label = QtWidgets.QLabel(text)
    label.setObjectName("quiet")
    label.setWordWrap(True)
    label.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Minimum)
    return label


def dress(table: QtWidgets.QTableWidget, titles: Sequence[str]) -> None:
    """Make a table one of rows that are chosen whole and changed elsewhere."""
    table.setHorizontalHeaderLabels(list(titles))
    table.verticalHeader().hide()
    table.setEditTriggers(QtWidgets.QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QtWidgets.QTableWidget.SelectionBehavior.SelectRows)
    table.setSelectionMode(QtWidgets.QTableWidget.SelectionMode.SingleSelection)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    header = table.horizontalHeader()
    header.setDefaultAlignment(QtCore.Qt.AlignmentFlag.AlignLeft | QtCore.Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QtWidgets.QHeaderView.ResizeMode.ResizeToContents)
