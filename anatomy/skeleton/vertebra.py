"""The shape of one vertebra: signed distances of its body and its arch.

Vertebral frame: origin at the centroid of the (unfractured) body, +x to the patient's right, +y anterior,
+z cranial, the mid-endplate plane is z = 0. "Posterior wall" is the mid-sagittal posterior cortex,
y = -depth / 2. All formulas take broadcastable x, y, z in that frame (mm).

Shapes follow anatomy section 1 (superelliptic section, waist, concave endplates, kidney-shaped posterior
wall) and section 3.1 (pedicles, laminae, processes); proportions without a published number are marked
"shape:" in comments and were chosen so that the radiograph reads like one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from anatomy import shapes
from anatomy.frames import FloatArray
from anatomy.morphometry import Dimensions
from anatomy.shapes import Array
from anatomy.spec import Level, Side

SECTION_EXPONENT = {"T": 2.1, "L": 2.3}
POSTERIOR_INDENT_MM = {"T": 1.2, "L": 2.4}  # kidney shape; L5 is flat (anatomy 1.1)
PEDICLE_EXPONENT = 2.2
ISTHMUS_BEHIND_WALL_MM = 6.0  # 5 to 7 mm (SSM87, anatomy 2)
RIM_ROUNDING_MM = 1.6  # shape: edge of the endplate
HEART_SHAPED = ("T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10")
HEART_TAPER = 0.17  # of the front (15 to 20 %, anatomy 1.1)
# Osteophytes, shape: half their thickness on the wall, and how pointed they are. With this cortex short ones are
# compact and long ones hold marrow, together 800 to 1300 HU (anatomy 4.3).
_SPUR_HALF_MM, _SPUR_HALF_PER_MM, _SPUR_EXPONENT = 0.8, 0.25, 1.6
_SPUR_CORTEX_MM, _SPUR_FILLET_MM = 1.0, 1.2


def side_sign(side: Side) -> float:
    """+1 for the patient's right (+x), -1 for the left."""
    return 1.0 if side == "right" else -1.0


@dataclass(frozen=True, eq=False)
class Joint:
    """A facet joint space, vertebral frame, mm: its centre and two unit vectors along which it is laid out.

    across goes from the lower bone's facet to the upper's, up along the joint; half sizes of the facets.
    """

    centre: FloatArray
    across: FloatArray
    up: FloatArray
    half_width_mm: float
    half_height_mm: float

    @property
    def along(self) -> FloatArray:
        """Unit vector (3,) along the joint's width."""
        return np.cross(self.across, self.up)


@dataclass(frozen=True, eq=False)
class Contact:
    """A face with which a spinous process touches its neighbour's: a point and the normal out of the bone."""

    point: FloatArray
    normal: FloatArray


@dataclass(frozen=True)
class Spur:
    """An osteophyte on a rim: where around it (0 in front, towards +x positive), how wide, how far it stands out.

    rise_mm: how far its tip lies beyond the endplate: a claw bends towards the disc, a traction spur stands level.
    """

    plate: Literal["superior", "inferior"]
    place_rad: float
    half_width_rad: float
    length_mm: float
    rise_mm: float


@dataclass(frozen=True, eq=False)
class Vertebra:
    """A vertebra's level, dimensions and place; its facet joints and osteophytes where it is part of a person.

    joints: by ("superior" or "inferior", side), see ``facets.jointed``; spurs: see ``spurs.grown``; contacts: see
    ``kissing.touching``.
    """

    level: Level
    size: Dimensions
    patient_from_vertebra: FloatArray
    joints: Mapping[tuple[str, Side], Joint] = field(default_factory=dict)
    spurs: tuple[Spur, ...] = ()
    contacts: tuple[Contact, ...] = ()

    @property
    def region(self) -> str:
        """'T' or 'L'."""
        return self.level[0]

    @property
    def posterior_wall_y_mm(self) -> float:
        return -0.5 * self.size.depth_mm

    @property
    def anterior_wall_y_mm(self) -> float:
        return 0.5 * self.size.depth_mm

    @property
    def spinous_tip(self) -> FloatArray:
        """Tip of the spinous process (3,), vertebral frame."""
        d = self.size
        y = self.posterior_wall_y_mm - d.spinous_tip_behind_post_wall_mm
        return np.array([0.0, y, d.spinous_tip_z_rel_midbody_mm])

    def rim_height_mm(self, y: Array) -> Array:
        """Height between the endplate rims at depth y: linear from posterior to anterior height."""
        share = (y - self.posterior_wall_y_mm) / self.size.depth_mm
        return self.size.body_height_post_mm + share * (
            self.size.body_height_ant_mm - self.size.body_height_post_mm
        )

    def pedicle_axis(self, side: Side) -> tuple[FloatArray, FloatArray]:
        """(isthmus centre, unit direction going anteriorly) of a pedicle, vertebral frame."""
        s = side_sign(side)
        transverse = np.radians(self.size.pedicle_transverse_angle_deg)
        caudal = np.radians(self.size.pedicle_sagittal_angle_caudal_deg)
        centre = np.array(
            [
                s * 0.5 * self.size.pedicle_center_to_center_mm,
                self.posterior_wall_y_mm - ISTHMUS_BEHIND_WALL_MM,
                self.size.pedicle_center_z_above_midbody_mm,
            ]
        )
        direction = np.array(
            [
                -s * np.sin(transverse) * np.cos(caudal),
                np.cos(transverse) * np.cos(caudal),
                -np.sin(caudal),
            ]
        )
        return centre, direction


