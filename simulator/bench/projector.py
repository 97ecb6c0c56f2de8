"""The projector by itself: a known volume from known views, each kernel in turn, with its error."""

from __future__ import annotations

from functools import partial
from statistics import median

import numpy as np
from scipy import ndimage

from anatomy.volume import Grid, Volume
from simulator.bench.rows import Row, Tell, row_of, seconds_of
from simulator.imaging.projection.projector import KERNELS, Projectable, line_integrals
from simulator.imaging.projection.ray_march import line_integrals_by_marching
from simulator.imaging.view import View, beam_from_patient

EVERY = 9
"""The error is found at each so many-th row and column."""
PROJECTOR_VIEWS = ((0.0, 0.0), (90.0, 0.0), (35.0, 20.0))


def phantoms() -> dict[str, Volume]:
    """256^3 at 1 mm: a trunk in air, and a box that is filled to its corners (nothing can be skipped)."""
    grid = Grid.spanning((-128.0,) * 3, (128.0,) * 3, 1.0)
    x, y, z = grid.axes_mm()
    rng = np.random.default_rng(256)
    grain = ndimage.gaussian_filter(rng.standard_normal(grid.shape, dtype=np.float32), 1.2)
    grain = 1.0 + 0.15 * grain / grain.std()
    trunk = np.where((x / 120.0) ** 2 + (y / 82.0) ** 2 < 1.0, 1.0, 0.0) * grain
    spine = np.where(((x / 20.0) ** 4 + ((y + 35.0) / 16.0) ** 4 < 1.0) & (np.mod(z, 32.0) < 25.0), 0.9, 0.0)
    ribs = np.where(np.abs(np.hypot(x / 112.0, y / 75.0) - 1.0) < 0.04, 0.8, 0.0) * (np.mod(z + x / 4, 28) < 9)
    body = (trunk + spine + ribs).astype(np.float32)
    return {"trunk": Volume(body, grid), "full box": Volume(np.abs(grain).astype(np.float32), grid)}


def projector_view(primary_deg: float, secondary_deg: float, pixels: int = 512) -> View:
    """700 mm source to isocentre, 1000 mm to the detector, 384 mm field (0.75 mm pixels for 512)."""
    beam = beam_from_patient(np.radians(primary_deg), np.radians(secondary_deg), (0.0, 0.0, 0.0), 700.0)
    return View(beam, 1000.0, 384.0 / pixels, (pixels, pixels))


def bench_projector(runs: int, tell: Tell) -> list[Row]:
    """512 x 512 from 256^3 at three views: the kernels alternate, each with its error against fine sampling."""
    rows = []
    found = phantoms()
    for step, (name, volume) in enumerate(found.items()):
        body = Projectable(volume)
        for primary, secondary in PROJECTOR_VIEWS:
            tell(f"projector, {name}, {primary:g}/{secondary:g}", step / len(found))
            view = projector_view(primary, secondary)
            exact = line_integrals_by_marching(volume, view, step_mm=0.25, every=EVERY)
            works = {kernel: partial(line_integrals, body, view, kernel=kernel) for kernel in KERNELS}
            times: dict[str, list[float]] = {kernel: [] for kernel in works}
            for run in range(runs + 1):
                for kernel, work in works.items():
                    taken = seconds_of(work)
                    if run > 0:
                        times[kernel].append(taken)
            for kernel, work in works.items():
                found_here = work()[::EVERY, ::EVERY]
                error = float(np.linalg.norm(found_here - exact) / np.linalg.norm(exact))
                ratio = median(times[kernel]) / median(times["numpy"])
                rows.append(row_of(f"projector {kernel} {name} {primary:g}/{secondary:g}", times[kernel],
                                   relative_rms=f"{100.0 * error:.4f} %", of_numpy=f"{ratio:.2f}"))  # fmt: skip
    return rows
