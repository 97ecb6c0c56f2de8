"""The chest: the inside of the rib cage, lungs, diaphragm, heart, great vessels, airway and lung vessels.

Patient frame, mm. The cage is read off the patient's own ribs (anatomy 3.3), lung recesses and the lungs'
distance from the spine are those of anatomy section 5. Heart, vessels and airway are textbook sizes and
relations, "shape:" without a measured source of ours; they soften with the lungs' border.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import PchipInterpolator

from anatomy import shapes
from anatomy.body.organ import Organ
from anatomy.body.trunk import SKIN_MM, Trunk, fat_layer_mm
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.ribs import Rib
from anatomy.spec import LEVELS
from anatomy.tissue import Tissue

_INSIDE_RIB_MM = 4.5  # from a rib's centre line to the lung: half a rib and the pleura
_BEFORE_ANGLE_MM = 3.5  # the same at the angle, where ribs lie flat
RECESS_MM = 26.0  # how far the pleural recess reaches below the lung behind and at the flank (unconfirmed)
_FILM_MM = 1.5  # parietal pleura outside the lung
DIAPHRAGM_MM = 4.0  # thickness (unconfirmed)
_APEX_ABOVE_T1_MM = 12.0  # lung apices reach the necks of the first ribs


@dataclass(frozen=True)
class Cage:
    """Inside of the rib cage by height: half width, back and front as (z, value) rows, z ascending, mm."""

    half_width_mm: FloatArray
    back_y_mm: FloatArray
    front_y_mm: FloatArray


def cage(t: Trunk, all_ribs: list[Rib]) -> Cage:
    """The cage that the ribs of one patient make."""
    right = sorted((r for r in all_ribs if r.side == "right"), key=lambda r: LEVELS.index(r.level))
    top, s = t.z_of["T1"] + _APEX_ABOVE_T1_MM, t.frame_scale
    y1 = t.centre(t.z_of["T1"])
    width, back, front = [(top, 24.0 * s)], [(top, y1 - 2.0)], [(top, y1 + 14.0)]
    for rib in right[:10]:
        flank = rib.line_mm[np.argmax(rib.line_mm[:, 0])]
        angle = rib.line_mm[np.argmin(rib.line_mm[:, 1])]
        width.append((flank[2], flank[0] - _INSIDE_RIB_MM))
        back.append((min(angle[2], top - 4.0), angle[1] + _BEFORE_ANGLE_MM))
    for rib in right[:7]:
        front.append((rib.line_mm[-1, 2], rib.line_mm[-1, 1] - _INSIDE_RIB_MM + 4.0))
    return Cage(*(_ascending(rows) for rows in (width, back, front)))


def _ascending(rows: list[tuple[float, float]]) -> FloatArray:
    """Rows by rising z; of rows less than 2 mm apart the first is kept."""
    kept = [rows[0]]
    for row in rows[1:]:
        if row[0] < kept[-1][0] - 2.0:
            kept.append(row)
    return np.array(kept[::-1])


def _profile(rows: FloatArray, z: Array) -> tuple[Array, Array]:
    """(value, slope) of a profile at heights z, constant beyond its ends."""
    curve = PchipInterpolator(rows[:, 0], rows[:, 1])
    inside = np.clip(z, rows[0, 0], rows[-1, 0])
    slope = curve(inside, 1) * (inside == z)
    return curve(inside).astype(np.float32), slope.astype(np.float32)


def cage_distance(c: Cage, x: Array, y: Array, z: Array) -> Array:
    """Distance to the inside of the rib cage, closed above the apices, open below."""
    z1 = np.asarray(z)
    half, slope = _profile(c.half_width_mm, z1)
    (back, _), (front, rise) = _profile(c.back_y_mm, z1), _profile(c.front_y_mm, z1)
    depth = np.maximum(0.5 * (front - back), 6.0)
    ring = shapes.superellipse(x, y - 0.5 * (front + back), half, depth, 3.0)
    # The cage narrows upwards: measured across it, not along a horizontal.
    forward = np.clip((y - 0.5 * (front + back)) / depth, 0.0, 1.0)
    ring = ring / np.sqrt(1.0 + np.maximum(np.minimum(slope, 2.0) ** 2, np.minimum(rise, 1.5) ** 2 * forward))
    return shapes.smooth_max(ring, z1 - c.half_width_mm[-1, 0], 8.0)


def pleura_distance(t: Trunk, c: Cage, sign: float, skin_mm: Array, x: Array, y: Array, z: Array) -> Array:
    """Distance to a pleural cavity: the lung with the film about it and the recess below, which no lung fills."""
    return lung_distance(t, c, sign, skin_mm, x, y, z, recess_mm=RECESS_MM) - _FILM_MM


def lung_distance(
    t: Trunk, c: Cage, sign: float, skin_mm: Array, x: Array, y: Array, z: Array, *, recess_mm: float = 0.0
) -> Array:
    """Distance to a lung: inside the ribs, above the diaphragm, beside spine and mediastinum.

    skin_mm: the outline's distance at these places; recess_mm: how much farther down than the lung's border.

    The recess reaches below the T12 centre behind (right lower than left) and rises to the dome in front;
    the lung lies 18 to 31 mm behind the body centres at 35 mm lateral (anatomy 5).
    """
    below_fat = skin_mm + SKIN_MM + fat_layer_mm(t, x, y, z)
    z1 = np.asarray(z)
    centre, side = t.at(t.centre_y_mm, z1), np.abs(x)
    chest = shapes.smooth_max(below_fat + 14.0, cage_distance(c, x, y, z1), 4.0)
    # Mediastinum: body, aorta and vessels in the middle; paraspinal muscle behind. It widens all the way to the
    # front and sways with height, as a surface along the frontal beam would show as a ruled line (shape: ours).
    front = np.clip((y - centre + 25.0) / 130.0, 0.0, 1.0)
    low = np.clip((t.z_of["T4"] - z1) / 70.0, 0.0, 1.0)
    spread = 8.0 + (12.0 if sign < 0 else 7.0) * low
    sway = 2.5 * np.sin(z1 / 17.0 + sign)
    middle = np.maximum(t.at(t.half_width_mm, z1), 14.0) + 3.5 + sway + spread * front * (2.0 - front)
    behind = centre - 18.0 - 22.0 * np.clip((side - 30.0) / 35.0, 0.0, 1.0) - y
    lateral = shapes.smooth_max(middle - sign * x, behind, 10.0)
    lung = shapes.smooth_max(
        shapes.smooth_max(chest, lateral, 9.0), _above_diaphragm(t, sign, x, y, z1, recess_mm), 5.0
    )
    return np.asarray(np.where(sign * x < 0.0, np.maximum(lung, -sign * x + 8.0), lung))


def _above_diaphragm(t: Trunk, sign: float | Array, x: Array, y: Array, z: Array, recess_mm: float = 0.0) -> Array:
    """Distance to the dome from above: highest in the middle of each side, recesses behind and at the flank."""
    dome = t.z_of["T10"] + np.where(np.asarray(sign) > 0, -4.0, -12.0).astype(np.float32)
    forward = np.clip((45.0 - (y - t.at(t.centre_y_mm, z))) / 80.0, -0.6, 1.05)
    out = np.clip((np.abs(x) - 68.0) / 60.0, -1.1, 1.3)
    # Nearly flat on top, plunging into the recess behind: two curves in a lateral view (shape: ours). The right
    # lung reaches 7 mm below the L1 centre there, the left one 5 mm below T12 (anatomy 5).
    plunge = np.where(np.asarray(sign) > 0, 107.0, 67.0).astype(np.float32)
    behind = np.where(forward > 0.0, plunge * forward * np.abs(forward), 84.0 * np.abs(forward)) * np.abs(forward)
    slope = np.where(forward > 0.0, 3.0 / 80.0 * plunge * forward * forward, 2.10 * forward)
    beside = np.where(out > 0.0, 58.0, 20.0) * out * out
    drop = np.sqrt(behind * behind + beside * beside + 1.0)
    steep = (slope * behind / drop) ** 2 + (0.033 * beside / np.maximum(np.abs(out), 0.1) * beside / drop) ** 2
    deeper = recess_mm * np.clip(np.maximum(forward, out), 0.0, 1.0)
    return np.asarray((dome - drop - deeper - z) / np.sqrt(1.0 + steep))


def diaphragm_distance(t: Trunk, c: Cage, x: Array, y: Array, z: Array) -> Array:
    """Distance to the sheet of muscle under both lungs, as far out as the ribs."""
    below = _above_diaphragm(t, np.sign(x), x, y, np.asarray(z))
    sheet = np.abs(below - 0.5 * DIAPHRAGM_MM) - 0.5 * DIAPHRAGM_MM
    behind = t.at(t.centre_y_mm, np.asarray(z)) + 4.0 - 45.0 * np.clip((np.abs(x) - 25.0) / 40.0, 0.0, 1.0) - y
    return np.asarray(np.maximum(np.maximum(sheet, cage_distance(c, x, y, z) - 2.0), behind))


def crura(t: Trunk) -> list[tuple[FloatArray, FloatArray]]:
    """(line (n, 3), radii (n,)) of the two pillars of the diaphragm: from L3 (right) and L2 (left) to T11.

    They lie on the front of the lumbar bodies, the aorta between them (textbook; thickness and course ours).
    """
    out = []
    for sign, lowest in ((1.0, "L3"), (-1.0, "L2")):
        rows = []
        for level, aside, ahead, radius in ((lowest, 11.0, 1.0, 2.0), ("L1", 14.0, 4.0, 4.0),
                                            ("T12", 17.0, 13.0, 4.5), ("T11", 15.0, 26.0, 4.0)):  # fmt: skip
            z = t.z_of[level]  # type: ignore[index]
            front = t.centre(z) + float(np.interp(z, t.z_mm, t.half_depth_mm))
            left = 7.0 if sign < 0 else 0.0  # around the aorta
            rows.append((sign * (aside + left) * t.frame_scale, front + ahead, z, radius))
        line = np.array(rows)
        out.append((shapes.spline(line[:, :3], 4), np.interp(np.linspace(0, 3, 13), range(4), line[:, 3])))
    return out


def oesophagus(t: Trunk) -> tuple[FloatArray, FloatArray]:
    """(line (n, 3), radii (n,)) from behind the airway, in front of the spine, to the left of the aorta at T11.

    Collapsed, 14 mm across (textbook; course ours).
    """
    rows = [(0.0, 24.0, "T1"), (-3.0, 22.0, "T4"), (1.0, 30.0, "T6"), (-2.0, 38.0, "T8"), (-10.0, 48.0, "T10"),
            (-20.0, 52.0, "T11")]  # fmt: skip
    points = [place_in_chest(t, right, ahead, t.z_of[level]) for right, ahead, level in rows]  # type: ignore[index]
    line = shapes.spline(np.array(points), 4)
    return line, np.full(len(line), 7.0 * t.frame_scale)


def lung_g_cm3(c: Cage, y: Array, z: Array) -> Array:
    """Density of lung in a prone patient: -880 HU at the back to -600 in front, where it hangs (anatomy 4.3)."""
    (back, _), (front, _) = _profile(c.back_y_mm, np.asarray(z)), _profile(c.front_y_mm, np.asarray(z))
    hanging = np.clip((y - back) / np.maximum(front - back, 20.0), 0.0, 1.0)
    return np.asarray(0.12 + 0.28 * hanging * hanging, dtype=np.float32)


def hilum_mm(t: Trunk, sign: float) -> FloatArray:
    """Where a lung's vessels enter it (3,): right a little lower than left, at T6."""
    z = t.z_of["T6"] + (-4.0 if sign > 0 else 6.0)
    return np.array([sign * (40.0 if sign > 0 else 36.0) * t.frame_scale, t.centre(z) + 20.0, z])


