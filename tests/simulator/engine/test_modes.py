"""Modes of fluoroscopy: how often, how much, how much of the panel, and what the pulses say of it."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from simulator.engine import commands as c
from simulator.engine.case import Case, make_case
from simulator.engine.commands import command_of
from simulator.engine.events import as_row
from simulator.engine.state import State
from simulator.engine.step import step
from simulator.imaging.beam.exposure import CONTINUOUS_SHARE
from tests.conftest import coarse_patient_of
from tests.simulator.engine.aiming import centred, on_pedal, pulses, shot
from tests.simulator.engine.playing import after

BOTH = [c.PressPedal("A"), c.PressPedal("B")]


def given(case: Case, state: State, commands: list[c.Command], ticks: int = 60) -> list[tuple[int, str]]:
    """Tick and plane of every pulse of a second with both pedals down."""
    found = []
    for tick in range(ticks):
        state, events = step(case, state, commands if tick == 0 else ())
        found += [(tick, pulse.plane) for pulse in pulses(events)]
    return found


def test_continuous_fluoroscopy_gives_thirty_frames_a_second(case: Case) -> None:
    """Whatever the pulse rate says; each a third of a pulse's dose, and none beyond 6 mA."""
    state, _ = after(case, [(0, [c.SetFluoroscopyMode("continuous")])], centred(case))
    _, frames = on_pedal(case, state, 120)
    _, pulsed = on_pedal(case, centred(case), 120)
    assert len(frames) == 60
    assert {f.mode for _, f in frames} == {"continuous"}
    assert {p.mode for _, p in pulsed} == {"pulsed"}
    assert all(f.ma <= 6.0 for _, f in frames)
    ratio = frames[-1][1].reference_kerma_mgy / pulsed[-1][1].reference_kerma_mgy
    assert ratio == pytest.approx(CONTINUOUS_SHARE, rel=0.02)


def test_a_single_shot_is_a_pulse_in_every_mode(case: Case) -> None:
    """Continuous fluoroscopy chosen, the shot is the one that pulsed fluoroscopy gives."""
    continuous, _ = after(case, [(0, [c.SetFluoroscopyMode("continuous")])], centred(case))
    a, b = shot(case, centred(case)), shot(case, continuous)
    assert (a.kv, a.mas, a.pulse_ms, a.mode) == (b.kv, b.mas, b.pulse_ms, "pulsed")


def test_half_dose_halves_every_dose(case: Case) -> None:
    """Same view, same potential, half the kerma; said in the event."""
    full = shot(case, centred(case))
    half = shot(case, after(case, [(0, [c.SetDoseLevel("half")])], centred(case))[0])
    assert (half.kv, half.dose_level, full.dose_level) == (full.kv, "half", "normal")
    assert half.reference_kerma_mgy == pytest.approx(0.5 * full.reference_kerma_mgy, rel=2e-3)
    assert half.dose_area_product_gycm2 == pytest.approx(0.5 * full.dose_area_product_gycm2, rel=2e-3)


def test_high_contrast_lowers_the_potential(case: Case) -> None:
    """At the price of kerma; said in the event."""
    standard = shot(case, centred(case))
    other = shot(case, after(case, [(0, [c.SetExposureCurve("high contrast")])], centred(case))[0])
    assert other.curve == "high contrast"
    assert other.kv < standard.kv - 5.0
    assert other.reference_kerma_mgy > 1.2 * standard.reference_kerma_mgy


@pytest.mark.parametrize("magnification", [1.5, 2.0])
def test_magnification_shows_and_irradiates_less(case: Case, magnification: float) -> None:
    """The middle of the panel on as many pixels; dose to it rises, its area falls with the square."""
    state, _ = after(case, [(0, [c.Magnify("A", magnification)])], centred(case))
    plain, close = (case.view(s, s.planes[0]) for s in (centred(case), state))
    assert close.shape == plain.shape
    assert close.pixel_mm == pytest.approx(plain.pixel_mm / magnification)
    row, column = close.project((10.0, -8.0, 10.0)) - plain.project((10.0, -8.0, 10.0))
    middle = 0.5 * (np.array(plain.shape) - 1.0)
    expected = (magnification - 1.0) * (plain.project((10.0, -8.0, 10.0)) - middle)
    np.testing.assert_allclose((row, column), expected, atol=1e-9)
    pulse = shot(case, state)
    assert pulse.magnification == magnification
    assert pulse.field_mm == pytest.approx((298.0 / magnification,) * 2)
    locked = [(12, [c.Expose("A")]), (0, [c.LockTechnique("A", True)])]
    wide = shot(case, after(case, [*locked, (12, [])], centred(case))[0])
    small = shot(case, after(case, [*locked, (12, [c.Magnify("A", magnification)])], centred(case))[0])
    assert small.dose_area_product_gycm2 == pytest.approx(wide.dose_area_product_gycm2 / magnification**2)
    assert pulse.reference_kerma_mgy > magnification * shot(case, centred(case)).reference_kerma_mgy


