"""A picture of the skin dose map: the trunk unrolled, head on top, in the middle the front, on which it lies."""

from __future__ import annotations

import io

import numpy as np

from simulator.imaging.dose.skin_dose import SkinDoseMap

_FRONT_DEG = 90.0
"""Where the front lies, from the patient's right on."""


def skin_dose_png(found: SkinDoseMap) -> bytes:
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
        found.dose_mgy[order].T,
        cmap="magma",
        vmin=0.0,
        vmax=top,
        shading="nearest",
    )
    figure.colorbar(shown, ax=axes, label="skin dose, mGy")
    if found.peak_mgy > 0.0:
        at = np.unravel_index(found.dose_mgy.argmax(), found.dose_mgy.shape)
        place = (from_front[at[0]], found.skin.z_mm[at[1]])
        axes.plot(*place, "+", color="#35c6ff", markersize=13, markeredgewidth=2)
        axes.annotate(f"{found.peak_mgy:.1f} mGy", place, xytext=(8, 8), textcoords="offset points",
                      color="#35c6ff", fontsize=10)  # fmt: skip
    ends = (-180, -90, 0, 90, 180)
    axes.set_xticks(ends, ["back", "right", "front", "left", "back"])
    axes.set_ylabel("mm above the target")
    axes.set_title(f"Peak skin dose {found.peak_mgy:.2f} mGy, {found.peak_side}", loc="left", fontsize=10)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
