"""What the program keeps for itself beside the user's own files, all of which can be made again.

One folder holds it (``patient_cache.user_cache`` says where): built patients, bodies of the population study,
radiographs and scores that the library shows. The places of imported patients are noted there too; those cannot be
made again, and stay when the rest is removed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from simulator.engine.patient_cache import SUFFIX, user_cache

PATTERNS = {
    "bodies of the population study": f"population/*{SUFFIX}",
    "radiographs of the library": "desktop/radiographs/*.png",
    "file of the attempts' scores": "desktop/scores.json",
}
"""What else than patients can be made again: in words, and where it lies."""
NOTES = "imported"
"""The folder in which the places of imported patients are noted."""


@dataclass(frozen=True)
class Kept:
    """Some files of one kind: what they are, where, and how many bytes they take."""

    words: str
    folder: Path
    files: tuple[Path, ...]

    @property
    def size_bytes(self) -> int:
        """Of those that are still there."""
        return sum(_size(path) for path in self.files)

    def remove(self) -> int:
        """Remove them; returns how many are gone."""
        for path in self.files:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        return sum(not path.exists() for path in self.files)


def kept_place(name: str) -> Path | None:
    """A file or folder among what is kept, by its name from there; None where nothing is kept."""
    patients = user_cache()
    return None if patients is None else patients.folder.parent / name


def kept_besides(experts: Path) -> tuple[Kept, ...]:
    """What there is besides patients, by kind; empty kinds are left out. experts: where the recordings of the
    scripted expert lie."""
    found = [Kept("recordings of the scripted expert", experts, _sorted(experts.glob("*.vsim")))]
    for words, pattern in PATTERNS.items():
        folder = kept_place(str(Path(pattern).parent))
        if folder is not None:
            found.append(Kept(words, folder, _sorted(folder.glob(Path(pattern).name))))
    return tuple(one for one in found if one.files)


def noted_places() -> Kept | None:
    """The notes of where imported patients lie; None where there are none."""
    folder = kept_place(NOTES)
    files = () if folder is None else _sorted(folder.glob("*"))
    return Kept("places of imported patients", folder, files) if folder is not None and files else None


def _sorted(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(sorted(path for path in paths if path.is_file()))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
