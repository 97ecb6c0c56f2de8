"""Inflatable bone tamp: what room it makes, at what pressure, and how it fails.

The cavity grows where bone yields first (``cavity``). Pressure is what crushes the bone at its front: a crushable
foam (``physics.crush``) whose plateau follows the density there, weaker where the fracture has broken it already,
nothing in a cleft, and steeply more when the bone that was pushed aside has closed the pores of the band around
the cavity: so it rises where walls or endplates leave that band no room. To it comes the membrane near the
balloon's nominal volume. After each step 30 % of the pressure is lost with a time constant of 10 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from anatomy.changing import changed
from anatomy.spec import Side
from simulator.devices import shell
from simulator.devices.bed import Bed, Hollow
from simulator.devices.cavity import Point, reluctance, share_at_volume
from simulator.devices.expander import Remains
from simulator.devices.manometer import KPA_PER_PSI, MOST_PSI
from simulator.devices.shell import Patch
from simulator.physics.crush import cavity_pressure_kpa, porosity_of

Model = Literal["10/2", "15/2", "10/3", "15/3", "20/3"]

BAND_MM = 3.0
"""Thickness of the band around a cavity in which the bone that it displaced lies (unconfirmed)."""
RELAXATION = 0.30  # share of the peak that is lost ...
RELAXATION_S = 10.0  # ... with this time constant (unconfirmed)
BEARING_MM = 12.0
"""Bone between balloon and endplate passes on the whole pressure at contact, none from this far (unconfirmed)."""
INFLATION_ML_S = 0.1
BURST_SHARE = 1.1
"""Of the rated pressure, at which the balloon bursts for certain (unconfirmed)."""
CLEFT_AHEAD_ML = 0.25
"""So much open cleft at the front, and no bone is crushed; less, and its share of this is (unconfirmed)."""
SHARP_G_CM3 = 0.35
"""Mineral from which bone at the front is taken for a fragment of cortex or a sclerotic edge (unconfirmed)."""
SHARP_STRAIN = 0.3
"""Strain by the fracture from which a wall that is touched is taken for broken (unconfirmed)."""
SLACK_SHARE = 0.1
"""A balloon with less contrast than its cavity takes lies slack in it; over the last share of the volume the bone
around comes to bear again (unconfirmed)."""
PIERCED_PER_CM2_ML = 0.05
"""Ruptures by a spicule per cm2 of sharp bone touched and ml inflated against it (unconfirmed)."""


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
    """A balloon in a channel; an ``Expander``. share (i, j, k) is the part of each voxel it fills.

    contact_mm2: with the superior, floor_contact_mm2: with the inferior endplate; sounding: the syringe's alarm;
    burst_by: "pressure" or "spicule"; walls: side walls it presses on; amplitude: of the collapse when it last
    pushed; made_ml: cavity that it had made when contrast was last let out.
    """

    side: Side
    model: BalloonModel
    distal_mm: Point
    proximal_mm: Point
    volume_ml: float = 0.0
    wanted_ml: float = 0.0
    pressure_kpa: float = 0.0
    strain: float = 0.0  # fresh crushing that has not relaxed yet, 0 to 1
    ruptured: bool = False
    share: NDArray[np.float32] | None = None
    contact_mm2: float = 0.0
    bearing_mm2: float = 0.0
    floor_contact_mm2: float = 0.0
    sounding: bool = False
    burst_by: str = ""
    walls: tuple[Patch, ...] = ()
    amplitude: float | None = None
    made_ml: float = 0.0

    @property
    def pressure_psi(self) -> float:
        """What the manometer shows."""
        return self.pressure_kpa / KPA_PER_PSI

    def advanced(self, bed: Bed, taken: NDArray[np.float32] | None, duration_s: float, luck: float) -> Balloon:
        """See ``inflated``."""
        return inflated(self, bed, taken, duration_s, luck)

    def emptied(self) -> Balloon:
        """Without contrast: the membrane lies folded on the catheter."""
        return changed(
            self,
            volume_ml=0.0,
            wanted_ml=0.0,
            pressure_kpa=0.0,
            strain=0.0,
            share=None,
            contact_mm2=0.0,
            bearing_mm2=0.0,
            floor_contact_mm2=0.0,
            sounding=False,
            walls=(),
            amplitude=None,
            made_ml=max(self.made_ml, self.volume_ml),
        )

    def remains(self) -> Remains | None:
        """The cavity, with packed bone around it, and nothing that holds it open."""
        return None if self.share is None else Remains(self.share)


@dataclass(frozen=True)
class Push:
    """What a balloon of a volume meets: its share of each voxel of the bed's window, the pressure (kPa) that holds
    it open, endplates touched and borne on (mm2), side walls pressed on, sharp bone touched (mm2), room left."""

    share: NDArray[np.float32]
    static_kpa: float
    contact_mm2: float
    floor_contact_mm2: float
    bearing_mm2: float
    walls: tuple[Patch, ...]
    sharp_mm2: float
    room_left_ml: float


def push(balloon: Balloon, bed: Bed, taken: NDArray[np.float32] | None) -> Push:
    """The cavity at the balloon's volume and the pressure that holds it open."""
    hollow, voxel, voxel_ml = bed.near.hollow, float(bed.grid.voxel_mm[0]), bed.grid.voxel_ml
    late = reluctance(balloon.proximal_mm, balloon.distal_mm, bed, taken)
    share, front = share_at_volume(late, balloon.volume_ml, voxel)
    band = np.clip((np.float32(front + BAND_MM) - late) / np.float32(voxel) + np.float32(0.5), 0.0, 1.0) - share
    bone_kpa = _bone_kpa(hollow, share, band) * _crushing(hollow, share, voxel_ml) * _taut(balloon)
    filled = balloon.volume_ml / balloon.model.ceiling_ml
    membrane_kpa = 250.0 * filled**3 + 6000.0 * max(filled - 1.0, 0.0)
    whole = hollow.in_box(share)
    walls = tuple(shell.patches(bed, whole))
    ends = [_end(hollow, share, hollow.roof_mm, voxel)]
    ends.append(_end(hollow, share, hollow.floor_mm, voxel) if hollow.floor_mm is not None else (0.0, 0.0))
    bearing = 0.5 * (ends[0][1] + ends[1][1]) if bed.both_ends else ends[0][1]
    sharp = int(np.count_nonzero((hollow.mineral > SHARP_G_CM3) & (late >= front) & (late < front + voxel)))
    if walls and hollow.crushed is not None and hollow.wall is not None:
        sharp += int(np.count_nonzero((hollow.wall > 0) & (share > 0.5) & (hollow.crushed > SHARP_STRAIN)))
    room = (float(np.isfinite(late).sum()) - float(whole.sum(dtype=np.float64))) * voxel_ml
    return Push(whole, bone_kpa + membrane_kpa, ends[0][0], ends[1][0], bearing, walls, sharp * voxel**2, room)


