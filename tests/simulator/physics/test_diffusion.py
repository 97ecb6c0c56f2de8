"""The heat kernel: closed forms, order of convergence, conservation, layers, no new extremes."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics import diffusion
from simulator.physics.diffusion import Budget, Conductor, advance, conductor, spread, stored_j

K, C = 0.43, 2.0e6  # bone
ALPHA_MM2_S = K / C * 1e6


def uniform(shape: tuple[int, int, int], voxel_mm: float = 1.0, **more: object) -> Conductor:
    """One material, nothing passing the edge."""
    return conductor(voxel_mm, np.full(shape, K), np.full(shape, C), **more)  # type: ignore[arg-type]


def centres_mm(n: int, voxel_mm: float) -> np.ndarray:
    """Coordinates of n voxels' centres about the middle."""
    return (np.arange(n) - 0.5 * (n - 1)) * voxel_mm


def order(errors: list[float]) -> list[float]:
    """Observed order of convergence when each error belongs to steps half as long."""
    return [math.log2(a / b) for a, b in pairwise(errors)]


def gaussian(n: int, voxel_mm: float, variance_mm2: float) -> np.ndarray:
    """A bump of 60 K times mm3 per (2 pi 4)^1.5 mm3 over 37 C, per-axis variance given."""
    x2 = centres_mm(n, voxel_mm) ** 2
    r2 = x2[:, None, None] + x2[None, :, None] + x2[None, None, :]
    return 37.0 + 60.0 * (4.0 / variance_mm2) ** 1.5 * np.exp(-0.5 * r2 / variance_mm2)


def test_a_bump_spreads_as_a_gaussian_in_second_order() -> None:
    """In three dimensions the variance of each axis grows by 2 D t; halving voxels quarters the error."""
    seconds, errors = 12.0, []
    for voxel_mm in (2.0, 1.0, 0.5):
        n = round(24.0 / voxel_mm)
        got, _ = advance(uniform((n, n, n), voxel_mm), gaussian(n, voxel_mm, 4.0), seconds)
        exact = gaussian(n, voxel_mm, 4.0 + 2.0 * ALPHA_MM2_S * seconds)
        errors.append(float(np.abs(got - exact).max()))
    assert all(1.8 < p < 2.3 for p in order(errors))
    assert errors[1] < 1.0


def test_time_is_second_order() -> None:
    """The grid's own eigenmode decays by a known rate, so that what is left is the error of time alone."""
    n, voxel_mm, seconds = 16, 1.0, 60.0
    mode = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    rate = 4.0 * ALPHA_MM2_S / voxel_mm**2 * math.sin(math.pi / (2 * n)) ** 2
    errors = []
    for calls in (150, 300, 600):
        rise = np.broadcast_to(37.0 + 10.0 * mode[:, None, None], (n, 2, 2)).copy()
        body = uniform((n, 2, 2))
        assert seconds / calls < body.longest_s
        for _ in range(calls):
            rise, _ = advance(body, rise, seconds / calls)
        exact = 37.0 + 10.0 * mode * math.exp(-rate * seconds)
        errors.append(float(np.abs(rise[:, 0, 0] - exact).max()))
    assert all(1.9 < p < 2.1 for p in order(errors))


def test_an_eigenmode_of_the_continuum_decays_in_second_order() -> None:
    """cos(pi x / L) in an insulated bar: exp(-D (pi / L)^2 t), whichever way the bar lies."""
    length_mm, seconds = 16.0, 60.0
    for axis in range(3):
        errors = []
        for voxel_mm in (2.0, 1.0, 0.5):
            n = round(length_mm / voxel_mm)
            # The mean over a voxel, which is what a finite volume holds.
            edges = np.sin(np.pi * np.arange(n + 1) / n)
            mode = np.diff(edges) * n / np.pi
            shape = [1, 1, 1]
            shape[axis] = n
            got, _ = advance(
                uniform((shape[0], shape[1], shape[2]), voxel_mm), 37.0 + 10.0 * mode.reshape(shape), seconds
            )
            exact = 37.0 + 10.0 * mode * math.exp(-ALPHA_MM2_S * (math.pi / length_mm) ** 2 * seconds)
            errors.append(float(np.abs(got.ravel() - exact).max()))
        assert all(1.8 < p < 2.2 for p in order(errors))