def test_blades_and_iris_outlast_magnification(case: Case) -> None:
    """In and out again the field is what was set; magnified it is what is shown of it."""
    script = [(0, [c.Collimate("A", 220.0, 100.0, 200.0)]), (0, [c.Magnify("A", 2.0)])]
    close, _ = after(case, script, centred(case))
    pulse = shot(case, close)
    assert (pulse.field_mm, pulse.iris_mm) == ((149.0, 100.0), 200.0)
    back, _ = after(case, [(0, [c.Magnify("A", 1.0)])], close)
    assert shot(case, back).field_mm == (220.0, 100.0)
    opened, _ = after(case, [(0, [c.Collimate("A", 220.0, 100.0)])], back)
    assert shot(case, opened).iris_mm is None


def test_planes_alternate(case: Case) -> None:
    """Both pedals down: each its rate, plane B halfway between the pulses of plane A, at every rate."""
    for rate in (3.75, 7.5, 15.0, 30.0):
        found = given(case, centred(case), [c.SetPulseRate(rate), *BOTH], 64)
        a, b = ([tick for tick, plane in found if plane == name] for name in "AB")
        period = round(60 / rate)
        assert a == list(range(0, 64, period))
        assert b == list(range(period // 2, 64, period))


def test_planes_alternate_also_when_one_comes_later(case: Case) -> None:
    """A pedal pressed in the other's rhythm falls into step, and no plane pulses sooner than its rate allows."""
    state, _ = after(case, [(10, [c.PressPedal("B")])], centred(case))
    found = given(case, state, [c.PressPedal("A")], 80)
    a, b = ([tick for tick, plane in found if plane == name] for name in "AB")
    assert not set(a) & set(b)
    assert min(np.diff(a)) >= 8
    assert min(np.diff(b)) >= 8
    assert np.diff(b[2:]).tolist() == [8] * (len(b) - 3)


def test_planes_can_pulse_at_once(case: Case) -> None:
    """A room whose planes share their pulses."""
    scenario = case.scenario.model_copy(
        update={"carm": case.scenario.carm.model_copy(update={"biplane_pulses": "simultaneous"})}
    )
    together = make_case(scenario, 1, patient_of=coarse_patient_of)
    found = given(together, centred(together), BOTH)
    assert [tick for tick, plane in found if plane == "A"] == [tick for tick, plane in found if plane == "B"]
    assert len(found) == 2 * 8


def test_one_pedal_keeps_its_own_time(case: Case) -> None:
    """With only one pedal down nothing alternates."""
    state, _ = after(case, [(2, [c.PressPedal("A")]), (2, [c.ReleasePedal("A")])], centred(case))
    assert given(case, state, [c.PressPedal("B")])[0] == (0, "B")


def test_commands_of_old_recordings_read_as_before() -> None:
    """A field without an iris, as format 1 wrote it."""
    old = {"kind": "collimate", "plane": "A", "height_mm": 220.0, "width_mm": 190.0}
    assert command_of(old) == c.Collimate("A", 220.0, 190.0)
    new = (c.SetFluoroscopyMode("continuous"), c.SetDoseLevel("half"), c.SetExposureCurve("high contrast"),
           c.Magnify("B", 1.5), c.LockTechnique("A", True), c.Collimate("A", 50.0, 50.0, 40.0))  # fmt: skip
    for command in new:
        assert command_of(asdict(command)) == command


def test_a_pulse_is_json_safe(case: Case) -> None:
    """Every new field is a plain number, text, list or nothing."""
    row = as_row(replace(shot(case, centred(case))))
    assert {"table_mm", "iris_mm", "magnification", "mode", "dose_level", "curve", "pulse_ms", "ma"} <= row.keys()
    assert all(isinstance(v, str | int | float | tuple | dict | None) for v in row.values())
