"""The fracture's displacement field: heights as specified, an exact inverse, mass kept by its determinant."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy import frames
from anatomy.column import column_of
from anatomy.fractures.fracture import Collapse
from anatomy.fractures.fracture_shape import POSTERIOR_SHARE
from anatomy.landmarks import endplate_corners
from anatomy.spec import FractureSpec, PatientSpec, TargetLevel

few = settings(max_examples=40, deadline=None)
levels = st.sampled_from(["T11", "T12", "L1", "L2", "L3", "L4"])
ratios = st.floats(0.45, 0.95)
amplitudes = st.floats(0.0, 1.0)


@cache
def collapse_of(level: TargetLevel = "L1", ratio: float = 0.7) -> Collapse:
    """A fracture of one level to one anterior height ratio."""
    spec = PatientSpec(seed=5, target_level=level, fracture=FractureSpec(height_ratio=ratio))
    found = column_of(spec).collapse
    assert found is not None
    return found


def body_points(c: Collapse, count: int = 23) -> tuple[frames.FloatArray, frames.FloatArray]:
    """(y, z) grid over the unfractured mid-sagittal section of the body."""
    v = c.vertebra
    y = np.linspace(v.posterior_wall_y_mm, v.anterior_wall_y_mm, count)[:, None]
    return y, 0.5 * v.rim_height_mm(y) * np.linspace(-1.0, 1.0, count)[None, :]


@few
@given(levels, ratios)
def test_the_front_is_as_low_as_specified(level: TargetLevel, ratio: float) -> None:
    """As found, the anterior height over its height before is the spec's ratio; the back keeps 0.94 and more."""
    c = collapse_of(level, ratio)
    v, y = c.vertebra, np.array([c.vertebra.posterior_wall_y_mm, c.vertebra.anterior_wall_y_mm])
    top, bottom = 0.5 * v.rim_height_mm(y), -0.5 * v.rim_height_mm(y)
    stack = c.columns(0.0, y)
    behind, front = stack.lowered(top, 1.0) - stack.lowered(bottom, 1.0)
    assert front / v.size.body_height_ant_mm == pytest.approx(ratio, abs=1e-6)
    assert front == pytest.approx(c.anterior_height_mm(1.0))
    assert behind == pytest.approx(c.posterior_height_mm(1.0))
    assert behind / v.size.body_height_post_mm == pytest.approx(
        1.0 - POSTERIOR_SHARE * (1.0 - ratio) * v.size.body_height_ant_mm / v.size.body_height_post_mm
    )
    assert behind / v.size.body_height_post_mm > 0.94


@few
@given(levels, ratios, amplitudes)
def test_raising_undoes_lowering(level: TargetLevel, ratio: float, amplitude: float) -> None:
    """Every point of the body comes back to its unfractured height within a tenth of a micrometre."""
    c = collapse_of(level, ratio)
    y, z = body_points(c)
    stack = c.columns(0.0, y)
    back = stack.raised(stack.lowered(z, amplitude), amplitude)
    np.testing.assert_allclose(back, np.broadcast_to(z, back.shape), atol=1e-4)


@few
@given(levels, ratios, amplitudes)
def test_nothing_folds(level: TargetLevel, ratio: float, amplitude: float) -> None:
    """Heights keep their order at every depth, and no density is ever multiplied by less than nothing."""
    c = collapse_of(level, ratio)
    y, z = body_points(c)
    lowered = c.columns(0.0, y).lowered(z, amplitude)
    assert np.all(np.diff(lowered, axis=1) > 0.0)
    assert np.all(c.unfractured(0.0, np.broadcast_to(y, lowered.shape), lowered, amplitude)[2] > 0.0)


@few
@given(levels, ratios, amplitudes)
def test_the_determinant_is_the_change_of_area(level: TargetLevel, ratio: float, amplitude: float) -> None:
    """The stated determinant equals the one measured with finite differences of the map."""
    c = collapse_of(level, ratio)
    y, z = body_points(c, 9)
    y, z = np.broadcast_arrays(y, z)
    z = c.columns(0.0, y).lowered(0.9 * z, amplitude)
    h = 1e-6
    (yy, zy), (yz, zz) = (
        [(a - b) / (2 * h) for a, b in zip(c.unfractured(0.0, y + dy, z + dz, amplitude)[:2],
                                          c.unfractured(0.0, y - dy, z - dz, amplitude)[:2], strict=True)]
        for dy, dz in ((h, 0.0), (0.0, h))
    )  # fmt: skip
    wrong = np.abs(c.unfractured(0.0, y, z, amplitude)[2] - (yy * zz - yz * zy)) > 1e-3
    assert wrong.mean() < 0.03  # points that happen to lie on the edge of a layer have no slope


