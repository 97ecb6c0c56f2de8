"""What stands in the panels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.app.hands.hands import Hands
from simulator.app.hands.patient_actions import DOSE_SHARES, dose
from simulator.app.procedure.panels import Panel
from simulator.app.procedure.readouts import readouts
from simulator.app.wording import Wording
from simulator.devices.balloon import Balloon
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.commands import well_formed
from simulator.engine.patient.drugs import DRUG_NAMES, DRUGS
from simulator.engine.step import step


@pytest.mark.parametrize("share", DOSE_SHARES)
@pytest.mark.parametrize("drug", DRUG_NAMES)
def test_every_dose_can_be_given_and_is_what_is_shown(case: Case, drug: str, share: float) -> None:
    hands = Hands(drug=drug, dose_share=share)  # type: ignore[arg-type]
    amount, unit = dose(hands)
    given = well_formed(c.GiveDrug(hands.drug, amount, unit))
    state, events = step(case, initial_state(case), [given])
    (event,) = [event for event in events if event.kind == "drug_given"]
    assert event.dose_mg == pytest.approx(share * DRUGS[hands.drug].most_mg, rel=1e-3)
    assert dict(readouts("patient", hands, case, state))["readout.dose"].startswith(f"{amount:g} ")


def test_the_syringe_is_read_in_psi_bar_and_kpa(case: Case) -> None:
    assert case.balloon is not None
    point = (0.0, 0.0, 0.0)
    balloon = Balloon("left", case.balloon, point, point, volume_ml=2.449, pressure_kpa=1378.95)
    state = replace(initial_state(case), balloons=(balloon, None))
    assert readouts("balloon", Hands(), case, state) == [
        ("readout.volume", "2.4 ml"),
        ("readout.pressure", "200 psi"),
        ("readout.pressure_si", "13.8 bar, 1379 kPa"),
    ]
    assert readouts("balloon", Hands(side="right"), case, state) == []


@pytest.mark.parametrize(("clock_deg", "hour"), [(0.0, "12 h"), (30.0, "1 h"), (180.0, "6 h"), (330.0, "11 h")])
def test_directions_are_hours(case: Case, clock_deg: float, hour: str) -> None:
    lines = dict(readouts("tools", Hands(clock_deg=clock_deg), case, initial_state(case)))
    assert lines["readout.hour"] == hour


def test_what_is_nearly_nothing_has_no_minus(case: Case) -> None:
    state = initial_state(case)
    first = replace(state.planes[0], pose=replace(state.planes[0].pose, orbital_deg=-0.3))
    state = replace(state, planes=(first, *state.planes[1:]))
    assert dict(readouts("carm", Hands(), case, state))["readout.orbital"] == "+0°"


def test_lines_stand_in_the_order_that_they_are_given_in(qtbot: object) -> None:
    panel = Panel("needle", Wording(), {}, lambda _: None, lambda _: None, 4, 2)
    qtbot.addWidget(panel)  # type: ignore[attr-defined]
    panel.show()
    panel.write([("readout.side", "left"), ("readout.skin", "x")])
    panel.write([("readout.side", "left"), ("readout.depth", "1"), ("readout.force", "2")])
    panel.grab()
    shown = [label for label in panel._labels.values() if label.isVisible()]
    assert [label.text() for label in sorted(shown, key=lambda one: (one.y(), one.x()))] == ["left", "1", "2"]
    assert not panel._labels["readout.skin"].isVisible()
