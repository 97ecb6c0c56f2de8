"""The contest as Markdown tables and as rows like those of ``vertebrosim bench --json``."""

from __future__ import annotations

from statistics import median
from typing import Any

from tests.benchmarks.peers.contestants import YARDSTICK
from tests.benchmarks.peers.round_robin import Result


def as_table(scan: str, results: dict[str, Result], versions: dict[str, str]) -> list[str]:
    """Lines of Markdown for one scan; ratios are of medians to the yardstick's, where it ran."""
    unit = _median(results.get(YARDSTICK))
    lines = ["", f"**{scan}**", ""]
    lines += ["| projector | median ms | least ms | to a plain ray march | relative RMS | turns |"]
    lines += ["|---|---:|---:|---:|---:|---:|"]
    for name, result in results.items():
        label = f"{name} {versions.get(name, '')}".strip()
        if result.why_not:
            lines.append(f"| {label} | not measured: {result.why_not} | | | | |")
            continue
        ratio = f"{_median(result) / unit:.2f}" if unit else ""
        lines.append(
            f"| {label} | {_median(result):.0f} | {min(result.times_ms):.0f} | {ratio} "
            f"| {result.relative_rms:.1e} | {len(result.times_ms)} |"
        )
    return lines


def as_rows(scan: str, results: dict[str, Result], versions: dict[str, str], threads: int) -> list[dict[str, Any]]:
    """Rows of name, unit, median, min, max, runs, details; those that were not measured say why."""
    rows: list[dict[str, Any]] = []
    unit = _median(results.get(YARDSTICK))
    for name, result in results.items():
        row: dict[str, Any] = {"name": f"projector {name} {scan}"}
        if result.why_not:
            rows.append(row | {"not_measured": result.why_not})
            continue
        times = {"median": _median(result), "min": min(result.times_ms), "max": max(result.times_ms)}
        details = {
            "version": versions.get(name, ""),
            "threads": threads,
            "relative_rms": result.relative_rms,
            "ratio_to_plain_ray_march": _median(result) / unit if unit else None,
        }
        rows.append(row | {"unit": "ms", **times, "runs": len(result.times_ms), "details": details})
    return rows


def _median(result: Result | None) -> float:
    return median(result.times_ms) if result and result.times_ms else 0.0
