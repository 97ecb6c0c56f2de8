"""Parametric vertebrae fitted to labelled voxels.

The frame of the scan is RAS+ (mm) as its file has it. A body is told from its arch by thickness (Euclidean
distance to the surface: bodies are the only part of a vertebra more than 14 mm thick), or by sub-regions where
there are any. Pose, heights, widths, depths, endplates, canal and pedicles are then found together by least
squares between the voxels' labels and the softened inside of the parametric shape; weak priors (population spread,
anatomy section 1) hold what the scan does not show, as of a vertebra that is cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize
from scipy.special import expit

from anatomy import frames
from anatomy.ct import UnusableScanError
from anatomy.frames import FloatArray
from anatomy.morphometry import Dimensions
from anatomy.shapes import Array
from anatomy.skeleton.vertebra import Vertebra, body_field, canal_distance, pedicle_distance
from anatomy.spec import LEVELS, SIDES, Level
from anatomy.volume import Volume

BONE_HU = 150.0
"""CT number above which a voxel behind a labelled body counts as bone of its arch."""
_MAX_POINTS = 4000
_BEHIND_MM = 9.0  # the fit looks so far behind the posterior wall: pedicles, not laminae
_AROUND_MM = 9.0  # and so far beyond the body elsewhere
_THICK_SHARE = 0.55  # of the greatest distance to the surface: the core of a body

# What is fitted, with the spread (mm or 1) that the prior allows (anatomy 1.1 and 2; wide: it is one person).
_SIZES: Mapping[str, float] = {
    "body_height_ant_mm": 4.0,
    "body_height_post_mm": 3.0,
    "endplate_width_sup_mm": 5.0,
    "endplate_width_inf_mm": 5.0,
    "endplate_depth_sup_mm": 4.0,
    "endplate_depth_inf_mm": 4.0,
    "waist_width_ratio": 0.03,
    "waist_depth_ratio": 0.02,
    "endplate_concavity_sup_mm": 2.0,
    "endplate_concavity_inf_mm": 2.0,
    "canal_width_mm": 2.5,
    "canal_depth_mm": 2.0,
    "pedicle_width_mm": 2.0,
    "pedicle_height_mm": 2.0,
    "pedicle_center_z_above_midbody_mm": 2.5,
}
_LEAST: Mapping[str, float] = {"endplate_concavity_sup_mm": 0.0, "endplate_concavity_inf_mm": 0.0,
                               "pedicle_center_z_above_midbody_mm": -4.0, "waist_width_ratio": 0.7,
                               "waist_depth_ratio": 0.75, "pedicle_width_mm": 3.0}  # fmt: skip
_MOST: Mapping[str, float] = {"waist_width_ratio": 1.0, "waist_depth_ratio": 1.0,
                              "endplate_concavity_sup_mm": 8.0, "endplate_concavity_inf_mm": 8.0}  # fmt: skip
_NOT_SCALED = ("endplate_concavity_sup_mm", "endplate_concavity_inf_mm", "pedicle_center_z_above_midbody_mm",
               "waist_width_ratio", "waist_depth_ratio")  # fmt: skip
_CUT_OFF = 0.3  # of the spread is left to the sizes of a vertebra that is not whole
_PRIOR_WEIGHT = 1.0  # one spread off costs as much as a point told wrongly
_ROUNDS = 9
_POSE_SPREAD = np.array([12.0, 12.0, 14.0, 0.25, 0.25, 0.25])  # mm, rad


@dataclass(frozen=True, eq=False)
class Labelled:
    """What the fit reads: CT numbers and vertebra levels on one grid of the scan.

    level: index into LEVELS + 1, 0 elsewhere; in_body: sub-regions' word on what is body (1) and arch (-1), 0
    where they say nothing, or None without sub-regions.
    """

    hu: Volume
    level: NDArray[np.int8]
    in_body: NDArray[np.int8] | None

    def of(self, level: Level) -> NDArray[np.bool_]:
        """Voxels of one vertebra."""
        return np.asarray(self.level == LEVELS.index(level) + 1)


@dataclass(frozen=True)
class Fitted:
    """A vertebra found in the scan (its patient_from_vertebra is scan_from_vertebra).

    is_whole: nothing of its body is cut off by the scan's edge; has_arch: the labels hold its arch too; misfit_mm:
    volume told wrongly over surface of the body.
    """

    vertebra: Vertebra
    is_whole: bool
    has_arch: bool
    misfit_mm: float


def fit_all(
    scan: Labelled, sizes: Mapping[Level, Dimensions], *, progress: Callable[[str, float], None]
) -> dict[Level, Fitted]:
    """Every labelled vertebra, cranial first. sizes: what is expected before looking."""
    present = [level for level in LEVELS if scan.of(level).sum() * scan.hu.grid.voxel_ml > 1.0]
    if not present:
        raise UnusableScanError(
            "none of the labelled vertebrae is larger than 1 ml; is this the right label file?"
        )
    starts = {level: _start(scan, level) for level in present}
    fitted: dict[Level, Fitted] = {}
    # Whole ones first: what is cut off is expected to be of the same make.
    for number, level in enumerate(sorted(present, key=lambda level: not starts[level].is_whole)):
        progress(f"fitting {level}", number / len(present))
        whole = [f.vertebra for f in fitted.values() if f.is_whole]
        size = scaled_like(sizes[level], whole, sizes)
        fitted[level] = _fit(scan, level, _first_frame(scan, level, starts), size, starts[level])
    return {level: fitted[level] for level in present}


def scaled_like(size: Dimensions, whole: list[Vertebra], sizes: Mapping[Level, Dimensions]) -> Dimensions:
    """An expected size times the median ratio of found to expected sizes of whole vertebrae, name by name."""
    if not whole:
        return size
    names = [
        name for name in (*_SIZES, "tp_span_mm", "spinous_tip_behind_post_wall_mm") if name not in _NOT_SCALED
    ]
    ratio = {n: float(np.median([getattr(v.size, n) / getattr(sizes[v.level], n) for v in whole])) for n in names}
    return replace(size, **{n: getattr(size, n) * np.clip(ratio[n], 0.75, 1.35) for n in names})


@dataclass(frozen=True)
class _Start:
    """First look at a vertebra: centre of its body's core (3,), scan frame; whether arch and edge are there."""

    centre: FloatArray
    has_arch: bool
    is_whole: bool


