"""Scores as a table for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from simulator.assessment.score import ScoreReport


def csv_of(reports: Sequence[ScoreReport]) -> str:
    """One row a recording: identity, result, tripped gates, then every metric (empty where not assessed)."""
    buffer = io.StringIO()
    names = [row["name"] for row in reports[0].metrics] if reports else []
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["trainee", "case", "case_version", "rubric_version", "complete", "total", "passed",
                     "gates_tripped", *names, "recording_digest"])  # fmt: skip
    for r in reports:
        tripped = " ".join(g.metric for g in r.gates if g.tripped)
        values = ["" if row["value"] is None else row["value"] for row in r.metrics]
        total = "" if r.total is None else r.total
        writer.writerow([r.trainee, r.case, r.case_version, r.rubric_version, r.complete, total, r.passed, tripped,
                         *values, r.recording_digest])  # fmt: skip
    return buffer.getvalue()
