"""Cement as a finite thing: bowl, injector, force, cures by place, the stylet, the way back along the cannula."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomy.tissue import ZIRCONIA
from simulator.devices import cement, cement_stream
from simulator.devices.bone_medium import Injector
from simulator.devices.cement import Batch
from simulator.devices.cement_products import CEMENTS, CementProduct, Product, material_of, opacity
from simulator.devices.cement_stream import BODY_C, Stream
from simulator.devices.ground import GroundNow
from simulator.devices.injectors import INJECTORS
from simulator.devices.needle import Needle
from simulator.engine.case import Case
from simulator.imaging.beam.attenuation import opacified_pmma
from simulator.physics import cure
from simulator.physics.filling import Filling
from simulator.physics.porous_medium import PorousMedium, permeability_m2

KINETICS = cure.HIGH_VISCOSITY.kinetics


@pytest.fixture(scope="module")
def now(case: Case) -> GroundNow:
    """The fractured body as found: here only its grid counts."""
    return case.ground.at(1.0)


@pytest.fixture(scope="module")
def bone(now: GroundNow) -> PorousMedium:
    """Uniform bone on the region grid."""
    pore = np.full(now.grid.shape, 0.8e-3)
    return PorousMedium(1.0, pore, np.full(pore.shape, float(permeability_m2(0.88))))


@pytest.fixture(scope="module")
def needle(now: GroundNow) -> Needle:
    """An 11 G cannula with its tip in the middle of the grid."""
    middle = now.grid.patient_from_voxel[:3, 3] + 0.5 * np.array(now.grid.shape)
    skin = (float(middle[0]), float(middle[1]) - 80.0, float(middle[2]))
    return Needle("right", 11, skin, (0.0, 1.0, 0.0), 80.0, 30.0, stylet=False)


def ready(now: GroundNow, injector: Injector, minutes: float, product: Product = "high viscosity") -> Batch:
    """A batch of ten ml mixed some minutes ago at 21 C, the injector loaded, being injected at 3 ml/min."""
    batch = cement.loaded(cement.mixed(Batch(Filling.empty(now.grid.shape)), 10.0, 0, 0), injector)
    batch = cement.aged(batch, CEMENTS[product].flow, 21.0, 60.0 * minutes)
    return replace(batch, side="right", wanted_ml_s=0.05)


def accounted(batch: Batch) -> None:
    """Both accounts, to 1e-9 ml."""
    made = batch.bowl_ml + batch.loaded_ml + batch.injected_ml + batch.wasted_ml
    assert made == pytest.approx(batch.mixed_ml, abs=1e-9)
    kept = sum(batch.bore_ml) + batch.filling.total_ml + batch.backflow_ml
    assert kept == pytest.approx(batch.injected_ml, abs=1e-9)
    assert min(batch.bowl_ml, batch.loaded_ml, batch.wasted_ml, *batch.bore_ml, batch.backflow_ml) >= 0.0


@settings(max_examples=12, deadline=None)
@given(
    injector=st.sampled_from(get_args(Injector)),
    levered_deg=st.sampled_from((0.0, 2.5)),
    orders=st.lists(st.sampled_from(("flow", "flow", "force", "stylet", "load", "drop", "out")), max_size=10),
)
def test_every_millilitre_is_accounted_for_at_every_tick(
    now: GroundNow, bone: PorousMedium, needle: Needle, injector: Injector, levered_deg: float, orders: list[str]
) -> None:
    """Whatever hands do, in whatever order: mixed and injected are the sums of their parts."""
    product = CEMENTS["low viscosity"].flow
    batch, needle = ready(now, injector, 6.0, "low viscosity"), replace(needle, levered_deg=levered_deg)
    for order in orders:
        batch = cement.at_rest(batch)
        if order == "load":
            batch = cement.loaded(batch, injector)
        elif order == "drop":
            batch = cement.wasted(batch, 0.05)
        elif order == "out":
            batch = cement.without_cannula(batch, "right")
        else:
            kpa = 800.0 if order == "force" else None
            batch = replace(batch, side="right", wanted_ml_s=0.15, wanted_kpa=kpa, by_stylet=order == "stylet")
            for _ in range(25):
                batch = cement.aged(batch, product, 21.0, 0.1)
                batch, done = cement.injected(batch, product, needle, bone, now, injector, 0.1)
                accounted(batch)
                if done.blocked is not None:
                    break
        accounted(batch)


@pytest.mark.parametrize("injector", get_args(Injector))
def test_an_injector_gives_what_it_holds_and_no_more(
    now: GroundNow, bone: PorousMedium, needle: Needle, injector: Injector
) -> None:
    """After its volume it is empty and says so; filled from the bowl it goes on until that is empty too."""
    product = CEMENTS["high viscosity"].flow
    batch = replace(ready(now, injector, 3.0), wanted_ml_s=0.15)
    volume = min(INJECTORS[injector].volume_ml, 10.0)
    why = None
    for _ in range(1000):
        batch, done = cement.injected(batch, product, needle, bone, now, injector, 0.1)
        if (why := done.blocked) is not None:
            break
    assert why == "empty"
    assert batch.injected_ml == pytest.approx(volume, abs=1e-9)
    more = cement.loaded(batch, injector)
    assert more.loaded_ml == pytest.approx(min(volume, 10.0 - volume), abs=1e-9)
    assert more.bowl_ml == pytest.approx(10.0 - volume - more.loaded_ml, abs=1e-9)


def test_a_filler_that_is_half_full_is_laid_aside(now: GroundNow) -> None:
    """Its rest is wasted, where a syringe is topped up."""
    half = {name: replace(ready(now, name, 1.0), loaded_ml=0.7, injected_ml=0.0) for name in get_args(Injector)}
    assert cement.loaded(half["fillers"], "fillers").wasted_ml == 0.7
    assert cement.loaded(half["syringe"], "syringe").wasted_ml == 0.0


def test_a_second_batch_is_fresh(now: GroundNow) -> None:
    """Cured no further than when mixed; what was left of the first is thrown away; all of both is accounted
    for."""
    again = cement.mixed(cement.at_rest(ready(now, "syringe", 8.0)), 9.0, 100, 200)
    assert again.cure == cure.START_OF_CURE
    assert (again.wasted_ml, again.bowl_ml, again.mixed_ml) == (10.0, 9.0, 19.0)
    accounted(again)


def test_a_held_force_is_a_pressure_and_thick_cement_flows_slower(
    now: GroundNow, bone: PorousMedium, needle: Needle
) -> None:
    """10 N on a filler's rod of 2.76 mm are 1.67 MPa; the flow is what they give, less minute by minute."""
    kpa = INJECTORS["fillers"].pressure_kpa(10.0)
    assert kpa == pytest.approx(10.0 / (np.pi * 1.38**2) * 1e3)
    flows = []
    for minutes in (3.0, 6.0, 9.0):
        batch = replace(ready(now, "fillers", minutes), wanted_kpa=kpa)
        for _ in range(10):
            batch, done = cement.injected(batch, CEMENTS["high viscosity"].flow, needle, bone, now, "fillers", 0.1)
            assert done.blocked is None
        assert batch.pressure_kpa == pytest.approx(kpa, rel=1e-6)
        flows.append(batch.flow_ml_s)
    assert flows == sorted(flows, reverse=True)
    assert flows[0] > 2.0 * flows[2]


