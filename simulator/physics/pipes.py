"""A power-law fluid that fills a network of round pipes from some of its nodes, and what flowing blood draws off.

Pipes are filled as bone is (``filling``): those that are full conduct, the front in a pipe that is not is at
ambient pressure, and the resistance of a filled stretch is that of Hagen and Poiseuille (power law: Rabinowitsch
and Mooney, see ``cannula``). What fills a pipe goes on into the pipes behind its far node. Blood, 0.004 Pa.s,
costs no pressure.

In a pipe wider than those it came out of, cement lies as a strand that blood flows past, and is through when the
strand is; the strand slides on blood, so that the wall's resistance still counts for the whole pipe.

Flowing blood does two things. It sweeps cement along: out of a pipe that it comes from, while more blood than
cement passes the place. And it draws the front out into a thread: its shear stress at the wall, 4 mu Q / (pi r^3),
pulls over the length L of a strand of radius a, which resists with its extensional viscosity, three times the
shear viscosity (Trouton 1906)::

    3 K e^n = 2 tau L / a,      drawn = pi a^2 L e,      e = rate of extension

Thin cement is drawn off as fast as it comes once some length of it lies in the stream; thick cement holds. That
this balance decides what is carried to the lungs is our model, *unconfirmed*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.physics.cannula import PowerLaw

BLOOD_PA_S = 0.0035
"""Viscosity of blood in veins (textbook; unconfirmed)."""
_FULL = 1.0 - 1e-9
_TOLERANCE, _MOST_ROUNDS = 1e-4, 60
_PORTIONS = 200  # fillings of pipes within one call, at most


@dataclass(frozen=True, eq=False)
class Network:
    """Pipes between numbered nodes.

    start, end   (n,) nodes of each pipe
    length_m, radius_m   (n,)
    blood_m3_s   (n,) flow of blood from start to end, negative the other way
    sinks        nodes that stay at ambient pressure: what arrives there is carried away
    slip_m       slip length b at the wall: the fluid moves there at b times its shear rate (Navier); 0 = it sticks
    widest_m     radius of the strand that fluid lies in where a pipe is wider; infinite: it fills every pipe.
                 An array (n,) gives each pipe its own
    """

    start: NDArray[np.intp]
    end: NDArray[np.intp]
    length_m: NDArray[np.float64]
    radius_m: NDArray[np.float64]
    blood_m3_s: NDArray[np.float64]
    sinks: frozenset[int] = frozenset()
    slip_m: float = 0.0
    widest_m: float | NDArray[np.float64] = math.inf

    def __post_init__(self) -> None:
        if not (np.all(self.length_m > 0.0) and np.all(self.radius_m > 0.0)):
            raise ValueError("pipes need a length and a radius above 0")

    @cached_property
    def nodes(self) -> int:
        """How many numbers nodes take up."""
        return int(max(self.start.max(), self.end.max(), *self.sinks, 0)) + 1

    @cached_property
    def is_sink(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(n,) whether pipes start and whether they end at a sink."""
        sinks = np.array(sorted(self.sinks), dtype=np.intp)
        return np.isin(self.start, sinks), np.isin(self.end, sinks)

    @cached_property
    def passing_m3_s(self) -> NDArray[np.float64]:
        """Blood that pipes bring to each node."""
        comes = np.zeros(self.nodes)
        np.add.at(comes, self.end, np.maximum(self.blood_m3_s, 0.0))
        np.add.at(comes, self.start, np.maximum(-self.blood_m3_s, 0.0))
        return comes

    @cached_property
    def strand_m(self) -> NDArray[np.float64]:
        """(n,) radius of the fluid in each pipe."""
        return np.minimum(self.radius_m, self.widest_m)

    @cached_property
    def room_m3(self) -> NDArray[np.float64]:
        """What each pipe holds when fluid lies in it from end to end."""
        return np.pi * self.strand_m**2 * self.length_m


@dataclass(frozen=True, eq=False)
class Plugs:
    """Fluid in the pipes: (n,) m3 at their start and at their end (a full one: together its room), and the nodes
    that it has reached."""

    at_start_m3: NDArray[np.float64]
    at_end_m3: NDArray[np.float64]
    wet: frozenset[int] = frozenset()

    @classmethod
    def none(cls, network: Network) -> Plugs:
        """Empty pipes."""
        nothing = np.zeros(len(network.start))
        return cls(nothing, nothing)

    @property
    def volume_m3(self) -> NDArray[np.float64]:
        """In each pipe."""
        return self.at_start_m3 + self.at_end_m3


@dataclass(frozen=True, eq=False)
class Flow:
    """Steady flow. into_start_m3_s, into_end_m3_s (n,): into each pipe at its ends (a full one passes on what
    enters, so one is the other's negative); pressure_pa by wet node; into_sinks_m3_s (n,): what a full pipe
    delivers to a sink."""

    into_start_m3_s: NDArray[np.float64]
    into_end_m3_s: NDArray[np.float64]
    pressure_pa: Mapping[int, float]
    into_sinks_m3_s: NDArray[np.float64]