def _start(scan: Labelled, level: Level) -> _Start:
    mask = scan.of(level)
    window = ndimage.find_objects(mask.astype(np.int8))[0]
    part = np.pad(mask[window], 1)
    voxel = scan.hu.grid.voxel_mm
    if scan.in_body is not None and (scan.in_body[window] != 0).any():
        body = np.pad((scan.in_body[window] > 0) & mask[window], 1)
    else:
        depth = ndimage.distance_transform_edt(part, sampling=voxel)
        core = depth > _THICK_SHARE * depth.max()
        body = part & (ndimage.distance_transform_edt(~core, sampling=voxel) < 0.8 * depth.max())
    if not body.any():
        body = part
    corner = np.array([s.start for s in window]) - 1.0
    centre = frames.apply(scan.hu.patient_from_voxel, np.argwhere(body).mean(axis=0) + corner)
    outside = part & ~body
    has_arch = bool(outside.sum() > 0.2 * part.sum())
    touches = any(s.start == 0 or s.stop == n for s, n in zip(window, mask.shape, strict=True))
    return _Start(centre, has_arch, not touches or _core_inside(body, window, mask.shape))


def _core_inside(body: NDArray, window: tuple[slice, ...], shape: tuple[int, ...]) -> bool:
    """True where not the body but only its processes reach the scan's edge."""
    for axis, (s, n) in enumerate(zip(window, shape, strict=True)):
        if s.start == 0 and body.take(1, axis).any():
            return False
        if s.stop == n and body.take(-2, axis).any():
            return False
    return True


def _first_frame(scan: Labelled, level: Level, starts: Mapping[Level, _Start]) -> FloatArray:
    """scan_from_vertebra: up along the line of bodies, back towards the arch."""
    order = [k for k in LEVELS if k in starts]
    here = order.index(level)
    above, below = starts[order[max(here - 1, 0)]], starts[order[min(here + 1, len(order) - 1)]]
    along = above.centre - below.centre
    up = frames.unit(along) if np.linalg.norm(along) > 1.0 else np.array([0.0, 0.0, 1.0])
    back = np.array([0.0, -1.0, 0.0])
    if starts[level].has_arch and starts[level].is_whole:
        mask = frames.apply(scan.hu.patient_from_voxel, np.argwhere(scan.of(level)))
        towards = mask.mean(axis=0) - starts[level].centre
        towards = towards - up * float(towards @ up)
        if np.linalg.norm(towards) > 3.0:
            back = frames.unit(towards)
    back = frames.unit(back - up * float(back @ up))
    right = np.cross(-back, up)
    return frames.affine(np.column_stack([right, -back, up]), starts[level].centre)


