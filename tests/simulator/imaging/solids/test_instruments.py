"""Instruments: they fit into each other, end where they are said to, and weaken the beam as such things do."""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.tissue import PLATINUM, STEEL
from simulator.imaging.beam.attenuation import ALUMINIUM, mass_attenuation_cm2_g
from simulator.imaging.beam.exposure import spectrum_at
from simulator.imaging.beam.transmission import primary_signal
from simulator.imaging.panel.detector import Detector
from simulator.imaging.solids import instrument_materials, instruments
from simulator.imaging.solids.instruments import CANNULA_MM, Pose, pose, radii_mm
from simulator.imaging.solids.solids import Solid

HELD = pose((4.0, 20.0, -10.0), (-0.35, 0.9, -0.25), (0.3, 0.1, 1.0))
GAUGES = pytest.mark.parametrize("gauge", [8, 10, 11, 13])


def path_mm(solids, source, direction, material=None):
    """Path of one ray through solids, of one material or of all."""
    chosen = [solid for solid in solids if material in (None, solid.material)]
    way = frames.unit(direction)
    return float(sum(solid.path_mm(np.asarray(source), way) for solid in chosen))


def across_mm(solids, held: Pose, back_mm: float, off_mm=0.0, material=STEEL):
    """Path across an instrument, so far behind its tip and off its axis, seen from the side that it faces."""
    third = np.cross(held.axis, held.facing)
    source = held.at(back_mm, 0.0) + off_mm * third - 80.0 * np.array(held.facing)
    return path_mm(solids, source, held.facing, material)


def end_mm(solids, held: Pose, material=STEEL):
    """How far ahead of the tip (negative: behind) steel is still met, seen from 5 m away, almost in parallel."""
    heights, offs = np.arange(-1.0, 1.0, 0.02), np.linspace(-2.2, 2.2, 45)
    third = np.cross(held.axis, held.facing)
    source = held.at(0.0, -5000.0)
    points = held.at(0.0) + heights[:, None, None] * np.array(held.axis) + offs[:, None] * third
    rays = frames.unit(points - source)
    met = sum(solid.path_mm(source, rays) for solid in solids if solid.material is material).max(axis=1) > 0.0
    return float(heights[np.flatnonzero(met)[-1]])


@GAUGES
def test_a_cannula_is_its_gauge(gauge):
    """Two walls thick across its axis, nothing beside it, and its mouth is at the tip."""
    solids = instruments.cannula(HELD, gauge)
    outer, inner = radii_mm(gauge)
    assert (2.0 * outer, 2.0 * inner) == instruments.DIAMETERS_MM[gauge]
    assert across_mm(solids, HELD, 60.0) == pytest.approx(2.0 * (outer - inner), abs=1e-6)
    assert across_mm(solids, HELD, 60.0, outer + 0.01) == 0.0
    assert across_mm(solids, HELD, 60.0, outer - 0.01) > 0.0
    assert end_mm(solids, HELD) == pytest.approx(0.0, abs=0.1)


@GAUGES
@pytest.mark.parametrize("kind", ["diamond", "bevel"])
def test_a_needle_is_full_and_ends_in_a_point_at_the_tip(gauge, kind):
    """Along the shaft steel but for the stylet's play; towards the tip ever less; nothing beyond."""
    solids = instruments.needle(HELD, gauge, kind)
    outer, _ = radii_mm(gauge)
    assert across_mm(solids, HELD, 60.0) == pytest.approx(2.0 * outer - 0.1, abs=1e-6)
    assert end_mm(solids, HELD) == pytest.approx(0.0, abs=0.1)
    thickness = [across_mm(solids, HELD, back) for back in (0.3, 0.8, 1.4)]
    assert thickness == sorted(thickness)
    assert thickness[0] < 0.5 * outer
    shaft = [across_mm(solids, HELD, back, 0.3) for back in np.arange(9.0, CANNULA_MM, 13.0)]
    assert max(shaft) - min(shaft) < 1e-6  # no gap and no overlap where tube and tip join


