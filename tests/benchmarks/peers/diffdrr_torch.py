"""DiffDRR on CPU PyTorch: its Siddon renderer (the default; voxels of constant value) or its trilinear one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
from diffdrr.drr import DRR
from diffdrr.pose import RigidTransform
from numpy.typing import NDArray

from anatomy import frames
from anatomy.volume import Volume
from simulator.imaging.view import View
from tests.benchmarks.peers.contestants import Projection

PATCH = 32
"""Pixels a side that DiffDRR renders at a time: all 512 x 512 at once want gigabytes; 32 was its quickest here."""


def prepare(volume: Volume, view: View, threads: int, *, renderer: str) -> Projection:
    """DiffDRR's module and the pose. Its own reader is passed by: it would rescale values to between 0 and 1."""
    torch.set_num_threads(threads)
    density = torch.from_numpy(np.array(volume.array))
    subject = SimpleNamespace(
        volume=SimpleNamespace(affine=volume.patient_from_voxel),
        density=SimpleNamespace(data=density),
        reorient=torch.eye(4),
        mask=None,
    )
    module = DRR(
        subject,
        view.source_to_detector_mm,
        view.shape[0],
        view.pixel_mm,
        width=view.shape[1],
        reverse_x_axis=False,
        patch_size=PATCH,
        renderer=renderer,
    )
    # DiffDRR's detector has +y up the rows and, not reversed, +x along the columns: half a turn from our beam
    turned = frames.compose(view.patient_from_beam, np.diag([-1.0, -1.0, 1.0, 1.0]))
    pose = RigidTransform(torch.tensor(turned, dtype=torch.float32)[None])

    def project() -> NDArray:
        with torch.no_grad():
            return module(pose)[0, 0].numpy()

    return project
