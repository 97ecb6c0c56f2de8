"""The patient's bone for those who read it: as found, made once, and what a reduction moves, cropped.

A patient keeps bone in groups, and puts them together for each amplitude in an array as large as all the rest of a
session. As found it is therefore shared by projector, probe and measuring field; at other amplitudes only the
difference is kept, over the box in which there is any.
"""

from __future__ import annotations

import threading
from weakref import WeakKeyDictionary

import numpy as np

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
    fine, far = mineral_as_found(patient)
    moved = (
        (_difference(patient.mineral_fine(amplitude), fine), fine.grid),
        (_difference(patient.mineral_far(amplitude), far), far.grid),
    )
    return tuple((volume, grid) for volume, grid in moved if volume is not None)


def _difference(now: Volume, found: Volume) -> Volume | None:
    """now less found, over the box where they differ."""
    differs = [np.zeros(n, dtype=bool) for n in now.array.shape]
    for index, (here, before) in enumerate(
        zip(now.array, found.array, strict=True)
    ):  # a slice at a time: no third array
        changed = here != before
        differs[0][index] = changed.any()
        differs[1] |= changed.any(axis=1)
        differs[2] |= changed.any(axis=0)
    if not differs[0].any():
        return None
    i, j, k = (slice(int(where.argmax()), len(where) - int(where[::-1].argmax())) for where in differs)
    return Volume(now.array[i, j, k] - found.array[i, j, k], now.grid.part((i, j, k)))
