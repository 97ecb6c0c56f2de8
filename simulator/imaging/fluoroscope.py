"""The picture of one pulse: anatomy, instruments, contrast and cement to an eight-bit frame.

What changes and what does not enter separately. The anatomy's line integrals depend on the view and on how far
the fracture is reduced, and are kept for the last few of those; instruments are exact path lengths through
simple solids; cement and contrast are small volumes of their own. Frames are drawn on demand and never
influence the simulation.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anatomy.frames import FloatArray
from anatomy.patient import Patient
from anatomy.tissue import ADIPOSE, MINERAL, SOFT, STEEL, Material
from anatomy.volume import Volume
from simulator.imaging import display
from simulator.imaging.detector import (
    Detector,
    detected,
    focal_spot_width_mm,
    quantum_weight_kev,
    signal_per_photon_kev,
)
from simulator.imaging.exposure import Technique, mean_exit_spectrum, spectrum_at
from simulator.imaging.projector import Projectable, line_integrals
from simulator.imaging.scatter import GRID_PRIMARY_TRANSMISSION, scatter_field
from simulator.imaging.solids import add_cone, add_cylinder
from simulator.imaging.spectrum import Spectrum, effective_bins
from simulator.imaging.transmission import pixel_photon_scale, primary_signal
from simulator.imaging.view import View

Image = NDArray[np.float32]

FOCAL_SPOT_MM = 0.6
ENERGIES = 12
_KEPT_VIEWS = 6
_MINERAL_MM_PER_G_CM2 = 14.0
"""Soft tissue that scatters like a g/cm2 of mineral: only for the scatter's local thickness."""


@dataclass(frozen=True, eq=False)
class Solid:
    """A cylinder or cone of one material between two patient points, mm. sign -1 takes a bore out again."""

    material: Material
    shape: Literal["cylinder", "cone"]
    start_mm: FloatArray
    end_mm: FloatArray
    radius_mm: float
    sign: float = 1.0


@dataclass(frozen=True, eq=False)
class Filler:
    """A small volume of material (g/cm3) in the body, and the tissue (g/cm3) that it has displaced."""

    material: Material
    density_g_cm3: Volume
    displaced_g_cm3: Volume


@dataclass(frozen=True, eq=False)
class Scene:
    """What is in the beam beside the patient as found."""

    amplitude: float = 1.0
    solids: tuple[Solid, ...] = ()
    fillers: tuple[Filler, ...] = ()
    mineral_removed: Volume | None = None  # g/cm3 pushed out of a balloon's cavity


@dataclass(frozen=True, eq=False)
class Frame:
    """One displayed picture and the expected signal (keV absorbed per pixel) behind it."""

    grey: NDArray[np.uint8]
    signal_kev: Image


@dataclass(frozen=True, eq=False)
class _Anatomy:
    """Paths (3, rows, columns) of soft, adipose and mineral in g/cm2 for one view and amplitude."""

    paths: Image


