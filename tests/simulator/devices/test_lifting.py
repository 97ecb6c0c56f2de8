"""How far the endplate rises under a force, and sinks back without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anatomy.fractures.fracture import Collapse
from anatomy.patient import Patient
from anatomy.spec import FractureSpec
from simulator.devices.lifting import LIFT_TIME_S, PRONE_LOAD_N, raised_amplitude, recoiled_amplitude


def collapse_of(patient: Patient) -> Collapse:
    """The patient's fracture."""
    assert patient.column.collapse is not None
    return patient.column.collapse


def test_the_endplate_rises_to_its_equilibrium(patient: Patient) -> None:
    """The gain tends to (force - prone load) / stiffness, 63 % of it in one time constant, and never falls."""
    collapse = collapse_of(patient)
    force = PRONE_LOAD_N + 44.0  # 2 mm at 22 N/mm
    wanted = 1.0 - 2.0 / collapse.lost_anterior_mm
    after_one = raised_amplitude(collapse, 1.0, force, LIFT_TIME_S)
    assert (1.0 - after_one) / (1.0 - wanted) == pytest.approx(1.0 - np.exp(-1.0))
    assert raised_amplitude(collapse, 1.0, force, 1e3) == pytest.approx(wanted)
    assert raised_amplitude(collapse, wanted, PRONE_LOAD_N, 10.0) == wanted
    assert raised_amplitude(collapse, 1.0, PRONE_LOAD_N - 1.0, 10.0) == 1.0


def test_only_the_mobile_share_comes_back(patient: Patient) -> None:
    """No force restores more than the fracture lets go."""
    collapse = collapse_of(patient)
    assert raised_amplitude(collapse, 1.0, 1e5, 1e3) == pytest.approx(1.0 - collapse.mobile_share)


def test_recoil_is_rotters(patient: Patient) -> None:
    """Under 100 N, of a large gain 11.7 % of the height before treatment is lost, of a small one 11.7 / 19.7."""
    collapse = replace(collapse_of(patient), lost_mm=14.0)
    large_mm = (recoiled_amplitude(collapse, 0.2, load_n=100.0) - 0.2) * 14.0
    assert large_mm == pytest.approx(0.117 * collapse.anterior_height_mm(1.0))
    small_mm = (recoiled_amplitude(collapse, 0.9, load_n=100.0) - 0.9) * 14.0
    assert small_mm == pytest.approx(11.7 / 19.7 * 0.1 * 14.0)
    assert recoiled_amplitude(collapse, 1.0) == 1.0


def test_recoil_follows_the_load(patient: Patient) -> None:
    """Nothing sinks back without load, more the heavier the patient lies on it, never more than was gained; what
    a stent holds up stays."""
    collapse = collapse_of(patient)
    sunk = [recoiled_amplitude(collapse, 0.5, load_n=n) - 0.5 for n in (0.0, 50.0, 100.0, 200.0, 1e4)]
    assert sunk[0] == 0.0
    assert sunk == sorted(sunk)
    assert sunk[-1] < 0.5
    assert recoiled_amplitude(collapse, 0.5, holds_up=1.0) == 0.5


def test_a_cleft_sinks_back_farther(patient: Patient) -> None:
    """Of the same gain, three quarters instead of 59 %."""
    solid = collapse_of(patient)
    open_spec = FractureSpec(cleft="gas", cleft_ml=1.0)
    cloven = Collapse.of(solid.vertebra, open_spec)
    gain_mm = 0.2 * cloven.lost_mm
    sunk_mm = [(recoiled_amplitude(c, 0.8, load_n=100.0) - 0.8) * c.lost_mm for c in (solid, cloven)]
    assert sunk_mm[0] == pytest.approx(11.7 / 19.7 * 0.2 * solid.lost_mm)
    assert sunk_mm[1] == pytest.approx(0.75 * gain_mm)