@pytest.mark.parametrize(
    "put_in",
    [
        lambda held, gauge: instruments.drill(held, gauge),
        lambda held, gauge: instruments.curette(held, gauge),
        lambda held, gauge: instruments.bone_filler(held, gauge, 40.0),
    ],
)
@GAUGES
def test_what_goes_through_a_cannula_fits(gauge, put_in):
    """Drill, curette and filler lie wholly within the bore, all along."""
    solids = put_in(HELD, gauge)
    inner = radii_mm(gauge)[1]
    for back in np.linspace(-0.5, CANNULA_MM - 1.0, 40):
        assert across_mm(solids, HELD, back, inner) == 0.0
        assert across_mm(solids, HELD, back, 0.05) <= 2.0 * inner
        assert across_mm(solids, HELD, back, -0.4) <= 2.0 * inner


def test_a_drill_has_edges_about_a_core():
    """Along its flutes the steel beside the core comes and goes."""
    solids = instruments.drill(HELD, 8)
    beside = [across_mm(solids, HELD, back, 1.2) for back in np.arange(3.0, 28.0, 0.25)]
    assert min(beside) == 0.0
    assert max(beside) > 0.5
    assert across_mm(solids, HELD, 20.0) > 1.5  # the core


@pytest.mark.parametrize("flexion_deg", [0.0, 45.0, 90.0])
def test_a_curettes_cup_turns_to_the_side_that_it_faces(flexion_deg):
    """Its scoop lies where the flexion says, hollow towards its mouth."""
    angle = np.radians(flexion_deg)
    solids = instruments.curette(HELD, 8, angle)
    way = np.cos(angle) * np.array(HELD.axis) + np.sin(angle) * np.array(HELD.facing)
    cup = HELD.at(8.0) + 5.0 * way
    third = np.cross(HELD.axis, HELD.facing)
    assert path_mm(solids[-3:-2], cup - 50.0 * third, third, STEEL) > 0.3
    assert path_mm(solids, cup + 4.0 * way - 50.0 * third, third, STEEL) == 0.0


def test_a_filler_holds_one_and_a_half_millilitres():
    """The bore of an 8 G filler over its length; its plunger ends where it is said to."""
    volume_ml = np.pi * instruments.filler_bore_mm(8) ** 2 * instruments.FILLER_MM / 1000.0
    assert volume_ml == pytest.approx(1.5, rel=0.05)
    solids = instruments.bone_filler(HELD, 8, 40.0)
    assert across_mm(solids, HELD, 41.0) > 2.5
    assert across_mm(solids, HELD, 39.0) < 0.5


def test_markers_say_where_the_balloon_begins_and_ends():
    """Two platinum bands, as far apart as the balloon is long, thin-walled, on a shaft that fits through 10 G."""
    start, end = HELD.at(18.0), HELD.at(3.0)
    solids = instruments.balloon_catheter(start, end)
    length, wall = instruments.MARKER_LENGTH_MM, instruments.MARKER_WALL_MM
    banded = [back for back in np.arange(0.0, 25.0, 0.1) if across_mm(solids, HELD, back, 0.0, PLATINUM) > 0.0]
    assert (banded[0], banded[-1]) == pytest.approx((3.0, 18.0), abs=0.11)
    assert len(banded) == pytest.approx(2.0 * length / 0.1, abs=2)
    assert across_mm(solids, HELD, 3.5, 0.0, PLATINUM) == pytest.approx(2.0 * wall, abs=1e-6)
    assert sum(across_mm(solids, HELD, 40.0, radii_mm(10)[1], material) for material in (None,)) == 0.0
    assert instruments.balloon_markers(start, end) == solids[:2]


def test_thin_things():
    """The anaesthetic needle is a 22 G tube, the wire as thick as asked, both with their point at the tip."""
    needle, wire = instruments.anaesthetic_needle(HELD), instruments.kirschner_wire(HELD, 2.0)
    assert across_mm(needle, HELD, 40.0) == pytest.approx(0.718 - 0.413, abs=1e-6)
    assert across_mm(wire, HELD, 100.0) == pytest.approx(2.0, abs=1e-6)
    assert end_mm(wire, HELD) == pytest.approx(0.0, abs=0.2)
    assert end_mm(needle, HELD) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("kind", ["ring", "cross", "wire"])
