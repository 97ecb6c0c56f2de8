"""A scan and its labels become a patient.

Vertebrae are fitted to the labels, and a whole person is built around them as for any recipe; then the scan's
voxels take the place of what was made up, wherever there is a scan, fading into it over its last millimetres.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.corridors import Corridor, corridor
from anatomy.ct import UnusableScanError, read_ct, read_labels
from anatomy.frames import FloatArray
from anatomy.imported import completing, overlay
from anatomy.imported.fitting import Fitted, Labelled, fit_all
from anatomy.imported.label_schemes import ARCH_PARTS, BODY_PARTS, Scheme, scheme_of
from anatomy.imported.moving import groups
from anatomy.imported.scan import AIR_HU, Scan, body_mask, bone_share, skin_of
from anatomy.landmarks import landmarks
from anatomy.morphometry import dimensions
from anatomy.patient import FINE_MM, Patient, build
from anatomy.skeleton.vertebra import Vertebra, body_field, canal_distance, pedicle_distance
from anatomy.spec import LEVELS, SIDES, FractureSpec, Level, PatientSpec, Sex, Side, TargetLevel
from anatomy.tissue import HU_PER_BMD
from anatomy.volume import Grid, Volume, resample

RECIPE = 1
"""Version of the import: raised whenever the same scan would give other voxels."""

Progress = Callable[[str, float], None]
_MARROW_HU = -30.0
_LEAST_OVERLAP = 0.5  # of the labelled voxels must lie in the CT


@dataclass(frozen=True)
class Wishes:
    """What the author of a case may say about the import; everything else is found in the scan."""

    target: TargetLevel | None = None
    scheme: str | None = None
    sex: Sex = "female"
    age_years: float = 70.0
    fracture: FractureSpec | None = None


@dataclass(frozen=True)
class Imported:
    """A patient made from a scan, and what its author should know about it."""

    patient: Patient
    scheme: str
    fitted: Mapping[Level, Fitted]
    scan_mm: tuple[float, float, float]
    shows_skin: bool

    @property
    def lines(self) -> tuple[str, ...]:
        """What is real and what was made up, a line each."""
        spec = self.patient.spec
        levels = ", ".join(f"{k}{'' if f.is_whole else ' (cut off)'}" for k, f in self.fitted.items())
        off = max(f.misfit_mm for f in self.fitted.values())
        rest = "from the scan's own" if self.shows_skin else "made up: the scan does not reach it"
        return (
            f"labels        {self.scheme}: {levels}; fitted within {off:.1f} mm",
            f"target        {spec.target_level}"
            + (f", with a made-up {spec.fracture.shape} fracture" if spec.fracture else ""),
            f"from the scan {' x '.join(f'{n:.0f}' for n in self.scan_mm)} mm around it (right x front x up)",
            "made up       everything beyond the scan, built around the fitted column; vessels, roots and organs "
            "as hazards where the labels do not hold them",
            f"outline       skin {rest}; the back is as flat as the scanner's table left it",
            f"estimated     T-score {spec.t_score:g}, stature {spec.stature_mm:.0f} mm, body-mass index "
            f"{spec.body_mass_index_kg_m2:.0f} kg/m2",
        )


def import_ct(
    ct: Path,
    labels: Path,
    subregions: Path | None = None,
    wishes: Wishes = Wishes(),
    *,
    fine_mm: float = FINE_MM,
    progress: Progress = lambda _what, _share: None,
) -> Imported:
    """The patient in a CT with labelled vertebrae. Raises UnusableScanError with what is wrong and what to do."""
    progress("reading the scan", 0.0)
    hu = read_ct(ct, progress=lambda share: progress("reading the scan", 0.15 * share))
    label = _on(hu.grid, read_labels(labels), labels)
    scheme = scheme_of(label, wishes.scheme)
    in_body = None
    if subregions is not None:
        parts = _on(hu.grid, read_labels(subregions), subregions).array
        in_body = np.isin(parts, BODY_PARTS).astype(np.int8) - np.isin(parts, ARCH_PARTS).astype(np.int8)
        if not (in_body > 0).any():
            raise UnusableScanError(f"{subregions} holds no vertebral bodies (sub-regions 49 and 50)")
    labelled = Labelled(hu, _levels(label, scheme), in_body)
    del in_body
    guess = PatientSpec(seed=_seed(hu), sex=wishes.sex, age_years=wishes.age_years)
    if wishes.target is not None and not labelled.of(wishes.target).any():
        known = [level for level in LEVELS if labelled.of(level).any()]
        raise UnusableScanError(f"--level {wishes.target} is not labelled; the labels hold {', '.join(known)}")
    fitted = fit_all(labelled, dimensions(guess), progress=lambda what, s: progress(what, 0.15 + 0.2 * s))
    target = _target(fitted, wishes.target, dimensions(guess))
    move = completing.patient_from_scan(fitted[target].vertebra)
    scan, is_body = _in_patient(labelled, fitted, target, move)
    spec = replace(guess, target_level=target, stature_mm=completing.stature_mm(guess, fitted))
    column = completing.column_of(spec, fitted, move)
    skin = skin_of(scan)
    bmd = _trabecular_g_cm3(scan, column.target_vertebra)
    spec = replace(
        spec,
        t_score=completing.t_score(spec, bmd),
        body_mass_index_kg_m2=completing.girth(spec, column, skin),
        fracture=wishes.fracture,
    )
    column = completing.with_back(spec, column, skin)
    progress("building the rest of the body", 0.35)
    group = groups(labelled.level, is_body, column.target_vertebra, scan.hu.grid)
    organs = {name: np.isin(label.array, values) for name, values in scheme.organs.items()}
    source = overlay.Source(scan, group, {name: mask for name, mask in organs.items() if mask.any()})
    patient = overlay.overlaid(
        build(spec, fine_mm=fine_mm, column=completing.broken(column, spec)),  # let go of as it is overlaid
        source,
        progress=lambda s: progress("filling in the scan", 0.6 + 0.4 * s),
    )
    points = landmarks(patient.column)  # no ribs: where the scan shows them, those that were made up are gone
    patient = replace(patient, landmarks=points, corridors=_corridors(patient), digest=_digest(patient))
    low, high = hu.grid.box_mm()
    across = tuple(float(n) for n in high - low)
    return Imported(patient, scheme.name, fitted, (across[0], across[1], across[2]), skin is not None)


def _on(grid: Grid, labels: Volume, path: Path) -> Volume:
    """Labels on the CT's grid, by their affine."""
    same = grid.shape == labels.grid.shape
    if same and np.allclose(grid.patient_from_voxel, labels.patient_from_voxel, atol=1e-2):
        return Volume(labels.array, grid)
    moved = resample(labels, grid, order=0)
    there = float((labels.array > 0).sum()) * labels.grid.voxel_ml
    here = float((moved.array > 0).sum()) * grid.voxel_ml
    if here < _LEAST_OVERLAP * there or here == 0.0:
        raise UnusableScanError(
            f"only {100.0 * here / max(there, 1e-9):.0f} % of what {path} labels lies within the CT: it belongs "
            "to another scan, or was saved without its orientation"
        )
    return moved


