"""The ground: bone on the region grid, read through the fracture's displacement at any state of reduction."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from anatomy import frames
from anatomy.fractures.fracture import Collapse
from anatomy.mineral_groups import MineralGroups
from anatomy.patient import Patient
from anatomy.regions import IN_BONE, Region
from anatomy.volume import Volume
from simulator.devices.ground import AMPLITUDE_STEP, DESTINATIONS, EASE_SPREAD, LUNGS, Ground, leak_destination


@pytest.fixture(scope="module")
def ground(patient: Patient) -> Ground:
    """The ground of the coarse patient."""
    return Ground.of(patient)


@pytest.fixture(scope="module")
def collapse(patient: Patient) -> Collapse:
    """Its fracture."""
    assert patient.column.collapse is not None
    return patient.column.collapse


def test_as_found_it_is_the_patient(patient: Patient, ground: Ground) -> None:
    """At amplitude 1 nothing is moved: labels and hole are the patient's own."""
    now = ground.at(1.0)
    assert np.array_equal(now.label, patient.regions.array)
    assert np.array_equal(now.hole, patient.endplate_hole.array)
    assert now.body_ml == pytest.approx(float((ground.body_mm < 0).sum()) * ground.grid.voxel_ml)


def test_mineral_is_the_mean_of_the_fine_voxels(patient: Patient, ground: Ground) -> None:
    """Grams on the region grid equal grams in the fine volume over the same box, to a thousandth."""
    fine = patient.mineral_fine(1.0)
    coarse = ground.at(1.0).mineral
    n = round(float(ground.grid.voxel_mm[0] / fine.grid.voxel_mm[0]))
    first = frames.apply(frames.inverse(fine.patient_from_voxel), ground.grid.patient_from_voxel[:3, 3])
    start = np.rint(first - (n - 1) / 2.0).astype(int)
    low = np.maximum(start, 0)
    stop = np.minimum(start + n * np.array(ground.grid.shape), fine.array.shape)
    box = fine.array[tuple(slice(a, b) for a, b in zip(low, stop, strict=True))]
    grams = float(box.sum(dtype=np.float64)) * float(np.prod(fine.grid.voxel_mm)) / 1000.0
    assert float(coarse.sum(dtype=np.float64)) * ground.grid.voxel_ml == pytest.approx(grams, rel=1e-3)


@pytest.mark.parametrize("amplitude", [0.8, 0.5, 0.3])
def test_a_marked_point_moves_with_the_field(ground: Ground, collapse: Collapse, amplitude: float) -> None:
    """A marker in the upper front of the body goes where the fracture's own map sends it, within half a voxel."""
    v = collapse.vertebra
    y, z = v.anterior_wall_y_mm - 8.0, 0.25 * v.size.body_height_ant_mm
    found = frames.apply(v.patient_from_vertebra, np.array([0.0, *_found(collapse, y, z)]))
    index = np.rint(frames.apply(frames.inverse(ground.grid.patient_from_voxel), found)).astype(int)
    label = np.zeros(ground.grid.shape, dtype=np.uint8)
    around = tuple(slice(i - 1, i + 2) for i in index)  # small: layers of the body are pressed unequally
    label[around] = 1
    marker = frames.apply(ground.grid.patient_from_voxel, index.astype(float))
    moved = replace(ground, label=label).at(amplitude).label
    seen = frames.apply(ground.grid.patient_from_voxel, np.argwhere(moved == 1).mean(axis=0))
    expected = _sent(collapse, marker, amplitude)
    assert np.linalg.norm(expected - marker) > 2.0 * (1.0 - amplitude)
    assert np.abs(seen - expected).max() < 0.75 * float(ground.grid.voxel_mm[0])


def _found(collapse: Collapse, y: float, z: float) -> tuple[float, float]:
    """Where an unfractured point (vertebral frame) lies as found."""
    return y, float(collapse.columns(0.0, np.array(y)).lowered(np.array(z), 1.0))


def _sent(collapse: Collapse, point_mm: np.ndarray, amplitude: float) -> np.ndarray:
    """Where a point as found lies at an amplitude: the root of ``between``, by bisection of its inverse."""
    local = frames.apply(frames.inverse(collapse.vertebra.patient_from_vertebra), point_mm)
    at = local.copy()
    for _ in range(60):
        y, z, _ = collapse.between(at[0], at[1:2], at[2:3], found_at=1.0, wanted_at=amplitude)
        at = at + 0.7 * np.array([0.0, local[1] - float(y[0]), local[2] - float(z[0])])
    return frames.apply(collapse.vertebra.patient_from_vertebra, at)


