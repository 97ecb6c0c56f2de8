"""Cement: its clock, what an injector can push, and one account of every millilitre."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.devices import bone_medium, cement
from simulator.devices.bone_medium import Injector
from simulator.devices.cement import PRODUCTS, Batch, aged, injected, is_set, viscosity_pa_s, without_cannula
from simulator.devices.ground import GroundNow
from simulator.devices.needle import Needle
from simulator.engine.case import Case
from simulator.physics.filling import Filling
from simulator.physics.porous_medium import PorousMedium


@pytest.fixture(scope="module")
def now(case: Case) -> GroundNow:
    """The fractured body as found."""
    return case.ground.at(1.0)


@pytest.fixture(scope="module")
def needle(case: Case) -> Needle:
    """A cannula whose tip lies at the planned target."""
    corridor = case.patient.corridors["right"]
    depth = float(np.linalg.norm(corridor.target_mm - corridor.skin_mm))
    x, y, z = (float(c) for c in corridor.direction)
    skin = tuple(float(c) for c in corridor.target_mm - depth * np.array((x, y, z)))
    return Needle("right", 11, (skin[0], skin[1], skin[2]), (x, y, z), depth, 30.0, stylet=False)


def bone(now: GroundNow, *, cavity: np.ndarray | None = None, viscosity: float = 100.0) -> PorousMedium:
    """The body as cement meets it, with a cavity or without."""
    cavity = np.zeros(now.grid.shape, dtype=np.float32) if cavity is None else cavity
    channels = np.zeros(now.grid.shape, dtype=bool)
    return bone_medium.medium(now, now.mineral * (1.0 - cavity), cavity, channels, viscosity, "syringe")


def batch(now: GroundNow, minutes: float, product: str = "low viscosity") -> Batch:
    """Cement mixed some minutes ago at 22 C, about to be injected at 6 ml/min."""
    endless = 1000.0
    fresh = Batch(
        Filling.empty(now.grid.shape),
        mixed_tick=0,
        side="right",
        wanted_ml_s=0.1,
        mixed_ml=endless,
        loaded_ml=endless,
    )
    return aged(fresh, PRODUCTS[product], 22.0, 60.0 * minutes)  # type: ignore[index]


def run(start: Batch, needle: Needle, medium: PorousMedium, now: GroundNow, seconds: float,
        injector: Injector = "syringe") -> tuple[Batch, list[str]]:  # fmt: skip
    """The batch after injecting for a while, and why it stopped if it did."""
    why = []
    for _ in range(round(seconds * 10)):
        start, done = injected(start, PRODUCTS["low viscosity"], needle, medium, now, injector, 0.1)
        why += [done.blocked] if done.blocked is not None else []
    return start, why


@pytest.mark.parametrize("product", PRODUCTS)
def test_viscosity_rises_with_time_and_faster_when_warm(product: cement.Product) -> None:
    """Minute by minute thicker; at 25 C thicker than at 19 C of the same age; and in the end it is set."""
    start = Batch(Filling.empty((1, 1, 1)), mixed_tick=0)
    course = {}
    for temperature in (19.0, 25.0):
        now, course[temperature] = start, []
        for _ in range(40):
            now = aged(now, PRODUCTS[product], temperature, 60.0)
            course[temperature].append(viscosity_pa_s(now, PRODUCTS[product]))
    assert course[19.0] == sorted(course[19.0])
    assert all(warm >= cool for cool, warm in zip(course[19.0], course[25.0], strict=True))
    assert course[25.0][4] > course[19.0][4]
    assert not is_set(start, PRODUCTS[product])
    assert is_set(now, PRODUCTS[product])


def test_cement_that_was_not_mixed_does_not_age() -> None:
    """The clock starts with mixing."""
    dry = Batch(Filling.empty((1, 1, 1)))
    assert aged(dry, PRODUCTS["low viscosity"], 22.0, 600.0) is dry


def test_the_bore_fills_before_bone_does(needle: Needle, now: GroundNow) -> None:
    """The first 0.56 ml of an 11 G cannula stay in it; then all goes on into bone."""
    medium = bone(now)
    assert needle.bore_ml == pytest.approx(np.pi * 1.194**2 * 125.0 / 1000.0)
    half, _ = run(batch(now, 6.0), needle, medium, now, 5.0)
    assert half.bore_ml[1] == pytest.approx(0.5)
    assert half.filling.total_ml == 0.0
    more, _ = run(half, needle, medium, now, 5.0)
    assert more.bore_ml == (0.0, pytest.approx(needle.bore_ml))
    assert more.filling.total_ml + more.backflow_ml == pytest.approx(1.0 - needle.bore_ml, abs=1e-9)


@pytest.mark.parametrize("injector", ["syringe", "screw", "fillers"])
def test_every_millilitre_has_a_place(needle: Needle, now: GroundNow, injector: Injector) -> None:
    """Injected = in the bore + in the filling, to a millionth, whatever pushes; fillers bring their own."""
    after, why = run(batch(now, 6.0), replace(needle, drilled_mm=6.0), bone(now), now, 20.0, injector)
    assert not why
    assert after.injected_ml == pytest.approx(2.0, abs=1e-9)
    kept = sum(after.bore_ml) + after.filling.total_ml + after.backflow_ml
    assert kept == pytest.approx(after.injected_ml, abs=1e-9)
    assert after.loaded_ml + after.injected_ml == pytest.approx(after.mixed_ml, abs=1e-9)
    assert (sum(after.bore_ml) == 0.0) == (injector == "fillers")
    assert after.flow_ml_s == pytest.approx(0.1)


def test_a_cavity_fills_first(needle: Needle, now: GroundNow) -> None:
    """Cement follows a tunnel of 3 mm radius that leads away from the mouth, instead of spreading around.

    Measured: 91 % lie in it (45 % where it resists like bone); the front is 9.7 mm away, a ball's would be 5.
    """
    centres = np.stack(np.meshgrid(*(a.ravel() for a in now.grid.axes_mm()), indexing="ij"), axis=-1)
    away = centres - (needle.tip_mm + 1.0 * needle.axis)
    along, aside = -away[..., 0], np.hypot(away[..., 1], away[..., 2])
    tunnel = (along > -3.0) & (along < 16.0) & (aside < 3.0) & (now.body_mm < -1.0)
    cavity = tunnel.astype(np.float32)
    room = float(cavity.sum()) * now.grid.voxel_ml
    assert room > 0.35
    after, _ = run(batch(now, 6.0), needle, bone(now, cavity=cavity), now, round(0.8 * room / 0.1, 1), "fillers")
    cement_ml = after.filling.on_grid()
    assert float(cement_ml[tunnel].sum()) > 0.85 * after.filling.total_ml
    assert float(along[cement_ml > 0.3 * now.grid.voxel_ml].max()) > 8.0


def test_set_cement_does_not_flow(needle: Needle, now: GroundNow) -> None:
    """Nothing moves, and the reason is said."""
    old = replace(batch(now, 0.0), cure=0.75)
    after, why = run(old, needle, bone(now), now, 0.2)
    assert set(why) == {"set"}
    assert after.injected_ml == 0.0


def test_a_syringe_cannot_push_what_a_screw_can(needle: Needle, now: GroundNow) -> None:
    """At 11 min, the bore full, the syringe's 2 MPa gives less flow than the screw's 6 MPa, and both stay within
    their limit."""
    flows = {}
    for injector in ("syringe", "screw"):
        thick = bone(now, viscosity=1300.0)
        after, _ = run(batch(now, 11.0), needle, thick, now, 14.0, injector)  # type: ignore[arg-type]
        flows[injector] = after.flow_ml_s
        assert after.pressure_kpa <= cement.PRESSURE_LIMIT_KPA[injector] * (1.0 + 1e-6)  # type: ignore[index]
    assert flows["screw"] > 1.5 * flows["syringe"]


def test_full_bone_takes_no_more(needle: Needle, now: GroundNow) -> None:
    """Where no pore is left within reach the injection is blocked as full, and nothing is lost."""
    sealed = np.where(now.body_mm < -1.0, np.float32(0.1), np.float32(10.0))
    small = replace(now, label=np.ones_like(now.label), hole=np.zeros_like(now.hole))
    around = np.linalg.norm(
        np.stack(np.meshgrid(*(a.ravel() for a in now.grid.axes_mm()), indexing="ij"), axis=-1) - needle.tip_mm,
        axis=-1,
    )
    medium = bone(replace(small, mineral=sealed, mouth=None))
    medium = PorousMedium(medium.voxel_mm, np.where(around < 4.0, medium.pore_ml, 0.0), medium.permeability_m2)
    after, why = run(batch(now, 6.0), needle, medium, small, 12.0, "fillers")
    assert why[-1] == "full"
    assert after.filling.total_ml + after.backflow_ml == pytest.approx(after.injected_ml, abs=1e-9)
    assert after.filling.total_ml == pytest.approx(float(medium.pore_ml.sum()), rel=1e-6)


def test_a_cannula_taken_out_takes_its_cement_along(now: GroundNow) -> None:
    """What its bore held has come back; the other side and the sum are as they were."""
    full = replace(batch(now, 6.0), bore_ml=(0.2, 0.5), injected_ml=0.7)
    out = without_cannula(full, "right")
    assert out.bore_ml == (0.2, 0.0)
    assert out.backflow_ml == pytest.approx(0.5)
    assert without_cannula(out, "right") is out


def test_a_drill_opens_the_voxels_it_passes(needle: Needle, now: GroundNow) -> None:
    """As many as the channel is long, all on its axis, none without a drill."""
    assert not cement.channel_voxels(now, needle).any()
    drilled = replace(needle, depth_mm=needle.depth_mm - 15.0, drilled_mm=12.0)
    opened = np.argwhere(cement.channel_voxels(now, drilled))
    assert 12 <= len(opened) <= 26
    points = now.grid.patient_from_voxel[:3, 3] + opened * now.grid.voxel_mm
    along = (points - drilled.tip_mm) @ drilled.axis
    aside = np.linalg.norm(points - drilled.tip_mm - along[:, None] * drilled.axis, axis=1)
    assert aside.max() < 0.9 * now.grid.voxel_mm[0]
    assert along.min() > -1.0
    assert along.max() < 13.0
