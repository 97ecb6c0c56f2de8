"""Genant's semiquantitative grade of a vertebral fracture, from the three heights of a lateral radiograph.

Grades by the greatest loss of anterior, middle or posterior height against what is expected: 20 to 25 % mild, 25
to 40 % moderate, more severe; less than 20 % is borderline, 0.5 (anatomy 6.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Grade = Literal["none", "borderline", "mild", "moderate", "severe"]
_FROM_LOSS: tuple[tuple[float, Grade], ...] = (
    (0.40, "severe"), (0.25, "moderate"), (0.20, "mild"), (0.10, "borderline"),
)  # fmt: skip
_NUMBER: dict[Grade, float] = {"none": 0.0, "borderline": 0.5, "mild": 1.0, "moderate": 2.0, "severe": 3.0}


def height_loss(heights_mm: Sequence[float], expected_mm: Sequence[float]) -> float:
    """Greatest share lost of anterior, middle and posterior height (3,); negative where all are taller.

    >>> round(height_loss((18.0, 24.0, 27.0), (25.0, 25.0, 27.0)), 2)
    0.28
    """
    return max(1.0 - h / e for h, e in zip(heights_mm, expected_mm, strict=True))


def grade_name(heights_mm: Sequence[float], expected_mm: Sequence[float]) -> Grade:
    """Genant's word for a loss; below 10 % it is within what measuring scatters, "none" (limit: ours)."""
    loss = height_loss(heights_mm, expected_mm)
    return next((name for least, name in _FROM_LOSS if loss >= least), "none")


def grade(heights_mm: Sequence[float], expected_mm: Sequence[float]) -> float:
    """Genant's number: 0, 0.5, 1, 2 or 3.

    >>> grade((18.0, 24.0, 27.0), (25.0, 25.0, 27.0))
    2.0
    """
    return _NUMBER[grade_name(heights_mm, expected_mm)]
