"""Recordings and evidence written by hand: a few rows whose right measurements are known by thought."""

from __future__ import annotations

from functools import cache
from typing import Any

from scenarios import cases
from scenarios.loading import write_toml
from scenarios.schema import Criterion, Gate, Rubric, Scenario
from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics import FUNCTIONS
from simulator.assessment.metrics.measurement import Measurement
from simulator.engine.recording import Recorder, Recording, Row, parse

KYPHOPLASTY = cases.find("kyphoplasty-l1-wedge")
VERTEBROPLASTY = cases.find("vertebroplasty-t12")
"""7.5 pulses/s at the start, as the kyphoplasty."""
PLAN = {"target": "L1"}


def event(tick: int, kind: str, **fields: Any) -> Row:
    """An event row."""
    return {"row": "event", "tick": tick, "kind": kind, **fields}


def command(tick: int, kind: str, **fields: Any) -> Row:
    """A command row."""
    return {"row": "command", "tick": tick, "kind": kind, **fields}


def trace(tick: int, **fields: Any) -> Row:
    """A trace row."""
    return {"row": "trace", "tick": tick, **fields}


def exposed(tick: int, **fields: Any) -> Row:
    """A pulse as sessions wrote it first: frontal, full field, no leak in sight, unless fields say otherwise."""
    usual: Row = {
        "number": 1, "plane": "A", "orbital_deg": 0.0, "angulation_deg": 0.0, "primary_deg": 180.0,
        "secondary_deg": 0.0, "kv": 80.0, "mas": 0.3, "single": False,
        "frontal_error_deg": 0.0, "lateral_error_deg": 90.0, "field_mm": [298.0, 298.0],
        "reference_kerma_mgy": 0.1, "dose_area_product_gycm2": 0.02, "visible_leak_mm2": {},
    }  # fmt: skip
    return event(tick, "exposed", **{**usual, **fields})


def lateral(tick: int, **fields: Any) -> Row:
    """A pulse in the lateral view."""
    return exposed(tick, frontal_error_deg=90.0, lateral_error_deg=0.0, **fields)


def needle(**fields: Any) -> dict[str, Any]:
    """The outcome of a cannula that lies well, unless fields say otherwise."""
    usual = {
        "level": "L1", "entry_error_mm": 1.0, "breach_mm": 0.0, "medial_breach_mm": 0.0, "clearance_mm": 1.5,
        "anterior_breach_mm": 0.0, "order_broken_mm": 0.0, "bone_entries": 1, "path_mm": 90.0, "touching": [],
        "target_error_mm": 2.0, "angle_error_deg": 1.0, "depth_percent": 70.0, "laterality_percent": 20.0,
    }  # fmt: skip
    return {**usual, **fields}


UNPLACED = {"target_error_mm": None, "angle_error_deg": None, "depth_percent": None, "laterality_percent": None}
"""A cannula that was never let go of in bone, so nothing is known of where it was placed."""


def evidence(*rows: Row, **known: Any) -> Evidence:
    """The evidence of a recording with these rows and this outcome; see ``recording``."""
    return Evidence.of(recording(*rows, **known))


def recording(*rows: Row, **known: Any) -> Recording:
    """A sealed recording, read back from its bytes; see ``recorded``."""
    return parse(recorded(*rows, **known), source="by hand")


def recorded(
    *rows: Row,
    scenario: Scenario = KYPHOPLASTY,
    duration_s: float = 30.0,
    complete: bool = True,
    trainee: str = "T-1",
    plan: dict[str, Any] = PLAN,
    **outcome: Any,
) -> bytes:
    """The bytes of a recording of these rows, sealed every second, with an outcome at its end."""
    header = {
        "program": {"vertebrosim": "0"}, "scenario_toml": _toml(scenario), "scenario_digest": "",
        "patient_digest": "", "seed": 1, "tick_hz": 60, "trainee": trainee, "plan": plan,
    }  # fmt: skip
    recorder = Recorder(header)
    end = round(60 * duration_s)
    final = [{"row": "outcome", "tick": end, **outcome}] if outcome else []
    final += [{"row": "end", "tick": end}] if complete else []
    left = sorted(rows, key=lambda row: row["tick"]) + final
    for second in (*range(0, end, 60), end):
        while left and left[0]["tick"] <= second:
            recorder.write(left.pop(0))
        recorder.seal(second, "state")
    assert not left, "rows lie after the end of the recording"
    return b"".join(recorder.lines)


@cache
def _toml(scenario: Scenario) -> str:
    return write_toml(scenario)


def measured(name: str, *rows: Row, **known: Any) -> Measurement:
    """One metric of the evidence in rows and outcome."""
    return FUNCTIONS[name](evidence(*rows, **known))


def value_of(name: str, *rows: Row, **known: Any) -> float | None:
    """Its value."""
    return measured(name, *rows, **known).value


def judged_by(*criteria: Criterion, gates: tuple[Gate, ...] = (), pass_mark: float = 70.0) -> Scenario:
    """The kyphoplasty with a rubric of a few lines."""
    rubric = Rubric(pass_mark=pass_mark, gates=gates, criteria=criteria)
    return KYPHOPLASTY.model_copy(update={"rubric": rubric})
