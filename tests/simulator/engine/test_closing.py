"""A case that was closed is gone: a desktop that opens one after the other must not grow."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

from anatomy.patient import Patient
from anatomy.spec import PatientSpec
from scenarios.schema import Scenario
from simulator.devices import warm_places
from simulator.engine.case import make_case
from simulator.engine.cementing import medium_now
from simulator.engine.commands import Expose
from simulator.engine.measuring import outcome
from simulator.engine.screens import frame
from simulator.engine.session import new_session
from simulator.engine.state import Opened
from simulator.imaging.fluoroscope import Fluoroscope
from tests.conftest import coarse_patient_of
from tests.simulator.engine.playing import play, short


def another(spec: PatientSpec) -> Patient:
    """A patient of his own whose arrays are the shared one's."""
    return replace(coarse_patient_of(spec))


def test_nothing_of_a_closed_case_is_kept(kyphoplasty: Scenario) -> None:
    """Neither patient nor case nor ground, whatever was asked of them: pictures, pulses, bone, heat."""

    def opened_and_closed() -> dict[str, weakref.ref[object]]:
        case = make_case(kyphoplasty, 1, patient_of=another)
        session = new_session(case, "T-042")
        session.tick([Expose("A")])
        play(session, short(case))
        screen = Fluoroscope(case.patient)
        for plane in session.state.planes:
            frame(case, session.state, plane, screen)
        now = case.ground.at(case.rest_amplitude)
        medium_now(now, Opened(), 100.0, "syringe")
        warm_places.prepare(case.warm_places, now)
        outcome(case, session.state)
        session.close()
        parts = {"patient": case.patient, "case": case, "ground": case.ground, "now": now, "session": session}
        return {name: weakref.ref(part) for name, part in parts.items()}

    left = opened_and_closed()
    gc.collect()
    assert [name for name, part in left.items() if part() is not None] == []