def place_in_chest(t: Trunk, right: float, forward: float, z: float) -> FloatArray:
    """A place (3,) at height z by how far right and in front of the bodies it lies in the nominal adult."""
    return np.array([t.frame_scale * right, t.centre(z) + t.frame_scale * forward, z])


def heart_place(t: Trunk, part: str) -> FloatArray:
    """Middle (3,) of the "right atrium", the "right ventricle" or the root of the pulmonary "trunk"."""
    right, forward, z = {
        "right atrium": (16.0, 51.0, t.z_of["T8"] + 8.0),
        "right ventricle": (-14.0, 78.0, t.z_of["T8"] + 2.0),
        "trunk": (-12.0, 58.0, t.z_of["T6"] - 6.0),
    }[part]
    return place_in_chest(t, right, forward, z)


def mediastinum(t: Trunk) -> list[Organ]:
    """Heart, great vessels and airway in painting order, after the lungs."""
    s = t.frame_scale
    place = partial(place_in_chest, t)

    t4, t6, t9 = (t.z_of[k] for k in ("T4", "T6", "T9"))
    base, apex = place(8.0, 56.0, t.z_of["T7"] + 2.0), place(-46.0, 82.0, t9 + 4.0)
    atrium = place(16.0, 50.0, t.z_of["T8"])
    arch_top = t4 + 6.0
    carina = place(2.0, 22.0, t.z_of["T5"] + 4.0)
    tubes = [
        ("heart", Tissue.BLOOD, base, apex, 41.0, 34.0),
        ("right atrium", Tissue.BLOOD, atrium, atrium + (0.0, 2.0, 14.0), 25.0, 22.0),
        ("ascending aorta", Tissue.BLOOD, place(8.0, 52.0, t6), place(12.0, 44.0, arch_top), 15.0, 14.5),
        ("aortic arch", Tissue.BLOOD, place(12.0, 44.0, arch_top), place(-17.0, 12.0, arch_top - 2.0), 14.5, 13.0),
        ("pulmonary trunk", Tissue.BLOOD, place(-12.0, 58.0, t6 - 6.0), place(-20.0, 34.0, t6 + 10.0), 14.0, 12.5),
        ("right pulmonary artery", Tissue.BLOOD, place(-12.0, 36.0, t6 + 4.0), hilum_mm(t, 1.0), 11.0, 7.5),
        ("left pulmonary artery", Tissue.BLOOD, place(-18.0, 34.0, t6 + 8.0), hilum_mm(t, -1.0), 11.0, 8.0),
        ("superior vena cava", Tissue.BLOOD, place(24.0, 38.0, t.z_of["T3"]), place(22.0, 46.0, t6 - 12.0),
         8.5, 9.5),
        ("brachiocephalic vessels", Tissue.BLOOD, place(2.0, 40.0, arch_top),
         place(0.0, 34.0, t.z_of["T1"] + 6.0), 17.0, 15.0),
        ("trachea", Tissue.AIRWAY, place(0.0, 26.0, t.span_mm[1]), carina, 8.5, 8.5),
        ("right main bronchus", Tissue.AIRWAY, carina, place(27.0, 18.0, carina[2] - 24.0), 7.0, 5.5),
        ("left main bronchus", Tissue.AIRWAY, carina, place(-36.0, 18.0, carina[2] - 30.0), 6.5, 5.0),
    ]  # fmt: skip
    gullet = Organ("oesophagus", Tissue.MUSCLE, partial(_along, *oesophagus(t)),
                   shapes.around(*oesophagus(t)[0], margin_mm=10.0))  # fmt: skip
    pillars = [
        Organ(f"crus {number}", Tissue.MUSCLE, partial(_along, line, radii), shapes.around(*line, margin_mm=8.0))
        for number, (line, radii) in enumerate(crura(t))
    ]
    parts = [_tube(name, tissue, a, b, s * r0, s * r1) for name, tissue, a, b, r0, r1 in tubes]
    return [gullet, *pillars, *parts]


