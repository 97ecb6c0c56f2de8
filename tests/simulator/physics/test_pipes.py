"""Networks of pipes against closed forms: series, parallel, power law, what blood draws off."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.physics.cannula import Bore, PowerLaw, pressure_drop_pa
from simulator.physics.pipes import BLOOD_PA_S, Network, Plugs, drawn_m3_s, filled, steady_flow

THIN, THICK = PowerLaw(50.0), PowerLaw(800.0, 0.5)
ML = 1e-6


def network(*pipes: tuple[int, int, float, float], blood: float = 0.0, sinks: tuple[int, ...] = ()) -> Network:
    """Pipes as (start, end, length in mm, diameter in mm)."""
    start, end, length, diameter = np.array(pipes).T
    flow = np.full(len(pipes), blood)
    return Network(start.astype(int), end.astype(int), length * 1e-3, diameter * 0.5e-3, flow, frozenset(sinks))


def full(net: Network, wet: tuple[int, ...]) -> Plugs:
    return Plugs(net.room_m3, np.zeros(len(net.start)), frozenset(wet))


@pytest.mark.parametrize("fluid", [THIN, THICK, PowerLaw(300.0, 0.4)])
def test_pipes_in_series_add_their_pressures(fluid: PowerLaw) -> None:
    net = network((0, 1, 20.0, 2.0), (1, 2, 15.0, 3.0), sinks=(2,))
    flow = steady_flow(net, full(net, (0, 1)), fluid, {0: 2e-9})
    one, other = (pressure_drop_pa([Bore(length, d)], fluid, 2e-3) for length, d in ((20.0, 2.0), (15.0, 3.0)))
    assert flow.pressure_pa[1] == pytest.approx(other, rel=1e-3)
    assert flow.pressure_pa[0] == pytest.approx(one + other, rel=1e-3)
    assert flow.into_sinks_m3_s[1] == pytest.approx(2e-9, rel=1e-4)


@pytest.mark.parametrize("n", [1.0, 0.6, 0.4])
def test_parallel_pipes_share_by_radius(n: float) -> None:
    """At equal pressure and length a power-law fluid flows as r^(3 + 1/n)."""
    net = network((0, 1, 20.0, 2.0), (0, 1, 20.0, 3.0), sinks=(1,))
    flow = steady_flow(net, full(net, (0,)), PowerLaw(200.0, n), {0: 2e-9})
    ratio = flow.into_start_m3_s[1] / flow.into_start_m3_s[0]
    assert ratio == pytest.approx(1.5 ** (3.0 + 1.0 / n), rel=2e-3)


def test_slip_at_the_wall_eases_the_flow_as_navier_says() -> None:
    """Newtonian: by 1 + 4 b / r."""
    net = network((0, 1, 20.0, 2.0), sinks=(1,))
    slippery = replace(net, slip_m=0.5e-3)
    sticks, slips = (steady_flow(n, full(n, (0,)), THIN, {0: 2e-9}).pressure_pa[0] for n in (net, slippery))
    assert sticks / slips == pytest.approx(1.0 + 4.0 * 0.5, rel=1e-6)


def test_a_front_in_a_pipe_slows_down_as_washburn_would_have_it() -> None:
    """Two equal empty pipes fill alike; a pipe half as long to go on from is not favoured before it is full."""
    net = network((0, 1, 20.0, 2.0), (0, 2, 40.0, 2.0), (1, 3, 50.0, 2.0), sinks=(2, 3))
    plugs, carried, lost, _ = filled(net, Plugs.none(net), THIN, {0: 0.02 * ML}, 2.0)
    assert plugs.at_start_m3[0] == pytest.approx(plugs.at_start_m3[1])
    assert (carried.sum(), lost) == (0.0, 0.0)
    plugs, _, _, _ = filled(net, plugs, THIN, {0: 0.02 * ML}, 5.0)
    assert plugs.volume_m3[0] == pytest.approx(net.room_m3[0])
    assert plugs.volume_m3[2] > 0.0
    # Behind the full pipe the front is as far from the node as in the other: the same pressure gradient, the same
    # way.
    assert plugs.volume_m3[0] + plugs.volume_m3[2] == pytest.approx(plugs.volume_m3[1], rel=0.01)


def test_what_reaches_a_sink_is_carried_away() -> None:
    net = network((0, 1, 10.0, 2.0), sinks=(1,))
    plugs, carried, lost, _ = filled(net, Plugs.none(net), THIN, {0: 0.01 * ML}, 10.0)
    assert plugs.volume_m3[0] == pytest.approx(net.room_m3[0])
    assert carried[0] == pytest.approx(0.1 * ML - net.room_m3[0])
    assert lost == 0.0


def test_cement_goes_with_the_blood_not_against_it() -> None:
    """At a junction the pipe that blood comes from stays empty while more blood comes than cement."""
    both = network((0, 1, 20.0, 2.0), (2, 0, 20.0, 2.0), blood=0.1 * ML, sinks=(1, 2))
    plugs, _, _, _ = filled(both, Plugs.none(both), THICK, {0: 0.02 * ML}, 1.0)
    assert plugs.volume_m3[1] == 0.0
    assert plugs.volume_m3[0] > 0.0
    plugs, _, _, _ = filled(both, Plugs.none(both), THICK, {0: 0.2 * ML}, 0.1)
    assert plugs.volume_m3[1] > 0.0


def test_blood_that_passes_sweeps_cement_past_a_side_branch() -> None:
    """Little blood comes out of the branch, less than cement, but much goes by: the branch stays empty."""
    net = network((0, 1, 20.0, 2.0), (2, 0, 20.0, 2.0), (3, 0, 20.0, 2.0), sinks=(1, 2, 3))
    net = replace(net, blood_m3_s=np.array([0.101, 0.001, 0.1]) * ML)
    plugs, _, _, _ = filled(net, Plugs.none(net), THICK, {0: 0.02 * ML}, 1.0)
    assert plugs.volume_m3[1] == plugs.volume_m3[2] == 0.0
    assert plugs.volume_m3[0] == pytest.approx(0.02 * ML)


def test_blood_draws_a_thread_as_its_stress_and_trouton_say() -> None:
    net = network((0, 1, 20.0, 2.0), blood=0.2 * ML, sinks=(1,))
    plugs = Plugs(0.5 * net.room_m3, np.zeros(1), frozenset({0}))
    stress = 4.0 * BLOOD_PA_S * 0.2 * ML / (math.pi * 1e-9)
    extension = 2.0 * stress * 10e-3 / (3.0 * 50.0 * 1e-3)
    assert drawn_m3_s(net, plugs, THIN)[0] == pytest.approx(math.pi * 1e-6 * 10e-3 * extension)
    against = network((0, 1, 20.0, 2.0), blood=-0.2 * ML, sinks=(1,))
    assert drawn_m3_s(against, plugs, THIN)[0] == 0.0


def test_a_strand_is_through_before_the_pipe_is_full() -> None:
    """In a pipe three times as wide as the strand, after a ninth of its volume; the narrow pipe before it is
    full."""
    wide = network((0, 1, 10.0, 1.0), (1, 2, 20.0, 3.0), sinks=(2,))
    strand = replace(wide, widest_m=0.5e-3)
    assert strand.room_m3[0] == pytest.approx(wide.room_m3[0])
    assert strand.room_m3[1] == pytest.approx(wide.room_m3[1] / 9.0)
    plugs, carried, _, _ = filled(strand, Plugs.none(strand), THIN, {0: 0.01 * ML}, 4.0)
    assert plugs.volume_m3.sum() == pytest.approx(strand.room_m3.sum())
    assert carried.sum() == pytest.approx(0.04 * ML - strand.room_m3.sum())


def test_blood_draws_more_off_a_thin_strand() -> None:
    """Of the same volume: it is longer, and there is less of it to resist, to the third power together."""
    net = network((0, 1, 20.0, 2.0), blood=0.2 * ML, sinks=(1,))
    thin = replace(net, widest_m=0.5e-3)
    plugs = Plugs(0.2 * net.room_m3, np.zeros(1), frozenset({0}))
    assert drawn_m3_s(thin, plugs, THIN)[0] == pytest.approx(8.0 * drawn_m3_s(net, plugs, THIN)[0])


def test_the_thicker_the_cement_the_less_is_carried_off() -> None:
    net = network((0, 1, 80.0, 2.6), blood=0.2 * ML, sinks=(1,))
    lost = []
    for viscosity in (5.0, 20.0, 100.0, 1000.0):
        plugs, off = Plugs.none(net), 0.0
        for _ in range(80):
            plugs, carried, _, _ = filled(net, plugs, PowerLaw(viscosity), {0: 0.005 * ML}, 0.5)
            off += float(carried.sum())
        lost.append(off)
    assert lost == sorted(lost, reverse=True)
    assert lost[0] > 5.0 * lost[-1]


def test_a_sealed_network_gives_back_what_it_cannot_hold() -> None:
    net = network((0, 1, 10.0, 2.0))
    plugs, _, lost, _ = filled(net, Plugs.none(net), THIN, {0: 0.01 * ML}, 10.0)
    assert lost == pytest.approx(0.1 * ML - net.room_m3[0])
    assert steady_flow(net, plugs, THIN, {0: 1e-9}).pressure_pa[0] == math.inf
    with pytest.raises(ValueError, match="sink"):
        filled(network((0, 1, 10.0, 2.0), sinks=(0,)), plugs, THIN, {0: 1e-9}, 1.0)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 1.0), st.floats(5.0, 2000.0))
def test_nothing_is_lost_in_any_network(seed: int, n: float, consistency: float) -> None:
    """Random trees with loops, random blood: inflow = held + carried + no room, and no pipe is too full."""
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(3, 8))
    pipes = [(int(rng.integers(0, k)), k, *rng.uniform((4.0, 1.0), (40.0, 4.0))) for k in range(1, nodes)]
    pipes += [(0, nodes - 1, 12.0, 1.5)]
    net = network(*pipes, sinks=(nodes - 1,) if rng.random() < 0.7 else ())
    net = Network(net.start, net.end, net.length_m, net.radius_m, rng.normal(0.0, 0.1 * ML, len(pipes)), net.sinks)
    plugs, put = Plugs.none(net), 0.0
    carried = np.zeros(len(pipes))
    lost = 0.0
    for _ in range(12):
        inflow = {0: float(rng.uniform(0.0, 0.05)) * ML, 1: float(rng.uniform(0.0, 0.02)) * ML}
        inflow = {node: q for node, q in inflow.items() if node not in net.sinks}
        plugs, off, none, _ = filled(net, plugs, PowerLaw(consistency, n), inflow, 1.5)
        carried, lost, put = carried + off, lost + none, put + 1.5 * sum(inflow.values())
        assert plugs.volume_m3.sum() + carried.sum() + lost == pytest.approx(put, rel=1e-6)
        assert np.all(plugs.volume_m3 <= net.room_m3 * (1.0 + 1e-9))
        assert min(plugs.at_start_m3.min(), plugs.at_end_m3.min(), carried.min()) >= -1e-18