def _fit(scan: Labelled, level: Level, frame: FloatArray, size: Dimensions, start: _Start) -> Fitted:
    names = list(_SIZES)
    prior = np.concatenate([np.zeros(6), [getattr(size, name) for name in names]])
    spread = np.concatenate([_POSE_SPREAD, [_SIZES[name] for name in names]])
    spread[6:] *= 1.0 if start.is_whole else _CUT_OFF
    least = np.array([_LEAST.get(name, 0.5 * getattr(size, name)) for name in names])
    most = np.array([_MOST.get(name, 1.6 * abs(getattr(size, name)) + 4.0) for name in names])
    low = np.concatenate([-2.5 * _POSE_SPREAD, least])
    high = np.concatenate([2.5 * _POSE_SPREAD, most])

    def vertebra(values: FloatArray) -> Vertebra:
        turn = frames.compose(
            frames.rotation((1.0, 0.0, 0.0), values[3]),
            frames.rotation((0.0, 1.0, 0.0), values[4]),
            frames.rotation((0.0, 0.0, 1.0), values[5]),
        )
        pose = frames.compose(frame, frames.translation(values[:3]), turn)
        fields = dict(zip(names, (float(v) for v in values[6:]), strict=True))
        fields["pedicle_center_to_center_mm"] = fields["canal_width_mm"] + fields["pedicle_width_mm"]
        return Vertebra(level, replace(size, **fields), pose)

    values = np.clip(prior, low + 1e-6, high - 1e-6)
    # Twice at least: the second time points are taken where the first fit says that the vertebra lies.
    for softness_mm in (3.0, 1.0):
        points, truth = _points(scan, vertebra(values))

        def residual(
            x: FloatArray, points: FloatArray = points, truth: FloatArray = truth, soft: float = softness_mm
        ) -> FloatArray:
            inside = expit(-2.5 * _distance(vertebra(x), points) / soft)
            return np.concatenate([inside - truth, _PRIOR_WEIGHT * (x - prior) / spread])

        def slopes(x: FloatArray, residual: Callable[[FloatArray], FloatArray] = residual) -> FloatArray:
            here = residual(x)
            steps = np.where(x + 0.01 * spread < high, 0.01, -0.01) * spread
            return np.column_stack([(residual(x + s * e) - here) / s
                                    for s, e in zip(steps, np.eye(x.size), strict=True)])  # fmt: skip

        found = optimize.least_squares(
            residual, values, jac=slopes, bounds=(low, high), x_scale=spread, max_nfev=_ROUNDS
        )
        values = np.clip(found.x, low + 1e-6, high - 1e-6)
    v = vertebra(values)
    points, truth = _points(scan, v, every=True)
    wrong = np.abs((_distance(v, points) < 0.0) - truth).sum() * scan.hu.grid.voxel_ml * 1000.0
    d = v.size
    surface = 2.0 * d.endplate_width_inf_mm * d.depth_mm + 3.0 * d.rim_height_mm * d.endplate_width_inf_mm
    return Fitted(_with_tips(scan, v, start.has_arch), start.is_whole, start.has_arch, float(wrong / surface))


