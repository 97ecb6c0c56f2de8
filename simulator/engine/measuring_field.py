"""What the measuring field of a plane's brightness control sees in a session: patient, steel, contrast, cement.

Coarse on purpose, and separate from the pictures, which are drawn on demand and never influence a session: bone as
found, tissue along a few rays, instruments as exact lengths along more, contrast and cement by where the volume of
each voxel is projected. Balloon markers, needle points, wires alone, skin marks, the anaesthetic needle, bone that
balloons pushed aside and breathing are left out: none changes the field's mean by a percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.keeping import kept_with_first
from anatomy.patient import Patient
from anatomy.tissue import ADIPOSE, MINERAL, SOFT, SOFT_AND_ADIPOSE_G_CM3, STEEL, Material, Tissue
from anatomy.volume import Grid, Volume, resample
from simulator.devices.balloon import Balloon
from simulator.devices.instruments import TOOLS
from simulator.devices.needle import Needle
from simulator.engine.case import Case
from simulator.engine.leaks import to_be_seen
from simulator.engine.state import Plane, State
from simulator.imaging.beam.attenuation import contrast_material
from simulator.imaging.beam.brightness import RAYS, measured_tissue_mm, measuring_view
from simulator.imaging.beam.scatter import MINERAL_MM_PER_G_CM2
from simulator.imaging.carm import CArmPose, PlaneName, Table
from simulator.imaging.mineral import mineral_as_found
from simulator.imaging.solids import instruments
from simulator.imaging.solids.implants import TITANIUM_ALLOY, implants
from simulator.imaging.solids.solids import Solid, rod, tube
from simulator.imaging.solids.support import support_as_adipose_g_cm2
from simulator.imaging.view import View
from simulator.physics.filling import Filling

CONTRAST_MG_I_ML = 165.0
"""Iodine in the balloon: contrast of 270 to 300 mg I/ml at about 60 % (150 to 180; physics B1, unconfirmed)."""
HALF_TISSUE_G_CM3 = 0.5
"""Half-way between air and tissue: where voxels of both show the skin."""
_TISSUE_RAYS = 8
_STEP_MM = 4.0
_LEAST_ML = 1e-5


@dataclass(frozen=True, eq=False)
class InTheWay:
    """What the rays (n,) of a measuring field meet, g/cm2: the patient (3, n), and other materials by name."""

    patient: FloatArray
    others: tuple[tuple[Material, FloatArray], ...] = ()


def measured_mm(case: Case, state: State, plane: Plane, kv: float) -> float:
    """The soft tissue, mm, that a plane's measuring field takes everything in its beam for at a potential."""
    field = plane.pose.collimation(case.carm(plane.name))
    found = in_the_way(case, state, plane)
    open_rays = field.open_pixels(measuring_view(case.view(state, plane))).ravel()
    materials = [SOFT, ADIPOSE, MINERAL, *(material for material, _ in found.others)]
    paths = np.vstack([found.patient, *(path for _, path in found.others)])[:, open_rays]
    thickness = 10.0 / SOFT.density_g_cm3 * (paths[0] + paths[1]) + MINERAL_MM_PER_G_CM2 * paths[2]
    return measured_tissue_mm(paths, materials, thickness, kv, field.area_mm2 / 100.0)


def in_the_way(case: Case, state: State, plane: Plane) -> InTheWay:
    """What a plane's measuring field looks through now, RAYS x RAYS rays row by row."""
    pose = plane.pose
    where = (plane.name, pose.orbital_deg, pose.angulation_deg, pose.magnification, state.table)
    body = _body(case, where)
    metal = _metal(case, where)
    if not any(state.needles) and not any(state.balloons) and state.batch.filling.total_ml == 0.0:
        return InTheWay(body, metal)
    filling, _ = to_be_seen(case.ground.at(state.amplitude), state)
    devices = _devices(case, where, state.needles, state.balloons, filling, state.batch.bore_ml)
    return InTheWay(np.maximum(body - devices.patient, 0.0), (*metal, *devices.others))


Where = tuple[PlaneName, float, float, float, Table]


def _field(case: Case, where: Where, rays: int) -> View:
    name, orbital_deg, angulation_deg, magnification, table = where
    pose = CArmPose(orbital_deg=orbital_deg, angulation_deg=angulation_deg, magnification=magnification)
    return measuring_view(case.view_of(name, pose, table), rays)