def _levels(label: Volume, scheme: Scheme) -> NDArray[np.int8]:
    index = np.zeros(1001, dtype=np.int8)
    for value, level in scheme.levels.items():
        index[value] = LEVELS.index(level) + 1
    return np.asarray(index[label.array])


def _seed(hu: Volume) -> int:
    """The stream of chance of what has to be made up: the same scan always gets the same."""
    return int.from_bytes(hashlib.sha256(np.ascontiguousarray(hu.array).data).digest()[:4], "big")


def _target(fitted: Mapping[Level, Fitted], wanted: TargetLevel | None, sizes: Mapping) -> TargetLevel:
    """The wanted level, or the most flattened one whose body is whole."""
    whole = [level for level in get_args(TargetLevel) if level in fitted and fitted[level].is_whole]
    if wanted is not None:
        if wanted not in whole:
            offer = f"; choose {' or '.join(whole)}" if whole else ""
            raise UnusableScanError(f"--level {wanted} is cut off by the edge of the scan{offer}")
        return wanted
    if not whole:
        raise UnusableScanError("no labelled vertebra is whole: all are cut off by the scan's edge")

    def flattened(level: Level) -> float:
        d, usual = fitted[level].vertebra.size, sizes[level]
        middle = d.rim_height_mm - d.endplate_concavity_sup_mm - d.endplate_concavity_inf_mm
        return min(d.body_height_ant_mm, d.body_height_post_mm, middle + 2.5) / usual.rim_height_mm

    return min(whole, key=flattened)


