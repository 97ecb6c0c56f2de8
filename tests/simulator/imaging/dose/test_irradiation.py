"""Irradiation events: which pulses belong together, and what they add up to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.imaging.collimation import Collimation
from simulator.imaging.dose.irradiation import DoseReport, IrradiationEvent, Pulse, irradiation_events

PULSE = Pulse(
    tick=0, number=1, plane="A", single=True, orbital_angulation_deg=(30.0, 15.0), positioner_deg=(30.0, 15.0),
    table_mm=(0.0, 0.0, 0.0), collimation=Collimation(200.0, 150.0), magnification=1.0, kv=80.0, mas=0.3,
    pulse_ms=8.0, share_s=1.0 / 7.5, mode="pulsed", dose_level="normal", reference_kerma_mgy=0.05,
    area_product_gycm2=0.01,
)  # fmt: skip


def run(ticks, *, number: int = 1, plane: str = "A", **other) -> list[Pulse]:
    """Pulses of a pedal at some ticks."""
    return [
        replace(PULSE, tick=tick, number=number + i, plane=plane, single=False, **other)
        for i, tick in enumerate(ticks)
    ]


def kinds(events: list[IrradiationEvent]) -> list[tuple[str, bool, int]]:
    """Plane, run or not, and pulses of each."""
    return [(e.plane, e.is_run, len(e.pulses)) for e in events]


def test_a_pedal_makes_one_event_and_a_shot_another():
    """A shot, eight pulses of a pedal, a shot: three events."""
    pulses = [PULSE, *run(range(60, 124, 8), number=2), replace(PULSE, tick=300, number=10)]
    assert kinds(irradiation_events(pulses, [])) == [("A", False, 1), ("A", True, 8), ("A", False, 1)]


def test_a_release_ends_the_run_even_if_the_pedal_is_pressed_at_once():
    """Released on plane A after the third pulse; the other plane's pedal does not matter."""
    pulses = run(range(0, 64, 8))
    assert kinds(irradiation_events(pulses, [("A", 17)])) == [("A", True, 3), ("A", True, 5)]
    assert kinds(irradiation_events(pulses, [("B", 17)])) == [("A", True, 8)]
    assert kinds(irradiation_events(pulses, [("A", 0), ("A", 57)])) == [("A", True, 8)]


def test_a_pause_ends_the_run():
    """More than one and a half pulse times without a pulse."""
    assert kinds(irradiation_events(run([0, 8, 16, 40, 48]), [])) == [("A", True, 3), ("A", True, 2)]


def test_a_faster_rate_does_not_end_the_run():
    """From 1 to 15 pulses a second in the middle."""
    slow, fast = run([0, 60], share_s=1.0), run([120, 124, 128], number=3, share_s=1.0 / 15.0)
    assert kinds(irradiation_events([*slow, *fast], [])) == [("A", True, 5)]


def test_another_mode_or_dose_is_another_event():
    """Half dose from the third pulse on, then continuous."""
    pulses = [*run([0, 8]), *run([16, 24], number=3, dose_level="half"), *run([32], number=5, mode="continuous")]
    events = irradiation_events(pulses, [])
    assert [e.mode for e in events] == ["pulsed", "pulsed, half dose", "continuous"]


def test_two_planes_run_at_once():
    """Their pulses alternate; each plane has its own run, in order of the start."""
    a, b = run([0, 8, 16]), run([4, 12, 20], plane="B")
    together = sorted([*a, *b], key=lambda p: p.tick)
    assert kinds(irradiation_events(together, [])) == [("A", True, 3), ("B", True, 3)]


def test_a_shot_of_the_other_plane_does_not_end_a_run():
    """Nor one of the same plane."""
    pulses = [*run([0, 8]), replace(PULSE, tick=9, plane="B"), replace(PULSE, tick=12), *run([16], number=5)]
    assert kinds(irradiation_events(pulses, [])) == [("A", True, 3), ("B", False, 1), ("A", False, 1)]


def test_what_an_event_adds_up_to():
    """Charge and dose are sums, potential is weighted by charge, current and length are means of what is known."""
    event = IrradiationEvent((*run([0], kv=70.0, mas=0.1), *run([8], kv=90.0, mas=0.3)))
    assert (event.mas, event.kv, event.kv_range) == (pytest.approx(0.4), pytest.approx(85.0), (70.0, 90.0))
    assert (event.duration_s, event.pulses_per_s) == (pytest.approx(16 / 60), pytest.approx(7.5))
    assert (event.pulse_ms, event.ma) == (8.0, pytest.approx(1000.0 * 0.4 / 16.0))
    assert event.reference_kerma_mgy == pytest.approx(0.1)
    assert event.area_product_gycm2 == pytest.approx(0.02)
    unknown = IrradiationEvent((event.pulses[0], replace(event.pulses[1], pulse_ms=None)))
    assert (unknown.pulse_ms, unknown.ma) == (None, None)
    assert IrradiationEvent((PULSE,)).duration_s == 0.008


def test_a_report_adds_up_by_plane_and_kind():
    """What is split is not lost."""
    pulses = [PULSE, *run([8, 16, 24], number=2), *run([30, 38], number=5, plane="B")]
    whole = DoseReport(tuple(irradiation_events(pulses, [])), 1020.0, 530.0, 380.0, 4.0, 0.1, True)
    assert whole.planes == ("A", "B")
    for parts in ([whole.of_plane("A"), whole.of_plane("B")], [whole.part(runs=True), whole.part(runs=False)]):
        for name in ("area_product_gycm2", "reference_kerma_mgy", "beam_on_s", "pulses"):
            assert sum(getattr(p, name) for p in parts) == pytest.approx(getattr(whole, name))
    assert whole.pulses == 6
    assert whole.beam_on_s == pytest.approx(6 / 7.5)
