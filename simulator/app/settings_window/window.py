"""The settings: language, text, sound, gamepad, keys, monitors. Every change is in force at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6 import QtCore, QtWidgets

from simulator.app.hands.pads import Pads
from simulator.app.settings import TEXT_SCALES, Settings
from simulator.app.settings_window.keys_page import KeysPage
from simulator.app.settings_window.pad_page import PadPage
from simulator.app.settings_window.parts import quiet
from simulator.app.wording import LANGUAGES, Wording

PAGES = ("general", "sound", "keys", "pad")
SETTLED_MS = 250
"""Text grows when the slider has come to rest."""


class SettingsWindow(QtWidgets.QDialog):
    """Emits ``changed`` with the new settings, ``tried`` when a sound is to be heard.

    sound_failed: tells why there is no sound; pads: gamepads that are plugged in. Both are asked again and again,
    because they may come and go.
    """

    changed = QtCore.Signal(object)
    tried = QtCore.Signal()

    def __init__(
        self,
        settings: Settings,
        sound_failed: Callable[[], str],
        pads: Pads,
        parent: QtWidgets.QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._say = say = Wording(settings.language)
        self.settings = settings
        self._sound_failed = sound_failed
        self.setWindowTitle(f"vertebrosim – {say('settings.title')}")
        self.tabs = QtWidgets.QTabWidget()
        self._build_general()
        self._build_sound()
        self.keys = KeysPage(say, settings, self._change)
        self.pad = PadPage(say, settings, pads, self._change)
        for name, page in (
            ("general", self._general), ("sound", self._sound), ("keys", self.keys), ("pad", self.pad),
        ):  # fmt: skip
            self.tabs.addTab(page, say(f"settings.{name}"))
        self.close_button = QtWidgets.QPushButton(say("settings.close"))
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.close)
        row = QtWidgets.QHBoxLayout()
        note = quiet(say("settings.note"))
        row.addWidget(note, 1)
        row.addWidget(self.close_button)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setSpacing(10)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(row)
        self._asking = QtCore.QTimer(self, interval=1000)
        self._asking.timeout.connect(self._look)
        self._asking.start()
        self._look()
        em = self.fontMetrics().height()
        self.resize(48 * em, 36 * em)

    def show_page(self, name: str) -> None:
        """Show one of PAGES."""
        self.tabs.setCurrentIndex(PAGES.index(name))

    @property
    def page(self) -> str:
        """Which of PAGES is shown."""
        return PAGES[self.tabs.currentIndex()]

    def _change(self, settings: Settings) -> None:
        self.settings = settings
        self.keys.show_settings(settings)
        self.pad.show_settings(settings)
        self.forget_button.setEnabled(bool(settings.places))
        self.changed.emit(settings)

    def _set(self, **values: Any) -> None:
        self._change(replace(self.settings, **values))

    def show_settings(self, settings: Settings) -> None:
        """Show settings that were changed elsewhere (a key that mutes)."""
        self.settings = settings
        with QtCore.QSignalBlocker(self.muted), QtCore.QSignalBlocker(self.volume):
            self.muted.setChecked(settings.muted)
            self.volume.setValue(round(100 * settings.volume))
        self.forget_button.setEnabled(bool(settings.places))

    def _build_general(self) -> None:
        say, form = self._say, _form()
        self.languages = QtWidgets.QComboBox()
        for code, name in LANGUAGES.items():
            self.languages.addItem(name, code)
        self.languages.setCurrentIndex(self.languages.findData(self.settings.language))
        self.languages.activated.connect(lambda _at: self._set(language=self.languages.currentData()))
        self.text_scale = _slider(round(100 * TEXT_SCALES[0]), round(100 * TEXT_SCALES[1]), 5)
        self.text_scale.setValue(round(100 * self.settings.text_scale))
        self.text_scale.setAccessibleName(say("settings.text_scale"))
        self._scale_said = QtWidgets.QLabel(f"{self.text_scale.value()} %")
        self._settling = QtCore.QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settling.timeout.connect(lambda: self._set(text_scale=self.text_scale.value() / 100.0))
        self.text_scale.valueChanged.connect(lambda at: self._scale_said.setText(f"{at} %"))
        self.text_scale.valueChanged.connect(lambda _at: self._settling.start())
        self.room_view = QtWidgets.QCheckBox(say("settings.room_view"))
        self.room_view.setChecked(self.settings.room_view)
        self.room_view.toggled.connect(lambda on: self._set(room_view=on))
        self.pixels = QtWidgets.QComboBox()
        for whole in (False, True):
            self.pixels.addItem(say(f"settings.{'whole' if whole else 'fill'}"), whole)
        self.pixels.setCurrentIndex(int(self.settings.whole_pixels))
        self.pixels.activated.connect(lambda _at: self._set(whole_pixels=bool(self.pixels.currentData())))
        self.forget_button = QtWidgets.QPushButton(say("settings.forget"))
        self.forget_button.setAutoDefault(False)
        self.forget_button.setEnabled(bool(self.settings.places))
        self.forget_button.clicked.connect(lambda: self._set(places={}))
        form.addRow(say("settings.language"), _beside(self.languages))
        form.addRow("", quiet(say("settings.language_note")))
        form.addRow(say("settings.text_scale"), _beside(self.text_scale, self._scale_said))
        form.addRow(say("settings.pictures"), _beside(self.pixels))
        form.addRow(say("settings.room"), self.room_view)
        form.addRow(say("settings.windows"), _beside(self.forget_button))
        form.addRow("", quiet(say("settings.windows_note")))
        self._general = _page(form)

    def _build_sound(self) -> None:
        say, form = self._say, _form()
        self.volume = _slider(0, 100, 5)
        self.volume.setValue(round(100 * self.settings.volume))
        self.volume.setAccessibleName(say("settings.volume"))
        said = QtWidgets.QLabel(f"{self.volume.value()} %")
        self.volume.valueChanged.connect(lambda at: said.setText(f"{at} %"))
        self.volume.valueChanged.connect(lambda at: self._set(volume=at / 100.0))
        self.muted = QtWidgets.QCheckBox(say("settings.muted"))
        self.muted.setChecked(self.settings.muted)
        self.muted.toggled.connect(lambda on: self._set(muted=on))
        self.try_button = QtWidgets.QPushButton(say("settings.try"))
        self.try_button.setAutoDefault(False)
        self.try_button.clicked.connect(self.tried)
        self.sound_state = quiet("")
        form.addRow(say("settings.volume"), _beside(self.volume, said))
        form.addRow("", self.muted)
        form.addRow("", _beside(self.try_button))
        form.addRow("", self.sound_state)
        form.addRow(say("settings.heard"), quiet(say("settings.heard_list")))
        self._sound = _page(form)

    def _look(self) -> None:
        """Whether there is sound, and which gamepad."""
        why = self._sound_failed()
        self.sound_state.setText(self._say("sound.none", why=why) if why else self._say("sound.works"))
        self.pad.look()


def _form() -> QtWidgets.QFormLayout:
    form = QtWidgets.QFormLayout()
    form.setContentsMargins(4, 14, 4, 4)
    form.setHorizontalSpacing(18)
    form.setVerticalSpacing(8)
    form.setFieldGrowthPolicy(QtWidgets.QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    form.setLabelAlignment(QtCore.Qt.AlignmentFlag.AlignLeft)
    return form


def _page(form: QtWidgets.QFormLayout) -> QtWidgets.QWidget:
    page = QtWidgets.QWidget()
    outer = QtWidgets.QVBoxLayout(page)
    outer.addLayout(form)
    outer.addStretch(1)
    return page


def _slider(least: int, most: int, step: int) -> QtWidgets.QSlider:
    slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
    slider.setRange(least, most)
    slider.setSingleStep(step)
    slider.setPageStep(2 * step)
    return slider


def _beside(*widgets: QtWidgets.QWidget) -> QtWidgets.QHBoxLayout:
    row = QtWidgets.QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QtWidgets.QSlider) else 0)
    if not any(isinstance(widget, QtWidgets.QSlider) for widget in widgets):
        row.addStretch(1)
    return row
