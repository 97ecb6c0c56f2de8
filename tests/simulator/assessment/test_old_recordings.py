"""Recordings of earlier versions stay readable. Files under tests/data are never made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.assessment.score import score
from simulator.engine.recording import read
from simulator.engine.replay import commands_by_tick

FORMAT_1 = Path(__file__).parents[2] / "data" / "recordings" / "format-1.vsim"
"""A one-sided kyphoplasty in 37 s, written by version 0.1.0 on a patient of 1 mm voxels."""


def test_format_1_opens_whole() -> None:
    """Every seal holds, the end is reached, every command is understood."""
    recording = read(FORMAT_1)
    assert recording.complete
    assert recording.header["program"]["vertebrosim"] == "0.1.0"
    assert sum(len(found) for found in commands_by_tick(recording).values()) == 19


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("exposures", 53.0), ("skin_punctures", 1.0), ("advance_per_exposure_mm", 24.9),
        ("tip_depth_percent", 59.59), ("peak_balloon_ml", 0.6), ("cement_in_body_ml", 0.75),
        ("fill_percent", 3.82), ("duration_min", 0.6153), ("dose_area_product_gycm2", 0.8184),
        ("leak_ml", 0.0),
        ("unseen_medial_advance_mm", None),
    ],
)  # fmt: skip
def test_format_1_is_judged_as_it_was(metric: str, value: float | None) -> None:
    """What was recorded then is measured now as it was then."""
    found = {row["name"]: row["value"] for row in score(read(FORMAT_1)).metrics}
    assert found[metric] == (None if value is None else pytest.approx(value))


def test_format_1_keeps_its_score() -> None:
    """The rubric travels in the recording: later rubrics do not touch an old grade."""
    report = score(read(FORMAT_1))
    assert report.total == pytest.approx(60.86)
    assert not report.passed
