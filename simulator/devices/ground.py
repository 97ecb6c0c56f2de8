"""The bone that balloon and cement work in, on the region grid, at any state of reduction.

Built once a case from the patient as found; ``at`` reads it through the fracture's displacement field.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames, shapes
from anatomy.fractures import deform
from anatomy.fractures.fracture import Collapse
from anatomy.keeping import kept_with_first
from anatomy.mineral_groups import MineralGroups
from anatomy.patient import Patient
from anatomy.regions import Region
from anatomy.skeleton.vertebra import Vertebra, body_field
from anatomy.volume import Grid, Volume
from simulator.devices.fracture_lines import fracture_lines
from simulator.devices.vein_tree import vein_tree
from simulator.devices.venous import Veins, mouths

STREAM = 0x65617365  # "ease"
EASE_SPREAD = 1.5
"""Scatter of permeability at equal density, a factor (physics A5)."""
AMPLITUDE_STEP = 0.01
"""Steps in which the ground follows a reduction: 0.07 mm of the height of a usual fracture."""
_KEPT = 4  # of them: what a session, a replay and its pictures behind it ask for; each takes ten megabytes

OPEN_SHARE = 0.5
"""A voxel of which a cleft takes more holds no bone: cement finds it first."""

SPREAD_DAMAGE = 0.2
"""Damage beside the impaction band, as the strain that would have done it, over the strain of the whole column:
bodies compressed by 25 % have lost 53 +/- 18 % of their stiffness (Wegrzyn 2011, PMC3179325)."""
TORN_MM = 3.0
"""A hole in the posterior wall tears the epidural veins this far around it (unconfirmed)."""

CORTEX_MARGIN_MM = 1.0
"""A cavity stops this far from the body's surface: the shell gives way last."""


@dataclass(frozen=True, eq=False)
class GroundNow:
    """Arrays (i, j, k) on the region grid at one collapse amplitude.

    label: Region; mineral: g/cm3; ease: how much more easily than usual cement passes; body_mm: distance to the
    target body's surface, negative inside; roof_mm, floor_mm: how far below the superior and above the inferior
    endplate a voxel lies (negative beyond); hole: broken endplate or posterior wall; cleft: share of each voxel
    that lies in an intravertebral cleft, None without one; crushed: strain (0 to 1) by which the fracture, as
    found, had pressed the bone together that lies here now, None without one; amplitude: of the collapse; line,
    crack: fracture lines in bone, and where they have split the cortex; mouth: where cement gets into veins (their
    number, see ``venous``); veins: the pipes behind.
    """

    grid: Grid
    label: NDArray[np.uint8]
    mineral: NDArray[np.float32]
    ease: NDArray[np.float32]
    body_mm: NDArray[np.float32]
    roof_mm: NDArray[np.float32]
    floor_mm: NDArray[np.float32]
    hole: NDArray[np.bool_]
    cleft: NDArray[np.float32] | None = None
    crushed: NDArray[np.float32] | None = None
    amplitude: float = 1.0
    line: NDArray[np.bool_] | None = None
    crack: NDArray[np.bool_] | None = None
    mouth: NDArray[np.uint8] | None = None
    veins: Veins | None = None

    @cached_property
    def room(self) -> NDArray[np.bool_]:
        """Where a cavity may grow."""
        return self.body_mm < -CORTEX_MARGIN_MM

    @cached_property
    def cortex_side(self) -> NDArray[np.intp]:
        """Places (n,), flat, of voxels along the side wall where a cavity ends, away from both endplates."""
        along_wall = self.body_mm > -CORTEX_MARGIN_MM - 0.6
        return np.flatnonzero(self.room & along_wall & (self.roof_mm > 4.0) & (self.floor_mm > 4.0))

    @cached_property
    def body_ml(self) -> float:
        """Volume of the target body."""
        return float((self.body_mm < 0.0).sum()) * self.grid.voxel_ml


