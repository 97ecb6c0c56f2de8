"""Inflatable bone tamp: where it makes room, at what pressure, and how far it lifts the endplate.

The balloon grows where bone yields first. Around its axis a *reluctance* is defined, distance times local
strength, and the cavity of a volume V is the set of least reluctance that holds V (to the last fraction of a
voxel, so volume is conserved exactly). Pressure is what crushes the bone at the cavity's front, a crushable
foam whose density there grows by the bone that was pushed aside, plus the membrane near the balloon's nominal
volume. After each step it relaxes by
30 % with a time constant of 10 s. Pressure times the area that bears on the superior endplate, directly or
through the bone between, lifts it against the prone load and the fracture's stiffness, along the fracture's own
displacement field.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy.fractures.fracture import Collapse
from anatomy.spec import Side
from anatomy.volume import Grid
from simulator.devices.bed import Bed, yield_stress_kpa

Model = Literal["10/2", "15/2", "10/3", "15/3", "20/3"]

KPA_PER_PSI = 6.894757
CRUSHING_SHARE = 0.28
"""Resting pressure over the yield stress of the bone at the front: a foam plateau of 0.7 would give several
times the pressures that are seen, because the fracture has broken that bone already. Chosen so that a young body
(0.15 g/cm3) rests at about 190 psi at 3 ml (measured 123 +/- 28 psi, PMID 16762891; 60 to 200 accepted) and an
osteoporotic one at 70 to 150 psi (80 to 250 psi at the end clinically, unconfirmed)."""
PACKING = 0.25  # share of the swept mineral that lies in the 2 mm in front of the cavity (unconfirmed)
RELAXATION = 0.30  # share of the peak that is lost ...
RELAXATION_S = 10.0  # ... with this time constant (unconfirmed)
PRONE_LOAD_N = 200.0  # on a lumbar body (physics B2)
FRACTURE_STIFFNESS_N_MM = 22.0  # unconfirmed: gains of 2 to 5 mm at 250 to 310 N of lift
BEARING_MM = 12.0
"""Bone between balloon and endplate passes on the whole pressure at contact, none from this far (unconfirmed)."""
LIFT_TIME_S = 2.5  # unconfirmed
RECOIL_SHARE = 0.117  # of the anterior height before treatment, lost at deflation (Rotter 2010: 11.7 +/- 6.2 %)
RECOIL_OF_GAIN = 0.45  # ... but not more than this share of what was gained (net gain 8 %, same source)
LENGTHENING = 0.4  # half length gained per mm of radius
INFLATION_ML_S = 0.1


@dataclass(frozen=True)
class BalloonModel:
    """A product's data (physics B1): length and nominal volume; rated pressure 400 psi for all."""

    name: Model
    length_mm: float
    ceiling_ml: float
    rated_psi: float = 400.0


MODELS: dict[Model, BalloonModel] = {
    "10/2": BalloonModel("10/2", 10.0, 4.0),
    "15/2": BalloonModel("15/2", 15.0, 4.0),
    "10/3": BalloonModel("10/3", 10.0, 4.0),
    "15/3": BalloonModel("15/3", 15.0, 4.0),
    "20/3": BalloonModel("20/3", 20.0, 6.0),
}
"""Volumes are unconfirmed (from memory): 3 to 4 ml for 10 and 15 mm, 6 ml for 20 mm."""


@dataclass(frozen=True, eq=False)
class Balloon:
    """A balloon in a channel. share (i, j, k) is the part of each voxel it fills."""

    side: Side
    model: BalloonModel
    distal_mm: tuple[float, float, float]
    proximal_mm: tuple[float, float, float]
    volume_ml: float = 0.0
    wanted_ml: float = 0.0
    pressure_kpa: float = 0.0
    strain: float = 0.0  # fresh crushing that has not relaxed yet, 0 to 1
    ruptured: bool = False
    share: NDArray[np.float32] | None = None
    contact_mm2: float = 0.0
    bearing_mm2: float = 0.0

    @property
    def pressure_psi(self) -> float:
        """What the manometer shows."""
        return self.pressure_kpa / KPA_PER_PSI