@dataclass(frozen=True)
class BodyField:
    """Signed distance to a vertebral body and the thickness of the cortex nearest to each point, mm."""

    distance_mm: Array
    cortex_mm: Array


def body_field(v: Vertebra, x: Array, y: Array, z: Array, *, thinning: float = 1.0) -> BodyField:
    """Distance and cortical thickness of the unfractured body.

    thinning scales true cortical thickness: 1 normal, 0.75 osteoporotic (anatomy 4.1).
    """
    lateral, u, w = _wall_distance(v, x, y, z)
    radial = np.sqrt(u * u + w * w)
    up, down = _endplates(v, y, z, u, w)
    ends = np.maximum(up, down)
    distance = shapes.smooth_max(lateral, ends, RIM_ROUNDING_MM)
    # Anterior 0.55, lateral 0.45, posterior 0.38; endplate centre 0.5, rim 0.9 (anatomy 4.1).
    wall = 0.45 + np.where(w > 0.0, 0.10, -0.07) * np.abs(w)
    plate = 0.5 + 0.4 * np.clip((radial - 0.6) / 0.3, 0.0, 1.0)
    bare = BodyField(distance, thinning * np.where(ends > lateral, plate, wall))
    return _with_spurs(v, bare, lateral, y, z, u, w) if v.spurs else bare


def _wall_distance(v: Vertebra, x: Array, y: Array, z: Array) -> tuple[Array, Array, Array]:
    """Distance to the body's side wall and the normalised section coordinates (u across, w anterior)."""
    d = v.size
    height = v.rim_height_mm(y)
    t = np.clip(z / height + 0.5, -0.1, 1.1)
    # Widest where the rim's rounding begins, so that the endplate is as wide as tabulated.
    rim = np.clip(np.abs(z) / (0.5 * height - 0.8 * RIM_ROUNDING_MM), 0.0, 1.0)
    s2 = rim * rim
    width = d.endplate_width_inf_mm + (d.endplate_width_sup_mm - d.endplate_width_inf_mm) * t
    depth = d.endplate_depth_inf_mm + (d.endplate_depth_sup_mm - d.endplate_depth_inf_mm) * t
    half_width = 0.5 * width * (d.waist_width_ratio + (1.0 - d.waist_width_ratio) * s2)
    # The waist takes from the front; the posterior wall stays nearly flat (SSM87: 2.3 mm anterior at L2).
    depth = depth * (d.waist_depth_ratio + (1.0 - d.waist_depth_ratio) * s2)
    half_depth = 0.5 * depth
    centre_y = v.posterior_wall_y_mm + half_depth
    w = (y - centre_y) / half_depth
    if v.level in HEART_SHAPED:  # the front is narrower
        half_width = half_width * (1.0 - HEART_TAPER * np.clip(w, 0.0, 1.0) ** 2)
    u = x / half_width
    indent = 0.0 if v.level == "L5" else POSTERIOR_INDENT_MM[v.region]
    behind = np.clip(-w, 0.0, 1.0) ** 2
    bulge = indent * (1.0 - np.exp(-((u / 0.5) ** 2))) * behind
    w_kidney = w + bulge / half_depth
    lateral = shapes.superellipse(u * half_width, w_kidney * half_depth, half_width, half_depth,
                                  SECTION_EXPONENT[v.region])  # fmt: skip
    return lateral, u, w


def _endplates(v: Vertebra, y: Array, z: Array, u: Array, w: Array) -> tuple[Array, Array]:
    """Distances above the superior and below the inferior endplate."""
    d = v.size
    half = 0.5 * v.rim_height_mm(y)
    # The dish lies in the posterior half of the plate, inside the ring apophysis (anatomy 1.1).
    r2 = (u / 0.78) ** 2 + ((w + 0.08) / 0.78) ** 2
    dish = np.clip(1.0 - r2, 0.0, 1.0)
    dish = dish * (2.0 - dish)
    return z - half + d.endplate_concavity_sup_mm * dish, -z - half + d.endplate_concavity_inf_mm * dish


