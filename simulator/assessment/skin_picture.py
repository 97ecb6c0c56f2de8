"""A picture of the skin dose map: the trunk unrolled, head on top, in the middle the front, on which it lies."""

from __future__ import annotations

import io

import numpy as np

from scenarios.wording import Texts
from simulator.assessment.charts import ticks_in
from simulator.assessment.wording import told
from simulator.imaging.dose.skin_dose import SkinDoseMap

_FRONT_DEG = 90.0
"""Where the front lies, from the patient's right on."""
_MARGIN_MM = 50.0
"""Skin that is shown above and below what any beam met."""
_NO_DOSE, _MARK = "#dfe4e8", "#0b6fb8"


def skin_dose_png(found: SkinDoseMap, say: Texts) -> bytes:
    """PNG of a map, mGy, seen from the front: the patient's right on the left, the back at both ends."""
    from matplotlib.figure import Figure

    angle_deg = np.degrees(found.skin.angles_rad)
    from_front = (angle_deg - _FRONT_DEG + 180.0) % 360.0 - 180.0
    order = np.argsort(from_front)
    figure = Figure(figsize=(7.2, 4.6), layout="constrained", dpi=110)
    axes = figure.subplots()
    top = max(found.peak_mgy, 1e-9)
    shown = axes.pcolormesh(
        from_front[order],
        found.skin.z_mm,
        np.ma.masked_less_equal(found.dose_mgy[order].T, 0.0),
        cmap="magma",
        vmin=0.0,
        vmax=top,
        shading="nearest",
    )
    figure.colorbar(shown, ax=axes, label=say("report_chart.skin_dose"), format=ticks_in(say))
    if found.peak_mgy > 0.0:
        at = np.unravel_index(found.dose_mgy.argmax(), found.dose_mgy.shape)
        place = (from_front[at[0]], found.skin.z_mm[at[1]])
        axes.plot(*place, "+", color=_MARK, markersize=13, markeredgewidth=2)
        peak = f"{say.number(found.peak_mgy, '.1f')} mGy"
        axes.annotate(peak, place, xytext=(0, 12), textcoords="offset points", ha="center",
                      color=_MARK, fontsize=10, bbox={"fc": _NO_DOSE, "ec": "none", "pad": 1.5})  # fmt: skip
        exposed_mm = found.skin.z_mm[found.dose_mgy.any(axis=0)]
        axes.set_ylim(exposed_mm[0] - _MARGIN_MM, exposed_mm[-1] + _MARGIN_MM)
    axes.set_facecolor(_NO_DOSE)
    ends = (-180, -90, 0, 90, 180)
    axes.set_xticks(ends, [say(f"report_chart.skin_{end}") for end in ("back", "right", "front", "left", "back")])
    axes.set_ylabel(say("report_chart.above_target"))
    peak = say("report_chart.skin_title", mgy=found.peak_mgy, side=told(found.peak_side, say.language))
    axes.set_title(peak, loc="left", fontsize=10)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