def reluctance(balloon: Balloon, bed: Bed, taken: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """How late the growing balloon reaches each voxel of the bed's window: mm of distance scaled by strength.

    Infinite outside the bed's room and where another balloon or cavity already is.
    """
    radius = ellipsoid_radius_mm(balloon.proximal_mm, balloon.distal_mm, bed.grid)[bed.window]
    late = radius * bed.near.delay
    return late if taken is None else np.where(taken[bed.window] > 0.5, np.float32(np.inf), late)


@lru_cache(maxsize=8)
def ellipsoid_radius_mm(
    proximal_mm: tuple[float, float, float], distal_mm: tuple[float, float, float], grid: Grid
) -> NDArray[np.float32]:
    """Radius (i, j, k) at which the free balloon's surface passes each voxel of an axis-aligned grid.

    Free in water it is a prolate ellipsoid of half length L / 2 + LENGTHENING r for radius r, which reproduces
    the consistent sizes of physics B1 (15 mm balloon at 4 ml: 22 mm long, 18.6 mm across). The radius solves
    (s / a(r))^2 + (rho / r)^2 = 1, s along and rho across the axis, by a monotone fixed point.
    """
    x, y, z = grid.axes_mm()
    a, b = np.array(proximal_mm), np.array(distal_mm)
    along = (b - a) / np.linalg.norm(b - a)
    half = 0.5 * float(np.linalg.norm(b - a))
    dx, dy, dz = (axis - c for axis, c in zip((x, y, z), 0.5 * (a + b), strict=True))
    s = np.abs(dx * along[0] + dy * along[1] + dz * along[2])
    rho = np.sqrt(np.maximum(dx * dx + dy * dy + dz * dz - s * s, 0.0))
    radius = np.maximum(rho, 0.05)
    for _ in range(24):
        inside = np.clip(1.0 - (s / (half + LENGTHENING * radius)) ** 2, 0.0, 1.0)
        wanted = np.where(inside > 0.0, rho / np.sqrt(np.maximum(inside, 1e-6)), np.inf)
        # Beyond the poles the ellipsoid must at least grow long enough to reach the voxel.
        long_enough = np.maximum((s - half) / LENGTHENING, 0.0)
        radius = np.maximum(0.5 * (radius + np.minimum(wanted, 60.0)), long_enough)
    out = np.asarray(radius, dtype=np.float32)
    out.setflags(write=False)
    return out


def share_at_volume(
    late: NDArray[np.float32], volume_ml: float, voxel_mm: float
) -> tuple[NDArray[np.float32], float]:
    """(share (i, j, k), front) of the cavity that holds volume_ml: voxels up to the front's reluctance.

    The share falls from 1 to 0 over one voxel about the front, and the front is placed by Newton's method, inside
    a bracket, so that the shares add up to the volume (relative 1e-6). Where the room is full, the share is 1
    everywhere in it.
    """
    voxel_ml = voxel_mm**3 / 1000.0
    finite = np.isfinite(late)
    values = late[finite]
    if volume_ml <= 0.0 or values.size == 0:
        return np.zeros_like(late), 0.0
    low, high = float(values.min()) - voxel_mm, float(values.max()) + voxel_mm
    front = 0.5 * (low + high)
    for _ in range(60):
        shares = np.clip((front - values) / voxel_mm + 0.5, 0.0, 1.0)
        missing_ml = volume_ml - float(shares.sum(dtype=np.float64)) * voxel_ml
        if abs(missing_ml) <= 1e-6 * volume_ml:
            break
        low, high = (front, high) if missing_ml > 0.0 else (low, front)
        at_front = float(np.count_nonzero((shares > 0.0) & (shares < 1.0))) * voxel_ml / voxel_mm  # ml per mm
        step = front + missing_ml / at_front if at_front > 0.0 else high
        front = step if low < step < high else 0.5 * (low + high)
    share = np.zeros_like(late)
    share[finite] = np.clip((front - values) / voxel_mm + 0.5, 0.0, 1.0)
    return share, front


@dataclass(frozen=True)
class Push:
    """What an inflation step met: static pressure, endplate touched and borne on, and room left."""

    share: NDArray[np.float32]
    static_kpa: float
    contact_mm2: float
    bearing_mm2: float
    room_left_ml: float


def push(balloon: Balloon, bed: Bed, taken: NDArray[np.float32] | None) -> Push:
    """The cavity at the balloon's volume and the pressure that holds it open."""
    near, voxel, voxel_ml = bed.near, float(bed.grid.voxel_mm[0]), bed.grid.voxel_ml
    late = reluctance(balloon, bed, taken)
    share, front = share_at_volume(late, balloon.volume_ml, voxel)
    rim = np.isfinite(late) & (late > front) & (late < front + 2.0)
    rim_ml = float(rim.sum()) * voxel_ml
    swept_g = float((share * near.mineral).sum(dtype=np.float64)) * voxel_ml
    density = float(near.mineral[rim].mean()) if rim.any() else float(near.mineral[near.room].max(initial=0.0))
    crushed = density + (PACKING * swept_g / rim_ml if rim_ml > 0.0 else 0.5)
    bone_kpa = CRUSHING_SHARE * float(yield_stress_kpa(crushed))
    filled = balloon.volume_ml / balloon.model.ceiling_ml
    membrane_kpa = 250.0 * filled**3 + 6000.0 * max(filled - 1.0, 0.0)
    gap = np.where(share > 0.5, near.roof_mm, np.float32(np.inf)).min(axis=2)  # above the cavity, per column
    contact = float((gap < 2.0 * voxel).sum()) * voxel**2
    bearing = float(np.clip(1.0 - gap / BEARING_MM, 0.0, 1.0).sum()) * voxel**2
    room = (float(near.room.sum()) - float(share.sum(dtype=np.float64))) * voxel_ml
    whole = np.zeros(bed.grid.shape, dtype=np.float32)
    whole[bed.window] = share
    return Push(whole, bone_kpa + membrane_kpa, contact, bearing, room)


def inflated(balloon: Balloon, bed: Bed, taken: NDArray[np.float32] | None, duration_s: float) -> Balloon:
    """The balloon a moment later: volume towards what is wanted, pressure crushing and relaxing."""
    step = float(np.clip(balloon.wanted_ml - balloon.volume_ml, 0.0, INFLATION_ML_S * duration_s))
    strain = balloon.strain * float(np.exp(-duration_s / RELAXATION_S))
    if step <= 0.0:
        if balloon.volume_ml <= 0.0:
            return balloon
        static = balloon.pressure_kpa / (1.0 + _PEAK * balloon.strain)
        return replace(balloon, strain=strain, pressure_kpa=static * (1.0 + _PEAK * strain))
    grown = replace(balloon, volume_ml=balloon.volume_ml + step, strain=min(strain + step / 0.4, 1.0))
    met = push(grown, bed, taken)
    pressure = met.static_kpa * (1.0 + _PEAK * grown.strain)
    if met.room_left_ml <= 0.0:  # nowhere left to grow: the syringe comes to a stop
        pressure = max(pressure, 1.05 * balloon.model.rated_psi * KPA_PER_PSI)
    burst = pressure > 1.1 * balloon.model.rated_psi * KPA_PER_PSI
    return replace(
        grown,
        share=met.share,
        pressure_kpa=0.0 if burst else pressure,
        contact_mm2=met.contact_mm2,
        bearing_mm2=met.bearing_mm2,
        ruptured=burst,
        wanted_ml=grown.volume_ml if burst else grown.wanted_ml,
    )


_PEAK = RELAXATION / (1.0 - RELAXATION)  # peak over plateau, so that RELAXATION of the peak is lost


def mineral_taken(share: NDArray[np.float32], bed: Bed) -> NDArray[np.float32]:
    """Mineral (i, j, k), g/cm3, that a cavity takes from each voxel; negative in the rim where it is packed.

    Its sum is zero: what the balloon pushes aside lies compacted around it, within 2.5 mm and inside bone.
    """
    taken = share * bed.mineral
    distance = ndimage.distance_transform_edt(share < 0.5, sampling=bed.grid.voxel_mm)
    rim = ((distance > 0.0) & (distance <= 2.5) & bed.room) * (1.0 - share)
    total = float(rim.sum(dtype=np.float64))
    if total <= 0.0:
        return np.zeros_like(taken)
    return np.asarray(taken - rim * (taken.sum(dtype=np.float64) / total), dtype=np.float32)


def lift_n(balloon: Balloon) -> float:
    """Force on the superior endplate: pressure times the area that bears on it."""
    return balloon.pressure_kpa * balloon.bearing_mm2 / 1000.0


def raised_amplitude(
    collapse: Collapse, amplitude: float, force_n: float, duration_s: float, *, rest: float = 1.0
) -> float:
    """Collapse amplitude after lifting with force_n for a moment.

    In equilibrium the gain over what posture has regained (rest: the amplitude it holds) is (force - prone load)
    / fracture stiffness, up to the mobile share; it is approached with LIFT_TIME_S and never lost while the
    balloon is up. Heights are those where the fracture's shape loses most.
    """
    wanted_mm = max(force_n - PRONE_LOAD_N, 0.0) / FRACTURE_STIFFNESS_N_MM
    wanted = max(rest - wanted_mm / collapse.lost_mm, 1.0 - collapse.mobile_share, 0.0)
    if wanted >= amplitude:
        return amplitude
    return amplitude + (wanted - amplitude) * (1.0 - float(np.exp(-duration_s / LIFT_TIME_S)))


def recoiled_amplitude(collapse: Collapse, amplitude: float, *, rest: float = 1.0) -> float:
    """Collapse amplitude after the last balloon is deflated: part of the height sinks back, never more than the
    balloon has gained over posture (rest)."""
    gained_mm = max(rest - amplitude, 0.0) * collapse.lost_mm
    before_mm = collapse.worst_height_mm(1.0)
    lost_mm = min(RECOIL_SHARE * before_mm, RECOIL_OF_GAIN * gained_mm)
    return amplitude + lost_mm / collapse.lost_mm
