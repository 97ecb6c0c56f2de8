"""What heat from cement spreads in, and the places where it matters: materials and structures on the region grid.

Conductivity and heat capacity of bone are those that go with the cement model of physics A1 (0.43 W/m/K, 2
MJ/m3/K). All other tissue values, and all perfusions, are textbook values from memory: **unconfirmed** presets.
Blood flow: 0.12 ml/min a ml of marrow, 0.03 of muscle and fat, none in discs; what pulses in the canal carries
heat away like 0.1. Great vessels are so well stirred that they stay at 37 C.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.keeping import kept_with_first
from anatomy.patient import Patient
from anatomy.regions import IN_BONE, Region
from anatomy.spec import SIDES
from anatomy.tissue import CORTEX_MINERAL_G_CM3
from anatomy.volume import Grid, resample
from simulator.devices.ground import GroundNow

BODY_C = 37.0
BLOOD_J_M3_K = 3.8e6
MARROW_FLOW_PER_S = 0.12 / 60.0

# (conductivity W/m/K, capacity MJ/m3/K, blood flow 1/s)
_BONE = (0.43, 2.0, MARROW_FLOW_PER_S)
_CORTEX_MJ = 2.5
_TISSUES: dict[str, tuple[float, float, float]] = {
    "disc": (0.50, 3.9, 0.0),
    "canal": (0.40, 3.2, 0.1 / 60.0),  # epidural fat and veins
    "csf": (0.57, 4.1, 0.1 / 60.0),
    "soft": (0.48, 3.6, 0.03 / 60.0),
    "vein": (0.52, 3.8, 0.5 / 60.0),
}
_OF_REGION: dict[Region, str] = {
    Region.DISC_ABOVE: "disc",
    Region.DISC_BELOW: "disc",
    Region.CANAL: "canal",
    Region.FORAMEN_LEFT: "canal",
    Region.FORAMEN_RIGHT: "canal",
    Region.EPIDURAL_VEIN: "vein",
    Region.SEGMENTAL_VEIN: "vein",
    Region.EXTERNAL_VEIN: "vein",
    Region.FORAMINAL_VEIN: "vein",
    Region.ASCENDING_LUMBAR_VEIN: "vein",
}
_STIRRED = ("aorta", "inferior vena cava", "azygos", "hemiazygos")

STRUCTURES = (
    "canal", "root left", "root right", "endplate superior", "endplate inferior", "body centre", "anterior cortex",
)  # fmt: skip
"""Where temperature is followed. Names are written into recordings: append, never rename."""
NERVES = ("canal", "root left", "root right")
"""Those of them that must stay cool. Cement that has leaked there counts as what it touches."""

CENTRE_RADIUS_MM = 3.0
SHELL_MM = 2.0  # depth of what counts as endplate and cortex


@dataclass(frozen=True, eq=False)
class WarmPlaces:
    """What a patient's anatomy says of heat: masks (i, j, k) on the region grid.

    stirred: great vessels; csf: inside the dura; roots: left and right; perfused: False in a cadaver.
    """

    grid: Grid
    stirred: NDArray[np.bool_]
    csf: NDArray[np.bool_]
    roots: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    patient_from_vertebra: FloatArray
    perfused: bool = True

    @classmethod
    def of(cls, patient: Patient, *, perfused: bool = True) -> WarmPlaces:
        """The places of a patient, in some 0.2 s."""
        grid, label = patient.regions.grid, patient.regions.array

        def inside(name: str, out_to_mm: float = 0.0) -> NDArray[np.bool_]:
            hazard = patient.hazards.get(name)
            if hazard is None:
                return np.zeros(grid.shape, dtype=bool)
            return resample(hazard.distance, grid, outside=50.0).array < out_to_mm

        stirred = np.isin(label, (Region.AZYGOS_VEIN, Region.VENA_CAVA))
        for name in _STIRRED:
            stirred = stirred | inside(name)
        # A root is hardly wider than a voxel: half a voxel more, so that it stays in one piece.
        left, right = (inside(f"nerve root {side}", 0.5) for side in SIDES)
        v = patient.column.target_vertebra
        return cls(grid, stirred, inside("dura"), (left, right), v.patient_from_vertebra, perfused)


@dataclass(frozen=True, eq=False)
class Materials:
    """Fields (i, j, k) on the region grid without cement: W/m/K, J/m3/K, blood flow times capacity W/m3/K."""

    conductivity_w_m_k: NDArray[np.float64]
    capacity_j_m3_k: NDArray[np.float64]
    perfusion_w_m3_k: NDArray[np.float64]


def prepare(places: WarmPlaces, now: GroundNow) -> None:
    """Work out, in some 30 ms, what the functions below then answer at once."""
    materials(places, now)
    structures(places, now)


def materials(places: WarmPlaces, now: GroundNow) -> Materials:
    """What each voxel is made of."""
    return _materials(now, places)


@kept_with_first(1)
def _materials(now: GroundNow, places: WarmPlaces) -> Materials:
    shape = now.grid.shape
    name_of = np.full(max(Region) + 1, "soft", dtype=object)
    for region, name in _OF_REGION.items():
        name_of[region] = name
    table = np.array([_TISSUES[str(name)] for name in name_of])
    fields = table[now.label]
    fields[places.csf & ~np.isin(now.label, IN_BONE)] = _TISSUES["csf"]
    bone = np.isin(now.label, (*IN_BONE, Region.NEIGHBOUR_BONE))
    solid = np.clip(now.mineral / CORTEX_MINERAL_G_CM3, 0.0, 1.0)
    conductivity = np.where(bone, _BONE[0], fields[..., 0])
    capacity = np.where(bone, _BONE[1] + (_CORTEX_MJ - _BONE[1]) * solid, fields[..., 1]) * 1e6
    flow = np.where(bone, _BONE[2] * (1.0 - solid), fields[..., 2])
    perfusion = flow * BLOOD_J_M3_K if places.perfused else np.zeros(shape)
    return Materials(conductivity, capacity, perfusion)


def structures(places: WarmPlaces, now: GroundNow) -> dict[str, NDArray[np.intp]]:
    """Voxels (n,) of each structure as places in the flat region grid, ascending."""
    return _structures(now, places)


@kept_with_first(1)
def _structures(now: GroundNow, places: WarmPlaces) -> dict[str, NDArray[np.intp]]:
    x, y, z = now.grid.axes_mm()
    to_vertebra = frames.inverse(places.patient_from_vertebra)
    ax, ay = (
        to_vertebra[r, 0] * x + to_vertebra[r, 1] * y + to_vertebra[r, 2] * z + to_vertebra[r, 3] for r in (0, 1)
    )
    body = now.body_mm < 0.0
    index = np.argwhere(body)
    centre = index.mean(axis=0) if len(index) else np.zeros(3)
    step = now.grid.voxel_mm
    i, j, k = (np.arange(n) for n in now.grid.shape)
    off = (
        ((i - centre[0]) * step[0])[:, None, None] ** 2
        + ((j - centre[1]) * step[1])[None, :, None] ** 2
        + ((k - centre[2]) * step[2])[None, None, :] ** 2
    )
    shell = body & (now.body_mm > -SHELL_MM)
    middle_high = (now.roof_mm > 4.0) & (now.floor_mm > 4.0)
    front_mm = float(ay[shell].max()) if shell.any() else 0.0
    masks = {
        "canal": np.isin(now.label, (Region.CANAL, Region.EPIDURAL_VEIN)),
        "root left": places.roots[0],
        "root right": places.roots[1],
        "endplate superior": body & (np.abs(now.roof_mm) < SHELL_MM),
        "endplate inferior": body & (np.abs(now.floor_mm) < SHELL_MM),
        "body centre": body & (off < CENTRE_RADIUS_MM**2),
        "anterior cortex": shell & middle_high & (ay > front_mm - 8.0) & (np.abs(ax) < 10.0),
    }
    return {name: np.flatnonzero(masks[name]) for name in STRUCTURES}
