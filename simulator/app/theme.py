"""How the desktop looks: a reading room's dark greys, one accent, text that can be made larger.

Text against its ground has a contrast of 4.5 to 1 or more (WCAG 2.1, level AA; a test computes it). Meaning is
never carried by colour alone: every alarm also has words.
"""

from __future__ import annotations

from PySide6 import QtGui, QtWidgets

GROUND, PANEL, FIELD, LINE, EDGE = "#101214", "#191c20", "#23272c", "#3a4048", "#7d8791"
SCREEN = "#000000"
GAP_PX = 6
"""Between panels of a room."""
TEXT, QUIET, ACCENT = "#e4e7ea", "#a9b0b8", "#4fb3d9"
GOOD, WARNING, ALARM = "#6cc08b", "#e6b450", "#ff8a7a"
PRESSURE, FILLED = "#e79ad0", "#1d4656"
PLANNED, OUTLINED, PLATE, WALL, HEADING = "#e69f00", "#56b4e9", "#f0e442", "#cc79a7", "#ffffff"
"""Lines of the guide over pictures, told apart with any colour vision (Okabe and Ito's set)."""
INKS, GROUNDS = (TEXT, QUIET, ACCENT, GOOD, WARNING, ALARM, PRESSURE), (GROUND, PANEL, FIELD, SCREEN)
"""Colours of text, and the grounds that it stands on: each on each."""
PAIRS = ((TEXT, FILLED), (GROUND, ACCENT))
"""Text on what is chosen or pressed, and marked text."""
SHAPES = (
    (EDGE, GROUND),
    (EDGE, PANEL),
    (EDGE, FIELD),
    (ACCENT, GROUND),
    (ACCENT, FIELD),
    (WARNING, FIELD),
    (ACCENT, SCREEN),
    *((line, SCREEN) for line in (PLANNED, OUTLINED, PLATE, WALL, HEADING)),
)
"""What is no text but has to be seen (3 to 1): edges of what can be switched, the focus, the lamp that is on
beside one that is off, marks on a picture."""


def apply(app: QtWidgets.QApplication, scale: float = 1.0) -> None:
    """Dress an application; scale enlarges all text."""
    app.setStyle("Fusion")
    palette = QtGui.QPalette()
    role = QtGui.QPalette.ColorRole
    for which, colour in (
        (role.Window, GROUND), (role.Base, FIELD), (role.AlternateBase, PANEL), (role.Button, FIELD),
        (role.WindowText, TEXT), (role.Text, TEXT), (role.ButtonText, TEXT), (role.ToolTipBase, FIELD),
        (role.ToolTipText, TEXT), (role.PlaceholderText, QUIET), (role.Highlight, ACCENT),
        (role.HighlightedText, GROUND),
    ):  # fmt: skip
        palette.setColor(which, QtGui.QColor(colour))
    app.setPalette(palette)
    app.setStyleSheet("")  # widgets that a style sheet has dressed take no other font
    font = app.font()
    font.setPointSizeF(9.5 * scale)
    app.setFont(font)
    app.setStyleSheet(_STYLE + f"QLabel#heading {{ font-size: {16.0 * scale:.1f}pt; font-weight: 600; }}")


_STYLE = f"""
QFrame#panel {{ background: {PANEL}; border: 1px solid {LINE}; border-radius: 4px; }}
QLabel#title {{ color: {QUIET}; font-weight: 600; }}
QLabel#quiet {{ color: {QUIET}; }}
QLabel#value {{ color: {TEXT}; font-weight: 600; }}
QLabel#alarm {{ color: {ALARM}; font-weight: 600; }}
QLabel#message {{ color: {WARNING}; padding: 4px 8px; }}
QPushButton {{ background: {FIELD}; border: 1px solid {LINE}; border-radius: 3px; padding: 4px 6px;
  text-align: left; }}
QPushButton:hover {{ border-color: {ACCENT}; }}
QPushButton:pressed, QPushButton:checked {{ background: {FILLED}; border-color: {ACCENT}; }}
QPushButton#tab {{ background: {GROUND}; color: {QUIET}; padding: 3px 10px; }}
QPushButton#tab:checked {{ background: {PANEL}; color: {TEXT}; border-color: {ACCENT}; }}
QComboBox, QLineEdit {{ background: {FIELD}; border: 1px solid {LINE}; border-radius: 3px; padding: 2px 8px; }}
QCheckBox::indicator:unchecked {{ width: 12px; height: 12px; border: 1px solid {QUIET}; border-radius: 2px;
  background: {FIELD}; }}
QCheckBox::indicator:unchecked:hover {{ border-color: {ACCENT}; }}
QPushButton:disabled {{ color: {QUIET}; }}
QPushButton:focus, QComboBox:focus, QLineEdit:focus, QSlider:focus, QCheckBox:focus {{ border-color: {ACCENT}; }}
QCheckBox::indicator {{ width: 1em; height: 1em; border: 1px solid {EDGE}; border-radius: 2px;
  background: {FIELD}; }}
QCheckBox::indicator:checked {{ background: {ACCENT}; border: 3px solid {FIELD}; outline: 1px solid {EDGE}; }}
QListWidget#strip {{ background: {GROUND}; border: none; }}
QTableView {{ selection-background-color: {FILLED}; selection-color: {TEXT}; }}
QTabWidget::pane {{ border: 1px solid {LINE}; background: {PANEL}; }}
QTabBar::tab {{ background: {GROUND}; color: {QUIET}; border: 1px solid {LINE}; border-bottom: none;
  padding: 5px 12px; margin-right: 3px; border-top-left-radius: 3px; border-top-right-radius: 3px; }}
QTabBar::tab:disabled {{ color: {LINE}; }}
QTabBar::tab:hover {{ color: {TEXT}; }}
QTabBar::tab:selected {{ background: {PANEL}; color: {TEXT}; border-color: {ACCENT}; }}
QToolTip {{ background: {FIELD}; color: {TEXT}; border: 1px solid {LINE}; }}
"""


def contrast(ink: str, ground: str) -> float:
    """Contrast ratio of two colours "#rrggbb" (WCAG 2.1: 1 to 21).

    >>> round(contrast("#ffffff", "#000000"), 1)
    21.0
    """
    lighter, darker = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
