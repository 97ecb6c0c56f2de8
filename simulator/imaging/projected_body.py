"""The patient's own line integrals: soft tissue, fat and mineral of one view, kept while they hold.

Two resolutions: mineral on a fine box around the target, everything else on the coarse body. Where the fracture is
partly reduced, what has moved is projected by itself and added to the view as found.
"""

from __future__ import annotations

import threading
from math import floor

import numpy as np
from numpy.typing import NDArray

from anatomy.patient import Patient
from simulator.imaging.heap import give_back_large_blocks
from simulator.imaging.mineral import mineral_as_found, mineral_moved
from simulator.imaging.projection.projector import Projectable, Window, line_integrals
from simulator.imaging.recent import Recent
from simulator.imaging.view import View

Image = NDArray[np.float32]

AMPLITUDE_STEP = 0.05
"""The vertebra is deformed at whole multiples of this share of its collapse; between two of them the pictures are
mixed. Half a millimetre of a large collapse lies between them: a voxel."""
_KEPT_VIEWS = 4
_KEPT_AMPLITUDES = 2


class ProjectedBody:
    """Projects one patient. May be shared by planes that draw on threads of their own."""

    def __init__(self, patient: Patient) -> None:
        give_back_large_blocks()  # each new amplitude lets go of some hundred megabytes
        self._patient = patient
        self._coarse = Projectable(patient.soft), Projectable(patient.adipose)
        self._bone: tuple[Projectable, Projectable] | None = None
        self._moved: Recent[tuple[Projectable, ...]] = Recent(_KEPT_AMPLITUDES)
        self._found: Recent[Image] = Recent(_KEPT_VIEWS)
        self._paths: Recent[Image] = Recent(_KEPT_VIEWS)
        self._lock = threading.Lock()

    def paths_g_cm2(self, view: View, amplitude: float, window: Window) -> Image:
        """Soft tissue, fat and mineral (3, rows, columns) within a window of the detector, else 0; read-only."""
        amplitude = round(amplitude, 4)  # what is found by a key is also made from it
        where = (view.key, str(window))
        with self._lock:
            found = self._found.get(where, lambda: self._as_found(view, window))
            return self._paths.get((where, amplitude), lambda: self._reduced(found, view, amplitude, window))

    def _as_found(self, view: View, window: Window) -> Image:
        paths = np.zeros((3, *view.shape), dtype=np.float32)
        for path, tissue in zip(paths, self._coarse, strict=False):
            np.multiply(line_integrals(tissue, view, window=window, smooth=True), np.float32(0.1), out=path)
        if self._bone is None:
            fine, far = mineral_as_found(self._patient)
            self._bone = Projectable(fine), Projectable(far)
        for part in self._bone:
            paths[2] += line_integrals(part, view, window=window)
        paths[2] *= np.float32(0.1)
        paths.setflags(write=False)
        return paths

    def _reduced(self, found: Image, view: View, amplitude: float, window: Window) -> Image:
        """The paths with what an amplitude moves: only that is projected.

        Where bone has gone, rounding may leave less than nothing.
        """
        below = floor(amplitude / AMPLITUDE_STEP + 1e-6)
        share = amplitude / AMPLITUDE_STEP - below
        paths = found
        for step, weight in ((below, 1.0 - share), (below + 1, share)):
            if weight > 1e-3:
                for part in self._moved_at(step):
                    if paths is found:
                        paths = found.copy()
                    paths[2] += np.float32(0.1 * weight) * line_integrals(part, view, window=window)
        if paths is not found:
            paths.setflags(write=False)
        return paths

    def _moved_at(self, step: int) -> tuple[Projectable, ...]:
        amplitude = round(step * AMPLITUDE_STEP, 6)
        if amplitude == 1.0:
            return ()
        return self._moved.get(
            step, lambda: tuple(Projectable(*moved) for moved in mineral_moved(self._patient, amplitude))
        )