@dataclass(frozen=True, eq=False)
class Ground:
    """The region grid as found, ready to be read at other amplitudes."""

    vertebra: Vertebra
    collapse: Collapse | None
    grid: Grid
    label: NDArray[np.uint8]
    hole: NDArray[np.bool_]
    body_mm: NDArray[np.float32]
    ease: NDArray[np.float32]
    mineral: MineralGroups
    line: NDArray[np.bool_]
    crack: NDArray[np.bool_]
    mouth: NDArray[np.uint8]
    veins: Veins
    crushed: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, patient: Patient) -> Ground:
        """The ground of a patient."""
        column, grid = patient.column, patient.regions.grid
        v = column.target_vertebra
        x, y, z = shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))
        crushed = None
        if column.collapse is not None:
            y, z, denser = column.collapse.unfractured(x, y, z, 1.0)
            strain = np.clip(1.0 - 1.0 / np.maximum(denser, 1e-3), 0.0, 1.0)
            lost = column.collapse.lost_height_mm(y, x) / np.maximum(v.rim_height_mm(y), 1.0)
            strain = np.maximum(strain, SPREAD_DAMAGE * np.clip(lost, 0.0, 1.0))
            crushed = np.broadcast_to(strain, grid.shape).astype(np.float32)
        distance = np.broadcast_to(body_field(v, x, y, z).distance_mm, grid.shape).astype(np.float32)
        fine = patient.fine
        lower, body, upper = (_block_mean(v, grid) for v in (fine.lower, fine.body, fine.upper))
        groups = MineralGroups(lower, body, upper)
        ease = _ease(patient.spec.seed, grid)
        hole = patient.endplate_hole.array
        label = _torn(patient.regions.array, hole, grid)
        line, crack = fracture_lines(patient.spec.seed, column.collapse, x, y, z, distance, hole)
        tree = vein_tree(patient.veins, v, column.collapse, label, grid, patient.spec.seed)
        veins, mouth = Veins.of(patient.veins, v, grid, tree), mouths(label, tree)
        return cls(
            v, column.collapse, grid, label, hole, distance, ease, groups, line, crack, mouth, veins, crushed
        )

    def at(self, amplitude: float) -> GroundNow:
        """The ground at a collapse amplitude (1 as found), in steps of AMPLITUDE_STEP; the last few are kept."""
        return _ground_at(self, AMPLITUDE_STEP * round(amplitude / AMPLITUDE_STEP))


@kept_with_first(_KEPT)
def _ground_at(ground: Ground, amplitude: float) -> GroundNow:
    grid, collapse = ground.grid, ground.collapse
    label, hole, body_mm, ease = ground.label, ground.hole, ground.body_mm, ground.ease
    groups, cleft, crushed = ground.mineral, None, ground.crushed
    line, crack, mouth = ground.line, ground.crack, ground.mouth
    body, upper = groups.body.array, groups.upper.array
    if collapse is not None and amplitude != 1.0:
        places = deform.body_places(collapse, grid, amplitude)
        label, hole, ease = places.nearest(label), places.nearest(hole), places.nearest(ease)
        line, crack, mouth = (places.nearest(a) for a in (line, crack, mouth))
        body_mm = places.values(body_mm)
        body = places.density(body)
        crushed = None if crushed is None else places.nearest(crushed)
        upper = deform.read_rows(upper, grid, *deform.above_map(collapse, grid, amplitude))
    if collapse is not None and collapse.cleft is not None:
        cleft = deform.cleft_share(collapse, grid, amplitude)
        body = np.where(cleft > OPEN_SHARE, np.float32(0.0), body)
    mineral = np.maximum(np.maximum(groups.lower.array, body), upper)
    roof_mm, floor_mm = _endplates(ground.vertebra, collapse, grid, amplitude)
    return GroundNow(
        grid, label, mineral, ease, body_mm, roof_mm, floor_mm, hole, cleft, crushed, amplitude,
        line, crack, mouth, ground.veins,
    )  # fmt: skip


def _torn(label: NDArray[np.uint8], hole: NDArray[np.bool_], grid: Grid) -> NDArray[np.uint8]:
    """Labels with the epidural veins torn where the wall before them is broken: cement there is in the canal."""
    near = ndimage.binary_dilation(hole, iterations=round(TORN_MM / float(grid.voxel_mm[0])))
    return np.where(near & (label == Region.EPIDURAL_VEIN), np.uint8(Region.CANAL), label)


