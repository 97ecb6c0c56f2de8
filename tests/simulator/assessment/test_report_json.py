"""report.json keeps its contract: what courses and gradebooks read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from scenarios.schema import Criterion
from scenarios.vocabulary import METRIC_UNITS
from simulator.assessment.play import write_json
from simulator.assessment.score import ScoreReport, score
from tests.simulator.assessment.by_hand import KYPHOPLASTY, exposed, judged_by, recording

LINE = Criterion(group="imaging", metric="exposures", points=5, full_to=9)
CONTRACT = (
    "case", "case_version", "trainee", "total", "total_withheld_because", "passed", "gates", "criteria", "metrics",
    "program", "recording_digest",
)  # fmt: skip


def written(report: ScoreReport, folder: Path) -> dict[str, object]:
    """report.json as somebody else reads it; NaN and infinity are no JSON."""
    write_json(report, folder / "report.json")

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads((folder / "report.json").read_text(encoding="utf-8"), parse_constant=refuse)


@pytest.mark.parametrize("complete", [True, False])
def test_the_contract_holds(complete: bool, tmp_path: Path) -> None:
    """All promised keys are there; the total is a number, or null with a reason."""
    report = score(recording(exposed(60), complete=complete, trainee="Zoë 7"))
    found = written(report, tmp_path)
    assert set(CONTRACT) <= set(found)
    assert (found["case"], found["case_version"], found["trainee"]) == (
        KYPHOPLASTY.id,
        KYPHOPLASTY.version,
        "Zoë 7",
    )
    assert (found["total"] is None) == (found["total_withheld_because"] != "") == (not complete)
    assert found["recording_digest"] == report.recording_digest
    assert len(report.recording_digest) == 64
    assert found["program"] == {"vertebrosim": "0"}


def test_every_metric_has_a_value_or_a_reason(tmp_path: Path) -> None:
    """Rows in the vocabulary's order: name, value, unit; not_assessed_because exactly where there is no value."""
    rows = written(score(recording(exposed(60))), tmp_path)["metrics"]
    assert isinstance(rows, list)
    assert [(r["name"], r["unit"]) for r in rows] == list(METRIC_UNITS.items())
    for row in rows:
        assert (row["value"] is None) == bool(row.get("not_assessed_because")), row
    assert {r["name"]: r["value"] for r in rows}["exposures"] == 1.0


def test_the_dose_agrees_with_its_metrics(tmp_path: Path) -> None:
    """Planes add up to the total, and the total is what the metrics say; reasons where a recording is old."""
    found = written(score(recording(exposed(60), exposed(120, number=2, plane="B"))), tmp_path)
    dose, metrics = found["dose"], {row["name"]: row["value"] for row in found["metrics"]}  # type: ignore[attr-defined]
    for name, metric in (("area_product_gycm2", "dose_area_product_gycm2"), ("pulses", "exposures"),
                         ("reference_kerma_mgy", "reference_air_kerma_mgy"),
                         ("fluoroscopy_time_s", "fluoroscopy_time_s")):  # fmt: skip
        total = dose["total"][name]  # type: ignore[index]
        assert total == pytest.approx(metrics[metric])
        planes = sum(plane[name] for plane in dose["planes"])  # type: ignore[index]
        assert planes == pytest.approx(total, abs=1e-4)  # each is rounded
    assert dose["skin"] is dose["operator"] is None  # type: ignore[index]
    assert dose["skin_not_assessed_because"]  # type: ignore[index]
    assert dose["operator_not_assessed_because"]  # type: ignore[index]


def test_gates_and_criteria_follow_the_rubric(tmp_path: Path) -> None:
    """One entry a line of the rubric, in its order, with unit and band in words."""
    found = written(score(recording()), tmp_path)
    rubric = KYPHOPLASTY.rubric
    for name, lines in (("gates", rubric.gates), ("criteria", rubric.criteria)):
        assert [row["metric"] for row in found[name]] == [line.metric for line in lines]  # type: ignore[attr-defined]
        assert all(row["unit"] == METRIC_UNITS[row["metric"]] for row in found[name])  # type: ignore[attr-defined]


def test_a_report_reads_back_by_its_schema(tmp_path: Path) -> None:
    """The exported schema describes what is written, and a report read by it is the same report."""
    report = score(recording(exposed(60), scenario=judged_by(LINE)))
    found = written(report, tmp_path)
    schema = TypeAdapter(ScoreReport).json_schema()
    assert set(found) == set(schema["properties"])
    assert set(found) - set(schema["required"]) == {"prognosis"}  # reports written before there was one
    assert TypeAdapter(ScoreReport).validate_json((tmp_path / "report.json").read_bytes()) == report
