"""Pulses read from recordings of today and of earlier versions, and what is no pulse at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.assessment.evidence import Evidence
from simulator.assessment.pulses import dose_report_of, pulses_of, recorded_skin, seconds_of_pulses, skin_dose_of
from simulator.engine.recording import Row, read
from simulator.imaging.collimation import Collimation
from simulator.imaging.dose.skin import Skin
from tests.simulator.assessment.by_hand import command, evidence, exposed, trace

FORMAT_1 = Path(__file__).parents[2] / "data" / "recordings" / "format-1.vsim"
CYLINDER = Skin(np.full((36, 18), 110.0), (0.0, 0.0), -170.0, 20.0)


def pulse_row(tick: int, number: int = 1, **fields: object) -> Row:
    """A numbered pulse as sessions wrote it first: frontal, on plane A."""
    return exposed(tick, number=number, **fields)


def test_an_old_recording_is_filled_in() -> None:
    """The table is taken from the trace before the pulse; what could not be chosen then was as it was."""
    rows = [
        trace(0, table_mm=[1.0, 2.0, 3.0]),
        trace(60, table_mm=[4.0, 5.0, 6.0]),
        pulse_row(59),
        pulse_row(60, 2),
    ]
    early, late = pulses_of(evidence(*rows))
    assert (early.table_mm, late.table_mm) == ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    assert (early.collimation, early.magnification) == (Collimation(298.0, 298.0), 1.0)
    assert (early.mode, early.dose_level, early.pulse_ms) == ("pulsed", "normal", None)


def test_a_new_recording_says_it_all() -> None:
    """Fields of the event win over the trace."""
    row = pulse_row(60, table_mm=[7.0, 8.0, 9.0], iris_mm=120.0, magnification=1.5, mode="continuous",
                    dose_level="half", pulse_ms=33.0)  # fmt: skip
    (pulse,) = pulses_of(evidence(trace(0, table_mm=[1.0, 2.0, 3.0]), row))
    assert (pulse.table_mm, pulse.collimation.iris_mm, pulse.magnification) == ((7.0, 8.0, 9.0), 120.0, 1.5)
    assert (pulse.mode, pulse.dose_level, pulse.pulse_ms) == ("continuous", "half", 33.0)


def test_a_continuous_pulse_stands_for_a_thirtieth() -> None:
    """Whatever rate is chosen for pulsed fluoroscopy."""
    found = seconds_of_pulses(evidence(pulse_row(60), pulse_row(62, 2, mode="continuous")))
    assert found == pytest.approx([1 / 7.5, 1 / 30.0])


def test_runs_end_where_the_pedal_was_released() -> None:
    """Pressed again within a pulse's time."""
    rows = [pulse_row(t, i) for i, t in enumerate((0, 8, 16, 24), start=1)]
    report = dose_report_of(evidence(*rows, command(10, "release_pedal", plane="A")))
    assert [len(e.pulses) for e in report.events] == [2, 2]
    assert report.area_product_gycm2 == pytest.approx(0.08)


@pytest.mark.parametrize(
    "fields", [{"plane": "C"}, {"kv": "much"}, {"mas": 0.0}, {"kv": -80.0}, {"mode": "free"}, {"field_mm": [0, 9]},
               {"field_mm": 3}, {"table_mm": [1.0]}, {"iris_mm": "wide"}],
)  # fmt: skip
def test_what_no_carm_gives_is_refused(fields: dict[str, object]) -> None:
    """As an exception that readers of recordings name; nothing is guessed."""
    with pytest.raises((ValueError, TypeError)):
        pulses_of(evidence(pulse_row(60, **fields)))


def test_the_skin_travels_with_the_plan() -> None:
    """Through the header of a recording; one without it has none."""
    plan = {"target": "L1", "skin": CYLINDER.as_row()}
    found = recorded_skin(evidence(plan=plan).plan)
    assert found is not None
    np.testing.assert_array_equal(found.radius_mm, CYLINDER.radius_mm)
    assert recorded_skin(evidence().plan) is None


def test_the_tube_of_a_frontal_view_is_at_the_front() -> None:
    """A prone patient on the table with the tube below; the lateral plane's tube is at the left."""
    frontal, lateral = pulse_row(60), pulse_row(60, 2, plane="B", orbital_deg=90.0)
    for row, side in ((frontal, "front"), (lateral, "left side")):
        assert skin_dose_of(pulses_of(evidence(row)), CYLINDER).peak_side == side


def test_format_1_reads() -> None:
    """The first format: two shots and one run of 51 pulses, and the dose that its metrics always had."""
    report = dose_report_of(Evidence.of(read(FORMAT_1)))
    assert [(e.plane, e.is_run, len(e.pulses)) for e in report.events] == [
        ("A", False, 1), ("B", False, 1), ("B", True, 51)]  # fmt: skip
    assert report.area_product_gycm2 == pytest.approx(0.8184, abs=1e-4)
    assert report.beam_on_s == pytest.approx(53 / 7.5)