def test_reduction_raises_the_endplate_and_opens_the_body(ground: Ground, collapse: Collapse) -> None:
    """The roof rises by exactly the height that comes back at that depth, the floor stays, the body grows."""
    found, half = ground.at(1.0), ground.at(0.5)
    v = collapse.vertebra
    point = frames.apply(v.patient_from_vertebra, np.array([0.0, v.anterior_wall_y_mm - 6.0, 0.0]))
    i, j, k = np.rint(frames.apply(frames.inverse(ground.grid.patient_from_voxel), point)).astype(int)
    centre = frames.apply(ground.grid.patient_from_voxel, np.array([i, j, k], dtype=float))
    y = frames.apply(frames.inverse(v.patient_from_vertebra), centre)[1]
    back = 0.5 * float(collapse.lost_height_mm(np.array(y)))
    assert half.roof_mm[i, j, k] - found.roof_mm[i, j, k] == pytest.approx(back, abs=1e-3)
    assert half.floor_mm[i, j, k] == found.floor_mm[i, j, k]
    assert half.body_ml > found.body_ml * 1.03


def body_alone(ground: Ground) -> Ground:
    """The ground without the bones above and below the target."""
    m = ground.mineral
    lower, upper = (Volume(np.zeros_like(v.array), v.grid) for v in (m.lower, m.upper))
    return replace(ground, mineral=MineralGroups(lower, m.body, upper))


@pytest.mark.parametrize("amplitude", [0.8, 0.5, 0.3])
def test_reduction_loses_no_bone(ground: Ground, amplitude: float) -> None:
    """The target's mineral is the same at every amplitude, within 0.3 %, though its volume is not."""
    alone = body_alone(ground)
    grams = [float(alone.at(a).mineral.sum(dtype=np.float64)) for a in (1.0, amplitude)]
    assert grams[1] == pytest.approx(grams[0], rel=3e-3)


def test_nothing_below_the_fracture_moves(ground: Ground) -> None:
    """The lowest quarter of the grid is the same at every amplitude, the bones above left aside."""
    low = ground.grid.shape[2] // 4
    found, half = body_alone(ground).at(1.0), body_alone(ground).at(0.5)
    assert np.array_equal(found.label[:, :, :low], half.label[:, :, :low])
    assert np.allclose(found.mineral[:, :, :low], half.mineral[:, :, :low], atol=1e-4)


def test_amplitudes_are_followed_in_steps(ground: Ground) -> None:
    """Within a step the same arrays are given out again; the next step is another."""
    assert ground.at(0.7) is ground.at(0.7 + 0.4 * AMPLITUDE_STEP)
    assert ground.at(0.7) is not ground.at(0.7 + AMPLITUDE_STEP)


def test_only_the_last_few_amplitudes_are_kept(ground: Ground) -> None:
    """A whole reduction passes fifty of them, ten megabytes each with the bed that balloons lie in."""
    gone = [weakref.ref(ground.at(AMPLITUDE_STEP * n)) for n in range(40, 50)]
    gc.collect()
    assert sum(one() is not None for one in gone) <= 4


def test_ease_scatters_about_one(ground: Ground) -> None:
    """Permeability at equal density scatters by a factor of 1.5, the same for the same seed, smooth over 3 mm."""
    log = np.log(ground.ease)
    assert abs(float(log.mean())) < 0.1
    assert float(log.std()) == pytest.approx(np.log(EASE_SPREAD), rel=0.05)
    neighbours = float(np.corrcoef(log[:-1].ravel(), log[1:].ravel())[0, 1])
    assert neighbours > 0.7


def test_room_lies_inside_the_body(ground: Ground) -> None:
    """A cavity may grow in the body, a millimetre short of its surface, and the side wall is part of that."""
    now = ground.at(1.0)
    assert now.room.any()
    assert (now.body_mm[now.room] < -1.0).all()
    assert now.cortex_side.size
    assert now.room.ravel()[now.cortex_side].all()


def test_every_region_outside_bone_is_a_destination() -> None:
    """Cement is either in its place or has leaked somewhere with a name of its own."""
    named = {region: leak_destination(region) for region in Region}
    assert {region for region, name in named.items() if name is None} == set(IN_BONE)
    assert len(set(DESTINATIONS)) == len(DESTINATIONS) == len(Region) - len(IN_BONE) + 1
    assert set(DESTINATIONS) - {named[region] for region in Region} == {LUNGS}


def test_a_body_without_fracture_does_not_change(patient: Patient, ground: Ground) -> None:
    """Without a collapse every amplitude is the body as found."""
    intact = replace(ground, collapse=None)
    assert np.array_equal(intact.at(0.5).label, intact.at(1.0).label)
    assert np.array_equal(intact.at(0.5).roof_mm, intact.at(1.0).roof_mm)
    assert patient.column.collapse is not None