def _ease(seed: int, grid: Grid) -> NDArray[np.float32]:
    """Factor (i, j, k) on permeability: log-normal, EASE_SPREAD, over patches of about 3 mm."""
    rng = np.random.default_rng([seed, STREAM])
    field = ndimage.gaussian_filter(rng.standard_normal(grid.shape), 1.5 / grid.voxel_mm)
    return np.exp(np.log(EASE_SPREAD) * field / field.std()).astype(np.float32)


def _block_mean(volume: Volume, grid: Grid) -> Volume:
    """A fine volume averaged over the voxels of a coarser grid that is a whole multiple of it (zero outside)."""
    ratio = grid.voxel_mm / volume.grid.voxel_mm
    n = round(float(ratio[0]))
    offset = frames.apply(frames.inverse(volume.patient_from_voxel), grid.patient_from_voxel[:3, 3])
    first = offset - (n - 1) / 2.0
    start = np.rint(first).astype(int)
    if not np.allclose(ratio, n) or not np.allclose(first, start, atol=1e-3):
        raise ValueError("the region grid's voxels must be whole blocks of fine voxels")
    stop = start + n * np.array(grid.shape)
    whole = np.zeros(tuple(stop - start), dtype=np.float32)
    low, high = np.maximum(start, 0), np.minimum(stop, volume.grid.shape)
    if np.all(high > low):
        into = tuple(slice(a - s, b - s) for a, b, s in zip(low, high, start, strict=True))
        i, j, k = (slice(a, b) for a, b in zip(low, high, strict=True))
        whole[into] = volume.planes(i)[:, j, k]
    ni, nj, nk = grid.shape
    return Volume(whole.reshape(ni, n, nj, n, nk, n).mean(axis=(1, 3, 5)), grid)


def _endplates(
    v: Vertebra, collapse: Collapse | None, grid: Grid, amplitude: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Distances below the superior and above the inferior endplate's profile, along the axis."""
    x, y, z = shapes.local_axes(grid, frames.inverse(v.patient_from_vertebra))
    half = 0.5 * v.rim_height_mm(y)
    top = half - 0.7 * v.size.endplate_concavity_sup_mm
    bottom = -half + 0.7 * v.size.endplate_concavity_inf_mm
    if collapse is not None:
        top = top - amplitude * collapse.top_drop_mm(x, y)
        bottom = bottom + amplitude * collapse.bottom_rise_mm(x, y)
    return (
        np.broadcast_to(top - z, grid.shape).astype(np.float32),
        np.broadcast_to(z - bottom, grid.shape).astype(np.float32),
    )


def leak_destination(region: Region) -> str | None:
    """Where cement in a region has leaked to, in the words of reports; None in bone."""
    return _DESTINATIONS.get(region)


_DESTINATIONS: dict[Region, str] = {
    Region.DISC_ABOVE: "disc above",
    Region.DISC_BELOW: "disc below",
    Region.CANAL: "canal",
    Region.EPIDURAL_VEIN: "epidural vein",
    Region.FORAMEN_LEFT: "foramen left",
    Region.FORAMEN_RIGHT: "foramen right",
    Region.PREVERTEBRAL: "prevertebral",
    Region.PARAVERTEBRAL_LEFT: "paravertebral left",
    Region.PARAVERTEBRAL_RIGHT: "paravertebral right",
    Region.SEGMENTAL_VEIN: "segmental vein",
    Region.SOFT_TISSUE: "needle track",
    Region.NEIGHBOUR_BONE: "neighbouring vertebra",
    Region.EXTERNAL_VEIN: "external vertebral vein",
    Region.FORAMINAL_VEIN: "foraminal vein",
    Region.ASCENDING_LUMBAR_VEIN: "ascending lumbar vein",
    Region.AZYGOS_VEIN: "azygos vein",
    Region.VENA_CAVA: "vena cava",
}
LUNGS = "lungs"
"""Destination of what flowing blood has carried away: no region holds it."""
DESTINATIONS: tuple[str, ...] = (*_DESTINATIONS.values(), LUNGS)
LEAK_REGIONS: tuple[Region, ...] = tuple(_DESTINATIONS)
