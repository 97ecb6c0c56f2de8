"""Which pixels a solid darkens, and by how many mm: only those, never the whole picture.

Two ways give the same shadows: ``shadows_numpy``, the reference, and its compiled twin ``shadows_compiled``, used
where numba imports. Both cut the convex shadow of a body into one span of columns a row and take the mean of four
rays a pixel; what covers much of the picture is seen through pixel centres first and refined where it bends.
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.imaging.solids import shadows_numpy
from simulator.imaging.solids.shadows_numpy import Shadow
from simulator.imaging.solids.solids import Solid
from simulator.imaging.view import View

try:
    from simulator.imaging.solids import shadows_compiled
except ImportError:  # numba has no wheel for every Python
    shadows_compiled = None  # type: ignore[assignment]

__all__ = ["KERNELS", "Shadow", "shadow"]

KERNELS: dict[str, Callable[[Solid, View], Shadow]] = {"numpy": shadows_numpy.shadow}
if shadows_compiled is not None:
    KERNELS["compiled"] = shadows_compiled.shadow
_FASTEST = KERNELS.get("compiled", shadows_numpy.shadow)


def shadow(solid: Solid, view: View) -> Shadow:
    """The shadow of a solid: wherever it lies, only what is in front of the source and in the field counts."""
    return _FASTEST(solid, view)
