"""Who is drawn: published shares, the same person every time."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from anatomy.column import column_of
from simulator.validation.population import sampling
from simulator.validation.population.sampling import Person, level_shares, person_of

DRAWN = 250


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return [person_of(seed) for seed in range(DRAWN)]


def share_holds(count: int, share: float) -> bool:
    """Within four standard deviations of a binomial draw."""
    return abs(count / DRAWN - share) < 4.0 * np.sqrt(share * (1.0 - share) / DRAWN)


def test_levels_follow_the_table(people: list[Person]) -> None:
    shares, counts = level_shares(), Counter(person.level for person in people)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares["L1"] == max(shares.values()) == pytest.approx(0.22)
    assert all(share_holds(counts[level], share) for level, share in shares.items())


def test_shares_of_findings(people: list[Person]) -> None:
    fractures = [person.fracture for person in people]
    assert share_holds(sum(f.cleft != "none" for f in fractures), 0.37)
    assert share_holds(sum(f.endplate_defect_mm > 0.0 for f in fractures), 179 / 234)
    assert share_holds(sum(f.retropulsion_mm > 0.0 for f in fractures), sampling.WALL_BROKEN)
    assert share_holds(sum(person.spec.sex == "female" for person in people), sampling.FEMALE_SHARE)
    for shape, share in sampling.SHAPES.items():
        assert share_holds(sum(f.shape == shape for f in fractures), share)
    for age, share in sampling.FRACTURE_AGES.items():
        assert share_holds(sum(f.age == age for f in fractures), share)
    open_walls = [f for f in fractures if f.posterior_wall_defect_mm > 0.0]
    assert open_walls
    assert all(f.retropulsion_mm > 0.0 for f in open_walls)
    assert all(f.endplate_defect_mm == 0.0 for f in fractures if f.age == "healed")


def test_a_seed_is_a_person(people: list[Person]) -> None:
    assert person_of(17) == people[17]
    assert len({person.spec for person in people}) == DRAWN


def test_every_person_can_be(people: list[Person]) -> None:
    """Clefts fit into what was lost."""
    with_clefts = [person for person in people if person.fracture.cleft != "none"][:15]
    for person in with_clefts:
        collapse = column_of(person.spec).collapse
        assert collapse is not None
        assert collapse.cleft is not None
