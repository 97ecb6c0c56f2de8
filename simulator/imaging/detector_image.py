"""DetectorImage: what one exposure leaves on the panel, before anybody decides how to show it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class DetectorImage:
    """One exposure. Pictures are (rows, columns), keV absorbed a pixel.

    signal_kev    what was detected: blurred, noisy, slightly negative at worst
    expected_kev  its expectation: primary and scatter of everything in the beam
    anatomy_share the expectation of the patient alone, without instruments, contrast and cement, as a share of the
                  bare beam's; the same array as before for as long as view, field and tube potential stay, so
                  that what follows from it can be kept
    open_kev      signal of the bare beam in the middle of the panel
    inside        True in the collimated field
    pixel_mm      pixel pitch at the detector
    geometry      equal for two exposures of the same view, patient position and field: pictures of equal
                  geometry may be averaged or subtracted
    """

    signal_kev: Image
    expected_kev: Image
    anatomy_share: Image
    open_kev: float
    inside: NDArray[np.bool_]
    pixel_mm: float
    geometry: Hashable

    def read_as(self, signal_kev: Image) -> DetectorImage:
        """The same exposure with another reading: what lag has made of it."""
        return replace(self, signal_kev=signal_kev)