def test_skin_marks_lie_on_the_skin(kind):
    """Flat about the point: all of it within a millimetre of the skin's plane."""
    normal = frames.unit((0.1, -1.0, 0.2))
    solids = instruments.skin_mark(kind, (5.0, -90.0, 3.0), normal, (0.0, 0.0, 1.0))
    for solid in solids:
        heights = (solid.body.outline_mm() - (5.0, -90.0, 3.0)) @ normal
        assert np.abs(heights).max() < 1.2
    assert (path_mm(solids, (5.0, -90.0, 3.0) - 50.0 * normal, normal) > 0.0) == (kind != "ring")


def signal(materials, path_g_cm2, kv=100.0):
    """Primary signal behind paths of materials."""
    return float(primary_signal(np.array(path_g_cm2)[:, None], materials, spectrum_at(kv), Detector())[0])


def test_a_table_top_is_half_to_one_millimetre_of_aluminium():
    """At 100 kV the top (without its pad) weakens the beam like 0.5 to 1 mm of aluminium."""
    pad, *top = instruments.table_top(np.eye(4))
    down = np.array([0.0, 0.0, -1.0])
    paths = [0.1 * s.material.density_g_cm3 * float(s.path_mm((0.0, 0.0, 300.0), down)) for s in top]
    behind = signal([s.material for s in top], paths)
    aluminium = [signal([ALUMINIUM], [0.27 * mm]) for mm in (0.5, 1.0)]
    assert aluminium[1] < behind < aluminium[0]
    assert float(pad.path_mm((0.0, 0.0, 300.0), down)) == pytest.approx(50.0)


def test_plastic_is_faint_where_steel_is_black():
    """Behind 20 cm of tissue a hub takes 5 to 40 % of the signal, the 11 G needle in it over 80 % at 90 kV."""
    solids = instruments.needle(HELD, 11)
    tissue = instrument_materials.HAND_TISSUE
    bare = signal([tissue], [20.6], 90.0)
    hub = across_mm(solids, HELD, CANNULA_MM + 8.0, 3.0, instrument_materials.POLYCARBONATE)
    steel = across_mm(solids, HELD, 60.0)
    faint = signal([tissue, instrument_materials.POLYCARBONATE], [20.6, 0.12 * hub], 90.0)
    black = signal([tissue, STEEL], [20.6, 0.793 * steel], 90.0)
    assert 0.6 < faint / bare < 0.95
    assert black / bare < 0.2


@pytest.mark.parametrize("name", [n for n in dir(instrument_materials) if n.isupper()])
def test_materials_have_a_composition(name):
    """Mass fractions sum to one (else attenuation refuses them) and nothing is without weight."""
    material = getattr(instrument_materials, name)
    assert mass_attenuation_cm2_g(material, [60.0])[0] > 0.1
    assert material.density_g_cm3 > 0.0


def test_poses_are_made_right():
    """Directions become unit vectors and facing is turned across the axis; equal poses give equal instruments."""
    held = pose((1, 2, 3), (0, 0, 5), (1, 0, 7))
    assert held == Pose((1.0, 2.0, 3.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
    assert np.allclose(held.at(10.0, 2.0), (3.0, 2.0, -7.0))
    made = [instruments.needle(pose((1, 2, 3), (0, 1, 5)), 11) for _ in range(2)]
    assert made[0] == made[1]
    assert all(isinstance(part, Solid) for part in made[0])


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: instruments.cannula(HELD, 9), "no instrument of 9 gauge; there are 8, 10, 11, 13, 22"),
        (lambda: instruments.needle(HELD, 11, "blunt"), "there are diamond and bevel"),
        (lambda: instruments.skin_mark("star", (0, 0, 0), (0, 1, 0)), "there are ring, cross and wire"),
        (lambda: pose((0, 0, 0), (0, 0, 0)), "zero vector"),
        (lambda: pose((0, 0, 0), (0, 0, 1), (0, 0, 1)), "facing must not lie along"),
    ],
)
def test_a_wrong_wish_is_answered(build, says):
    """What there is not is named, with what there is."""
    with pytest.raises(ValueError, match=says):
        build()