def _rays(view: View) -> FloatArray:
    """Vectors (rows * columns, 3) from the source to the pixels of a view, patient frame, mm."""
    rows, columns = np.indices(view.shape).reshape(2, -1)
    return np.stack([rows, columns, np.ones(rows.size)], axis=-1) @ view.ray_matrix_patient().T


@kept_with_first(8)
def _body(case: Case, where: Where) -> FloatArray:
    """Soft, adipose and mineral (3, RAYS * RAYS), g/cm2, along fewer rays, each for a block of the field."""
    patient, view = case.patient, _field(case, where, _TISSUE_RAYS)
    low, high = patient.soft.grid.box_mm()
    corners = frames.apply(view.beam_from_patient, list(product(*zip(low, high, strict=True))))[:, 2]
    depth = np.arange(max(corners.min(), 0.0), min(corners.max(), view.source_to_detector_mm), _STEP_MM)
    rays = _rays(view)
    points = view.source_patient_mm + (depth / view.source_to_detector_mm)[:, None, None] * rays
    body = _coarse(patient)
    index = frames.apply(frames.inverse(body[0].patient_from_voxel), points).reshape(-1, 3).T
    step_cm = 0.1 * _STEP_MM / view.source_to_detector_mm * np.linalg.norm(rays, axis=1)
    density = np.stack([ndimage.map_coordinates(volume.array, index, order=1) for volume in body])
    paths = density.reshape(3, len(depth), len(rays)).sum(axis=1) * step_cm
    paths[1] += support_as_adipose_g_cm2(table_under(case), view).ravel()
    blocks = paths.reshape(3, _TISSUE_RAYS, _TISSUE_RAYS)
    share = RAYS // _TISSUE_RAYS
    whole: FloatArray = blocks.repeat(share, axis=1).repeat(share, axis=2).reshape(3, -1)
    whole.setflags(write=False)
    return whole


@kept_with_first(8)
def _metal(case: Case, where: Where) -> tuple[tuple[Material, FloatArray], ...]:
    """Titanium of an earlier operation and its paths (RAYS * RAYS,), g/cm2; empty for most patients."""
    solids = [solid for assembly in implants(case.patient) for solid in assembly.solids]
    if not solids:
        return ()
    view = _field(case, where, RAYS)
    rays = _rays(view)
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    path_cm = 0.1 * np.sum([solid.path_mm(view.source_patient_mm, rays) for solid in solids], axis=0)
    return ((TITANIUM_ALLOY, TITANIUM_ALLOY.density_g_cm3 * path_cm),)


@kept_with_first(1)
def table_under(case: Case) -> tuple[Solid, ...]:
    """The table top with its pad, patient frame: prone, the patient's front lies on it, and moves with it."""
    soft, adipose = case.patient.soft, case.patient.adipose
    front = np.flatnonzero((soft.array + adipose.array > HALF_TISSUE_G_CM3).any(axis=(0, 2)))[-1]
    front_mm = frames.apply(soft.patient_from_voxel, (0.0, float(front) + 0.5, 0.0))[1]
    across_along_up = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    return instruments.table_top(frames.affine(across_along_up, (0.0, front_mm, 0.0)))


@kept_with_first(1)
def _coarse(patient: Patient) -> tuple[Volume, Volume, Volume]:
    """Soft, adipose and mineral as found, g/cm3, on one grid of _STEP_MM."""
    step_mm = float(patient.soft.grid.voxel_mm[0])
    fine, rest = mineral_as_found(patient)
    soft, adipose, far = (_blocks(v, _factor(v, _STEP_MM)) for v in (patient.soft, patient.adipose, rest))
    near = resample(_blocks(fine, _factor(fine, step_mm)), far.grid)
    return soft, adipose, Volume(far.array + near.array, far.grid)


def _factor(volume: Volume, wanted_mm: float) -> int:
    return max(round(wanted_mm / float(volume.grid.voxel_mm[0])), 1)


