"""The trunk: the patient's outline from neck to hips, its layers and its cavity, as signed distances.

Patient frame, mm. Measures: anatomy section 5 (skin to bone from one chest and one abdominal CT; fat by BMI,
unconfirmed) and section 3.3 (chest outline 295 to 355 mm wide, 190 deep at T1 and 245 at T8). The outline's
superellipse, waist, hips, neck and raised arms are "shape:" without a published number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage
from scipy.interpolate import PchipInterpolator

from anatomy import frames, shapes
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.spec import LEVELS, Level, PatientSpec

SKIN_MM = 2.0
FURROW_MM = 5.0  # depth of the groove of the back over the spinous processes (shape: ours)
NECK_MM = 78.0  # the body is shown as far above the T1 centre,
HIPS_MM = 130.0  # and as far below the L5 centre
_OVER_SPINES_MM = 3.0  # least tissue between skin and a spinous process in the thinnest patient (unconfirmed)
_OVER_TIP_MM = FURROW_MM + SKIN_MM + _OVER_SPINES_MM  # from a spinous process to the back beside the groove
_REFERENCE_BMI = 24.5

# Half breadth of the outline over the reference, by height above L3 in units of the length T1 to L3; waist at
# L3, hips below, chest, shoulders and neck above (shape: ours).
_BREADTH = {
    "female": ((-0.62, 1.13), (-0.42, 1.12), (-0.17, 1.03), (0.0, 0.94), (0.20, 0.945), (0.5, 1.02), (0.68, 1.03),
               (0.80, 1.00), (0.90, 0.91), (0.97, 0.72), (1.04, 0.50), (1.12, 0.40), (1.30, 0.37)),
    "male": ((-0.62, 1.06), (-0.42, 1.06), (-0.17, 1.00), (0.0, 0.95), (0.20, 0.96), (0.5, 1.04), (0.68, 1.07),
             (0.80, 1.05), (0.90, 0.95), (0.97, 0.76), (1.04, 0.53), (1.12, 0.42), (1.30, 0.40)),
}  # fmt: skip
_DEPTH = ((-0.62, 0.98), (-0.3, 1.0), (0.55, 1.0), (0.72, 0.97), (0.86, 0.91), (0.95, 0.84), (1.0, 0.78),
          (1.06, 0.70), (1.14, 0.61), (1.30, 0.54))  # fmt: skip
_GIRTH = ((0.5, 1.0), (0.95, 0.38), (1.3, 0.25))  # how much of a change in girth a height takes part in
_HIPS = ((-0.62, 148.0), (-0.45, 158.0), (-0.17, 158.0), (-0.02, 110.0), (0.1, 0.0))  # least over the hip bones
_EXPONENT = ((-0.6, 2.5), (-0.3, 2.7), (0.75, 2.7), (1.0, 2.3), (1.15, 2.1))
_FAT = ((-0.6, 1.35), (-0.25, 1.1), (0.0, 1.0), (0.9, 1.0), (1.05, 0.6), (1.15, 0.4))


@dataclass(frozen=True)
class Trunk:
    """The patient's outline and the line of the spine in it, by height z (mm, patient frame).

    The lines run on above T1 into the neck and below L5 along the sacrum.
    """

    spec: PatientSpec
    z_mm: FloatArray  # (rows,) ascending
    centre_y_mm: FloatArray  # body centroids
    half_width_mm: FloatArray  # of the bodies
    half_depth_mm: FloatArray
    back_y_mm: FloatArray  # skin of the back beside the midline
    z_of: Mapping[Level, float]

    @property
    def girth(self) -> float:
        """BMI above the reference, kg/m2."""
        return self.spec.body_mass_index_kg_m2 - _REFERENCE_BMI

    @property
    def half_breadth_mm(self) -> float:
        """Reference of breadths, at the lower chest."""
        return self._breadth_of_frame_mm + 4.0 * self.girth

    @property
    def depth_mm(self) -> float:
        """Skin to skin at chest and belly, prone."""
        return self._depth_of_frame_mm + 5.5 * self.girth

    @property
    def _breadth_of_frame_mm(self) -> float:
        return (148.0 if self.spec.sex == "female" else 160.0) * (self.spec.stature_mm / 1650.0) ** 0.5

    @property
    def _depth_of_frame_mm(self) -> float:
        return (208.0 if self.spec.sex == "female" else 225.0) * (self.spec.stature_mm / 1650.0) ** 0.5

    def half_breadth_at(self, z: Array) -> Array:
        """Half breadth of the outline without the arms at heights z."""
        frame = self._breadth_of_frame_mm + 4.0 * self.girth * self.along(_GIRTH, z)
        bony = self.frame_scale * self.along(_HIPS, z)
        return np.asarray(np.maximum(frame * self.along(_BREADTH[self.spec.sex], z), bony))

    def depth_at(self, z: Array) -> Array:
        """Depth of the outline at heights z, skin to skin."""
        return np.asarray(
            (self._depth_of_frame_mm + 5.5 * self.girth * self.along(_GIRTH, z)) * self.along(_DEPTH, z)
        )

    @property
    def frame_scale(self) -> float:
        """Size of the skeleton beside the spine, 1 for the nominal adult of 1.72 m (anatomy 0 and 3.3)."""
        return (0.93 if self.spec.sex == "female" else 1.05) * (self.spec.stature_mm / 1720.0) ** 0.7

    @property
    def fat_mm(self) -> float:
        """Subcutaneous fat of the back."""
        return max(14.0 + 1.2 * self.girth, 4.0)

    @property
    def span_mm(self) -> tuple[float, float]:
        """Lowest and highest z of the body that is shown."""
        return self.z_of["L5"] - HIPS_MM, self.z_of["T1"] + NECK_MM

    def at(self, values: FloatArray, z: Array) -> Array:
        """A quantity of ``z_mm`` at heights z."""
        return np.interp(z, self.z_mm, values).astype(np.float32)

    def along(self, profile: tuple[tuple[float, float], ...], z: Array) -> Array:
        """A profile by share of the length L3 to T1 at heights z, without kinks."""
        s = (np.asarray(z) - self.z_of["L3"]) / (self.z_of["T1"] - self.z_of["L3"])
        return np.asarray(_curve(profile)(np.clip(s, profile[0][0], profile[-1][0])), dtype=np.float32)

    def centre(self, z: float) -> float:
        """y of the body centroids at one height."""
        return float(np.interp(z, self.z_mm, self.centre_y_mm))


@cache
def _curve(profile: tuple[tuple[float, float], ...]) -> PchipInterpolator:
    return PchipInterpolator(*np.array(profile).T)


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
    tip = frames.apply(spine.vertebrae["T1"].patient_from_vertebra, spine.vertebrae["T1"].spinous_tip)
    z, y, half_width, half_depth, back = _with_sacrum_and_neck(
        np.array([z, y, half_width, half_depth, back]), girth, tip
    )
    return Trunk(spec, z, y, half_width, half_depth, back, z_of)


def _with_sacrum_and_neck(rows: FloatArray, girth: float, tip_mm: FloatArray) -> FloatArray:
    """Rows (z, y, half width, half depth, back) with two below and two above (shape: ours).

    The sacrum goes back and the buttocks with it; the neck of a prone patient straightens. tip_mm (3,), the
    spinous process of T1, stands above the highest row in a round back: the nape passes behind it.
    """
    z, y, half_width, half_depth, back = rows
    lean = np.clip((y[-1] - y[-2]) / (z[-1] - z[-2]), -0.2, 0.9)
    below = np.array([(z[0] - 95.0, y[0] - 32.0, half_width[0], half_depth[0], back[0] - 14.0),
                      (z[0] - 45.0, y[0] - 16.0, half_width[0], half_depth[0], back[0] - 5.0)]).T  # fmt: skip
    above = np.array([(z[-1] + rise, y[-1] + lean * way, 10.0, 8.5, y[-1] + lean * way - behind - 0.6 * girth)
                      for rise, way, behind in ((45.0, 34.0, 66.0), (90.0, 52.0, 54.0))]).T  # fmt: skip
    share = np.clip((tip_mm[2] - z[-1]) / (above[0, 0] - z[-1]), 0.1, 1.0)
    nape = back[-1] + (tip_mm[1] - _OVER_TIP_MM - back[-1]) / share
    above[4, 0] = min(above[4, 0], nape)
    return np.concatenate([below, rows, above], axis=1)


def _behind_all_spines(spine: Column, z: FloatArray, back_y: FloatArray) -> FloatArray:
    """The back, moved backwards as a whole where a spinous process would come through the skin."""
    tips = np.array([frames.apply(v.patient_from_vertebra, v.spinous_tip) for v in spine.vertebrae.values()])
    room = tips[:, 1] - _OVER_TIP_MM - np.interp(tips[:, 2], z, back_y)
    return back_y + min(float(room.min()), 0.0)


def outline_distance(t: Trunk, x: Array, y: Array, z: Array) -> Array:
    """Distance to the skin: a superellipse with the groove of the back, and the raised arms."""
    z1 = np.asarray(z)
    back = t.at(t.back_y_mm, z1)
    half_x = t.half_breadth_at(z1)
    half_y = 0.5 * t.depth_at(z1)
    cleft = FURROW_MM * (1.0 + 3.0 * np.clip((t.z_of["L5"] - 40.0 - z1) / 60.0, 0.0, 1.0))
    furrow = cleft * np.exp(-((x / 14.0) ** 2)) * np.clip((back + 30.0 - y) / 20.0, 0.0, 1.0)
    body = _ring(x, y - (back + half_y), half_x, half_y, t.along(_EXPONENT, z1)) + furrow
    arms = arm_distance(t, x, y, z)
    return body if arms is None else shapes.smooth_min(body, arms, 26.0)


def _ring(x: Array, y: Array, a: Array, b: Array, n: Array) -> Array:
    """shapes.superellipse with an exponent that varies: powers are taken on planes, not in the volume."""
    px, py = np.maximum(np.abs(x / a), 1e-3), np.maximum(np.abs(y / b), 1e-3)
    level = px**n + py**n
    rho = level ** (1.0 / n)
    gradient = np.sqrt((px ** (n - 1.0) / a) ** 2 + (py ** (n - 1.0) / b) ** 2) * rho / level
    return (rho - 1.0) / np.maximum(gradient, 1e-6)


def shoulder_mm(t: Trunk) -> FloatArray:
    """Centre of the right humeral head (3,): arms raised beside the head, as a prone patient holds them."""
    z = t.z_of["T2"] + 6.0
    return np.array([158.0 * t.frame_scale, t.centre(z) + 6.0, z])


def _arm_mm(t: Trunk) -> float:
    """Half thickness of shoulder and upper arm."""
    return 44.0 * t.frame_scale + 0.8 * max(t.girth, -6.0)


def arm_distance(t: Trunk, x: Array, y: Array, z: Array) -> Array | None:
    """Distance to shoulder, collar and upper arm of the nearer side; None where heights z do not reach them."""
    start = shoulder_mm(t)
    thick = _arm_mm(t)
    if np.max(z) < start[2] - 3.0 * thick:
        return None
    end, s = start + (14.0, 16.0, 140.0), t.frame_scale
    neck_z = t.z_of["T1"] - 2.0
    collar = np.array([22.0 * s, t.centre(neck_z) + 40.0 * s, neck_z])
    blade = np.array([62.0 * s, t.centre(neck_z) - 34.0 * s, t.z_of["T2"] - 4.0])
    side = np.abs(x)
    arm = shapes.limb(side, y, z, start - (12.0, 0.0, 26.0), end, (1.15 * thick, thick), (thick, 0.9 * thick))
    over_collar = shapes.limb(side, y, z, collar, start + (-14.0, 2.0, 12.0), (25.0 * s,) * 2, (28.0 * s,) * 2)
    over_blade = shapes.limb(side, y, z, blade, start + (-4.0, -16.0, 12.0), (24.0 * s,) * 2, (26.0 * s,) * 2)
    return shapes.smooth_min(arm, shapes.smooth_min(over_collar, over_blade, 20.0), 20.0)


def reach_mm(t: Trunk) -> tuple[tuple[float, float], float]:
    """((rearmost, foremost) y, largest half width) of the outline with a margin of 8 mm, mm."""
    z = np.arange(*t.span_mm, 2.0)
    back, depth = t.at(t.back_y_mm, z), t.depth_at(z)
    arm = shoulder_mm(t)
    thick = 1.15 * _arm_mm(t)
    half_x = max(float(t.half_breadth_at(z).max()), arm[0] + 14.0 + thick)
    front = max(float((back + depth).max()), arm[1] + 16.0 + thick)
    return (min(float(back.min()), arm[1] - thick) - 8.0, front + 8.0), half_x + 8.0


def fat_layer_mm(t: Trunk, x: Array, y: Array, z: Array) -> Array:
    """Subcutaneous fat: thicker at the flanks, in front and over the hips than on the back."""
    z1 = np.asarray(z)
    front = np.clip((y - t.at(t.centre_y_mm, z1)) / 60.0, 0.0, 1.0)
    fat = t.fat_mm * t.along(_FAT, z1)
    return fat * (1.0 + 0.25 * np.minimum(np.abs(x) / 120.0, 1.0) + 0.5 * front)


def cavity_distance(t: Trunk, skin_mm: Array, x: Array, y: Array, z: Array) -> Array:
    """Abdominal and thoracic cavity: inside the wall, in front of the spine and its muscles.

    skin_mm: the outline's distance at these places.
    """
    below_fat = skin_mm + SKIN_MM + fat_layer_mm(t, x, y, z)
    wall = 13.0 + 7.0 * np.minimum(np.abs(x) / 100.0, 1.0)
    beside = np.clip((np.abs(x) - 26.0) / 40.0, 0.0, 1.0)
    beside = beside * beside * (3.0 - 2.0 * beside)
    behind = t.at(t.centre_y_mm, np.asarray(z)) + 14.0 - 50.0 * beside - y
    inner = shapes.smooth_max(below_fat + wall, behind, 8.0)
    top = np.asarray(z) - (t.z_of["T1"] + 5.0)  # the neck has no cavity
    floor = t.z_of["L5"] - 105.0 - np.asarray(z)  # pelvic floor
    return shapes.smooth_max(inner, np.maximum(top, floor), 12.0)
