"""Bone and its surroundings as cement meets them: walls, ways out, what thin cement prefers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from anatomy import frames, shapes
from anatomy.patient import Patient
from anatomy.regions import Region
from simulator.devices import bone_medium
from simulator.devices.bone_medium import MOUTH_ML, VEIN_RADIUS_M, WAY_OUT_RADIUS_M
from simulator.devices.fracture_lines import fracture_lines
from simulator.devices.ground import Ground, GroundNow
from simulator.devices.venous import FORAMEN, MARROW_ML_MIN, VenousCement
from simulator.physics.choice_of_way import easier_by
from simulator.physics.porous_medium import PorousMedium


@pytest.fixture(scope="module")
def ground(patient: Patient) -> Ground:
    return Ground.of(patient)


@pytest.fixture(scope="module")
def now(ground: Ground) -> GroundNow:
    return ground.at(1.0)


def medium(now: GroundNow, viscosity: float, venous: VenousCement | None = None) -> PorousMedium:
    nothing = np.zeros(now.grid.shape, dtype=np.float32)
    return bone_medium.medium(now, now.mineral, nothing, nothing > 0, viscosity, "syringe", venous)


def test_compartments_are_closed_but_for_the_ways_out(now: GroundNow) -> None:
    """Bone is one, ways out are none, and channels open their walls."""
    none = np.zeros(now.grid.shape, dtype=bool)
    number = bone_medium.compartments(now, none)
    assert now.crack is not None
    out = now.hole | now.crack
    assert set(np.unique(number[(now.label == Region.BODY) & ~out])) == {1}
    assert set(np.unique(number[out])) <= {0}
    assert (number[(now.label == Region.DISC_ABOVE) & ~out] > 1).all()
    assert not bone_medium.compartments(now, np.ones_like(none)).any()


def test_veins_are_walled_but_for_their_mouths(now: GroundNow) -> None:
    """No voxel of a vein outside bone takes cement; every mouth is a way out."""
    one = medium(now, 100.0)
    assert now.mouth is not None
    assert now.crack is not None
    vessel = np.isin(
        now.label, (Region.EPIDURAL_VEIN, Region.SEGMENTAL_VEIN, Region.AZYGOS_VEIN, Region.VENA_CAVA)
    )
    vessel &= (now.mouth == 0) & ~now.hole & ~now.crack
    assert vessel.any()
    assert not one.pore_ml[vessel].any()
    assert (one.pore_ml[now.mouth > 0] == MOUTH_ML).all()
    assert now.veins is not None
    assert len(np.unique(now.mouth)) == 1 + len(now.veins.mouth_nodes)


def test_thin_cement_prefers_the_ways_out(now: GroundNow) -> None:
    """Hole, disc and veins conduct better for thin cement by the factor of the capillary model."""
    thin, thick = medium(now, 30.0), medium(now, 1000.0)
    assert now.mouth is not None
    free = now.mouth == 0
    for where, radius in ((now.hole & free, WAY_OUT_RADIUS_M), (now.mouth == FORAMEN, VEIN_RADIUS_M)):
        ratio = thin.permeability_m2[where] / thick.permeability_m2[where]
        assert ratio == pytest.approx(easier_by(30.0, radius) / easier_by(1000.0, radius))


def test_mouths_have_the_conductance_of_their_pipes(now: GroundNow) -> None:
    """Over all faces to bone a foramen as well-conducting as it may be gives what the pipes behind it have."""
    assert now.veins is not None
    assert now.mouth is not None
    one = medium(now, 100.0)
    inner = np.isin(now.label, (Region.BODY, Region.ARCH, Region.BASIVERTEBRAL_VEIN))
    faces = 0
    for axis in range(3):
        for step in (1, -1):
            faces += int(((now.mouth == FORAMEN) & np.roll(inner & (one.permeability_m2 > 0), step, axis)).sum())
    k = float(one.permeability_m2[now.mouth == FORAMEN][0])
    h = float(now.grid.voxel_mm[0]) * 1e-3
    ease_m3 = now.veins.ease_m3(None, 0) * easier_by(100.0, VEIN_RADIUS_M)
    assert 2.0 * h * k * faces == pytest.approx(ease_m3, rel=0.35)


def test_mouths_are_found_as_one_by_one(now: GroundNow) -> None:
    """Voxels in the array's order and the faces they share with bone, counted face by face; also at its edge."""
    assert now.mouth is not None
    mouth = now.mouth.copy()
    mouth[0, 3:6, 2], mouth[:2, 0, 0], mouth[-1, -1, -1] = 2, 3, 3
    edge = replace(now, mouth=mouth)
    none = np.zeros(now.grid.shape, dtype=np.float32)
    one = bone_medium.parts(edge, now.mineral, none, none > 0, "syringe")
    inner = (one.number <= 1) & (one.permeability_m2 > 0.0) & (mouth == 0)
    assert inner.any()
    for number, (index, faces) in enumerate(bone_medium._mouths(one, edge), start=1):
        here = (mouth == number) & (one.pore_ml == MOUTH_ML)
        shared = 0
        for axis in range(3):
            a, b = np.moveaxis(here, axis, 0), np.moveaxis(inner, axis, 0)
            shared += int((a[1:] & b[:-1]).sum() + (a[:-1] & b[1:]).sum())
        assert faces == max(shared, 1)
        np.testing.assert_array_equal(index, np.nonzero(here))


