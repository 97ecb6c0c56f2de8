"""Metal of an earlier operation as solids: each length of metal counted once, known again, sharp at its edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from anatomy.column import Column
from anatomy.findings.earlier_work import Screw, metal, screws
from anatomy.frames import FloatArray
from anatomy.spec import PatientSpec
from simulator.imaging.beam.attenuation import mass_attenuation_cm2_g
from simulator.imaging.solids.implants import TITANIUM_ALLOY, implants
from tests.anatomy.findings.bone_pieces import column


@dataclass(frozen=True, eq=False)
class Person:
    """What implants ask a patient for."""

    spec: PatientSpec
    column: Column


def person(**fields: object) -> Person:
    """Somebody with screws."""
    spec = PatientSpec(seed=4, sex="male", target_level="T12", **fields)  # type: ignore[arg-type]
    return Person(spec, column(spec))


FUSED = person(pedicle_screws=("L3", "L4"))
SCREW: Screw = screws(FUSED.spec, FUSED.column)[0]


def path_mm(through_mm: FloatArray, way: FloatArray, who: Person = FUSED) -> float:
    """Metal along a long ray through a point."""
    (assembly,) = implants(who)
    return sum(float(solid.path_mm(through_mm - 200.0 * way, way)) for solid in assembly.solids)


def across(screw: Screw) -> FloatArray:
    """A unit direction across a screw, upwards: nothing else of a single level is met."""
    side = np.cross(screw.along, (1.0, 0.0, 0.0))
    return side / np.linalg.norm(side)


def test_most_patients_have_none() -> None:
    """No screws, no solids."""
    assert implants(person()) == ()


def test_all_metal_is_one_assembly_that_is_known_again() -> None:
    """The same patient gives the same object, with a solid for every part; pictures reuse its shadow."""
    (assembly,) = implants(FUSED)
    assert assembly is implants(FUSED)[0]
    assert len(assembly.solids) == len(metal(FUSED.spec, FUSED.column))
    assert {solid.material for solid in assembly.solids} == {TITANIUM_ALLOY}


def test_a_ray_across_a_screw_meets_its_diameter_and_no_more() -> None:
    """Across the shaft between core and outer diameter, thread or not: the core is not counted twice."""
    alone = person(pedicle_screws=("L3",))
    depths = np.arange(6.0, SCREW.length_mm - 9.0, 0.37)
    found = [path_mm(SCREW.behind(-depth), across(SCREW), alone) for depth in depths]
    assert min(found) == pytest.approx(0.72 * SCREW.diameter_mm, rel=0.02)
    assert 0.9 * SCREW.diameter_mm < max(found) <= SCREW.diameter_mm + 1e-6


def test_a_ray_along_a_screw_meets_its_length_and_its_head() -> None:
    """Along the axis shaft and head are met once each, the rod through the head within it."""
    assert path_mm(SCREW.behind(0.0), SCREW.along) == pytest.approx(SCREW.length_mm + 14.0, abs=0.6)


def test_a_rod_is_five_and_a_half_millimetres_thick() -> None:
    """Between two heads a ray through its middle, across, meets its diameter."""
    rods = [part for part in metal(FUSED.spec, FUSED.column) if part.kind == "rod"]
    between = rods[len(rods) // 4]
    middle = 0.5 * (np.array(between.start_mm) + between.end_mm)
    assert path_mm(middle, np.array([1.0, 0.0, 0.0])) % 5.5 == pytest.approx(0.0, abs=0.05)


def test_titanium_stops_what_its_elements_do() -> None:
    """At 60 keV titanium stops 0.766, aluminium 0.278 and vanadium about 0.83 cm2/g (NIST): 0.74 together."""
    assert mass_attenuation_cm2_g(TITANIUM_ALLOY, [60.0])[0] == pytest.approx(0.74, rel=0.02)
    assert TITANIUM_ALLOY.density_g_cm3 == 4.43
