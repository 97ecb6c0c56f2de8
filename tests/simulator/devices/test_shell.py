"""Side walls against a device: how thick, how strong, what opens behind them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.tissue import CORTEX_MINERAL_G_CM3
from simulator.devices.balloon import push
from simulator.devices.bed import Bed
from simulator.devices.shell import BULGE_MM, SHEAR_KPA, bulge, patches, shell_mm
from tests.simulator.devices.phantoms import LONG, block


def walled(thickness_mm: float) -> Bed:
    """A block whose anterior wall (large y) is a shell of so much compact bone, 9 mm in front of the middle."""
    bed = block(0.0)
    y = np.broadcast_to(bed.grid.axes_mm()[1], bed.grid.shape)
    body = (y - 10.0).astype(np.float32)
    mineral = np.where(abs(y - 10.5) < 0.6, np.float32(CORTEX_MINERAL_G_CM3 * thickness_mm), np.float32(0.0))
    room = bed.room & (y < 9.0)
    wall = (room & (y > 8.0)).astype(np.uint8)
    return replace(bed, mineral=mineral, room=room, body_mm=body, wall=wall, crushed=np.zeros_like(body))


def test_thickness_is_mineral_added_up() -> None:
    """A layer of one voxel of compact bone thinned to a share of it is that much of a millimetre thick."""
    for thickness in (0.3, 0.9):
        bed = walled(thickness)
        found = shell_mm(bed.near)
        assert found[bed.near.wall == 1] == pytest.approx(thickness, rel=0.1)
        assert (found[bed.near.wall == 0] == 0.0).all()


def test_a_patch_bears_what_its_edge_does() -> None:
    """p pi a^2 = 2 pi a t tau; bone that the fracture crushed by half bears a quarter of it."""
    bed = walled(0.4)
    share = push(replace(LONG, volume_ml=4.0), bed, None).share
    (patch,) = patches(bed, share)
    assert patch.wall == "anterior"
    radius = np.sqrt(patch.area_mm2 / np.pi)
    assert patch.bears_kpa == pytest.approx(2.0 * patch.thickness_mm * SHEAR_KPA / radius)
    assert patch.thickness_mm == pytest.approx(0.4, rel=0.1)
    assert bed.crushed is not None
    broken = replace(bed, crushed=np.full_like(bed.crushed, 0.5))
    assert patches(broken, share)[0].bears_kpa == pytest.approx(0.25 * patch.bears_kpa, rel=0.01)
    assert patches(bed, np.zeros_like(share)) == []


def test_beyond_a_broken_wall_little_opens() -> None:
    """Voxels in front of the patch and within reach of it, none of the room itself."""
    bed = walled(0.4)
    share = push(replace(LONG, volume_ml=4.0), bed, None).share
    whole = np.zeros(bed.grid.shape, dtype=np.float32)
    whole[bed.window] = share
    out = bulge(bed, whole, "anterior")
    y = np.broadcast_to(bed.grid.axes_mm()[1], bed.grid.shape)
    assert out.any()
    assert not (out & bed.room).any()
    assert (y[out] >= 9.0).all()
    assert y[out].max() < 9.0 + BULGE_MM