def _blocks(volume: Volume, factor: int) -> Volume:
    """A volume with factor^3 voxels merged into one; a rest at the far sides is cut off."""
    i, j, k = (n // factor for n in volume.grid.shape)
    part = volume.array[: i * factor, : j * factor, : k * factor]
    mean = part.reshape(i, factor, j, factor, k, factor).mean(axis=(1, 3, 5), dtype=np.float32)
    step = volume.patient_from_voxel[:3, :3]
    first = volume.patient_from_voxel[:3, 3] + step @ np.full(3, 0.5 * (factor - 1))
    return Volume(mean, Grid((i, j, k), frames.affine(step * factor, first)))


@kept_with_first(4)
def _devices(
    case: Case,
    where: Where,
    needles: tuple[Needle | None, ...],
    balloons: tuple[Balloon | None, ...],
    filling: Filling,
    bore_ml: tuple[float, float],
) -> InTheWay:
    """What instruments, contrast and cement put in the way, and the tissue (patient) that they displace."""
    view = _field(case, where, RAYS)
    rays = _rays(view)
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    solids: list[Solid] = []
    cement = case.cement_material
    for needle, in_bore in zip(needles, bore_ml, strict=True):
        if needle is not None:
            solids += [*_cannula(needle), *([_in_bore(needle, cement, in_bore)] if in_bore > 0.0 else [])]
    found = {material: np.zeros(RAYS * RAYS) for material in (STEEL, cement, contrast_of_balloons())}
    for solid in solids:
        found[solid.material] += 0.1 * solid.path_mm(view.source_patient_mm, rays)
    marrow_cm = np.zeros(RAYS * RAYS)
    grid = case.ground.grid
    for balloon in balloons:
        if balloon is not None and balloon.share is not None:
            contrast_cm = _projected_cm(balloon.share * grid.voxel_ml, (0, 0, 0), grid, view)
            found[contrast_of_balloons()] += contrast_cm
            marrow_cm += contrast_cm
    if filling.total_ml > 0.0:
        cement_cm = _projected_cm(filling.cement_ml, filling.start, grid, view)
        found[cement] += cement_cm
        marrow_cm += cement_cm
    displaced = np.zeros((3, RAYS * RAYS))
    displaced[:2] = np.multiply.outer(SOFT_AND_ADIPOSE_G_CM3[Tissue.BONE], marrow_cm)
    return InTheWay(displaced, tuple((m, m.density_g_cm3 * cm) for m, cm in found.items() if cm.any()))


def _cannula(needle: Needle) -> list[Solid]:
    """A cannula with its stylet, or hollow, and the steel of a tool in it; its point and its bend are left out."""
    hub = needle.hub_mm
    if needle.stylet:
        return [rod(STEEL, hub, needle.tip_mm, needle.outer_radius_mm)]
    open_tube = tube(STEEL, hub, needle.tip_mm, needle.outer_radius_mm, needle.inner_radius_mm)
    if needle.tool is None:
        return [open_tube]
    end, radius = needle.tip_mm + needle.tool_mm * needle.axis, 0.5 * TOOLS[needle.tool].outer_mm
    inner = TOOLS[needle.tool].inner_mm
    return [
        open_tube,
        rod(STEEL, hub, end, radius) if inner is None else tube(STEEL, hub, end, radius, 0.5 * inner),
    ]


def _in_bore(needle: Needle, cement: Material, volume_ml: float) -> Solid:
    """Cement in the bore, from the hub down."""
    hub = needle.hub_mm
    reach_mm = needle.length_mm * min(volume_ml / needle.bore_ml, 1.0)
    return rod(cement, hub, hub + reach_mm * frames.unit(needle.tip_mm - hub), needle.inner_radius_mm)


def _projected_cm(
    volume_ml: NDArray[np.floating], start: tuple[int, int, int], grid: Grid, view: View
) -> FloatArray:
    """Length of ray (rows * columns,), cm, inside small volumes (i, j, k) that begin at a voxel of the grid.

    The volume of each eight voxels goes to the pixel that their middle is projected to, as its length over the
    pixel's area.
    """
    even = np.pad(volume_ml, [(0, n % 2) for n in volume_ml.shape])
    pairs = even[::2] + even[1::2]
    fours = pairs[:, ::2] + pairs[:, 1::2]
    eights_ml = fours[:, :, ::2] + fours[:, :, 1::2]
    filled = eights_ml > _LEAST_ML
    points = frames.apply(grid.patient_from_voxel, 2.0 * np.argwhere(filled) + 0.5 + np.array(start))
    scale = view.source_to_detector_mm / frames.apply(view.beam_from_patient, points)[:, 2]
    row, column = np.rint(view.project(points)).astype(int).T
    rows, columns = view.shape
    seen = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    length_cm = eights_ml[filled] * scale**2 / (0.1 * view.pixel_mm) ** 2
    summed = np.bincount((row * columns + column)[seen], length_cm[seen], rows * columns)
    return summed.astype(np.float64)  # whole numbers where nothing is seen


@lru_cache(maxsize=1)
def contrast_of_balloons() -> Material:
    """What the balloon is filled with."""
    return contrast_material(CONTRAST_MG_I_ML)
