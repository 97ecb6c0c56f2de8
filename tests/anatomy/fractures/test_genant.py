"""Genant's grades by the greatest of three height losses."""

from __future__ import annotations

import pytest

from anatomy.fractures.genant import grade, grade_name, height_loss

EXPECTED = (25.0, 24.0, 27.0)


@pytest.mark.parametrize(
    ("share", "number", "name"),
    [
        (1.0, 0.0, "none"),
        (0.85, 0.5, "borderline"),
        (0.77, 1.0, "mild"),
        (0.65, 2.0, "moderate"),
        (0.48, 3.0, "severe"),
    ],
)
@pytest.mark.parametrize("where", [0, 1, 2])
def test_the_lowest_of_three_heights_gives_the_grade(where: int, share: float, number: float, name: str) -> None:
    """Front, middle or back: whichever lost most decides, by the limits of 20, 25 and 40 %."""
    heights = [h * (share if n == where else 1.0) for n, h in enumerate(EXPECTED)]
    assert grade(heights, EXPECTED) == number
    assert grade_name(heights, EXPECTED) == name


def test_a_taller_body_has_lost_nothing() -> None:
    """A body taller than expected has a negative loss and no grade."""
    assert height_loss((26.0, 25.0, 28.0), EXPECTED) < 0.0
    assert grade((26.0, 25.0, 28.0), EXPECTED) == 0.0


def test_three_heights_are_wanted() -> None:
    """A height that is missing is an error, not a good height."""
    with pytest.raises(ValueError, match="argument 2 is longer"):
        grade((20.0, 20.0), EXPECTED)
