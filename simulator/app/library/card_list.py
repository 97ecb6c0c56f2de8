"""The list of cases as cards: picture at the left, what stands on the card beside it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.library.cards import Card, facts, record
from simulator.app.library.pictures import drawn, fitted, kept_radiograph
from simulator.app.wording import Wording

KEY = QtCore.Qt.ItemDataRole.UserRole
_CARD = QtCore.Qt.ItemDataRole.UserRole + 1
MARGIN = 8
TITLE_LINES = 2

_Item = QtCore.QModelIndex | QtCore.QPersistentModelIndex


class CardList(QtWidgets.QListWidget):
    """Cards, one a row. Texts of items hold all that a card says, for readers of the screen."""

    def __init__(self, say: Wording) -> None:
        super().__init__()
        self._say = say
        self._cards = _Cards(say, self)
        self.setItemDelegate(self._cards)
        self.setVerticalScrollMode(QtWidgets.QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSpacing(2)

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Show these cards; the one that was chosen stays so, else the first is."""
        chosen = self.key
        self.blockSignals(True)
        self.clear()
        for card in cards:
            said = f"{card.title}\n{facts(self._say, card)}\n{record(self._say, card)}"
            item = QtWidgets.QListWidgetItem(said)
            item.setToolTip(said)
            item.setData(KEY, card.file.key)
            item.setData(_CARD, card)
            self.addItem(item)
        self.blockSignals(False)
        self.choose(chosen if self.row_of(chosen) is not None else None)

    def choose(self, key: str | None) -> None:
        """Choose a case; the first one without a key."""
        row = self.row_of(key)
        self.setCurrentRow(0 if row is None else row)

    def row_of(self, key: str | None) -> int | None:
        """The row of a case, if it is shown."""
        return next((row for row in range(self.count()) if self.item(row).data(KEY) == key), None)

    def renew_picture(self, key: str) -> None:
        """A case has another picture now."""
        self._cards.forget(key)
        self.viewport().update()

    @property
    def key(self) -> str | None:
        """The case that is chosen now."""
        item = self.currentItem()
        return None if item is None else str(item.data(KEY))


class _Cards(QtWidgets.QStyledItemDelegate):
    """Draws a card: fixed height, titles of two lines at most."""

    def __init__(self, say: Wording, parent: QtWidgets.QListWidget) -> None:
        super().__init__(parent)
        self._say, self._list = say, parent
        self._pictures: dict[str, QtGui.QPixmap] = {}

    def forget(self, key: str) -> None:
        """Make the picture of a case anew when it is drawn next."""
        self._pictures.pop(key, None)

    def sizeHint(self, _option: QtWidgets.QStyleOptionViewItem, _index: _Item) -> QtCore.QSize:
        return QtCore.QSize(200, self._picture_size().height() + 2 * MARGIN)

    def _picture_size(self) -> QtCore.QSize:
        lines = QtGui.QFontMetrics(self._list.font()).lineSpacing()
        high = (TITLE_LINES + 2) * lines + 6
        return QtCore.QSize(round(high / 1.1), high)

    def paint(self, painter: QtGui.QPainter, option: QtWidgets.QStyleOptionViewItem, index: _Item) -> None:
        card: Card = index.data(_CARD)
        painter.save()
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        state = QtWidgets.QStyle.StateFlag
        chosen = bool(option.state & state.State_Selected)
        box = QtCore.QRectF(option.rect).adjusted(1.0, 1.0, -1.0, -1.0)
        edge = theme.ACCENT if chosen or option.state & state.State_MouseOver else theme.LINE
        painter.setPen(QtGui.QPen(QtGui.QColor(edge), 1.5 if chosen else 1.0))
        painter.setBrush(QtGui.QColor(theme.FIELD if chosen else theme.PANEL))
        painter.drawRoundedRect(box, 4.0, 4.0)
        size = self._picture_size()
        place = QtCore.QRect(QtCore.QPoint(option.rect.x() + MARGIN, option.rect.y() + MARGIN), size)
        painter.drawPixmap(place.topLeft(), self._picture(card, size))
        painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
        painter.setPen(QtGui.QColor(theme.LINE))
        painter.drawRect(place)
        text = QtCore.QRect(option.rect)
        text.setLeft(place.right() + 12)
        text.setRight(option.rect.right() - MARGIN)
        text.setTop(place.top())
        self._write(painter, text, card)
        painter.restore()

    def _write(self, painter: QtGui.QPainter, box: QtCore.QRect, card: Card) -> None:
        font = QtGui.QFont(self._list.font())
        bold = QtGui.QFont(font)
        bold.setWeight(QtGui.QFont.Weight.DemiBold)
        metrics = QtGui.QFontMetrics(bold)
        painter.setFont(bold)
        painter.setPen(QtGui.QColor(theme.TEXT if card.file.scenario is not None else theme.ALARM))
        down = box.top()
        for line in two_lines(card.title, metrics, box.width()):
            painter.drawText(box.left(), down + metrics.ascent(), line)
            down += metrics.lineSpacing()
        plain = QtGui.QFontMetrics(font)
        painter.setFont(font)
        elide = QtCore.Qt.TextElideMode.ElideRight
        down = box.top() + TITLE_LINES * metrics.lineSpacing() + 4
        colour = theme.GOOD if card.standing.passed else theme.QUIET
        for words, ink in ((facts(self._say, card), theme.QUIET), (record(self._say, card), colour)):
            painter.setPen(QtGui.QColor(ink))
            painter.drawText(box.left(), down + plain.ascent(), plain.elidedText(words, elide, box.width()))
            down += plain.lineSpacing()

    def _picture(self, card: Card, size: QtCore.QSize) -> QtGui.QPixmap:
        """The radiograph, or a drawing; made once for a size."""
        ratio, scenario = self._list.devicePixelRatioF(), card.file.scenario
        held = self._pictures.get(card.file.key)
        if held is not None and held.size() == size * ratio:
            return held
        image = kept_radiograph(scenario) if scenario is not None else None
        made = drawn(scenario, size, ratio) if image is None else fitted(image, size, ratio)
        self._pictures[card.file.key] = made
        return made


def two_lines(text: str, metrics: QtGui.QFontMetrics, width: int) -> list[str]:
    """A text in two lines at most, broken between words, the rest of it elided."""
    if metrics.horizontalAdvance(text) <= width:
        return [text]
    words, first = text.split(), ""
    while words and metrics.horizontalAdvance(f"{first} {words[0]}".strip()) <= width:
        first = f"{first} {words.pop(0)}".strip()
    rest = metrics.elidedText(" ".join(words), QtCore.Qt.TextElideMode.ElideRight, width)
    return [first, rest] if first else [rest]