def _in_patient(
    labelled: Labelled, fitted: Mapping[Level, Fitted], target: Level, move: FloatArray
) -> tuple[Scan, NDArray[np.bool_]]:
    """The scan with its couch taken away, in the patient frame, and what of it is the target's body."""
    hu, source = labelled.hu, labelled.hu.grid
    grid = Grid(source.shape, frames.compose(move, source.patient_from_voxel))
    body = body_mask(hu)
    clean = np.where(body, hu.array, np.int16(AIR_HU))
    is_bone = labelled.level > 0
    near = np.zeros(source.shape, dtype=bool)
    for f in (f for f in fitted.values() if not f.has_arch):
        # Labels of bodies only: pedicles as fitted, and what is dense where an arch has its place.
        window, points = _points_near(f.vertebra, source, 110.0)
        near[window] |= _around_arch(f.vertebra, points)
        is_bone[window] |= _in_pedicles(f.vertebra, points)
    bone = bone_share(hu, is_bone, near & ~is_bone)
    mine = labelled.of(target)
    if labelled.in_body is not None:
        is_body = mine & (labelled.in_body > 0)
    elif fitted[target].has_arch:
        window, points = _points_near(fitted[target].vertebra, source, 60.0)
        x, y, z = np.moveaxis(points, -1, 0)
        v = fitted[target].vertebra
        inside = (body_field(v, x, y, z).distance_mm < 1.0) | (y > v.posterior_wall_y_mm + 3.0)
        is_body = np.zeros(source.shape, dtype=bool)
        is_body[window] = inside
        is_body &= mine
    else:
        is_body = mine
    return Scan(Volume(clean, grid), bone, body), is_body


def _points_near(v: Vertebra, grid: Grid, reach_mm: float) -> tuple[tuple[slice, slice, slice], FloatArray]:
    """Window of a grid around a vertebra, and its voxel centres (i, j, k, 3) in the vertebral frame."""
    voxel_from_vertebra = frames.compose(frames.inverse(grid.patient_from_voxel), v.patient_from_vertebra)
    centre, reach = voxel_from_vertebra[:3, 3], reach_mm / grid.voxel_mm
    low = np.clip(np.floor(centre - reach).astype(int), 0, np.array(grid.shape) - 1)
    high = np.clip(np.ceil(centre + reach).astype(int), low + 1, grid.shape)
    i, j, k = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    index = np.moveaxis(np.mgrid[i, j, k], 0, -1)
    return (i, j, k), frames.apply(frames.inverse(voxel_from_vertebra), index).astype(np.float32)


def _around_arch(v: Vertebra, points: FloatArray) -> NDArray[np.bool_]:
    """Where a vertebra's pedicles and processes may be: behind the body, not beside it with ribs and bowel."""
    d, wall = v.size, v.posterior_wall_y_mm
    x, y, z = np.abs(points[..., 0]), points[..., 1], points[..., 2]
    behind = wall - y
    lateral = np.where(
        behind < 4.0, 0.5 * d.pedicle_center_to_center_mm + d.pedicle_width_mm, 0.5 * d.tp_span_mm + 4.0
    )
    lateral = np.where(behind > 30.0, 12.0, lateral)
    deep = (behind > -4.0) & (behind < d.spinous_tip_behind_post_wall_mm + 8.0)
    reach = 0.5 * d.rim_height_mm + np.where(behind > 10.0, 16.0, 4.0)
    return np.asarray(deep & (x < lateral) & (np.abs(z) < reach))


def _in_pedicles(v: Vertebra, points: FloatArray) -> NDArray[np.bool_]:
    x, y, z = np.moveaxis(points, -1, 0)
    inside = np.minimum(*(pedicle_distance(v, side, x, y, z) for side in SIDES)) < 0.0
    return np.asarray(inside & (canal_distance(v, x, y) > 0.0) & (y > v.posterior_wall_y_mm - 12.0))


def _trabecular_g_cm3(scan: Scan, v: Vertebra) -> float:
    """Median mineral of the middle of the target's body."""
    window, points = _points_near(v, scan.hu.grid, 30.0)
    x, y, z = np.moveaxis(points, -1, 0)
    d = v.size
    core = (np.abs(x) < 0.3 * d.endplate_width_sup_mm) & (np.abs(y) < 0.3 * d.depth_mm) & (np.abs(z) < 6.0)
    hu = float(np.median(scan.hu.array[window][core])) if core.any() else 80.0
    return max(hu - _MARROW_HU, 0.0) / (1000.0 * HU_PER_BMD)


def _corridors(patient: Patient) -> Mapping[Side, Corridor]:
    v = patient.column.target_vertebra
    try:
        clear = {name: hazard.distance for name, hazard in patient.hazards.items()}
        return {side: corridor(v, side, patient.bone_distance, patient.tissue, clear) for side in SIDES}
    except ValueError as error:
        raise UnusableScanError(f"in this scan {error}") from None


def _digest(patient: Patient) -> str:
    """SHA-256 over the import's version, the spec and the voxels."""
    sha = hashlib.sha256(json.dumps([RECIPE, asdict(patient.spec)], sort_keys=True).encode())
    for volume in (*patient.fine.volumes(), *patient.far.volumes(), patient.soft, patient.adipose):
        sha.update(np.ascontiguousarray(volume.array).data)
    return sha.hexdigest()
