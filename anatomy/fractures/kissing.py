"""Spinous processes that touch where a collapse brings them together (kissing spines).

Each of the two keeps to its own side of a plane of contact: they touch and do not run into each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.processes import spinous_process
from anatomy.skeleton.vertebra import Contact, Vertebra

GAP_MM = 0.8  # two linings of a false joint (shape: ours)
_STEP_MM = 0.5
_BESIDE_MM = 1.5  # how far from both bones the plane is still fitted


@dataclass(frozen=True)
class _Section:
    """Mid-sagittal points (n, 3) of the lower vertebra, patient frame, and distances (n,) to both processes."""

    points: FloatArray
    upper: Array
    lower: Array


def touching(upper: Vertebra, lower: Vertebra) -> tuple[Vertebra, Vertebra]:
    """Both vertebrae, each with its face of the contact where their spinous processes meet; else unchanged."""
    section = _section(upper, lower)
    nearest = np.maximum(section.upper, section.lower)
    if nearest.min() >= 0.5 * GAP_MM:
        return upper, lower
    near = nearest < _BESIDE_MM
    # The plane on which both are equally far, from a linear fit of the difference.
    points, difference = section.points[near], (section.upper - section.lower)[near]
    middle = points.mean(axis=0)
    slope = np.linalg.lstsq(np.column_stack([points - middle, np.ones(len(points))]), difference, rcond=None)[0]
    normal = frames.unit(slope[:3])
    at = middle - slope[3] / np.linalg.norm(slope[:3]) * normal
    return _facing(upper, at, normal), _facing(lower, at, -normal)


def _section(upper: Vertebra, lower: Vertebra) -> _Section:
    tip = lower.spinous_tip
    y, z = np.meshgrid(
        np.arange(tip[1] - 10.0, tip[1] + 30.0, _STEP_MM), np.arange(tip[2] - 20.0, tip[2] + 30.0, _STEP_MM)
    )
    local = np.column_stack([np.zeros(y.size), y.ravel(), z.ravel()])
    points = frames.apply(lower.patient_from_vertebra, local)
    return _Section(points, _distance(upper, points), _distance(lower, points))


def _distance(v: Vertebra, points: FloatArray) -> Array:
    x, y, z = frames.apply(frames.inverse(v.patient_from_vertebra), points).T
    return np.minimum.reduce([part.distance(x, y, z) for part in spinous_process(v)])


def _facing(v: Vertebra, at: FloatArray, normal: FloatArray) -> Vertebra:
    """A vertebra whose spinous process ends half a gap before a plane (patient frame); normal points out of it."""
    local_from_patient = frames.inverse(v.patient_from_vertebra)
    point = frames.apply(local_from_patient, at - 0.5 * GAP_MM * normal)
    return replace(v, contacts=(*v.contacts, Contact(point, frames.apply_direction(local_from_patient, normal))))