def steady_flow(network: Network, plugs: Plugs, fluid: PowerLaw, inflow_m3_s: Mapping[int, float]) -> Flow:
    """The flow while fluid enters at nodes (m3/s, at least one above 0).

    Nodes it enters at count as wet. A node with no way on has infinite pressure, and its inflow goes nowhere.
    """
    wet = sorted((plugs.wet | {n for n, q in inflow_m3_s.items() if q > 0.0}) - network.sinks)
    row_of = np.full(network.nodes, -1, dtype=np.intp)
    row_of[wet] = np.arange(len(wet))
    full = plugs.volume_m3 >= _FULL * network.room_m3
    area = np.pi * network.strand_m**2
    supply = np.array([inflow_m3_s.get(node, 0.0) for node in wet])
    most = float(supply.sum())
    at = (row_of[network.start], row_of[network.end])
    wet_or_sink = [(rows >= 0) | sink for rows, sink in zip(at, network.is_sink, strict=True)]
    # Stretches of fluid that conduct: pipe, wet row, row behind it or -1 at ambient pressure, length, direction.
    through = np.flatnonzero(full & wet_or_sink[0] & wet_or_sink[1] & ((at[0] >= 0) | (at[1] >= 0)))
    forward = at[0][through] >= 0
    index, near = [through], [np.where(forward, at[0][through], at[1][through])]
    far, length = [np.where(forward, at[1][through], -1)], [network.length_m[through]]
    signs = [np.where(forward, 1, -1)]
    for rows, held, sign in ((at[0], plugs.at_start_m3, 1), (at[1], plugs.at_end_m3, -1)):
        nodes = network.start if sign > 0 else network.end
        kept_out = (held == 0.0) & (sign * network.blood_m3_s < 0.0) & (network.passing_m3_s[nodes] > most)
        fronts = np.flatnonzero(~full & (rows >= 0) & ~kept_out)
        index.append(fronts)
        near.append(rows[fronts])
        far.append(np.full(len(fronts), -1, dtype=np.intp))
        length.append(np.maximum(held[fronts] / area[fronts], network.radius_m[fronts]))
        signs.append(np.full(len(fronts), sign))
    return _flow(
        network, fluid, full, wet, supply, *(np.concatenate(v) for v in (index, near, far, length, signs))
    )


def _flow(
    network: Network,
    fluid: PowerLaw,
    full: NDArray[np.bool_],
    wet: list[int],
    supply: NDArray,
    index: NDArray[np.intp],
    near: NDArray[np.intp],
    far: NDArray[np.intp],
    length: NDArray,
    signs: NDArray,
) -> Flow:
    """The flow through stretches (s,) of fluid: see ``steady_flow``."""
    reached = _with_a_way_out(near, far, len(wet))
    used = reached[near]
    index, near, far, length, signs = index[used], near[used], far[used], length[used], signs[used]
    pressure, flow = _solved(network, fluid, index, near, far, length, np.where(reached, supply, 0.0), reached)
    into_start, into_end, into_sinks = (np.zeros(len(full)) for _ in range(3))
    passing = full[index]
    np.add.at(into_start, index, np.where(signs > 0, flow, np.where(passing, -flow, 0.0)))
    np.add.at(into_end, index, np.where(signs < 0, flow, np.where(passing, -flow, 0.0)))
    np.add.at(into_sinks, index[passing & (far < 0)], flow[passing & (far < 0)])
    heads = {node: float(pressure[n]) if reached[n] else math.inf for n, node in enumerate(wet)}
    return Flow(into_start, into_end, heads, into_sinks)


