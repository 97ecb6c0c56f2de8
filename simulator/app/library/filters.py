"""Search, filters and order of the library: what is wanted, as the widgets stand."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from simulator.app.library.cards import DIFFICULTIES, ORDERS, REGIONS, STANDS, Wanted
from simulator.app.wording import Wording

OFFERED: dict[str, tuple[str, ...]] = {
    "procedure": ("kyphoplasty", "vertebroplasty"),
    "difficulty": DIFFICULTIES,
    "region": tuple(REGIONS),
    "stand": STANDS,
}


class Filters(QtWidgets.QWidget):
    """Emits ``changed`` when something else is wanted."""

    changed = QtCore.Signal()

    def __init__(self, say: Wording) -> None:
        super().__init__()
        self.search = QtWidgets.QLineEdit()
        self.search.setPlaceholderText(say("library.search"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(lambda _text: self.changed.emit())
        self.boxes: dict[str, QtWidgets.QComboBox] = {}
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        grid.addWidget(self.search, 0, 0, 1, 6)
        for at, (name, values) in enumerate(OFFERED.items()):
            box = _box(say(f"library.any_{name}"))
            for value in values:
                box.addItem(say(f"{name}.{value}"), value)
            box.currentIndexChanged.connect(lambda _at: self.changed.emit())
            row, column = divmod(at, 2)
            grid.addWidget(box, 1 + row, 3 * column, 1, 3)
            self.boxes[name] = box
        self.order = _box(None)
        for value in ORDERS:
            self.order.addItem(say(f"order.{value}"), value)
        self.order.currentIndexChanged.connect(lambda _at: self.changed.emit())
        grid.addWidget(self.order, 3, 0, 1, 6)

    @property
    def wanted(self) -> Wanted:
        """What is wanted now."""
        chosen = {name: str(box.currentData()) for name, box in self.boxes.items()}
        return Wanted(words=self.search.text().strip(), **chosen)

    def clear(self) -> None:
        """Want everything again."""
        self.search.clear()
        for box in self.boxes.values():
            box.setCurrentIndex(0)


def _box(everything: str | None) -> QtWidgets.QComboBox:
    box = QtWidgets.QComboBox()
    box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    box.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
    if everything is not None:
        box.addItem(everything, "")
    return box
