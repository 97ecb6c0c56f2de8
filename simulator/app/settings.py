"""What the desktop remembers of its user: one small JSON file in the user's configuration folder."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from simulator.app.hands.layouts import LAYOUTS
from simulator.app.wording import DEFAULT_LANGUAGE, LANGUAGES

MODES = ("tutorial", "practice", "examination")
"""A tutorial is guided; practice has hints on request; both can be paused and taken up again, an examination has
none of it."""
TEXT_SCALES = (0.8, 2.0)
"""Least and most of the size of text."""
FOLDER_VARIABLE = "VERTEBROSIM_CONFIG_DIR"
"""Where it is set, settings and recordings are kept there: for shared computers, and for tests."""


@dataclass(frozen=True)
class Settings:
    """Trainee as last given, language, size of text, keys that were bound anew (action to key), how cases are
    played (at first led by the guide, then as last time), and names of interrupted recordings that are not offered
    any more.

    layout: which hand the keys are laid out for; volume 0 to 1 and whether it is off; gamepad: whether one is
    used; pad_buttons: its buttons that were bound anew (control to action, "" for none); room_view: whether the
    room is shown from the start; whole_pixels: whether pictures are drawn in whole multiples of their pixels;
    places: where windows stood, by name (``screens.places``).
    """

    trainee: str = ""
    language: str = DEFAULT_LANGUAGE
    text_scale: float = 1.0
    keys: dict[str, str] = field(default_factory=dict)
    mode: str = "tutorial"
    set_aside: tuple[str, ...] = ()
    layout: str = "right"
    volume: float = 0.7
    muted: bool = False
    gamepad: bool = True
    pad_buttons: dict[str, str] = field(default_factory=dict)
    room_view: bool = False
    whole_pixels: bool = False
    places: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def bound(self) -> dict[str, str]:
        """Keys that differ from the usual ones, action to key: the layout's, and above them those bound anew."""
        laid_out = {name: key for name, key in LAYOUTS[self.layout].items() if name not in self.keys}
        return laid_out | self.keys


def folder() -> Path:
    """Where settings are kept."""
    return Path(os.environ.get(FOLDER_VARIABLE) or platformdirs.user_config_path("vertebrosim"))


def recordings_folder() -> Path:
    """Where sessions of the desktop are recorded unless the user says otherwise."""
    if os.environ.get(FOLDER_VARIABLE):
        return folder() / "recordings"
    return platformdirs.user_data_path("vertebrosim") / "recordings"


def new_recording(case_id: str, trainee: str) -> Path:
    """A file for the next session of a case: numbered, never one that exists."""
    kept = recordings_folder()
    kept.mkdir(parents=True, exist_ok=True)
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in trainee)[:40] or "trainee"
    number = 1
    while (path := kept / f"{case_id}-{name}-{number:03d}.vsim").exists():
        number += 1
    return path


def load() -> Settings:
    """The settings, as far as the file can be used; a field that makes no sense is as it was at first."""
    return _read(folder() / "settings.json")[0]


def load_and_mend() -> tuple[Settings, Path | None]:
    """The settings, and, where not everything in the file could be used, the copy of it that was kept aside."""
    path = folder() / "settings.json"
    settings, whole = _read(path)
    if whole:
        return settings, None
    number = 1
    while (aside := path.with_name(f"settings-damaged-{number}.json")).exists():
        number += 1
    try:
        aside.write_bytes(path.read_bytes())
        save(settings)
    except OSError:  # a folder that cannot be written: the file stays as it is
        return settings, path
    return settings, aside


def _read(path: Path) -> tuple[Settings, bool]:
    """Settings of a file, and whether all of it could be used; no file at all is no damage."""
    try:
        text = path.read_bytes()
    except OSError:
        return Settings(), True
    try:
        found: Any = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        return Settings(), False
    if not isinstance(found, dict):
        return Settings(), False
    if isinstance(found.get("set_aside"), list):
        found["set_aside"] = tuple(found["set_aside"])
    names = {f.name for f in fields(Settings)}
    fitting = {name: value for name, value in found.items() if name in names and _fits(name, value)}
    return Settings(**fitting), fitting.keys() == found.keys()


def _fits(name: str, value: Any) -> bool:
    number = isinstance(value, float | int) and not isinstance(value, bool)
    chosen = {"language": LANGUAGES, "mode": MODES, "layout": LAYOUTS}
    if name in chosen:
        return isinstance(value, str) and value in chosen[name]
    if name in ("muted", "gamepad", "room_view", "whole_pixels"):
        return isinstance(value, bool)
    if name == "set_aside":
        return isinstance(value, tuple) and all(isinstance(one, str) for one in value)
    if name == "text_scale":
        return number and TEXT_SCALES[0] <= value <= TEXT_SCALES[1]
    if name == "volume":
        return number and 0.0 <= value <= 1.0
    if name in ("keys", "pad_buttons"):
        return isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
    if name == "places":
        return isinstance(value, dict) and all(isinstance(v, dict) for v in value.values())
    return isinstance(value, str) and len(value) <= 100


def save(settings: Settings) -> None:
    """Keep the settings. Raises OSError where the folder cannot be written."""
    folder().mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(settings), indent=1, ensure_ascii=False) + "\n"
    (folder() / "settings.json").write_text(text, encoding="utf-8")
