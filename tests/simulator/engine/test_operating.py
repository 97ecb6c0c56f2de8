"""Where the operator's hands are while pulses are given, and what they get."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulator.devices.needle import LENGTH_MM
from simulator.engine import commands as c
from simulator.engine import operating
from simulator.engine.case import Case, initial_state
from simulator.engine.events import Event, Exposed
from simulator.engine.operating import HELD_TICKS, hands_now, operator_dose_of, operator_now
from simulator.engine.state import State
from simulator.engine.step import step
from simulator.imaging.dose.operator_dose import INJECTOR_REACH_MM, OperatorDose, operator_dose
from simulator.imaging.dose.skin_dose import Beam
from tests.simulator.engine.playing import after


def shot(case: Case, state: State, plane: str = "A") -> Exposed:
    """A single picture of a state."""
    return next(e for e in step(case, state, [c.Expose(plane)])[1] if isinstance(e, Exposed))


def pulses(events: list[Event]) -> list[Exposed]:
    """The pulses among events."""
    return [event for event in events if isinstance(event, Exposed)]


@pytest.fixture(scope="module")
def fed(case: Case, in_bone: State) -> State:
    """The right cannula in the middle of being driven 4 mm further."""
    return after(case, [(5, [c.Advance("right", 4.0, "mallet")])], in_bone)[0]


def test_idle_hands_are_beside_the_table(case: Case) -> None:
    """Nobody has touched anything yet: 330 mm to the patient's right, the head further out and up; out of the open
    lateral beam, which passes there."""
    state = initial_state(case)
    assert hands_now(state) == ("at the table side", None)
    found, target = operator_now(case, state), case.patient.landmarks["L1 body centre"]
    assert np.all(found.hands_mm[:, 0] - target[0] == pytest.approx(330.0))
    assert not shot(case, state, "B").hand_in_beam
    assert found.head_mm[0] > target[0]
    assert found.head_mm[1] < target[1]  # above a prone patient


def test_hands_stay_at_the_hub_while_it_moves(case: Case, fed: State) -> None:
    """While the cannula is fed, and as long after as hands are said to hold it; then they are let go."""
    task, needle = hands_now(fed)
    assert (task, needle) == ("at the hub", fed.needle("right"))
    assert needle is not None
    hub = operator_now(case, fed).hands_mm[0]
    assert hub == pytest.approx(needle.tip_mm - LENGTH_MM * needle.axis)
    rested, _ = after(case, [(300, [])], fed)
    stopped = rested.needlework[1].handled_tick
    assert stopped is not None
    assert hands_now(replace(rested, tick=stopped + HELD_TICKS))[0] == "at the hub"
    assert hands_now(replace(rested, tick=stopped + HELD_TICKS + 1))[0] == "at the table side"


@pytest.mark.parametrize(
    "order", [c.RemoveStylet("right"), c.Redirect("right", 12.0, 1.0), c.Withdraw("right", 1.0)]
)
def test_whatever_is_done_to_a_cannula_is_done_by_hand(case: Case, in_bone: State, order: c.Command) -> None:
    """Stylet, turning and withdrawing bring the hands back to the hub."""
    rested, _ = after(case, [(HELD_TICKS + 2, [])], in_bone)
    assert hands_now(rested)[0] == "at the table side"
    assert hands_now(after(case, [(0, [order])], rested)[0])[0] == "at the hub"


def test_the_cannula_moved_last_is_held(fed: State) -> None:
    """Of two, whichever order they came in."""
    assert fed.needles[1] is not None
    right, work = replace(fed.needles[1], feed_mm=0.0), fed.needlework[1]
    left = replace(right, side="left", skin_mm=(-30.0, *right.skin_mm[1:]))
    for ticks, held in (((1, 0), right), ((0, 1), left)):
        handled = [replace(work, handled_tick=fed.tick - ago) for ago in ticks]
        both = replace(fed, needles=(left, right), needlework=(handled[0], handled[1]))
        assert hands_now(both) == ("at the hub", held)


def test_hands_inject_while_cement_flows(case: Case, in_bone: State) -> None:
    """At the injector's end, whatever was moved before; a cannula that was taken out is nobody's."""
    flowing = replace(in_bone, batch=replace(in_bone.batch, side="right"))
    task, needle = hands_now(flowing)
    assert task == "at the syringe"
    assert needle is not None
    furthest = np.linalg.norm(operator_now(case, flowing).hands_mm - needle.tip_mm, axis=1).max()
    assert furthest == pytest.approx(LENGTH_MM + INJECTOR_REACH_MM[case.scenario.instruments.injector])
    assert hands_now(replace(flowing, needles=(None, None)))[0] == "at the table side"


def test_a_pulse_says_what_the_operator_got(case: Case, fed: State) -> None:
    """The numbers of the dose model for this beam, skin and operator, to four digits; twice the kerma, twice."""
    pulse = shot(case, fed)
    state = step(case, fed, [c.Expose("A")])[0]
    plane = state.planes[0]
    carm = case.carm("A")
    beam = Beam.at_reference_point(case.view(fed, plane), plane.pose.collimation(carm), pulse.kv,
                                   pulse.reference_kerma_mgy, carm.source_to_isocentre_mm)  # fmt: skip
    expected = operator_dose(beam, case.skin, operator_now(case, fed))
    assert pulse.hand_in_beam == expected.hand_in_beam
    assert pulse.hand_ugy == pytest.approx(expected.hand_ugy, rel=0.03)  # the mallet moves on by a tick
    assert pulse.head_ugy == pytest.approx(expected.head_ugy, rel=1e-3)
    one, two = (operator_dose_of(case, fed, plane, 80.0, kerma) for kerma in (1.0, 2.0))
    assert (two.hand_ugy, two.head_ugy) == pytest.approx((2.0 * one.hand_ugy, 2.0 * one.head_ugy))


def test_a_hand_at_the_hub_is_in_the_frontal_beam(case: Case, fed: State) -> None:
    """The hub lies over the target, so an open frontal field meets the hand; two seconds later it is out."""
    held, let_go = shot(case, fed), shot(case, after(case, [(300, [])], fed)[0])
    assert held.hand_in_beam
    assert not let_go.hand_in_beam
    assert held.hand_ugy > 2.0 * let_go.hand_ugy > 0.0
    assert held.head_ugy == pytest.approx(let_go.head_ugy, rel=0.25)


def test_collimation_keeps_the_hand_out(case: Case, fed: State) -> None:
    """A lateral field of 90 mm about the target ends before the hub; the hand gets scatter alone."""
    narrow, _ = after(case, [(0, [c.Collimate("B", 90.0, 90.0)])], fed)
    wide, close = shot(case, fed, "B"), shot(case, narrow, "B")
    assert not close.hand_in_beam
    assert close.hand_ugy < wide.hand_ugy


def test_while_nothing_moves_it_is_computed_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulses of a resting C-arm at a locked technique share one computation; a turn needs another."""
    state, _ = after(case, [(12, [c.Expose("A")]), (0, [c.LockTechnique("A", True)])])
    asked, compute = [], operating.operator_dose

    def counted(*beam_and_place: Any) -> OperatorDose:
        asked.append(beam_and_place)
        return compute(*beam_and_place)

    monkeypatch.setattr(operating, "operator_dose", counted)
    case = replace(case)  # of which nothing is known yet
    state, events = after(case, [(60, [c.PressPedal("A")])], state)
    assert len(pulses(events)) > 5
    assert len(asked) == 1
    after(case, [(8, [c.MoveCArm("A", 20.0, 0.0)])], state)
    assert len(asked) > 1
