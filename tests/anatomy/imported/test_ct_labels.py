"""Label schemes: told by values and centroids, overridable, refused where nothing fits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from anatomy.ct import UnusableScanError
from anatomy.imported.label_schemes import SCHEMES, scheme_of
from anatomy.morphometry import nominal
from anatomy.spec import LEVELS, Level
from anatomy.volume import Volume

AFFINE = np.diag([2.0, 2.0, 2.0, 1.0])


def labelled(scheme: str, levels: tuple[Level, ...], extra: dict[int, float] | None = None) -> Volume:
    """Blocks at the nominal places of levels, numbered in a scheme; extra: other values at heights, mm."""
    number = {level: value for value, level in SCHEMES[scheme].levels.items()}  # type: ignore[index]
    array = np.zeros((12, 12, 300), dtype=np.int16)
    z = 560.0
    for level, lower in pairwise((*LEVELS, None)):
        if level in levels:
            array[3:9, 3:9, int(z / 2) - 3 : int(z / 2) + 3] = number[level]
        if lower is not None:
            z -= 0.5 * (nominal(level).rim_height_mm + nominal(lower).rim_height_mm)
            z -= nominal(level).disc_below_height_mid_mm
    for value, height in (extra or {}).items():
        array[0:2, 0:12, int(height / 2) - 3 : int(height / 2) + 3] = value
    return Volume.from_affine(array, AFFINE)


@pytest.mark.parametrize("scheme", list(SCHEMES))
@pytest.mark.parametrize("levels", [LEVELS, LEVELS[-6:], LEVELS[-3:], LEVELS[5:11], ("L1", "L3")])
def test_schemes_are_told_apart(scheme: str, levels: tuple[Level, ...]) -> None:
    """Whole spines and parts of one are recognised by the order and the spacing of their centroids."""
    assert scheme_of(labelled(scheme, levels)).name == scheme


@pytest.mark.parametrize("scheme", ["totalsegmentator v1", "totalsegmentator v2"])
def test_organs_do_not_confuse(scheme: str) -> None:
    """A whole TotalSegmentator map also holds values that are vertebrae in other schemes."""
    organs = {1: 300.0, 5: 280.0, 10: 500.0, 13: 420.0, 52: 200.0, 7: 330.0}
    assert scheme_of(labelled(scheme, LEVELS[-8:], organs)).name == scheme


def test_one_vertebra_alone_is_verse_where_it_can_be() -> None:
    """A single label has no order; VerSe is the scheme that numbers nothing but vertebrae."""
    assert scheme_of(labelled("verse", ("L1",))).name == "verse"


def test_what_could_be_two_schemes_is_asked_for() -> None:
    """A single label that both versions of TotalSegmentator know is ambiguous, and --scheme decides."""
    labels = labelled("totalsegmentator v2", ("L3",))
    with pytest.raises(UnusableScanError, match=r"could be .*--scheme"):
        scheme_of(labels)
    assert scheme_of(labels, "totalsegmentator v2").levels[29] == "L3"


def test_a_scheme_can_be_said() -> None:
    """The author's word counts, if the labels hold any vertebra of that scheme."""
    labels = labelled("verse", LEVELS[-6:])
    assert scheme_of(labels, "totalsegmentator v1").name == "totalsegmentator v1"
    with pytest.raises(UnusableScanError, match="hold no vertebra"):
        scheme_of(labelled("verse", ("T2",)), "totalsegmentator v1")
    with pytest.raises(UnusableScanError, match="choose one of verse"):
        scheme_of(labels, "spineweb")


@pytest.mark.parametrize("values", [{}, {1: 100.0, 2: 150.0}, {v: 290.0 - v for v in range(41, 51)}])
def test_other_label_maps_are_refused(values: dict[int, float]) -> None:
    """Empty maps, bodies and discs, and sub-regions are no numbered vertebrae; the remedy is said."""
    with pytest.raises(UnusableScanError, match=r"fit none of the schemes.*--subregions"):
        scheme_of(labelled("verse", (), values))


def test_numbers_are_those_of_the_published_tables() -> None:
    """L1 and T12 by scheme (anatomy section 7.1)."""
    table = {"verse": (20, 19), "totalsegmentator v1": (22, 23), "totalsegmentator v2": (31, 32)}
    for name, (l1, t12) in table.items():
        assert (SCHEMES[name].levels[l1], SCHEMES[name].levels[t12]) == ("L1", "T12")  # type: ignore[index]