def _with_spurs(v: Vertebra, bare: BodyField, lateral: Array, y: Array, z: Array, u: Array, w: Array) -> BodyField:
    """A body with osteophytes: beaks that stand out of its wall beside a rim, taper, and bend towards the disc.

    In a section through the axis a beak is half an ellipse on the wall, as thick as fits its length; its upper
    side is level with the endplate, so that no bone lies on the plate. Its marrow is the body's.
    """
    distance = np.array(bare.distance_mm)
    cortex = np.array(np.broadcast_to(bare.cortex_mm, distance.shape))
    lateral, y, z, u, w = (np.broadcast_to(a, distance.shape) for a in (lateral, y, z, u, w))
    beyond = np.abs(z) - 0.5 * v.rim_height_mm(y)
    near = (lateral > -_SPUR_FILLET_MM) & (np.abs(beyond + 2.0) < 7.0)
    out, over, u, w = lateral[near], beyond[near], u[near], w[near]
    is_upper, r = z[near] > 0.0, np.hypot(u, w)
    length, rise = np.zeros_like(out), np.zeros_like(out)
    for spur in v.spurs:
        # cos of the angle to the spur, rescaled to 1 at its middle and 0 at its sides: no arc tangent is needed
        cosine = (w * np.cos(spur.place_rad) + u * np.sin(spur.place_rad)) / r
        side = np.cos(spur.half_width_rad)
        around = np.clip((cosine - side) / (1.0 - side), 0.0, 1.0) * (is_upper == (spur.plate == "superior"))
        around = around * (2.0 - around)
        length = np.maximum(length, spur.length_mm * around)
        rise = np.maximum(rise, spur.rise_mm * around)
    half_thick = _SPUR_HALF_MM + _SPUR_HALF_PER_MM * length
    reach = np.maximum(length, 0.2)
    bent = over + half_thick - rise * np.clip(out / reach, 0.0, 1.0) ** 2
    beak = shapes.superellipse(out, bent, reach, half_thick, _SPUR_EXPONENT)
    beak = np.where(length > 0.2, beak, np.float32(99.0))
    cortex[near] = np.where(beak < distance[near], np.maximum(cortex[near], _SPUR_CORTEX_MM), cortex[near])
    distance[near] = shapes.smooth_min(distance[near], beak, _SPUR_FILLET_MM)
    return BodyField(distance, cortex)


def body_box(v: Vertebra) -> tuple[FloatArray, FloatArray]:
    """Box (low, high) in the vertebral frame that holds the body with a margin."""
    d = v.size
    half = np.array([0.5 * max(d.endplate_width_sup_mm, d.endplate_width_inf_mm),
                     0.5 * max(d.endplate_depth_sup_mm, d.endplate_depth_inf_mm),
                     0.5 * max(d.body_height_ant_mm, d.body_height_post_mm)])  # fmt: skip
    reach = 4.0 + max((spur.length_mm for spur in v.spurs), default=0.0)
    return -half - reach, half + reach


def canal_distance(v: Vertebra, x: Array, y: Array) -> Array:
    """Distance to the bony canal seen along the vertebra's axis: superellipse behind the posterior wall."""
    d = v.size
    exponent = 2.0 if v.region == "T" else 2.3
    centre = v.posterior_wall_y_mm - 0.5 * d.canal_depth_mm
    return shapes.superellipse(x, y - centre, 0.5 * d.canal_width_mm, 0.5 * d.canal_depth_mm, exponent)


def pedicle_distance(v: Vertebra, side: Side, x: Array, y: Array, z: Array) -> Array:
    """Distance to a pedicle: elliptical tube of the isthmus' width and height, wider towards the pillar."""
    d = v.size
    centre, along = v.pedicle_axis(side)
    across = np.cross(along, (0.0, 0.0, 1.0))
    across = across / np.linalg.norm(across)
    upward = np.cross(across, along)
    dx, dy, dz = x - centre[0], y - centre[1], z - centre[2]
    s = dx * along[0] + dy * along[1] + dz * along[2]
    p = dx * across[0] + dy * across[1] + dz * across[2]
    q = dx * upward[0] + dy * upward[1] + dz * upward[2]
    # Towards the pillar it widens; inside the body it tapers and bends inwards, so that it ends within bone
    # also where the body's corner is round.
    ahead = np.maximum(s - 5.0, 0.0)
    flare = 1.0 + np.clip((-s - 4.0) / 14.0, 0.0, 0.5) - 0.5 * (ahead / 10.0) ** 1.5
    p = p + side_sign(side) * 0.022 * ahead * ahead
    tear = 1.0 + 0.16 * np.clip(q / (0.5 * d.pedicle_height_mm), -1.0, 1.0)  # narrow lower half
    section = shapes.superellipse(p, q, 0.5 * d.pedicle_width_mm * tear * flare,
                                  0.5 * d.pedicle_height_mm * flare, PEDICLE_EXPONENT)  # fmt: skip
    front, back = 14.0, 10.0  # shape: into the body and into the articular pillar
    return np.maximum(section, np.maximum(s - front, -s - back))