class Fluoroscope:
    """Draws frames of one patient. Keeps projections that can be used again; otherwise without state."""

    def __init__(self, patient: Patient, detector: Detector | None = None) -> None:
        self._patient = patient
        self._detector = detector or Detector()
        self._soft = Projectable(patient.soft)
        self._adipose = Projectable(patient.adipose)
        self._mineral: OrderedDict[float, tuple[Projectable, Projectable]] = OrderedDict()
        self._anatomy: OrderedDict[tuple[bytes, float], _Anatomy] = OrderedDict()

    def draw(
        self,
        view: View,
        scene: Scene,
        technique: Technique,
        field_mm: tuple[float, float],
        rng: np.random.Generator,
    ) -> Frame:
        """The frame of one pulse. field_mm is the collimated height and width at the detector."""
        materials, paths = self._paths(view, scene)
        inside = field_mask(view, field_mm)
        tissue_mm = _tissue_mm(paths[:3])
        typical_mm = float(np.median(tissue_mm[inside]))
        bins = _bins(technique.kv)
        scale = pixel_photon_scale(view.shape, view.pixel_mm, view.source_to_detector_mm)
        scale = scale * np.float32(technique.mas * GRID_PRIMARY_TRANSMISSION) * inside
        primary = primary_signal(paths, materials, bins, self._detector, photon_scale=scale)
        scattered = scatter_field(primary, tissue_mm, view.pixel_mm, with_grid=True) * inside
        expected = primary + scattered
        weight = quantum_weight_kev(self._detector, mean_exit_spectrum(technique, typical_mm))
        blur = focal_spot_width_mm(
            FOCAL_SPOT_MM, view.source_to_detector_mm, float(np.linalg.norm(view.source_patient_mm))
        )
        signal = detected(expected, weight, self._detector, rng, focal_width_mm=blur)
        open_kev = self._open_signal(bins, scale)
        bare = primary_signal(paths[:3], (SOFT, ADIPOSE, MINERAL), bins, self._detector, photon_scale=scale)
        look = display.look_for(bare + scattered, open_kev, inside, view.pixel_mm)
        return Frame(display.grey(signal, open_kev, look, inside, view.pixel_mm), expected)

    def _open_signal(self, bins: Spectrum, scale: Image) -> float:
        return float(primary_signal(np.zeros((0, 1)), (), bins, self._detector)[0] * scale.max())

    def _paths(self, view: View, scene: Scene) -> tuple[list[Material], Image]:
        """Materials and their paths (materials, rows, columns), g/cm2; the first three are the patient's."""
        anatomy = self._anatomy_paths(view, round(scene.amplitude, 3)).paths
        added: dict[Material, Image] = {}
        for solid in scene.solids:
            path = np.zeros(view.shape, dtype=np.float32)
            draw = add_cylinder if solid.shape == "cylinder" else add_cone
            draw(path, view, solid.start_mm, solid.end_mm, solid.radius_mm)
            path *= np.float32(0.1 * solid.material.density_g_cm3 * solid.sign)
            _accumulate(added, solid.material, path)
        taken = np.zeros((3, *view.shape), dtype=np.float32)
        for filler in scene.fillers:
            _accumulate(added, filler.material, 0.1 * line_integrals(filler.density_g_cm3, view))
            taken[0] += 0.1 * line_integrals(filler.displaced_g_cm3, view)
        if scene.mineral_removed is not None:
            taken[2] += 0.1 * line_integrals(scene.mineral_removed, view)
        patient = np.maximum(anatomy - taken, 0.0) if scene.fillers or scene.mineral_removed else anatomy
        if not added:
            return [SOFT, ADIPOSE, MINERAL], patient
        extra = np.stack([np.maximum(p, 0.0) for p in added.values()])
        return [SOFT, ADIPOSE, MINERAL, *added], np.concatenate([patient, extra])

    def _anatomy_paths(self, view: View, amplitude: float) -> _Anatomy:
        key = (view.beam_from_patient.tobytes() + bytes(str(view.shape), "ascii"), amplitude)
        if key not in self._anatomy:
            fine, far = self._mineral_at(amplitude)
            soft, adipose = line_integrals(self._soft, view), line_integrals(self._adipose, view)
            mineral = line_integrals(fine, view) + line_integrals(far, view)
            self._anatomy[key] = _Anatomy(np.float32(0.1) * np.stack([soft, adipose, mineral]))
            while len(self._anatomy) > _KEPT_VIEWS:
                self._anatomy.popitem(last=False)
        self._anatomy.move_to_end(key)
        return self._anatomy[key]

    def _mineral_at(self, amplitude: float) -> tuple[Projectable, Projectable]:
        if amplitude not in self._mineral:
            p = self._patient
            self._mineral[amplitude] = (
                Projectable(p.mineral_fine(amplitude)),
                Projectable(p.mineral_far(amplitude)),
            )
            while len(self._mineral) > 2:
                self._mineral.popitem(last=False)
        return self._mineral[amplitude]


def field_mask(view: View, field_mm: tuple[float, float]) -> NDArray[np.bool_]:
    """True inside a collimated field (height, width at the detector)."""
    rows, columns = view.shape
    r = np.abs(np.arange(rows) - (rows - 1) / 2.0) * view.pixel_mm <= field_mm[0] / 2.0
    c = np.abs(np.arange(columns) - (columns - 1) / 2.0) * view.pixel_mm <= field_mm[1] / 2.0
    return r[:, None] & c[None, :]


def needle_solids(
    start_mm: FloatArray, tip_mm: FloatArray, outer_radius_mm: float, inner_radius_mm: float, *, stylet: bool
) -> tuple[Solid, ...]:
    """A steel cannula from start to tip, with its stylet (and pointed tip) or hollow."""
    way = (tip_mm - start_mm) / np.linalg.norm(tip_mm - start_mm)
    if not stylet:
        return (
            Solid(STEEL, "cylinder", start_mm, tip_mm, outer_radius_mm),
            Solid(STEEL, "cylinder", start_mm, tip_mm, inner_radius_mm, -1.0),
        )
    shoulder = tip_mm - 1.6 * outer_radius_mm * way
    return (
        Solid(STEEL, "cylinder", start_mm, shoulder, outer_radius_mm),
        Solid(STEEL, "cone", shoulder, tip_mm, outer_radius_mm),
    )


def _accumulate(into: dict[Material, Image], material: Material, path: Image) -> None:
    into[material] = into[material] + path if material in into else path


def _tissue_mm(paths: Image) -> Image:
    """Soft-tissue equivalent thickness of the patient (rows, columns), mm, from paths in g/cm2."""
    thickness = (paths[0] + paths[1]) * np.float32(10.0 / SOFT.density_g_cm3)
    return np.asarray(thickness + paths[2] * np.float32(_MINERAL_MM_PER_G_CM2), dtype=np.float32)


@lru_cache(maxsize=64)
def _bins(kv: float) -> Spectrum:
    return effective_bins(spectrum_at(kv), ENERGIES, response=lambda e: signal_per_photon_kev(Detector(), e))


def shot(patient: Patient, view: View, technique: Technique, rng: np.random.Generator) -> Frame:
    """A single picture of the patient without instruments, full field."""
    size = view.pixel_mm * view.shape[0], view.pixel_mm * view.shape[1]
    return Fluoroscope(patient).draw(view, Scene(), technique, size, rng)
