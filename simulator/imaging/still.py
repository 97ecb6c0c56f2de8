"""The expected picture of one view: first of the anatomy alone, then with what a scene adds.

What does not change is computed once: paths and geometry for a view and a field, signals for a tube potential. A
frame with the C-arm still recomputes the pixels that instruments touch, and the scatter they shift.
"""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.tissue import ADIPOSE, MINERAL, SOFT, Material
from simulator.imaging.beam.beam_energies import bins_at
from simulator.imaging.beam.exposure import spectrum_at
from simulator.imaging.beam.heel import heel_share
from simulator.imaging.beam.scatter import GRID_PRIMARY_TRANSMISSION, MINERAL_MM_PER_G_CM2, scatter_view
from simulator.imaging.beam.spectrum import attenuated
from simulator.imaging.beam.transmission import pixel_photon_scale, primary_signal
from simulator.imaging.collimation import Collimation
from simulator.imaging.overlay import Overlay
from simulator.imaging.panel.detector import Detector, quantum_weight_kev
from simulator.imaging.recent import Recent
from simulator.imaging.threads import in_parallel
from simulator.imaging.view import View

Image = NDArray[np.float32]

PATIENT = (SOFT, ADIPOSE, MINERAL)
"""Materials of the patient's own paths."""
ADIPOSE_PATH = 1
"""Which of them is fat: the table is laid under the patient as fat."""
ANODE_SIDE: Literal["top"] = "top"
"""Edge of the picture towards which the anode lies (unconfirmed)."""
LEAST_HEEL = 0.2
"""What gain correction can make good: five times."""
FOCAL_SPOT_MM = 0.6
"""The larger of the two usual ones (physics D1)."""
BLADES_MM = 250.0
"""From the focal spot to the collimator's blades (unconfirmed): what makes the border of the field soft."""
_KEPT_POTENTIALS = 2
_ROWS = 64


class StillView:
    """A view of the anatomy through a field. Signals are keV absorbed per pixel and mAs."""

    def __init__(self, view: View, collimation: Collimation, paths_g_cm2: Image, detector: Detector) -> None:
        self.view, self.detector = view, detector
        self.geometry = view.shape, view.pixel_mm, view.source_to_detector_mm
        self.inside, self.gate, some = _field(collimation, *self.geometry)
        self.scale = _scale(*self.geometry)
        self.paths_g_cm2 = paths_g_cm2
        self.tissue_mm = _tissue_mm(paths_g_cm2)
        self.typical_mm = float(np.median(self.tissue_mm.ravel()[some]))
        # What is lit refers to a twin that knows nothing of it: a ring of references would keep views that have
        # had their time until Python looks for rings, ten megabytes each.
        self._twin = copy(self)
        self._lit: Recent[LitView] = Recent(_KEPT_POTENTIALS)

    def at(self, kv: float) -> LitView:
        """The view at a tube potential."""
        return self._lit.get(kv, lambda: LitView(self._twin, kv))


