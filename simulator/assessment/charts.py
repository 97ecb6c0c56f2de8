"""Drawings for reports: what happened when, and cuts through the treated body. SVG and PNG as data URLs."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.wording import Texts
from simulator.assessment.evidence import Evidence
from simulator.devices.ground import LEAK_REGIONS
from simulator.engine.case import Case
from simulator.engine.leaks import to_be_seen
from simulator.engine.recording import Row
from simulator.engine.state import State

HALF_CUT_MM = 42.0
_BALLOON_TROUBLE = ("balloon_ruptured", "pressure_alarm", "wall_breached")
INK, SOFT_INK, CEMENT, LEAK, STEEL = "#1c2733", "#7a8794", "#1f77b4", "#d62728", "#2f3b46"


def timeline_svg(evidence: Evidence, say: Texts) -> str:
    """Needle depth, balloon, cement and dose over time, with events marked. Inline SVG."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 5.6), layout="constrained")
    axes = figure.subplots(4, 1, sharex=True)
    minutes = lambda row: row["tick"] / 3600.0  # noqa: E731
    for side, colour in (("left", "#2ca02c"), ("right", "#9467bd")):
        rows = [s for s in evidence.samples if f"needle_{side}" in s]
        axes[0].plot([minutes(r) for r in rows], [r[f"needle_{side}"]["bone_mm"] for r in rows], color=colour,
                     label=say(f"report_chart.{side}_cannula"))  # fmt: skip
        rows = [s for s in evidence.samples if f"balloon_{side}" in s]
        if rows:
            axes[1].plot([minutes(r) for r in rows], [r[f"balloon_{side}"][1] for r in rows], color=colour,
                         label=say(f"report_chart.{side}_balloon"))  # fmt: skip
    rows = [s for s in evidence.samples if "cement" in s]
    if rows:
        axes[2].plot([minutes(r) for r in rows], [r["cement"]["in_patient_ml"] for r in rows], color=CEMENT)
    exposed = evidence.of_kind("exposed")
    if exposed:
        dose = np.cumsum([e["dose_area_product_gycm2"] for e in exposed])
        axes[3].plot([minutes(e) for e in exposed], dose, color=INK)
        axes[3].plot([minutes(e) for e in exposed], np.zeros(len(exposed)), "|", color=SOFT_INK, markersize=9)
    for event in evidence.of_kind("touched", "order_rule_broken", "cement_leaked", *_BALLOON_TROUBLE):
        row = 2 if event["kind"] == "cement_leaked" else 1 if event["kind"] in _BALLOON_TROUBLE else 0
        axes[row].axvline(minutes(event), color=LEAK, linewidth=0.9, linestyle="--")
    for axis, label in zip(axes, ("in_bone", "balloon", "cement", "dose_area"), strict=True):
        axis.set_ylabel(say(f"report_chart.{label}"), fontsize=8)
        axis.yaxis.set_major_formatter(ticks_in(say))
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
        axis.set_ylim(bottom=0)
        if axis.get_legend_handles_labels()[1]:
            axis.legend(fontsize=7, frameon=False, loc="upper left")
    axes[3].set_xlabel(say("report_chart.minutes"), fontsize=8)
    axes[3].xaxis.set_major_formatter(ticks_in(say))
    buffer = io.StringIO()
    with rc_context({"svg.hashsalt": "vertebrosim"}):  # else every drawing has other names inside
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def ticks_in(say: Texts) -> Any:
    """Writes the numbers along an axis as a language does."""
    from matplotlib.ticker import ScalarFormatter

    class Ticks(ScalarFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return say.numerals(super().__call__(x, pos))

    return Ticks()


def cuts_png(case: Case, state: State, evidence: Evidence, say: Texts) -> str:
    """Sagittal, coronal and axial cuts through the target with cement, leaks and needle paths. Data URL."""
    from matplotlib.figure import Figure

    now = case.ground.at(state.amplitude)
    filling, regions = to_be_seen(now, state)
    cement, label = filling.on_grid() / now.grid.voxel_ml, now.label.copy()
    label[filling.window] = regions
    low, high = now.grid.box_mm()
    middle = _middle(cement, now.grid.shape)
    figure = Figure(figsize=(9.5, 3.5), layout="constrained")
    centre = case.ground.vertebra.patient_from_vertebra[:3, 3] - np.array([0.0, 12.0, 0.0])
    for axis, (title, across, drop) in zip(
        figure.subplots(1, 3),
        (("sagittal", (1, 2), 0), ("coronal", (0, 2), 1), ("axial", (0, 1), 2)),
        strict=True,
    ):
        extent = (low[across[0]], high[across[0]], low[across[1]], high[across[1]])
        index = middle[drop]
        axis.imshow(np.take(now.mineral, index, drop).T, origin="lower", extent=extent, cmap="gray", vmin=0,
                    vmax=0.7, interpolation="bilinear")  # fmt: skip
        axis.imshow(_overlay(cement, label, index, drop), origin="lower", extent=extent)
        _needle_paths(axis, evidence, across)
        left, right = centre[across[0]] - HALF_CUT_MM, centre[across[0]] + HALF_CUT_MM
        # Outside the sagittal cut the patient's right is on the left of the picture.
        axis.set_xlim((left, right) if drop == 0 else (right, left))
        axis.set_ylim(centre[across[1]] - HALF_CUT_MM, centre[across[1]] + HALF_CUT_MM)
        axis.set_facecolor("black")
        axis.set_title(say(f"report_chart.{title}"), fontsize=9, color=INK)
        axis.set_xticks([])
        axis.set_yticks([])
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return png_url(buffer.getvalue())


def _middle(cement: NDArray, shape: tuple[int, int, int]) -> list[int]:
    """Indices of the cuts: through most of the cement, or the middle without any."""
    if cement.max(initial=0.0) <= 0.0:
        return [n // 2 for n in shape]
    return [int(np.argmax(cement.sum(axis=tuple(a for a in range(3) if a != axis)))) for axis in range(3)]


def _overlay(cement: NDArray, label: NDArray, index: int, drop: int) -> NDArray:
    """Cement in blue, leaked cement in red, as transparent colours (rows, columns, 4)."""
    share = np.clip(np.take(cement, index, drop).T, 0.0, 1.0)
    leaked = np.isin(np.take(label, index, drop).T, LEAK_REGIONS)
    rgb = np.where(leaked[..., None], (0.84, 0.15, 0.16), (0.16, 0.50, 0.90))
    return np.concatenate([rgb, np.where(share > 0.12, 0.35 + 0.65 * share, 0.0)[..., None]], axis=-1)


def _needle_paths(axis: Any, evidence: Evidence, across: tuple[int, int]) -> None:
    """The deepest pose of each cannula as a line, and the planned corridor dotted."""
    for side in ("left", "right"):
        plan = evidence.plan.get(f"corridor_{side}")
        if plan is not None and side in evidence.scenario.instruments.needles:
            points = np.array([plan["entry_mm"], plan["target_mm"]])
            axis.plot(*points[:, across].T, linestyle=":", color="#ffd54d", linewidth=1.2)
        rows: list[Row] = [s[f"needle_{side}"] for s in evidence.samples if f"needle_{side}" in s]
        if rows:
            deepest = max(rows, key=lambda row: row["depth_mm"])
            tip, way = np.array(deepest["tip_mm"]), np.array(deepest["direction"])
            points = np.array([tip - min(deepest["depth_mm"], 60.0) * way, tip])
            axis.plot(*points[:, across].T, color="#f0f3f6", linewidth=2.6, solid_capstyle="butt")
            axis.plot(*points[:, across].T, color=STEEL, linewidth=1.4, solid_capstyle="butt")


def png_url(data: bytes) -> str:
    """PNG bytes as a data URL."""
    return "data:image/png;base64," + base64.b64encode(data).decode()
