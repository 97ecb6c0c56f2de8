"""Solids: bodies of a material with others taken out, and how equal ones are known."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.tissue import STEEL
from simulator.imaging.solids.bodies import Body
from simulator.imaging.solids.solids import (
    Solid,
    bevelled,
    capsule,
    cone,
    cylinder,
    ellipsoid,
    pointed,
    rod,
    slab,
    tube,
)
from tests.simulator.imaging.solids.sample_bodies import walked_mm

SOURCE = np.array([30.0, -45.0, 20.0])
STEP_MM = 0.02


def rays_at(low, high, count=60, seed=11):
    """Unit directions (count, 3) from SOURCE to points in a box."""
    return frames.unit(np.random.default_rng(seed).uniform(low, high, (count, 3)) - SOURCE)


def in_capsule(points, start, end, radius):
    """True (...,) for points within radius of a segment."""
    axis = np.subtract(end, start)
    share = np.clip((points - start) @ axis / (axis @ axis), 0.0, 1.0)
    return np.linalg.norm(points - start - share[..., None] * axis, axis=-1) <= radius


@pytest.mark.parametrize("off_mm", [0.0, 1.0, 1.3, 1.5])
def test_a_tube_is_its_wall(off_mm):
    """Across, a tube is the chord of its outside less that of its bore; along its axis there is nothing."""
    hollow = tube(STEEL, (0, 0, -20), (0, 0, 20), 1.5, 1.2)
    found = hollow.path_mm((off_mm, -50.0, 1.0), np.array([0.0, 1.0, 0.0]))
    wall = 2.0 * (np.sqrt(1.5**2 - off_mm**2) - np.sqrt(max(1.2**2 - off_mm**2, 0.0)))
    assert found == pytest.approx(wall, abs=1e-9)
    assert hollow.path_mm((0.5, 0.0, -50.0), np.array([0.0, 0.0, 1.0])) == 0.0
    assert hollow.path_mm((1.3, 0.0, -50.0), np.array([0.0, 0.0, 1.0])) == pytest.approx(40.0)


def test_wall_and_bore_make_the_rod():
    """Whatever the ray, tube and what fills its bore are together as long as the rod."""
    ends = (-5.0, 2.0, 1.0), (6.0, -3.0, 4.0)
    rays = rays_at((-6, -4, 0), (6, 3, 5), 500)
    wall, core, whole = tube(STEEL, *ends, 2.0, 1.4), rod(STEEL, *ends, 1.4), rod(STEEL, *ends, 2.0)
    expected = whole.path_mm(SOURCE, rays)
    assert np.count_nonzero(expected) > 100
    np.testing.assert_allclose(wall.path_mm(SOURCE, rays) + core.path_mm(SOURCE, rays), expected, atol=1e-9)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_what_is_taken_out_counts_once(count):
    """A block without one to four holes that overlap each other, some beyond its faces, as walking says."""
    ends = [((-9, 0, 0), (3, 1, 1), 2.5), ((0, -9, 0), (1, 3, 2), 2.0), ((0, 1, -9), (0, 0, 9), 1.5),
            ((-3, -2, -3), (-1, 3, 2), 2.2)][:count]  # fmt: skip
    holes: tuple[Body, ...] = tuple(capsule(*hole) for hole in ends)
    block = Solid(STEEL, slab(STEEL, np.eye(4), (4.0, 5.0, 6.0)).body, holes)

    def inside(points):
        within = np.all(np.abs(points) <= (4.0, 5.0, 6.0), axis=-1)
        for start, end, radius in ends:
            within &= ~in_capsule(points, np.array(start, float), np.array(end, float), radius)
        return within

    rays = rays_at((-4, -5, -6), (4, 5, 6))
    found = block.path_mm(SOURCE, rays)
    walked = [walked_mm(inside, SOURCE, ray) for ray in rays]
    np.testing.assert_allclose(found, walked, atol=6.0 * STEP_MM)
    assert np.count_nonzero(found < slab(STEEL, np.eye(4), (4.0, 5.0, 6.0)).path_mm(SOURCE, rays) - 0.5) > 10


def test_a_chain_is_one_piece():
    """Capsules that share a joint, each without the one before, are as long as their union."""
    joints = np.array([(-8.0, 0.0, 0.0), (0.0, 1.0, 1.0), (6.0, -3.0, 3.0)])
    first, second = capsule(joints[0], joints[1], 2.5), capsule(joints[1], joints[2], 2.0)
    chain = (Solid(STEEL, first), Solid(STEEL, second, (first,)))
    rays = rays_at((-8, -3, -1), (6, 2, 4))
    found = sum(part.path_mm(SOURCE, rays) for part in chain)
    walked = [
        walked_mm(
            lambda p: in_capsule(p, joints[0], joints[1], 2.5) | in_capsule(p, joints[1], joints[2], 2.0),
            SOURCE, ray,
        )
        for ray in rays
    ]  # fmt: skip
    np.testing.assert_allclose(found, walked, atol=4.0 * STEP_MM)


def test_any_shape_of_directions():
    """One ray gives a number, a picture of rays a picture, in the precision they came in; inputs stay."""
    solid, rays = tube(STEEL, (0, 0, 0), (1, 2, 9), 2.0, 1.0), rays_at((-2, -2, 0), (2, 3, 9), 12)
    before = rays.copy()
    flat = solid.path_mm(SOURCE, rays)
    assert flat.shape == (12,)
    assert np.array_equal(solid.path_mm(SOURCE, rays.reshape(3, 4, 3)), flat.reshape(3, 4))
    assert float(solid.path_mm(SOURCE, rays[5])) == flat[5]
    assert solid.path_mm(SOURCE, rays.astype(np.float32)).dtype == np.float32
    assert np.array_equal(rays, before)


def test_equal_solids_are_equal():
    """Made twice from the same numbers a solid is the same key, so that its shadow can be kept."""
    made = [tube(STEEL, np.array([0.0, 1.0, 2.0]), (3.0, 4.0, 5.0), 1.5, 1.2) for _ in range(2)]
    assert len(set(made)) == 1
    assert made[0] != tube(STEEL, (0.0, 1.0, 2.0), (3.0, 4.0, 5.001), 1.5, 1.2)
    grounds = [pointed((0, 0, 0), (0, 0, 9), 1.0, 0.5, (1, 0, 0)) for _ in range(2)]
    assert len(set(grounds)) == 1


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: tube(STEEL, (0, 0, 0), (0, 0, 9), 1.0, 1.0), "cannot have a bore of 1 mm"),
        (lambda: rod(STEEL, (0, 0), (0, 0, 9), 1.0), "start_mm must be three finite numbers"),
        (lambda: cone(STEEL, (0, 0, 0), (0, 0, 0), 1.0), "length_mm must be positive"),
        (lambda: slab(STEEL, np.diag([1.0, 1.0, -1.0, 1.0]), (1, 1, 1)), "without mirroring"),
        (lambda: ellipsoid(STEEL, np.eye(4), (1, -1, 1)), "semi_axes_mm must be positive"),
        (lambda: cylinder((0, 0, 0), (0, 0, np.inf), 1.0), "end_mm must be three finite numbers"),
        (lambda: bevelled((0, 0, 0), (0, 0, 9), 1.0, 2.0, (1, 0, 0)), "between 0 and 90 degrees"),
    ],
)
def test_what_cannot_be_is_refused(build, says):
    """A wrong size or place is named, with what was found."""
    with pytest.raises(ValueError, match=says):
        build()