def test_force_on_a_filler_seven_minutes_after_mixing(now: GroundNow, bone: PorousMedium, needle: Needle) -> None:
    """At 0.05 ml/s and less, on the average of one filler within the spread of 7.8 +/- 4.4 to 13.3 +/- 5.7 N that
    a short line took (physics A4); a full tube takes the most, an emptied one hardly anything.

    Plausibility: another device (a 1.5 ml syringe), and viscosity and rod are presets.
    """
    batch = replace(ready(now, "fillers", 7.0), loaded_ml=INJECTORS["fillers"].volume_ml)
    forces = []
    for _ in range(600):
        batch, done = cement.injected(batch, CEMENTS["high viscosity"].flow, needle, bone, now, "fillers", 0.1)
        if done.blocked == "empty":
            break
        forces.append(INJECTORS["fillers"].force_n(batch.pressure_kpa))
    assert batch.loaded_ml == pytest.approx(0.0, abs=1e-6)
    assert 7.8 - 4.4 < float(np.mean(forces)) < 13.3 + 5.7
    assert forces[0] > 5.0 * forces[-1]


def test_the_stylet_pushes_the_bore_into_bone(now: GroundNow, bone: PorousMedium, needle: Needle) -> None:
    """Half a millilitre more in bone, none more injected, and in the end the stylet is where the cement was."""
    product = CEMENTS["high viscosity"].flow
    batch = ready(now, "syringe", 3.0)
    for _ in range(160):
        batch, _ = cement.injected(batch, product, needle, bone, now, "syringe", 0.1)
    before = batch
    assert before.bore_ml[1] == pytest.approx(needle.bore_ml)
    batch, why = replace(batch, by_stylet=True, wanted_ml_s=0.0), None
    for _ in range(200):
        batch, done = cement.injected(batch, product, needle, bone, now, "syringe", 0.1)
        if (why := done.blocked) is not None:
            break
    assert why == "stylet"
    assert batch.bore_ml[1] == pytest.approx(0.0, abs=1e-9)
    assert batch.injected_ml == before.injected_ml
    delivered = batch.filling.total_ml + batch.backflow_ml - before.filling.total_ml - before.backflow_ml
    assert delivered == pytest.approx(needle.bore_ml, abs=1e-8)
    accounted(batch)