def test_a_heated_sphere_in_wide_tissue() -> None:
    """The centre of a sphere heated evenly in endless tissue (Carslaw & Jaeger, Conduction of Heat in Solids)."""
    radius_mm, seconds, source = 6.0, 40.0, 1.5e6
    n = 44
    x2 = centres_mm(n, 1.0) ** 2
    r2 = x2[:, None, None] + x2[None, :, None] + x2[None, None, :]
    # Voxels at the surface are heated by the share of them that lies inside.
    share = np.clip(radius_mm + 0.5 - np.sqrt(r2), 0.0, 1.0)
    got, _ = advance(uniform((n, n, n)), np.full((n, n, n), 37.0), seconds, source * share)
    # Each moment's heat has spread for t - t': the centre gets erf(q) - 2 q exp(-q^2) / sqrt(pi) of it.
    times = np.linspace(1e-6, seconds, 4001)
    q = radius_mm / np.sqrt(4.0 * ALPHA_MM2_S * times)
    part = np.array([math.erf(v) for v in q]) - 2.0 * q / math.sqrt(math.pi) * np.exp(-(q**2))
    rise = float(np.trapezoid(part, times)) * source / C
    middle = slice(n // 2 - 1, n // 2 + 1)
    assert float(got[middle, middle, middle].mean()) - 37.0 == pytest.approx(rise, rel=0.02)


def test_perfused_tissue_beside_a_held_wall() -> None:
    """In steady state the rise falls by e every sqrt(k / w): Pennes in one dimension."""
    flow_w_m3_k = 0.002 * 3.8e6
    depth_mm = math.sqrt(K / flow_w_m3_k) * 1e3
    n, voxel_mm = 160, 0.5
    held = np.zeros((n, 1, 1), dtype=bool)
    held[0] = True
    body = uniform((n, 1, 1), voxel_mm, perfusion_w_m3_k=flow_w_m3_k, held=held)
    temperature = np.full((n, 1, 1), 37.0)
    temperature[0] = 57.0
    temperature, _ = advance(body, temperature, 3000.0)
    x_mm = np.arange(n) * voxel_mm
    exact = 20.0 * np.exp(-x_mm / depth_mm)
    assert temperature.ravel() - 37.0 == pytest.approx(exact, abs=0.02)


def test_the_same_heat_flows_through_every_layer() -> None:
    """Between held walls the steady flux is dT / sum(L / k), exactly: harmonic means, layers on voxel faces."""
    k = np.concatenate([np.full(8, 0.17), np.full(12, 0.6), np.full(4, 0.3)])
    held = np.zeros((len(k), 2, 2), dtype=bool)
    held[[0, -1]] = True
    whole = np.broadcast_to(k[:, None, None], held.shape)
    body = conductor(1.0, whole, np.full(held.shape, C), held=held)
    start = np.linspace(57.0, 37.0, len(k))
    steady, _ = advance(body, np.broadcast_to(start[:, None, None], held.shape).copy(), 6000.0)
    resistance = (1.0 / k).sum() - 0.5 / k[0] - 0.5 / k[-1]  # walls are voxels' centres
    flux = 20.0 / (resistance * 1e-3)
    between = 2.0 * k[:-1] * k[1:] / (k[:-1] + k[1:])
    assert between * -np.diff(steady[:, 0, 0]) / 1e-3 == pytest.approx(np.full(len(k) - 1, flux), rel=1e-6)


fields = st.integers(0, 2**31)


@settings(max_examples=25, deadline=None)
@given(fields)
def test_no_heat_is_lost_and_no_new_extreme_appears(seed: int) -> None:
    """Random layers, blood, edge, held voxels and source: added = stored + lost + held to 1e-9."""
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, 9, 3))
    held = rng.random(shape) < 0.1
    body = conductor(
        1.0,
        rng.uniform(0.1, 0.6, shape),
        rng.uniform(1e6, 4e6, shape),
        perfusion_w_m3_k=rng.uniform(0.0, 9e3, shape),
        held=held,
        edge_w_m2_k=float(rng.uniform(0.0, 60.0)),
    )
    before = rng.uniform(20.0, 110.0, shape)
    source = np.where(held, 0.0, rng.uniform(0.0, 2e6, shape))
    after, budget = advance(body, before, 30.0, source)
    assert budget.added_j == pytest.approx(float(source.sum()) * 1e-9 * 30.0)
    spent = stored_j(body, before, after) + budget.lost_j + budget.held_j
    scale = budget.added_j + float(np.abs(body.capacity_j_k[~held.ravel()]).sum()) * 90.0
    assert abs(spent - budget.added_j) <= 1e-9 * max(scale, 1e-9)
    assert np.array_equal(after[held], before[held]) or np.allclose(after[held], before[held], atol=1e-12)
    alone, _ = advance(body, before, 30.0)
    assert alone.min() >= min(before.min(), 37.0) - 1e-9
    assert alone.max() <= max(before.max(), 37.0) + 1e-9