def _bone_kpa(hollow: Hollow, share: NDArray[np.float32], band: NDArray[np.float32]) -> float:
    """What crushes the bone of a band: of what it displaced, pores close; where the band has no room, at once."""
    bone = hollow.bone
    swept, around = float(share[bone].sum(dtype=np.float64)), float(band[bone].sum(dtype=np.float64))
    if swept + around <= 0.0:
        return 0.0
    there = (band if around > 0.0 else share) > 0.5
    stress = hollow.plateau_kpa[there]
    if not stress.size:
        return 0.0
    weaker = stress[stress <= np.median(stress)]  # it grows where bone yields first
    mineral = float(hollow.mineral[there].mean(dtype=np.float64))
    strain = swept / (swept + around)
    return cavity_pressure_kpa(float(weaker.mean(dtype=np.float64)), strain, porosity_of(mineral))


def _crushing(hollow: Hollow, share: NDArray[np.float32], voxel_ml: float) -> float:
    """Share of the crushing pressure that is needed: none while the front runs on into an open cleft."""
    if hollow.open_cleft is None:
        return 1.0
    ahead = hollow.open_cleft & (share > 0.0)
    open_ml = float((1.0 - share[ahead]).sum(dtype=np.float64)) * voxel_ml
    return max(1.0 - open_ml / CLEFT_AHEAD_ML, 0.0)


