"""The patient's own line integrals: soft tissue, fat and mineral of one view, kept while they hold.

Two resolutions: mineral on a fine box around the target, everything else on the coarse body.
"""

from __future__ import annotations

import threading
from math import floor

import numpy as np
from numpy.typing import NDArray

from anatomy.patient import Patient
from simulator.imaging.projection.projector import Projectable, Window, line_integrals
from simulator.imaging.recent import Recent
from simulator.imaging.view import View

Image = NDArray[np.float32]

AMPLITUDE_STEP = 0.05
"""The vertebra is deformed at whole multiples of this share of its collapse; between two of them the pictures are
mixed. Half a millimetre of a large collapse lies between them: a voxel."""
_KEPT_VIEWS = 8
_KEPT_AMPLITUDES = 2


class ProjectedBody:
    """Projects one patient. May be shared by planes that draw on threads of their own."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        self._coarse = Projectable(patient.soft), Projectable(patient.adipose)
        self._mineral: Recent[tuple[Projectable, Projectable]] = Recent(_KEPT_AMPLITUDES)
        self._paths: Recent[Image] = Recent(_KEPT_VIEWS)
        self._lock = threading.Lock()

    def paths_g_cm2(self, view: View, amplitude: float, window: Window) -> Image:
        """Soft tissue, fat and mineral (3, rows, columns) within a window of the detector, else 0; read-only."""
        amplitude = round(amplitude, 4)  # what is found by a key is also made from it
        key = (view.key, amplitude, str(window))
        with self._lock:
            return self._paths.get(key, lambda: self._projected(view, amplitude, window))

    def _projected(self, view: View, amplitude: float, window: Window) -> Image:
        paths = np.empty((3, *view.shape), dtype=np.float32)
        for path, tissue in zip(paths, self._coarse, strict=False):
            np.multiply(line_integrals(tissue, view, window=window, smooth=True), np.float32(0.1), out=path)
        paths[2] = self._mineral_path(view, amplitude, window)
        paths.setflags(write=False)
        return paths

    def _mineral_path(self, view: View, amplitude: float, window: Window) -> Image:
        below = floor(amplitude / AMPLITUDE_STEP + 1e-6)
        share = amplitude / AMPLITUDE_STEP - below
        total = np.zeros(view.shape, dtype=np.float32)
        for step, weight in ((below, 1.0 - share), (below + 1, share)):
            if weight > 1e-3:
                for part in self._mineral_at(step):
                    total += np.float32(0.1 * weight) * line_integrals(part, view, window=window)
        return total

    def _mineral_at(self, step: int) -> tuple[Projectable, Projectable]:
        amplitude = round(step * AMPLITUDE_STEP, 6)
        patient = self._patient
        return self._mineral.get(
            step,
            lambda: (Projectable(patient.mineral_fine(amplitude)), Projectable(patient.mineral_far(amplitude))),
        )