def test_how_time_is_cut_hardly_matters() -> None:
    """60 s at once, in 60 calls and in 600: within a thousandth of the rise."""
    n = 16
    start = gaussian(n, 1.0, 4.0)
    body = uniform((n, n, n), perfusion_w_m3_k=5e3, edge_w_m2_k=40.0)
    whole, _ = advance(body, start, 60.0)
    for calls in (60, 600):
        cut = start
        for _ in range(calls):
            cut, _ = advance(body, cut, 60.0 / calls)
        assert np.abs(cut - whole).max() < 1e-3 * (whole.max() - 37.0)


def test_single_precision_gives_the_same_to_a_hundredth_of_a_degree() -> None:
    """What sessions use, against double precision, over ten minutes."""
    n = 20
    start = gaussian(n, 1.0, 9.0)
    fine, _ = advance(uniform((n, n, n), edge_w_m2_k=40.0), start, 600.0)
    fast, _ = advance(uniform((n, n, n), edge_w_m2_k=40.0, precision=np.float32), start.astype(np.float32), 600.0)
    assert fast.dtype == np.float32
    assert np.abs(fast - fine).max() < 0.01


def test_the_same_call_gives_the_same_bits() -> None:
    """No thread, no cache and no earlier call has a say; what was given is left as it was."""
    start = gaussian(12, 1.0, 4.0)
    kept = start.copy()
    body = uniform((12, 12, 12), perfusion_w_m3_k=5e3)
    one, budget = advance(body, start, 7.0, 1e5)
    advance(body, 50.0 + 0.0 * start, 3.0)
    two, again = advance(body, start, 7.0, 1e5)
    assert one.tobytes() == two.tobytes()
    assert budget == again
    assert np.array_equal(start, kept)


def test_nothing_happens_in_no_time() -> None:
    """A duration of 0 changes nothing."""
    start = gaussian(6, 1.0, 4.0)
    after, budget = advance(uniform((6, 6, 6)), start, 0.0)
    assert after == pytest.approx(start, abs=1e-12)
    assert budget == Budget()


def test_senseless_bodies_and_times_are_refused() -> None:
    """Each with what was found."""
    flat = np.full((3, 3, 3), 1.0)
    with pytest.raises(ValueError, match="of one shape"):
        conductor(1.0, flat, flat[:2])
    with pytest.raises(ValueError, match="conductivity must be finite"):
        conductor(1.0, 0.0 * flat, flat)
    with pytest.raises(ValueError, match="capacity must be finite"):
        conductor(1.0, flat, np.nan * flat)
    with pytest.raises(ValueError, match="must be positive"):
        conductor(0.0, flat, flat)
    with pytest.raises(ValueError, match="duration_s"):
        advance(uniform((3, 3, 3)), 37.0 * flat, -1.0)
    with pytest.raises(ValueError, match="the conductor's shape"):
        advance(uniform((3, 3, 3)), 37.0 * flat[:2], 1.0)


@pytest.mark.parametrize("shape", [(9, 7, 5), (1, 1, 1), (1, 7, 2), (2, 1, 1)])
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_spread_is_advance_to_the_bit(shape: tuple[int, int, int], precision: type) -> None:
    """Compiled or not: old recordings hold temperatures."""
    rng = np.random.default_rng(3)
    k, c, w = (rng.uniform(*limits, shape) for limits in ((0.1, 0.6), (1e6, 4e6), (0.0, 5e3)))
    body = conductor(
        1.0, k, c, perfusion_w_m3_k=w, held=rng.random(shape) < 0.1, edge_w_m2_k=45.0, precision=precision
    )
    before = (37.0 + 30.0 * rng.random(shape)).astype(precision)
    for duration_s in (0.0, 0.5, 7.3):
        assert spread(body, before, duration_s).tobytes() == advance(body, before, duration_s)[0].tobytes()
    with pytest.raises(ValueError, match="must not be negative"):
        spread(body, before, -1.0)


@pytest.mark.skipif(not diffusion.COMPILED, reason="numba is not installed")
def test_made_ready_nothing_is_left_to_compile() -> None:
    """As a session spreads heat, in single precision: whoever made ready waits for no compiler."""
    diffusion.make_ready()
    kinds = len(diffusion.diffusion_compiled.heun.signatures)
    cubes = np.ones((5, 4, 3))
    body = diffusion.conductor(0.5, cubes, cubes, perfusion_w_m3_k=1.0, precision=np.float32)
    diffusion.spread(body, cubes.astype(np.float32), 1.0)
    assert len(diffusion.diffusion_compiled.heun.signatures) == kinds


@pytest.mark.skipif(not diffusion.COMPILED, reason="numba is not installed")
def test_making_ready_is_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every case makes ready: in a stiff material a second is millions of steps, seven s to wait."""
    steps = []
    heun = diffusion.diffusion_compiled.heun

    def counted(*given: object) -> None:
        steps.append(given)
        heun(*given)

    monkeypatch.setattr(diffusion.diffusion_compiled, "heun", counted)
    diffusion.make_ready()
    assert len(steps) == 1