def test_without_amplitude_nothing_moves() -> None:
    """At amplitude 0 the map is the identity, and so is the motion of everything above."""
    c = collapse_of()
    y, z = body_points(c)
    y, z = np.broadcast_arrays(y, z)
    y0, z0, squeeze = c.unfractured(0.0, y, z, 0.0)
    np.testing.assert_allclose(y0, y, atol=1e-12)
    np.testing.assert_allclose(z0, z, atol=1e-9)
    np.testing.assert_allclose(squeeze, 1.0)
    np.testing.assert_allclose(c.above(0.0), np.eye(4), atol=1e-12)
    assert c.anterior_height_mm(0.0) == c.vertebra.size.body_height_ant_mm


@few
@given(amplitudes, amplitudes)
def test_one_amplitude_read_at_another_is_the_way_over_the_unfractured_body(found: float, wanted: float) -> None:
    """A material point has one unfractured place: reached from where it is wanted or from where it was found."""
    c = collapse_of()
    y, z = np.broadcast_arrays(*body_points(c, 9))
    y1, z1, squeeze = c.between(0.0, y, z, found_at=found, wanted_at=wanted)
    at_wanted, at_found = c.unfractured(0.0, y, z, wanted), c.unfractured(0.0, y1, z1, found)
    np.testing.assert_allclose(at_wanted[0], at_found[0], atol=1e-3)
    np.testing.assert_allclose(at_wanted[1], at_found[1], atol=1e-3)
    wrong = np.abs(squeeze * at_found[2] / at_wanted[2] - 1.0) > 1e-4
    assert wrong.mean() < 0.03  # points on the edge of a layer


@few
@given(levels, ratios)
def test_the_lower_part_stays(level: TargetLevel, ratio: float) -> None:
    """The inferior endplate of the fractured body is where it was."""
    c = collapse_of(level, ratio)
    y, z = body_points(c)
    np.testing.assert_allclose(c.columns(0.0, y).lowered(z, 1.0)[:, 0], z[:, 0], atol=1e-9)


@few
@given(levels, ratios, amplitudes)
def test_what_lies_above_follows_the_endplate(level: TargetLevel, ratio: float, amplitude: float) -> None:
    """The motion above is rigid, tilts forward, and keeps to the lowered endplate within a tenth of the loss."""
    c = collapse_of(level, ratio)
    move = c.above(amplitude)
    np.testing.assert_allclose(move[:3, :3] @ move[:3, :3].T, np.eye(3), atol=1e-12)
    v = c.vertebra
    y = np.linspace(v.posterior_wall_y_mm, v.anterior_wall_y_mm, 9)
    top = 0.5 * v.rim_height_mm(y)
    before = np.stack([np.zeros(9), y, top], axis=-1)
    followed = frames.apply(
        frames.compose(frames.inverse(v.patient_from_vertebra), move, v.patient_from_vertebra), before
    )
    # Rigid motion shortens the way forward by its cosine; compare heights at the depth that was reached.
    lowered = np.interp(followed[:, 1], y, c.columns(0.0, y).lowered(top, amplitude))
    assert np.abs(followed[:, 2] - lowered).max() < 0.1 * amplitude * c.lost_anterior_mm + 0.05


def test_the_wedge_angle_is_a_published_one() -> None:
    """A grade 2 wedge of L1 (0.655) makes 16.9 degrees in 37 patients, grade 3 (0.463) about 25: within 3."""
    for ratio, angle in ((0.655, 16.9), (0.463, 25.0)):
        assert np.degrees(collapse_of("L1", ratio).wedge_rad(1.0)) == pytest.approx(angle, abs=3.0)


def test_height_and_angle_come_back_together() -> None:
    """The lower the amplitude, the higher the front and the smaller the wedge."""
    c = collapse_of()
    amplitudes = np.linspace(0.0, 1.0, 11)
    assert np.all(np.diff([c.anterior_height_mm(a) for a in amplitudes]) < 0.0)
    assert np.all(np.diff([c.wedge_rad(a) for a in amplitudes]) > 0.0)


@pytest.mark.parametrize("amplitude", [0.0, 0.4, 1.0])
def test_rim_corners_are_as_far_apart_as_the_heights_say(amplitude: float) -> None:
    """Distances between the named corners are the anterior and posterior height at each amplitude."""
    c = collapse_of()
    corner = endplate_corners(c.vertebra, c, amplitude)
    for where, height in (("anterior", c.anterior_height_mm), ("posterior", c.posterior_height_mm)):
        apart = np.linalg.norm(corner[f"superior {where}"] - corner[f"inferior {where}"])
        assert apart == pytest.approx(height(amplitude))


def test_the_anterior_cortex_buckles_forward_as_published() -> None:
    """The front of a moderately fractured body bulges by 1 to 3 mm, a third of its height under the endplate."""
    c = collapse_of("L1", 0.65)
    z = np.linspace(-15.0, 15.0, 301)
    y = np.full_like(z, c.vertebra.anterior_wall_y_mm)
    forward = y - c.unfractured(0.0, y, z, 1.0)[0]
    assert 1.0 <= forward.max() <= 3.0
    height = c.anterior_height_mm(1.0)
    from_below = z[np.argmax(forward)] + 0.5 * c.vertebra.size.body_height_ant_mm
    assert 1.0 - from_below / height == pytest.approx(0.36, abs=0.08)