class LitView:
    """A still view at one tube potential."""

    def __init__(self, still: StillView, kv: float) -> None:
        self._still = still
        self._bins = bins_at(kv)
        self._scatter = scatter_view(still.tissue_mm, still.inside, still.view.pixel_mm, with_grid=True, kv=kv)
        self.open_kev = float(self._signal(np.zeros((3, 1), np.float32), PATIENT)[0] * still.scale.max())
        self.heel = _heel(*still.geometry, kv)
        self.weight_kev = _weight_kev(kv, round(still.typical_mm), still.detector)
        self._primary = np.empty(still.view.shape, dtype=np.float32)
        in_parallel(self._light, range(0, still.view.shape[0], _ROWS))
        self._cells = self._scatter.cells(self._primary)
        self.anatomy_kev = self._scatter.spread(self._cells)
        self.anatomy_kev += self._primary
        self.anatomy_share = self.anatomy_kev * np.float32(1.0 / self.open_kev)
        self._drawn: tuple[Overlay, Image] | None = None

    def expected_kev(self, overlay: Overlay) -> Image:
        """Primary and scatter (rows, columns), per mAs, of the anatomy and an overlay; not to be written to."""
        if overlay.pixels.size == 0:
            return self.anatomy_kev
        if self._drawn is None or self._drawn[0] is not overlay:
            self._drawn = overlay, self._with(overlay)
        return self._drawn[1]

    def _light(self, first: int) -> None:
        """The primary of a few rows of the anatomy."""
        rows = slice(first, first + _ROWS)
        signal = self._signal(self._still.paths_g_cm2[:, rows], PATIENT)
        np.multiply(signal, self._still.scale[rows], out=self._primary[rows])

    def _with(self, overlay: Overlay) -> Image:
        """Touched pixels anew, and the scatter that their change takes away."""
        still, pixels = self._still, overlay.pixels
        patient = still.paths_g_cm2.reshape(3, -1)[:, pixels]
        patient -= overlay.taken_g_cm2
        np.maximum(patient, 0.0, out=patient)
        signal = self._signal(np.concatenate([patient, overlay.paths_g_cm2]), (*PATIENT, *overlay.materials))
        signal *= still.scale.ravel()[pixels]
        change = np.zeros(still.view.shape, dtype=np.float32)
        change.ravel()[pixels] = signal - self._primary.ravel()[pixels]
        columns = still.view.shape[1]
        window = slice(int(pixels[0]) // columns, int(pixels[-1]) // columns + 1), slice(0, columns)
        expected = self._scatter.spread(self._cells + self._scatter.cells(change[window], window))
        expected += self._primary
        expected += change
        return expected

    def _signal(self, paths_g_cm2: Image, materials: tuple[Material, ...]) -> Image:
        return primary_signal(paths_g_cm2, materials, self._bins, self._still.detector)


@lru_cache(maxsize=8)
def _field(
    collimation: Collimation, shape: tuple[int, int], pixel_mm: float, source_to_detector_mm: float
) -> tuple[NDArray[np.bool_], Image, NDArray[np.intp]]:
    """Which pixels the blades leave open, the share of the focal spot that each sees past them (penumbra), and
    every seventh of the open ones (n,), flat."""
    inside = collimation.open_pixels(View(np.eye(4), source_to_detector_mm, pixel_mm, shape))
    penumbra_mm = FOCAL_SPOT_MM * (source_to_detector_mm / BLADES_MM - 1.0)
    pixels = max(round(penumbra_mm / pixel_mm), 1) | 1
    gate = np.asarray(ndimage.uniform_filter(inside.astype(np.float32), pixels, mode="nearest"))
    some = np.flatnonzero(inside)[::7]
    for array in (inside, gate, some):
        array.setflags(write=False)
    return inside, gate, some


@lru_cache(maxsize=8)
def _scale(shape: tuple[int, int], pixel_mm: float, source_to_detector_mm: float) -> Image:
    """Photons through each pixel and the grid, per photon and mm2 at 1 m from the focus."""
    scale = pixel_photon_scale(shape, pixel_mm, source_to_detector_mm) * np.float32(GRID_PRIMARY_TRANSMISSION)
    scale.setflags(write=False)
    return scale


def _tissue_mm(paths_g_cm2: Image) -> Image:
    """Soft-tissue equivalent thickness of the patient (rows, columns), mm."""
    thickness = (paths_g_cm2[0] + paths_g_cm2[1]) * np.float32(10.0 / SOFT.density_g_cm3)
    thickness += paths_g_cm2[2] * np.float32(MINERAL_MM_PER_G_CM2)
    return np.maximum(thickness, 0.0, out=thickness)


@lru_cache(maxsize=8)
def _heel(shape: tuple[int, int], pixel_mm: float, source_to_detector_mm: float, kv: float) -> Image:
    """The anode heel at each pixel; the panel's gain correction removes it from the picture, but not its noise."""
    share = np.maximum(heel_share(shape, pixel_mm, source_to_detector_mm, kv, anode_side=ANODE_SIDE), LEAST_HEEL)
    share.setflags(write=False)
    return share


@lru_cache(maxsize=256)
def _weight_kev(kv: float, tissue_mm: int, detector: Detector) -> float:
    """Signal of a quantum in the beam that is left behind a typical ray."""
    left = attenuated(spectrum_at(kv), {SOFT: 0.1 * tissue_mm * SOFT.density_g_cm3})
    return quantum_weight_kev(detector, left)
