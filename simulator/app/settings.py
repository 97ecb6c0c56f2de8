"""What the desktop remembers of its user: one small JSON file in the user's configuration folder."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from simulator.app.wording import DEFAULT_LANGUAGE, LANGUAGES

MODES = ("practice", "examination")
"""Practice can be paused and taken up again; an examination cannot."""
FOLDER_VARIABLE = "VERTEBROSIM_CONFIG_DIR"
"""Where it is set, settings and recordings are kept there: for shared computers, and for tests."""


@dataclass(frozen=True)
class Settings:
    """Trainee as last given, language, size of text, keys that were bound anew (action to key), how cases are
    played, and names of interrupted recordings that are not offered any more."""

    trainee: str = ""
    language: str = DEFAULT_LANGUAGE
    text_scale: float = 1.0
    keys: dict[str, str] = field(default_factory=dict)
    mode: str = "practice"
    set_aside: tuple[str, ...] = ()


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
    try:
        found: Any = json.loads((folder() / "settings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Settings()
    if not isinstance(found, dict):
        return Settings()
    if isinstance(found.get("set_aside"), list):
        found["set_aside"] = tuple(found["set_aside"])
    fitting = {f.name: found[f.name] for f in fields(Settings) if _fits(f.name, found.get(f.name))}
    return Settings(**fitting)


def _fits(name: str, value: Any) -> bool:
    if name == "language":
        return value in LANGUAGES
    if name == "mode":
        return value in MODES
    if name == "set_aside":
        return isinstance(value, tuple) and all(isinstance(one, str) for one in value)
    if name == "text_scale":
        return isinstance(value, float | int) and 0.5 <= value <= 3.0
    if name == "keys":
        return isinstance(value, dict) and all(isinstance(v, str) for v in (*value, *value.values()))
    return isinstance(value, str) and len(value) <= 100


def save(settings: Settings) -> None:
    """Keep the settings. Raises OSError where the folder cannot be written."""
    folder().mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(settings), indent=1, ensure_ascii=False) + "\n"
    (folder() / "settings.json").write_text(text, encoding="utf-8")
