"""A cannula on an extrapedicular plan: the way beside the pedicle is no breach, the canal is."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy.frames import FloatArray, apply, unit
from scenarios import cases
from simulator.devices.needle import angles_deg
from simulator.engine import commands as c
from simulator.engine.case import Case, make_case
from simulator.engine.measuring import planned
from simulator.engine.state import Needlework
from tests.conftest import coarse_patient_of
from tests.simulator.engine.playing import Script, after


@pytest.fixture(scope="module")
def beside() -> Case:
    """The library's T7 with narrow pedicles, coarse."""
    return make_case(cases.find("vertebroplasty-t7-extrapedicular"), 1, patient_of=coarse_patient_of)


def driven(case: Case, entry_mm: FloatArray, goal_mm: FloatArray) -> Needlework:
    """Needlework of a right cannula driven along the line through two points to the second."""
    way = unit(goal_mm - entry_mm)
    skin_y = float(case.patient.corridors["right"].skin_mm[1])
    skin = entry_mm - way * (entry_mm[1] - skin_y) / way[1]
    script: Script = [
        (1, [c.PunctureSkin("right", float(skin[0]), float(skin[2]), *angles_deg("right", way))]),
        (600, [c.Advance("right", float(np.linalg.norm(entry_mm - skin)) - 3.0, "push")]),
        (900, [c.Advance("right", float(np.linalg.norm(goal_mm - entry_mm)) + 3.0, "mallet")]),
    ]
    return after(case, script)[0].needlework[1]


def test_the_plan_says_which_way_it_goes(beside: Case) -> None:
    """The library case has an extrapedicular plan on its cannula's side, and the recording's header says so."""
    assert beside.patient.corridors["right"].approach == "extrapedicular"
    assert planned(beside)["corridor_right"]["approach"] == "extrapedicular"
    assert beside.patient.corridors["right"].radius_mm > 1.2  # the case's 13 G


def test_on_plan_nothing_is_breached_or_touched(beside: Case) -> None:
    """From skin to target: right level, no breach though the shaft lies outside the pedicle, no contact."""
    corridor = beside.patient.corridors["right"]
    work = driven(beside, corridor.entry_mm, corridor.target_mm)
    assert work.level == "T7"
    assert (work.breach_mm, work.medial_breach_mm, work.anterior_breach_mm, work.order_broken_mm) == (0, 0, 0, 0)
    assert work.clearance_mm is not None
    assert work.clearance_mm > 1.0
    assert work.contacts == ()
    assert work.placed is not None
    assert work.placed.target_error_mm < 2.0


def test_into_the_canal_is_a_medial_breach(beside: Case) -> None:
    """Aimed at the canal's middle: a medial breach of millimetres, and the order rule broken."""
    v = beside.ground.vertebra
    canal = apply(v.patient_from_vertebra, (0.0, v.posterior_wall_y_mm - 6.0, 3.0))
    entry = apply(v.patient_from_vertebra, (11.0, v.posterior_wall_y_mm - 19.0, 9.0))
    work = driven(beside, entry, canal)
    assert work.medial_breach_mm > 2.0
    assert work.breach_direction == "medial"
    assert work.order_broken_mm > 0.0
    assert work.contacts != ()