def _taut(balloon: Balloon) -> float:
    """Share of the pressure of bone that a balloon feels in the cavity that it has made: crushed bone stays."""
    if balloon.volume_ml >= balloon.made_ml:
        return 1.0
    return max((balloon.volume_ml / balloon.made_ml - 1.0) / SLACK_SHARE + 1.0, 0.0)


def _end(
    hollow: Hollow, share: NDArray[np.float32], below_mm: NDArray[np.float32], voxel_mm: float
) -> tuple[float, float]:
    """(contact, bearing area) in mm2 of a cavity with the endplate that voxels lie so far from."""
    columns, high = hollow.shape[:2], hollow.shape[2]
    gap = np.full(columns[0] * columns[1], np.float32(np.inf))  # the cavity's nearest, per column
    held = np.flatnonzero(share > 0.5)
    if held.size:
        column = hollow.at[held] // high
        first = np.flatnonzero(np.diff(column, prepend=-1))
        gap[column[first]] = np.minimum.reduceat(below_mm[held], first)
    gap = gap.reshape(columns)
    contact = float((gap < 2.0 * voxel_mm).sum()) * voxel_mm**2
    return contact, float(np.clip(1.0 - gap / BEARING_MM, 0.0, 1.0).sum()) * voxel_mm**2


def inflated(
    balloon: Balloon, bed: Bed, taken: NDArray[np.float32] | None, duration_s: float, luck: float = 1.0
) -> Balloon:
    """The balloon a moment later: volume towards what is wanted, pressure crushing and relaxing.

    luck (0 to 1): the balloon is pierced where it is smaller than the chance of it.
    """
    step = float(np.clip(balloon.wanted_ml - balloon.volume_ml, 0.0, INFLATION_ML_S * duration_s))
    strain = balloon.strain * float(np.exp(-duration_s / RELAXATION_S))
    if step <= 0.0 and balloon.volume_ml <= 0.0:
        return balloon
    if step <= 0.0 and balloon.amplitude == bed.amplitude:
        static = balloon.pressure_kpa / (1.0 + _PEAK * balloon.strain)
        return changed(balloon, strain=strain, pressure_kpa=static * (1.0 + _PEAK * strain))
    grown = changed(balloon, volume_ml=balloon.volume_ml + step, strain=min(strain + step / 0.4, 1.0))
    met = push(grown, bed, taken)
    pressure = met.static_kpa * (1.0 + _PEAK * grown.strain)
    strongest = BURST_SHARE * balloon.model.rated_psi * KPA_PER_PSI
    if met.room_left_ml <= 0.0:  # nowhere left to grow
        pressure = max(pressure, 1.01 * strongest)
    pierced = luck < -np.expm1(-PIERCED_PER_CM2_ML * 0.01 * met.sharp_mm2 * step)
    burst = "spicule" if pierced else "pressure" if pressure > strongest else ""
    if not burst and step > 0.0 and pressure > MOST_PSI * KPA_PER_PSI:  # the syringe comes to a stop
        return changed(balloon, wanted_ml=balloon.volume_ml, pressure_kpa=MOST_PSI * KPA_PER_PSI, strain=strain)
    whole = np.zeros(bed.grid.shape, dtype=np.float32)
    whole[bed.window] = met.share
    return changed(
        grown,
        share=whole,
        pressure_kpa=0.0 if burst else pressure,
        contact_mm2=met.contact_mm2,
        bearing_mm2=met.bearing_mm2,
        floor_contact_mm2=met.floor_contact_mm2,
        walls=met.walls,
        ruptured=bool(burst),
        burst_by=burst,
        wanted_ml=grown.volume_ml if burst else grown.wanted_ml,
        amplitude=bed.amplitude,
    )


_PEAK = RELAXATION / (1.0 - RELAXATION)  # peak over plateau, so that RELAXATION of the peak is lost