def _with_a_way_out(one: NDArray[np.intp], other: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    """Which rows are joined, over however many stretches, to ambient pressure."""
    out = np.zeros(count, dtype=bool)
    out[one[other < 0]] = True
    inner = [(int(a), int(b)) for a, b in zip(one, other, strict=True) if b >= 0]
    for _ in range(count):
        for a, b in inner:
            out[a] = out[b] = out[a] or out[b]
    return out


def _solved(
    network: Network,
    fluid: PowerLaw,
    index: NDArray[np.intp],
    one: NDArray[np.intp],
    other: NDArray[np.intp],
    length_m: NDArray,
    supply: NDArray,
    reached: NDArray[np.bool_],
) -> tuple[NDArray, NDArray]:
    """Pressure of each row and flow through each stretch: viscosities follow the flow until it settles."""
    count, n = len(supply), fluid.exponent
    pressure, flow = np.zeros(count), np.zeros(len(index))
    if len(index) == 0 or supply.sum() <= 0.0:
        return pressure, flow
    radius = network.radius_m[index]
    least = 1e-9 * float(supply.sum())
    guess = np.full(len(index), float(supply.sum()) / len(index))
    inner = other >= 0
    a, b = one[inner], other[inner]
    diagonal, alone = np.arange(count) * (count + 1), np.where(reached, 0.0, 1.0)
    places = np.concatenate([diagonal, one * (count + 1), b * (count + 1), a * count + b, b * count + a])
    for _ in range(_MOST_ROUNDS):
        rate = np.maximum(np.abs(guess), least) / (
            np.pi * radius**3 * (n / (3.0 * n + 1.0) + network.slip_m / radius)
        )
        ease = np.maximum(np.abs(guess), least) * radius / (2.0 * fluid.consistency_pa_s_n * rate**n * length_m)
        weights = np.concatenate([alone, ease, ease[inner], -ease[inner], -ease[inner]])
        pressure = np.linalg.solve(np.bincount(places, weights, count * count).reshape(count, count), supply)
        flow = ease * (pressure[one] - np.where(inner, pressure[other], 0.0))
        if np.abs(flow - guess).sum() <= _TOLERANCE * supply.sum():
            break
        guess = flow
    return pressure, flow


def drawn_m3_s(network: Network, plugs: Plugs, fluid: PowerLaw) -> NDArray[np.float64]:
    """(n,) flow that blood can draw off the front of the fluid in each pipe: 0 where it flows the other way, or
    the pipe is full."""
    held = np.where(network.blood_m3_s > 0.0, plugs.at_start_m3, plugs.at_end_m3)
    held = np.where(plugs.volume_m3 >= _FULL * network.room_m3, 0.0, held)
    a = network.strand_m
    length = held / (np.pi * a**2)
    stress = 4.0 * BLOOD_PA_S * np.abs(network.blood_m3_s) / (np.pi * network.radius_m**3)
    extension = (2.0 * stress * length / (3.0 * fluid.consistency_pa_s_n * a)) ** (1.0 / fluid.exponent)
    return np.pi * a**2 * length * extension


def filled(
    network: Network, plugs: Plugs, fluid: PowerLaw, inflow_m3_s: Mapping[int, float], duration_s: float
) -> tuple[Plugs, NDArray[np.float64], float, Mapping[int, float]]:
    """The plugs a moment later, what blood has carried off (n,) by the pipe it left, what found no room, m3, and
    the last pressure at wet nodes, Pa.

    Volume is conserved: inflow = what plugs gained + carried + no room.
    """
    if any(node in network.sinks for node in inflow_m3_s):
        raise ValueError("fluid may not enter the network at a sink")
    inflow_m3_s = {node: flow for node, flow in inflow_m3_s.items() if flow > 0.0}
    total, left_s, no_room = sum(inflow_m3_s.values()), duration_s, 0.0
    carried, room = np.zeros(len(network.start)), network.room_m3
    plugs = replace(plugs, wet=plugs.wet | frozenset(inflow_m3_s))
    pressure: Mapping[int, float] = {}
    for _ in range(_PORTIONS):
        if left_s <= 0.0 or total <= 0.0:
            return plugs, carried, no_room, pressure
        flow = steady_flow(network, plugs, fluid, inflow_m3_s)
        pressure = flow.pressure_pa
        placed = total - sum(inflow_m3_s.get(n, 0.0) for n, p in flow.pressure_pa.items() if math.isinf(p))
        open_ = plugs.volume_m3 < _FULL * room
        into_a, into_b = (np.where(open_, f, 0.0) for f in (flow.into_start_m3_s, flow.into_end_m3_s))
        off = np.minimum(np.where(open_, drawn_m3_s(network, plugs, fluid), 0.0),
                         np.where(network.blood_m3_s > 0.0, into_a, into_b))  # fmt: skip
        gain = into_a + into_b - off
        with np.errstate(divide="ignore"):
            until = np.where(gain > 0.0, (room - plugs.volume_m3) / np.where(gain > 0.0, gain, 1.0), math.inf)
        step_s = min(left_s, float(until.min(initial=math.inf)))
        a_off = np.where(network.blood_m3_s > 0.0, off, 0.0)
        at_start = plugs.at_start_m3 + step_s * (into_a - a_off)
        at_end = plugs.at_end_m3 + step_s * (into_b - (off - a_off))
        carried += step_s * (off + flow.into_sinks_m3_s)
        no_room += step_s * (total - placed)
        now_full = open_ & (until <= step_s * (1.0 + 1e-12))
        ends = {int(n) for n in (*network.start[now_full], *network.end[now_full])} - network.sinks
        plugs = Plugs(at_start, at_end, plugs.wet | ends)
        left_s -= step_s
    return plugs, carried, no_room + left_s * total, pressure