def test_a_fracture_line_conducts_better_than_the_bone_around_it(now: GroundNow) -> None:
    assert now.line is not None
    assert now.line.any()
    without = medium(replace(now, line=np.zeros_like(now.line)), 100.0).permeability_m2
    with_line = medium(now, 100.0).permeability_m2
    changed = with_line != without
    assert changed.any()
    assert not changed[~now.line].any()
    assert with_line[changed] / without[changed] == pytest.approx(
        bone_medium.LINE_EASE * easier_by(100.0, WAY_OUT_RADIUS_M), rel=1e-3
    )


def test_a_fissure_joins_the_broken_endplate_to_the_line(ground: Ground) -> None:
    """From the hole to the step of the fracture, and to where the line runs; without a hole there is none."""
    assert ground.collapse is not None
    x, y, z = shapes.local_axes(ground.grid, frames.inverse(ground.vertebra.patient_from_vertebra))
    y, z, _ = ground.collapse.unfractured(x, y, z, 1.0)
    one, without = (
        fracture_lines(1, ground.collapse, x, y, z, ground.body_mm, hole)[0]
        for hole in (ground.hole, np.zeros_like(ground.hole))
    )
    assert ground.hole.any()
    fissure = one & ~without
    assert fissure.any()
    assert (ndimage.binary_dilation(fissure) & ground.hole).any()
    assert (ndimage.binary_dilation(fissure) & without).any()
    assert not (without & ndimage.binary_dilation(ground.hole)).any()


def test_thick_cement_is_stopped_by_cracks_more_than_by_veins() -> None:
    """Each against what thin cement meets there."""
    crack, vein = (easier_by(800.0, r) / easier_by(60.0, r) for r in (WAY_OUT_RADIUS_M, VEIN_RADIUS_M))
    assert crack < 0.1
    assert 3.0 * crack < vein < 0.5


def test_a_line_that_is_bridged_conducts_as_the_bone_beside_it(now: GroundNow) -> None:
    assert now.line is not None
    without = medium(replace(now, line=np.zeros_like(now.line)), 2000.0).permeability_m2
    assert medium(now, 2000.0).permeability_m2[now.line] == pytest.approx(without[now.line], rel=1e-6)


def test_a_balloon_closes_the_veins_around_it(now: GroundNow) -> None:
    """Tributaries in and near a cavity take nothing; the foramen stays open."""
    assert now.mouth is not None
    place = np.argwhere(now.mouth == FORAMEN + 1)[0]
    cavity = np.zeros(now.grid.shape, dtype=np.float32)
    cavity[tuple(slice(int(i) - 1, int(i) + 2) for i in place)] = 1.0
    one = bone_medium.medium(now, now.mineral * (1.0 - cavity), cavity, cavity > 2.0, 100.0, "fillers")
    assert one.pore_ml[tuple(place)] < 0.01
    assert (one.pore_ml[now.mouth == FORAMEN] == MOUTH_ML).all()


def test_a_hole_in_the_posterior_wall_tears_epidural_veins(patient: Patient) -> None:
    """Behind it lies the canal, open."""
    hole = np.zeros(patient.regions.grid.shape, dtype=bool)
    vein = np.argwhere(patient.regions.array == Region.EPIDURAL_VEIN)
    hole[tuple(vein[len(vein) // 2])] = True
    torn = Ground.of(replace(patient, endplate_hole=replace(patient.endplate_hole, array=hole)))
    assert torn.label[tuple(vein[len(vein) // 2])] == Region.CANAL
    assert (torn.label == Region.EPIDURAL_VEIN).sum() < len(vein)


def test_blood_of_the_marrow_leaves_by_every_way_most_of_it_behind(ground: Ground) -> None:
    """All of it leaves the body, none comes in; the wide trunk to the epidural veins takes more than any other
    way, and from between the arms' first tributaries blood runs to it, not away from it."""
    assert ground.veins is not None
    flow = ground.veins.network.blood_m3_s * 60e6  # ml/min
    tree = [n for n, p in enumerate(ground.veins.pipes) if p.kind == "basivertebral"]
    starts = {ground.veins.pipes[n].start for n in tree}
    out = {ground.veins.pipes[n].end: flow[n] for n in tree if ground.veins.pipes[n].end not in starts}
    assert min(out.values()) > 0.0
    assert sum(out.values()) == pytest.approx(MARROW_ML_MIN)
    level = ground.vertebra.level
    assert max(out, key=lambda node: out[node]) == f"{level} basivertebral foramen"
    from_middle = {p.end: flow[n] for n, p in enumerate(ground.veins.pipes) if p.start == f"{level} body"}
    assert min(from_middle.values()) < 0.0
    assert sum(from_middle.values()) == pytest.approx(0.0, abs=1e-9)


def test_tributaries_follow_murray(ground: Ground) -> None:
    """Cubes of diameters: those of the tributaries together are those of the stems, within their scatter."""
    assert ground.veins is not None
    tree = [p for p in ground.veins.pipes if p.kind == "basivertebral"]
    entering = sum(p.diameter_mm**3 for p in tree if "tributary" in p.start)
    stems = {p.end: p.diameter_mm for p in tree if "junction" not in p.end}
    assert 0.7 < entering / sum(d**3 for d in stems.values()) < 1.8
