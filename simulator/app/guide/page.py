"""The guide's widgets: one line above the message line, and the whole step in place of the tray's panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from PySide6 import QtCore, QtGui, QtWidgets

from simulator.app import theme
from simulator.app.guide.guide import Guide
from simulator.app.guide.step import Hint
from simulator.app.guide.words import Words
from simulator.app.hands.actions import BY_NAME
from simulator.app.hands.hands import Action
from simulator.app.procedure.panels import switch
from simulator.app.wording import Wording

LIST_EM = 20
DONE, LEFT_OUT, NOW, LATER = "✓", "–", "▸", "·"


class Strip(QtWidgets.QLabel):
    """One line: step, title, and what is missing. What does not fit is in its tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.setObjectName("guide")
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Fixed)
        self.setFixedHeight(self.fontMetrics().lineSpacing() + 4)

    def show_line(self, words: str, *, urgent: bool) -> None:
        """Show a line."""
        if (words, urgent) != (self.words, self.property("urgent")):
            self.words = words
            self.setProperty("urgent", urgent)
            colour = theme.ALARM if urgent else theme.ACCENT
            self.setStyleSheet(f"color: {colour}; font-weight: 600; padding: 0 8px;")
            self.setToolTip(words)
            self.setAccessibleName(words)
            self._elide()

    def _elide(self) -> None:
        room = self.width() - 18
        self.setText(self.fontMetrics().elidedText(self.words, QtCore.Qt.TextElideMode.ElideRight, room))

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()


class Page(QtWidgets.QFrame):
    """The step that is to be done: what, why, what is missing; all steps beside it; and the guide's buttons."""

    def __init__(self, say: Wording, words: Words, bound: dict[str, str], do: Callable[[Action], None]) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._say, self._words = say, words
        self._shown: tuple[object, ...] = ()
        self.title = QtWidgets.QLabel()
        self.title.setSizePolicy(QtWidgets.QSizePolicy.Policy.Ignored, QtWidgets.QSizePolicy.Policy.Preferred)
        self.title.setStyleSheet("font-weight: 600; font-size: 120%;")
        self.progress = QtWidgets.QLabel()
        self.progress.setObjectName("title")
        self.text = QtWidgets.QTextBrowser()
        self.text.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.text.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.text.setStyleSheet(f"background: {theme.PANEL};")
        self.text.document().setDocumentMargin(0)
        self.list = QtWidgets.QListWidget()
        self.list.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.list.setSelectionMode(QtWidgets.QAbstractItemView.SelectionMode.NoSelection)
        self.list.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(QtCore.Qt.TextElideMode.ElideRight)
        self.list.setFixedWidth(LIST_EM * self.fontMetrics().horizontalAdvance("m"))
        self.buttons = {
            name: switch(BY_NAME[name], bound, say, do) for name in ("check_off", "guide_lines", "step_back")
        }
        self.buttons["check_off"].setCheckable(False)
        self.buttons["step_back"].setCheckable(False)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QtWidgets.QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.progress)
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.buttons["check_off"])
        row.addStretch(1)
        row.addWidget(self.buttons["guide_lines"])
        row.addWidget(self.buttons["step_back"])
        left = QtWidgets.QVBoxLayout()
        left.setSpacing(4)
        left.addLayout(head)
        left.addWidget(self.text, 1)
        left.addLayout(row)
        both = QtWidgets.QHBoxLayout(self)
        both.setContentsMargins(8, 6, 8, 8)
        both.setSpacing(10)
        both.addLayout(left, 1)
        both.addWidget(self.list)

    def sizeHint(self) -> QtCore.QSize:
        """It takes the room that the panels have, and asks for none."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(200, 60)

    def forget(self) -> None:
        """Write everything anew with the next step."""
        self._shown = ()

    def show_step(self, guide: Guide, hint: Hint | None) -> None:
        """Show where a guide is."""
        missing = "" if hint is None else self._words.sentence(hint)
        shown = (guide.at, guide.seen.checked, missing, guide.left_out)
        if shown == self._shown:
            return
        self._shown = shown
        step = guide.step
        said_aloud = step is not None and step.name == "time_out"
        self.buttons["check_off"].setVisible(said_aloud)
        self.list.setVisible(not said_aloud)  # its items need the whole width
        if step is None:
            self.title.setText(self._say("guide.all_done"))
            self.progress.setText("")
            self.text.setHtml("")
        else:
            self.title.setText(self._words.title(step))
            self.title.setToolTip(self._words.title(step))
            number = f"{guide.at + 1} / {len(guide.steps)}"
            self.progress.setText(f"{self._words.chapter(step)}  ·  {number}")
            items = self._words.items(guide.case, guide.seen) if step.name == "time_out" else ()
            self.text.setHtml(self._html(guide, missing, hint is not None and hint.urgent, items))
        self._list(guide)

    def _html(self, guide: Guide, missing: str, urgent: bool, items: Sequence[tuple[bool, str]]) -> str:
        step = guide.step
        assert step is not None
        what, why = escape(self._words.what(step, guide.case)), escape(self._words.why(step))
        colour, parts = theme.ALARM if urgent else theme.WARNING, []
        if missing and not items:
            parts.append(f"<p style='color:{colour}; margin:0 0 4px 0'><b>{escape(missing)}</b></p>")
        parts.append(f"<p style='margin:0 0 4px 0'>{what}</p>")
        for done, words in sorted(items, key=lambda item: item[0]):  # what is open stands first
            colour, mark = (theme.GOOD, DONE) if done else (theme.TEXT, "□")
            parts.append(f"<div style='color:{colour}'>{mark}&nbsp; {escape(words)}</div>")
        parts.append(f"<p style='color:{theme.QUIET}; margin:0'>{why}</p>")
        return "".join(parts)

    def _list(self, guide: Guide) -> None:
        if self.list.count() != len(guide.steps):
            self.list.clear()
            for _ in guide.steps:
                self.list.addItem("")
        for number, step in enumerate(guide.steps):
            left_out = step.key in guide.left_out
            mark = NOW if number == guide.at else LATER if number > guide.at else LEFT_OUT if left_out else DONE
            item = self.list.item(number)
            item.setText(f"{mark}  {self._words.title(step)}")
            colour = {NOW: theme.ACCENT, LATER: theme.QUIET, LEFT_OUT: theme.WARNING, DONE: theme.GOOD}[mark]
            item.setForeground(QtGui.QColor(colour))
        at = min(guide.at, len(guide.steps) - 1)
        self.list.scrollToItem(self.list.item(at), QtWidgets.QAbstractItemView.ScrollHint.PositionAtCenter)