def _along(line_mm: FloatArray, radii_mm: FloatArray, x: Array, y: Array, z: Array) -> Array:
    return shapes.gut(x, y, z, line_mm, radii_mm, 3.0)


def mediastinal_fat(t: Trunk) -> Organ:
    """Fat between the lungs, above the diaphragm: heart, vessels and airway are painted into it."""

    def distance(x: Array, y: Array, z: Array) -> Array:
        beside = np.full(
            (1, 1, 1), 68.0, dtype=np.float32
        )  # over the middle of each dome: liver fills what is below
        above = np.minimum(*(_above_diaphragm(t, sign, beside, y, z) for sign in (-1.0, 1.0)))
        return shapes.smooth_max(above + DIAPHRAGM_MM, np.abs(x) - 62.0 * t.frame_scale, 8.0)

    low, high = t.z_of["T12"] - 10.0, t.z_of["T1"] + 5.0
    back, front = float(t.centre_y_mm.min()) - 30.0, float(t.centre_y_mm.max()) + 150.0
    box = np.array([-70.0, back, low]), np.array([70.0, front, high])
    return Organ("mediastinal fat", Tissue.FAT, distance, box, in_cavity=True, is_smooth=True)


def _tube(name: str, tissue: Tissue, start: ArrayLike, end: ArrayLike, r_start: float, r_end: float) -> Organ:
    shape = partial(shapes.limb, start=start, end=end, half_start=(r_start, r_start), half_end=(r_end, r_end),
                    flat_axis=(0.31, 0.92, 0.24))  # fmt: skip
    return Organ(name, tissue, shape, shapes.around(start, end, margin_mm=max(r_start, r_end) + 4.0))
