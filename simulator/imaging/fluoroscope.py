"""The picture of one pulse: anatomy, instruments, contrast and cement to what the detector reads.

What changes and what does not enter separately, see ``projected_body``, ``overlay`` and ``still``. Frames are
drawn on demand and never influence the simulation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatomy.patient import Patient
from simulator.imaging.beam.exposure import Technique
from simulator.imaging.collimation import Collimation
from simulator.imaging.detector_image import DetectorImage
from simulator.imaging.monitor.monitor import Monitor
from simulator.imaging.overlay import Overlays
from simulator.imaging.panel.detector import Detector, aperture_blurred, captured, focal_spot_width_mm, panel_at
from simulator.imaging.projected_body import ProjectedBody
from simulator.imaging.recent import Recent
from simulator.imaging.scene import Scene
from simulator.imaging.scratch import scratch
from simulator.imaging.solids.support import support_as_adipose_g_cm2
from simulator.imaging.still import ADIPOSE_PATH, FOCAL_SPOT_MM, StillView
from simulator.imaging.view import View

Image = NDArray[np.float32]

SHIFT_MARGIN_PX = 12
"""Pixels beyond the field that are projected too, so that a breath does not bring in an empty rim."""
_KEPT_VIEWS = 3


@dataclass(frozen=True, eq=False)
class Frame:
    """One displayed picture, and what the detector read."""

    grey: NDArray[np.uint8]
    image: DetectorImage


class Fluoroscope:
    """Exposes one plane. Keeps what can be used again; otherwise without state.

    body: the patient, or its ``ProjectedBody`` where several planes share one.
    """

    def __init__(self, body: Patient | ProjectedBody, detector: Detector | None = None) -> None:
        self._body = body if isinstance(body, ProjectedBody) else ProjectedBody(body)
        self._detector = detector
        self._still: Recent[StillView] = Recent(_KEPT_VIEWS)
        self._overlays = Overlays()

    def expose(
        self,
        view: View,
        scene: Scene,
        technique: Technique,
        collimation: Collimation,
        rng: np.random.Generator,
        *,
        shift_px: tuple[float, float] = (0.0, 0.0),
    ) -> DetectorImage:
        """One pulse.

        shift_px  how far (rows, columns) the patient has moved since the view was set, by breathing
        """
        still = self._still_view(view, scene, collimation)
        lit = still.at(technique.kv)
        expected = lit.expected_kev(self._overlays.of(view, scene))
        arriving = aperture_blurred(
            expected, still.detector, focal_width_mm=_focal_width_mm(view), shift_px=shift_px
        )
        arriving *= still.gate
        arriving *= np.float32(technique.mas)
        behind_heel = np.multiply(arriving, lit.heel, out=scratch("fluoroscope.behind_heel", view.shape))
        signal = captured(behind_heel, lit.weight_kev, still.detector, rng)
        signal /= lit.heel  # gain correction
        return DetectorImage(
            signal_kev=signal,
            expected_kev=arriving,
            anatomy_share=lit.anatomy_share,
            open_kev=technique.mas * lit.open_kev,
            inside=still.inside,
            pixel_mm=view.pixel_mm,
            geometry=(view.key, collimation),
        )

    def draw(
        self, view: View, scene: Scene, technique: Technique, collimation: Collimation, rng: np.random.Generator
    ) -> Frame:
        """A single picture as a monitor shows it, without a past."""
        image = self.expose(view, scene, technique, collimation, rng)
        return Frame(Monitor().show(image).grey, image)

    def _still_view(self, view: View, scene: Scene, collimation: Collimation) -> StillView:
        amplitude = round(scene.amplitude, 4)  # what is found by a key is also made from it

        def make() -> StillView:
            paths = self._body.paths_g_cm2(view, amplitude, _window(view, collimation))
            if scene.support:
                paths = paths.copy()
                paths[ADIPOSE_PATH] += support_as_adipose_g_cm2(scene.support, view)
            return StillView(view, collimation, paths, self._detector or panel_at(view.pixel_mm))

        return self._still.get((view.key, amplitude, collimation, scene.support), make)


def shot(patient: Patient, view: View, technique: Technique, rng: np.random.Generator) -> Frame:
    """A single picture of the patient without instruments, full field."""
    size = view.pixel_mm * view.shape[0], view.pixel_mm * view.shape[1]
    return Fluoroscope(patient).draw(view, Scene(), technique, Collimation(*size), rng)


def _focal_width_mm(view: View) -> float:
    """The focal spot's image of what lies at the patient's origin, the target's depth."""
    depth_mm = float(np.clip(view.beam_from_patient[2, 3], 1.0, view.source_to_detector_mm))
    return focal_spot_width_mm(FOCAL_SPOT_MM, view.source_to_detector_mm, depth_mm)


def _window(view: View, collimation: Collimation) -> tuple[slice, slice]:
    """Rows and columns of the field, with the margin that a breath needs."""
    inside = collimation.open_pixels(view)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if rows.size == 0:
        raise ValueError(f"a field of {collimation} is less than a pixel of {view.pixel_mm:g} mm; open it")
    first, last = (
        (max(int(found[0]) - SHIFT_MARGIN_PX, 0) // 2 * 2, min(int(found[-1]) + 1 + SHIFT_MARGIN_PX, n))
        for found, n in zip((rows, columns), view.shape, strict=True)
    )
    return slice(*first), slice(*last)