def _points(scan: Labelled, v: Vertebra, *, every: bool = False) -> tuple[FloatArray, FloatArray]:
    """Voxel centres (n, 3) around body and pedicles, scan frame, and whether they are bone of it (0 or 1)."""
    d, grid = v.size, scan.hu.grid
    half = np.array([0.5 * max(d.endplate_width_sup_mm, d.endplate_width_inf_mm) + _AROUND_MM,
                     0.5 * d.depth_mm + _AROUND_MM, 0.5 * d.rim_height_mm + _AROUND_MM])  # fmt: skip
    vertebra_from_voxel = frames.compose(frames.inverse(v.patient_from_vertebra), grid.patient_from_voxel)
    centre = frames.apply(frames.inverse(grid.patient_from_voxel), v.patient_from_vertebra[:3, 3])
    reach = np.linalg.norm(half) / grid.voxel_mm
    low = np.clip(np.floor(centre - reach).astype(int), 0, grid.shape)
    high = np.clip(np.ceil(centre + reach).astype(int) + 1, 0, grid.shape)
    window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    index = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij"), -1)
    points = frames.apply(vertebra_from_voxel, index.reshape(-1, 3))
    near = np.all(np.abs(points) < half, axis=1) & (points[:, 1] > v.posterior_wall_y_mm - _BEHIND_MM)
    # Behind the wall only between the endplates: articular processes are no pedicles.
    near &= (points[:, 1] > v.posterior_wall_y_mm) | (np.abs(points[:, 2]) < 0.5 * d.rim_height_mm)
    mine = scan.level[window].ravel() == LEVELS.index(v.level) + 1
    free = scan.level[window].ravel() == 0
    behind = points[:, 1] < v.posterior_wall_y_mm - 1.0
    arch = free & behind & (scan.hu.array[window].ravel() > BONE_HU)
    truth = (mine | arch).astype(float)
    # Bone that has no label beside a labelled body may be its pedicle or not: it has no say.
    bright = free & ~behind & (scan.hu.array[window].ravel() > BONE_HU) & (points[:, 1] < 0.0)
    chosen = np.flatnonzero(near & ~bright)
    if not every and chosen.size > _MAX_POINTS:
        chosen = chosen[:: int(np.ceil(chosen.size / _MAX_POINTS))]
    return frames.apply(v.patient_from_vertebra, points[chosen]), truth[chosen]


def _distance(v: Vertebra, points: FloatArray) -> Array:
    """Distance (n,) to body and pedicles at points (n, 3) of the scan, canal left free."""
    x, y, z = frames.apply(frames.inverse(v.patient_from_vertebra), points).T
    body = body_field(v, x, y, z).distance_mm
    pedicles = np.minimum(*(pedicle_distance(v, side, x, y, z) for side in SIDES))
    return np.asarray(np.minimum(body, np.maximum(pedicles, -canal_distance(v, x, y))))


def _with_tips(scan: Labelled, v: Vertebra, has_arch: bool) -> Vertebra:
    """The vertebra with its spinous and transverse processes as long as they are seen to be."""
    points = frames.apply(scan.hu.patient_from_voxel, np.argwhere(scan.of(v.level) if has_arch else
                          (scan.level == 0) & (scan.hu.array > BONE_HU)))  # fmt: skip
    local = frames.apply(frames.inverse(v.patient_from_vertebra), points)
    d, wall = v.size, v.posterior_wall_y_mm
    changes: dict[str, float] = {}
    spinous = local[np.linalg.norm(local - v.spinous_tip, axis=1) < 14.0]
    spinous = spinous[np.abs(spinous[:, 0]) < 7.0]
    if len(spinous) * scan.hu.grid.voxel_ml > 0.15:
        last = spinous[spinous[:, 1] < np.percentile(spinous[:, 1], 8.0) + 2.0]
        changes["spinous_tip_behind_post_wall_mm"] = float(wall - last[:, 1].min())
        changes["spinous_tip_z_rel_midbody_mm"] = float(np.median(last[:, 2]))
    ends = []
    for sign in (-1.0, 1.0):
        tip = np.array([sign * 0.5 * d.tp_span_mm, wall - d.tp_tip_behind_post_wall_mm, d.tp_tip_z_rel_midbody_mm])
        near = local[np.linalg.norm(local - tip, axis=1) < 11.0]
        if v.region == "L" and len(near) * scan.hu.grid.voxel_ml > 0.1:
            ends.append(near[np.argsort(-sign * near[:, 0])[: max(3, len(near) // 20)]].mean(axis=0))
    if len(ends) == 2:
        changes["tp_span_mm"] = float(ends[1][0] - ends[0][0])
        changes["tp_tip_behind_post_wall_mm"] = float(wall - 0.5 * (ends[0][1] + ends[1][1]))
        changes["tp_tip_z_rel_midbody_mm"] = float(0.5 * (ends[0][2] + ends[1][2]))
    return replace(v, size=replace(d, **changes))
