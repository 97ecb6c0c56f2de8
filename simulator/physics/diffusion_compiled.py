"""The spreading of heat compiled with numba: the same sums as ``diffusion``, in the same order, bit for bit.

One pass through memory where NumPy needs a dozen. Importing this raises ImportError where numba is not installed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anatomy.as_compiled import compiled

Array = NDArray[np.floating]

PORTION = 2048  # voxels


@compiled
def heun(  # type: ignore[no-untyped-def]
    rise,
    loss,
    face_0,
    face_1,
    face_2,
    stride_0,
    stride_1,
    stride_2,
    per_capacity,
    step_s,
    half,
    first,
    predicted,
    out,
) -> None:
    """A step of Heun's method from rise into out, all flat and of one precision, step_s and half too; first and
    predicted are working memory. Faces and loss as in ``diffusion.Conductor``."""
    power(rise, loss, face_0, face_1, face_2, stride_0, stride_1, stride_2, first)
    for i in range(rise.size):
        first[i] = first[i] * per_capacity[i] * step_s
        predicted[i] = rise[i] + first[i]
    power(predicted, loss, face_0, face_1, face_2, stride_0, stride_1, stride_2, out)
    for i in range(rise.size):
        out[i] = rise[i] + (out[i] * per_capacity[i] * step_s + first[i]) * half


@compiled
def power(  # type: ignore[no-untyped-def]
    rise, loss, face_0, face_1, face_2, stride_0, stride_1, stride_2, out
) -> None:
    """Net power into each voxel, by portions that stay in the nearest memory."""
    n = rise.size
    for start in range(0, n, PORTION):
        stop = min(start + PORTION, n)
        lose(rise[start:stop], loss[start:stop], out[start:stop])
        for face, stride in ((face_0, stride_0), (face_1, stride_1), (face_2, stride_2)):
            low, high = start, min(stop, n - stride)
            if low < high:
                gain(rise[low + stride : high + stride], rise[low:high], face[low:high], out[low:high])
            low = max(start, stride)
            if low < stop:
                give(rise[low:stop], rise[low - stride : stop - stride], face[low - stride : stop - stride],
                     out[low:stop])  # fmt: skip


@compiled
def lose(rise, loss, out) -> None:  # type: ignore[no-untyped-def]
    """To the surroundings."""
    for i in range(out.size):
        out[i] = -(rise[i] * loss[i])


@compiled
def gain(next_rise, rise, face, out) -> None:  # type: ignore[no-untyped-def]
    """From the next voxel along an axis."""
    for i in range(out.size):
        out[i] += (next_rise[i] - rise[i]) * face[i]


@compiled
def give(rise, last_rise, face, out) -> None:  # type: ignore[no-untyped-def]
    """To the voxel before."""
    for i in range(out.size):
        out[i] -= (rise[i] - last_rise[i]) * face[i]
