"""The patient's bone for those who read it: as found, made once, and what a reduction moves, cropped.

A patient keeps bone in groups and puts them together for each amplitude. As found it is shared by projector, probe
and measuring field; at other amplitudes only the difference is kept, over the box in which there is any. Both are
kept as their filled rows, and made a few planes at a time: whole arrays would take as much as all the rest of a
session.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from anatomy.filled_rows import FilledRows
from anatomy.patient import Patient
from anatomy.volume import Grid, Volume

_as_found: WeakKeyDictionary[Patient, tuple[Volume, Volume]] = WeakKeyDictionary()
_lock = threading.Lock()


def mineral_as_found(patient: Patient) -> tuple[Volume, Volume]:
    """Mineral of the fine box and of the rest of the body, g/cm3; read-only, the same volumes on every call."""
    with _lock:
        if patient not in _as_found:
            _as_found[patient] = patient.mineral_fine(1.0), patient.mineral_far(1.0)
        return _as_found[patient]


def mineral_moved(patient: Patient, amplitude: float) -> tuple[tuple[Volume, Grid], ...]:
    """What an amplitude adds to the mineral as found, g/cm3, negative where bone has gone: volumes that are not
    empty, of the fine box and of the rest, each with the grid it was cut from."""
    moved = []
    for groups, found in zip((patient.fine, patient.far), mineral_as_found(patient), strict=True):
        volume = _difference(groups.planes_at(patient.column, amplitude), found)
        if volume is not None:
            moved.append((volume, found.grid))
    return tuple(moved)


def _difference(now: Iterable[NDArray], found: Volume) -> Volume | None:
    """What comes a few planes at a time, in order, less what was found, over the box where they differ."""

    def slabs() -> Iterator[NDArray]:
        first = 0
        for planes in now:
            yield planes - found.planes(slice(first, first + len(planes)))
            first += len(planes)

    rows = FilledRows.of_planes(found.grid.shape, np.dtype(np.float32), slabs())
    box = rows.box()
    return None if box is None else Volume.of_rows(rows.within(box), found.grid.part(box))