def test_cement_in_the_body_ages_faster_than_in_the_syringe(
    now: GroundNow, bone: PorousMedium, needle: Needle
) -> None:
    """Front before bore before syringe; when the front has set nothing more goes in, though the syringe is
    soft."""
    product = CEMENTS["high viscosity"].flow
    batch = ready(now, "syringe", 3.0)
    for _ in range(150):
        batch, _ = cement.injected(batch, product, needle, bone, now, "syringe", 0.1)
    assert batch.filling.total_ml > 0.1
    minutes = 0.0
    while cement.set_where(batch, product, "right", "syringe") is None:
        batch = cement.aged(batch, product, 21.0, 6.0)
        minutes += 0.1
        assert minutes < 15.0
    stream = batch.streams[1]
    assert stream.front_cure is not None
    assert stream.bone_cure is not None
    assert stream.bore_cure is not None
    assert stream.front_cure >= stream.bone_cure > stream.bore_cure > batch.cure
    assert cement.set_where(batch, product, "right", "syringe") == "bone"
    assert not cement.is_set(batch, product)
    assert cement.set_where(batch, product, "left", "syringe") is None
    _, done = cement.injected(batch, product, needle, bone, now, "syringe", 0.1)
    assert done.blocked == "set"
    # from 3 min at 21 C what is left of the way to set goes at the speed of 37 C
    left = cure.time_to_cure_s(KINETICS, 37.0) / 60.0 * (1.0 - 3.0 / (cure.time_to_cure_s(KINETICS, 21.0) / 60.0))
    assert minutes == pytest.approx(left, rel=0.2)


def test_a_stream_takes_the_temperature_around_it() -> None:
    """One lag brings it 63 % of the way; ageing at one constant temperature is the kernel's."""
    stream = cement_stream.passed(Stream(), 0.01, 0.0, 0.3, 0.0)
    warm = cement_stream.aged(stream, KINETICS, 21.0, BODY_C, cement_stream.BORE_LAG_S)
    assert warm.bore_warm == pytest.approx(1.0 - np.exp(-1.0))
    same = cement_stream.aged(replace(stream, bore_warm=1.0), KINETICS, 30.0, 30.0, 60.0)
    assert same.bore_cure == pytest.approx(float(cure.advance_cure(KINETICS, 0.01, 30.0, 60.0)))
    assert cement_stream.aged(Stream(), KINETICS, 21.0, BODY_C, 60.0) == Stream()


def test_what_comes_mixes_with_what_is_in_the_bore() -> None:
    """Equal parts of fresh and older cement are half-way between; the front stays what came first."""
    old = Stream(bore_cure=0.2, bone_cure=0.3, bone_ml=0.5, front_cure=0.4)
    after = cement_stream.passed(old, 0.1, 0.5, 0.5, 0.5)
    assert after.bore_cure == pytest.approx(0.15)
    assert after.bone_cure == pytest.approx(0.225)
    assert after.front_cure == 0.4


def test_a_levered_cannula_lets_more_cement_back(needle: Needle) -> None:
    """The slit's resistance is plane Poiseuille flow's; levering widens it; without bone nothing holds back."""
    tight = cement.track_resistance_pa_s_m3(needle, 100.0)
    length, around, gap = 30e-3, np.pi * 2e-3 * needle.outer_radius_mm, cement.TRACK_GAP_MM * 1e-3
    assert tight == pytest.approx(12.0 * 100.0 * length / (around * gap**3))
    assert cement.track_resistance_pa_s_m3(replace(needle, levered_deg=2.5), 100.0) < 0.01 * tight
    assert cement.track_resistance_pa_s_m3(replace(needle, bone_mm=0.0), 100.0) == np.inf


@pytest.mark.parametrize("product", CEMENTS.values(), ids=lambda p: p.name)
def test_products_are_whole(product: CementProduct) -> None:
    """Every preset is named, windows lie in order, the model sets when the product is said to."""
    assert set(product.unconfirmed) <= set(CementProduct.__dataclass_fields__)
    assert {"colour", "batch_ml", "mixing_s", "working_min", "set_min", "flow"} <= set(product.unconfirmed)
    assert product.set_min[0] <= product.set_at_22_c_min <= product.set_min[1]
    assert 60.0 * product.working_min[0] >= product.mixing_s
    assert product.working_min[1] < product.set_min[0]
    assert len(product.colour) == 7
    int(product.colour[1:], 16)


def test_radiopacifiers() -> None:
    """HV-R's density is 1.39; zirconia 1.55 (physics A1); a scenario's barium goes before the product's own."""
    assert CEMENTS["high viscosity"].density_g_cm3 == pytest.approx(1.39, abs=0.005)
    assert CEMENTS["medium viscosity"].density_g_cm3 == pytest.approx(1.55, abs=0.005)
    assert CEMENTS["medium viscosity"].material.name == opacified_pmma(ZIRCONIA, 0.30).name
    thirty = material_of(CEMENTS["medium viscosity"], 30.0)
    assert opacity(thirty) == pytest.approx(1.669 * 1.52 / (1.211 * 1.39), rel=0.01)  # physics D5 at 60 keV
    assert opacity(CEMENTS["high viscosity"].material) == 1.0
