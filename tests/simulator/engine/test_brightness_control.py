"""Brightness control in a session: it settles, holds, follows what is in the window, and belongs to the state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.tissue import STEEL
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.digest import digest_of
from simulator.engine.exposing import technique
from simulator.engine.measuring_field import in_the_way, measured_mm
from simulator.engine.state import State
from simulator.engine.step import step
from simulator.imaging.beam.brightness import FIRST_GUESS_MM, SETTLING_S, measuring_view
from tests.fingerprint import fingerprint
from tests.simulator.engine.aiming import cemented, centred, on_pedal, pulses, shifted, shot
from tests.simulator.engine.playing import after


def settled_mm(case: Case, state: State) -> float:
    """What the lateral plane takes its beam for after a single shot."""
    return step(case, state, [c.Expose("B")])[0].planes[1].tissue_mm


@pytest.mark.parametrize("rate", [3.75, 7.5, 30.0])
def test_it_settles_in_seconds_not_pulses(case: Case, rate: float) -> None:
    """From the first guess to the lateral thickness: after 0.8 s of beam 2 % are left, however many pulses."""
    state, _ = after(case, [(0, [c.SetPulseRate(rate)])], centred(case))
    wanted = settled_mm(case, state)
    state, given = on_pedal(case, state, 49, "B")  # 0.8 s and the pulse then
    left = (state.planes[1].tissue_mm - wanted) / (FIRST_GUESS_MM - wanted)
    assert wanted - FIRST_GUESS_MM > 20.0
    assert left == pytest.approx(np.exp(-0.8 / SETTLING_S), abs=0.01)
    assert given[-1][0] - given[0][0] == 48


def test_the_first_pulse_knows_nothing_of_the_patient(case: Case) -> None:
    """A pulse goes by what the one before has found: the first is given on the first guess."""
    _, given = on_pedal(case, centred(case), 90, "B")
    first, last = given[0][1], given[-1][1]
    assert (first.kv, first.mas) != (last.kv, last.mas)
    assert first.kv < last.kv
    assert first.reference_kerma_mgy < 0.7 * last.reference_kerma_mgy


def test_it_holds_while_the_beam_is_off(case: Case) -> None:
    """Half settled, then a pause of 10 s: it goes on from where it was, as if there had been none."""
    state, _ = on_pedal(case, centred(case), 9, "B")
    paused, _ = after(case, [(600, [])], state)
    assert paused.planes[1].tissue_mm == state.planes[1].tissue_mm
    assert paused.planes[1].technique == state.planes[1].technique
    _, at_once = on_pedal(case, after(case, [(8, [])], state)[0], 1, "B")
    _, later = on_pedal(case, paused, 1, "B")
    assert later[0][1].mas == at_once[0][1].mas


def test_it_follows_into_another_view(case: Case) -> None:
    """Settled frontally, turned to the side: pulse by pulse more potential, up to that of a single shot."""
    state, _ = on_pedal(case, centred(case), 60)
    state, _ = after(case, [(240, [c.MoveCArm("A", 90.0, 0.0)])], state)
    frontal_mm = state.planes[0].tissue_mm
    _, given = on_pedal(case, state, 60)
    kv = [pulse.kv for _, pulse in given]
    assert kv == sorted(kv)
    assert kv[-1] - kv[0] >= 5.0
    state, _ = after(case, [(20, [])], state)
    assert kv[-1] == pytest.approx(shot(case, state).kv, abs=1.0)
    assert settled_mm(case, centred(case)) > frontal_mm + 20.0


def test_a_single_shot_is_taken_settled(case: Case) -> None:
    """Its test pulses leave nothing to be found: the same shot again has the same technique."""
    state, events = step(case, centred(case), [c.Expose("B")])
    (first,) = pulses(events)
    state, _ = after(case, [(30, [])], state)
    again = shot(case, state, "B")
    assert (again.kv, again.mas) == (first.kv, pytest.approx(first.mas, rel=0.01))
    plane = state.planes[1]
    assert measured_mm(case, state, plane, first.kv) == pytest.approx(plane.tissue_mm, abs=0.5)


def test_cement_in_the_window_drives_the_machine_up(case: Case) -> None:
    """The more of the body it fills, the more potential and dose: what is beside it is washed out."""
    shots = [shot(case, cemented(case, centred(case), share)) for share in (0.0, 0.2, 1.0)]
    kv, kerma = [s.kv for s in shots], [s.reference_kerma_mgy for s in shots]
    assert kv[0] < kv[2]
    assert kerma[0] < kerma[1] < kerma[2]
    assert kerma[2] > 1.25 * kerma[0]


def test_steel_in_the_window_drives_the_machine_up(case: Case, in_bone: State) -> None:
    """A cannula across the lateral window is taken for tissue; taken out again it is forgotten."""
    inside = replace(in_bone, table=centred(case).table)
    without = replace(inside, needles=(None, None))
    found, empty = (measured_mm(case, s, s.planes[1], 85.0) for s in (inside, without))
    assert found > empty + 0.5
    shaft_cm = dict(in_the_way(case, inside, inside.planes[1]).others)[STEEL] / STEEL.density_g_cm3
    assert 0.2 < shaft_cm.max() < 0.4  # an 11 G cannula with its stylet, 3.05 mm across


def test_open_beam_in_the_window_drives_the_machine_down(case: Case) -> None:
    """The farther the patient lies off centre, the less; with half the window bare the least the tube can give."""
    shots = [shot(case, shifted(case, 0.0, 0.0, -8.0 - down), "B") for down in (0.0, 30.0, 60.0, 100.0)]
    kerma = [s.reference_kerma_mgy for s in shots]
    assert kerma == sorted(kerma, reverse=True)
    assert kerma[2] < 0.1 * kerma[0]
    assert shots[3].kv == 55.0


def test_a_narrow_field_scatters_less_and_takes_more(case: Case) -> None:
    """Less scatter arrives, so the machine gives more for the same signal; the product of dose and area falls."""
    wide = shot(case, centred(case))
    narrow = shot(case, after(case, [(0, [c.Collimate("A", 100.0, 100.0)])], centred(case))[0])
    assert narrow.reference_kerma_mgy > 1.1 * wide.reference_kerma_mgy
    assert narrow.dose_area_product_gycm2 < 0.25 * wide.dose_area_product_gycm2


def test_blades_in_the_window_are_not_measured(case: Case) -> None:
    """Only what is open counts: with the open beam beside the patient blanked out, he gets his dose again."""
    aside = shifted(case, 0.0, 0.0, -58.0)
    blanked, _ = after(case, [(0, [c.Collimate("B", 30.0, 30.0)])], aside)
    assert shot(case, blanked, "B").reference_kerma_mgy > 3.0 * shot(case, aside, "B").reference_kerma_mgy
    small = shot(case, after(case, [(0, [c.Collimate("A", 40.0, 40.0, 30.0)])], centred(case))[0])
    assert abs(small.kv - shot(case, centred(case)).kv) < 8.0  # nor do blades drive it to its limits


def test_a_locked_technique_stays(case: Case) -> None:
    """Turned to the side with the frontal technique held, all pulses are the same; let go it follows again."""
    script = [(12, [c.Expose("A")]), (240, [c.LockTechnique("A", True), c.MoveCArm("A", 90.0, 0.0)])]
    state, events = after(case, script, centred(case))
    (frontal,) = pulses(events)
    state, given = on_pedal(case, state, 60)
    state, _ = after(case, [(20, [])], state)
    single = shot(case, state)
    held = {(pulse.kv, pulse.mas, pulse.locked) for pulse in (*(p for _, p in given), single)}
    assert held == {(frontal.kv, frontal.mas, True)}
    free, _ = after(case, [(0, [c.LockTechnique("A", False)])], state)
    assert shot(case, free).kv > frontal.kv


def test_what_is_measured_is_what_is_there(case: Case) -> None:
    """Cement's shadow holds all its mass; instruments and cement leave the patient's own paths as they were."""
    plain, full = centred(case), cemented(case, centred(case), 0.5)
    plane = plain.planes[0]
    before = fingerprint(in_the_way(case, plain, plane).patient)
    others = dict(in_the_way(case, full, plane).others)
    ((cement, path),) = others.items()
    assert fingerprint(in_the_way(case, plain, plane).patient) == before
    view = measuring_view(case.view(full, plane))
    centre = case.patient.landmarks[f"{case.patient.column.target} body centre"]
    pixel_cm2 = (0.1 * view.pixel_mm / view.magnification(centre)) ** 2
    assert path.sum() * pixel_cm2 / cement.density_g_cm3 == pytest.approx(full.batch.filling.total_ml, rel=0.06)


def test_drawing_and_asking_change_nothing(case: Case) -> None:
    """The technique of a state can be asked for without a trace, before the first pulse too: that of a shot."""
    state = initial_state(case)
    before = digest_of(state)
    asked = technique(case, state, state.planes[1])
    assert digest_of(state) == before
    taken = shot(case, state, "B")
    assert (asked.kv, asked.mas) == (taken.kv, taken.mas)


def test_the_same_session_has_the_same_techniques(case: Case) -> None:
    """Bit by bit, also with nothing kept from before."""
    first, _ = on_pedal(case, cemented(case, centred(case), 0.2), 40, "B")
    case = replace(case)
    again, _ = on_pedal(case, cemented(case, centred(case), 0.2), 40, "B")
    assert digest_of(first.planes) == digest_of(again.planes)
