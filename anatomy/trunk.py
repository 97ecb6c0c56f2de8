"""The trunk: the patient's outline, its layers and cavities, as signed distances in the patient frame.

Measures: anatomy section 5 (skin to bone from one chest and one abdominal CT; fat by BMI, unconfirmed) and
section 3.3 (chest outline). The outline's superellipse and waist are "shape:" without a published number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from anatomy import frames, shapes
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.spec import LEVELS, Level, PatientSpec
from anatomy.spine import Column

SKIN_MM = 2.0
FURROW_MM = 5.0  # depth of the groove of the back over the spinous processes (shape: ours)
_OVER_SPINES_MM = 3.0  # least tissue between skin and a spinous process in the thinnest patient (unconfirmed)
_REFERENCE_BMI = 24.5


@dataclass(frozen=True)
class Trunk:
    """The patient's outline and the line of the spine in it, by height z (mm, patient frame)."""

    spec: PatientSpec
    z_mm: FloatArray  # (levels,) ascending
    centre_y_mm: FloatArray  # body centroids
    half_width_mm: FloatArray  # of the bodies
    half_depth_mm: FloatArray
    back_y_mm: FloatArray  # skin of the back beside the midline
    z_of: dict[Level, float]

    @property
    def girth(self) -> float:
        """BMI above the reference, kg/m2."""
        return self.spec.body_mass_index_kg_m2 - _REFERENCE_BMI

    @property
    def half_breadth_mm(self) -> float:
        base = 148.0 if self.spec.sex == "female" else 160.0
        return base * (self.spec.stature_mm / 1650.0) ** 0.5 + 4.0 * self.girth

    @property
    def depth_mm(self) -> float:
        """Skin to skin, prone."""
        base = 208.0 if self.spec.sex == "female" else 225.0
        return base * (self.spec.stature_mm / 1650.0) ** 0.5 + 5.5 * self.girth

    @property
    def fat_mm(self) -> float:
        """Subcutaneous fat of the back."""
        return max(14.0 + 1.2 * self.girth, 4.0)

    def at(self, values: FloatArray, z: Array) -> Array:
        """A per-level quantity at heights z."""
        return np.interp(z, self.z_mm, values).astype(np.float32)


def trunk(spec: PatientSpec, spine: Column) -> Trunk:
    """Outline of one patient."""
    girth = spec.body_mass_index_kg_m2 - _REFERENCE_BMI
    rows = []
    for level in reversed(LEVELS):
        v = spine.vertebrae[level]
        d, centre = v.size, v.patient_from_vertebra[:3, 3]
        lamina_y = centre[1] + v.posterior_wall_y_mm - d.canal_depth_mm - 6.0
        skin = 0.90 * d.skin_to_bone_at_16mm_lateral_mm * (1.0 + 0.03 * girth)
        rows.append((centre[2], centre[1], 0.5 * d.endplate_width_inf_mm, 0.5 * d.depth_mm, lamina_y - skin))
    z, y, half_width, half_depth, back = np.array(rows).T
    z_of = {level: float(spine.vertebrae[level].patient_from_vertebra[2, 3]) for level in LEVELS}
    back = _behind_all_spines(spine, z, ndimage.gaussian_filter1d(back, 1.0))
    return Trunk(spec, z, y, half_width, half_depth, back, z_of)


def _behind_all_spines(spine: Column, z: FloatArray, back_y: FloatArray) -> FloatArray:
    """The back, moved backwards as a whole where a spinous process would come through the skin."""
    tips = np.array([frames.apply(v.patient_from_vertebra, v.spinous_tip) for v in spine.vertebrae.values()])
    room = tips[:, 1] - FURROW_MM - SKIN_MM - _OVER_SPINES_MM - np.interp(tips[:, 2], z, back_y)
    return back_y + min(float(room.min()), 0.0)


def outline_distance(t: Trunk, x: Array, y: Array, z: Array) -> Array:
    """Distance to the skin: a superellipse with the groove of the back, waisted at L3."""
    back = t.at(t.back_y_mm, z)
    furrow = FURROW_MM * np.exp(-((x / 14.0) ** 2))  # over the spinous processes
    flat = np.clip((z - t.z_of["L3"]) / 180.0, -1.0, 1.0)
    half_x = t.half_breadth_mm * (0.93 + 0.10 * flat * flat)
    half_y = 0.5 * t.depth_mm
    return shapes.superellipse(x, y - (back + half_y) - furrow * (y < back + 20.0), half_x, half_y, 2.7)


def fat_layer_mm(t: Trunk, x: Array, y: Array, z: Array) -> Array:
    """Subcutaneous fat: thicker at the flanks and in front than on the back."""
    front = np.clip((y - t.at(t.centre_y_mm, z)) / 60.0, 0.0, 1.0)
    return t.fat_mm * (1.0 + 0.25 * np.minimum(np.abs(x) / 120.0, 1.0) + 0.5 * front)


def cavity_distance(t: Trunk, x: Array, y: Array, z: Array) -> Array:
    """Abdominal and thoracic cavity: inside the wall, in front of the spine and its muscles."""
    wall = 13.0 + 7.0 * np.minimum(np.abs(x) / 100.0, 1.0)
    inner = outline_distance(t, x, y, z) + SKIN_MM + fat_layer_mm(t, x, y, z) + wall
    beside = np.clip((np.abs(x) - 26.0) / 40.0, 0.0, 1.0)
    beside = beside * beside * (3.0 - 2.0 * beside)
    behind = t.at(t.centre_y_mm, z) + 14.0 - 50.0 * beside - y
    return shapes.smooth_max(inner, behind, 8.0)


def lung_distance(t: Trunk, sign: float, x: Array, y: Array, z: Array) -> Array:
    """Distance to a lung: inside the ribs, above the diaphragm, beside spine and mediastinum.

    The recess reaches below the T12 centre behind (right lower than left) and rises to the dome in front;
    the lung lies 18 to 31 mm behind the body centres at 35 mm lateral (anatomy 5).
    """
    centre = t.at(t.centre_y_mm, z)
    chest = outline_distance(t, x, y, z) + SKIN_MM + t.fat_mm + 19.0
    side = np.abs(x)
    dome = t.z_of["T10"] + (2.0 if sign > 0 else -6.0)
    forward = np.clip((45.0 - (y - centre)) / 95.0, -0.6, 1.05)
    diaphragm = dome - 62.0 * forward * forward - 22.0 * np.clip((side - 70.0) / 60.0, -1.2, 1.2) ** 2
    # Mediastinum: body, aorta and heart in the middle; paraspinal muscle behind. It widens all the way to the
    # front and sways with height, as a surface along the frontal beam would show as a ruled line (shape: ours).
    front = np.clip((y - centre + 25.0) / 130.0, 0.0, 1.0)
    heart = (20.0 if sign < 0 else 6.0) * np.clip((z - t.z_of["T11"]) / 70.0 + 0.4, 0.0, 1.0)
    sway = 2.5 * np.sin(z / 17.0 + sign)
    middle = t.at(t.half_width_mm, z) + 3.0 + sway + (26.0 + heart) * front * (2.0 - front)
    behind = centre - 18.0 - 22.0 * np.clip((side - 30.0) / 35.0, 0.0, 1.0) - y
    lateral = np.maximum(middle - sign * x, behind)
    return shapes.smooth_max(shapes.smooth_max(chest, lateral, 6.0), diaphragm - z, 5.0)
