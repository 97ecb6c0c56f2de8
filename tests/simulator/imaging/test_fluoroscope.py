"""A frame: what is in the beam is drawn where it is, and the same request gives the same picture."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from anatomy.patient import Patient
from anatomy.tissue import ADIPOSE, SOFT, STEEL, mixture
from anatomy.volume import Grid, Volume
from simulator.imaging.beam.attenuation import cement_material
from simulator.imaging.beam.exposure import Technique
from simulator.imaging.collimation import Collimation
from simulator.imaging.fluoroscope import Fluoroscope, Frame, shot
from simulator.imaging.overlay import MARROW_G_CM3
from simulator.imaging.projected_body import ProjectedBody
from simulator.imaging.scene import Filler, Scene
from simulator.imaging.solids.solids import Solid, cone, rod, tube
from simulator.imaging.view import View
from tests.fingerprint import fingerprint
from tests.simulator.imaging.small_views import view_at

FIELD = Collimation(280.0, 280.0)
TECHNIQUE = Technique(85.0, 0.4)
SIDE = view_at(90.0, shape=(112, 112), field_mm=280.0)
FRONT = view_at(180.0, shape=(112, 112), field_mm=280.0)


@pytest.fixture(scope="module")
def fluoroscope(patient: Patient) -> Fluoroscope:
    """One machine for the whole file: what it keeps must never show."""
    return Fluoroscope(patient)


def drawn(fluoroscope: Fluoroscope, scene: Scene, view: View = SIDE, seed: int = 1, **changed: object) -> Frame:
    """A frame with a generator of its own."""
    options = {"technique": TECHNIQUE, "collimation": FIELD} | changed
    return fluoroscope.draw(view, scene, rng=np.random.default_rng(seed), **options)  # type: ignore[arg-type]


def added(with_it: Frame, without: Frame) -> np.ndarray:
    """Log attenuation (rows, columns) that something adds to the expected signal."""
    return -np.log(with_it.image.expected_kev / without.image.expected_kev)


def needle(patient: Patient, *, stylet: bool = True) -> tuple[tuple[Solid, ...], np.ndarray]:
    """A cannula of 3.4 mm in the right corridor of L1 and its tip."""
    corridor = patient.corridors["right"]
    tip = corridor.entry_mm + 20.0 * corridor.direction
    hub = tip - 90.0 * corridor.direction
    if not stylet:
        return (tube(STEEL, hub, tip, 1.7, 1.3),), tip
    shoulder = tip - 2.7 * corridor.direction
    return (rod(STEEL, hub, shoulder, 1.7), cone(STEEL, shoulder, tip, 1.7)), tip


@pytest.mark.parametrize("view", [SIDE, FRONT, view_at(140.0, 10.0, shape=(112, 112), field_mm=280.0)])
def test_a_needle_is_drawn_where_it_is(fluoroscope, patient, view):
    """Steel darkens the pixels of its line and its tip's, and casts no shadow elsewhere."""
    solids, tip = needle(patient)
    extra = added(drawn(fluoroscope, Scene(solids=solids), view), drawn(fluoroscope, Scene(), view))
    axis = patient.corridors["right"].direction
    on_it = view.project(tip - np.linspace(8.0, 85.0, 40)[:, None] * axis)
    beyond = view.project(tip + np.linspace(6.0, 20.0, 10)[:, None] * axis)
    on_it = on_it[np.all((on_it > 2) & (on_it < 109), axis=1)].round().astype(int)
    assert len(on_it) > 5
    assert extra[tuple(on_it.T)].min() > 0.3
    assert np.abs(extra[tuple(beyond.round().astype(int).T)]).max() < 0.05
    rows, columns = np.indices(extra.shape)
    along = view.project(np.array([tip, tip - 90.0 * axis]))
    way = (along[1] - along[0]) / np.linalg.norm(along[1] - along[0])
    off = np.abs((rows - along[0][0]) * way[1] - (columns - along[0][1]) * way[0])
    assert np.abs(extra[off > 4.0]).max() < 0.05


def test_seen_along_its_axis_a_needle_is_a_dot(fluoroscope, patient):
    """The bull's-eye view: the whole length of steel in a few pixels at the entry, and nothing beside them."""
    solids, tip = needle(patient)
    x, y, z = -patient.corridors["right"].direction  # from the entry back to the detector
    angles = np.degrees([np.arctan2(-x, y), np.arcsin(z)])
    view = view_at(*angles, shape=(112, 112), field_mm=280.0, isocentre_mm=tip)
    extra = added(drawn(fluoroscope, Scene(solids=solids), view), drawn(fluoroscope, Scene(), view))
    rows, columns = np.nonzero(extra > 0.3)
    assert extra[55:57, 55:57].min() > 0.6  # what is left is scatter
    assert 4 <= len(rows) <= 16
    assert np.abs(np.array([rows.mean(), columns.mean()]) - 55.5).max() < 0.5


def test_a_hollow_needle_is_brighter_than_a_full_one(fluoroscope, patient):
    """Without its stylet a cannula lets more through along its middle."""
    hollow, full = (drawn(fluoroscope, Scene(solids=needle(patient, stylet=s)[0])) for s in (False, True))
    plain = drawn(fluoroscope, Scene())
    assert 0.2 < added(hollow, plain).max() < 0.8 * added(full, plain).max()


def cube(patient: Patient, half_mm: float = 6.0) -> Grid:
    """A small grid in the body of the target."""
    centre = patient.landmarks["L1 body centre"]
    return Grid.spanning(centre - half_mm, centre + half_mm, 1.0)


def uniform(grid: Grid, value: float) -> Volume:
    """One value in every voxel."""
    return Volume(np.full(grid.shape, value, np.float32), grid)


def test_cement_darkens_and_an_exchange_of_like_for_like_does_not(fluoroscope, patient):
    """Cement in place of marrow is dark where it lies; soft tissue in place of soft tissue cannot be seen."""
    grid, plain = cube(patient), drawn(fluoroscope, Scene())
    cement = cement_material(0.3)
    filler = Filler(cement, uniform(grid, 1.0))
    extra = added(drawn(fluoroscope, Scene(fillers=(filler,))), plain)
    row, column = SIDE.project(patient.landmarks["L1 body centre"]).round().astype(int)
    assert extra[row, column] > 0.3
    assert np.unravel_index(extra.argmax(), extra.shape) == pytest.approx((row, column), abs=4)
    soft, adipose = MARROW_G_CM3
    whole = soft + adipose
    marrow = mixture("marrow", whole, {SOFT: soft / whole, ADIPOSE: adipose / whole})
    same = Filler(marrow, uniform(grid, 0.4))
    assert np.abs(added(drawn(fluoroscope, Scene(fillers=(same,))), plain)).max() < 2e-3


def test_mineral_taken_away_brightens_its_place_and_no_more(fluoroscope, patient):
    """A balloon's cavity is brighter than the bone was; nothing becomes brighter than no bone at all."""
    grid, plain = cube(patient), drawn(fluoroscope, Scene())
    taken = drawn(fluoroscope, Scene(mineral_removed=uniform(grid, 0.15)))
    far_too_much = drawn(fluoroscope, Scene(mineral_removed=uniform(grid, 50.0)))
    row, column = SIDE.project(patient.landmarks["L1 body centre"]).round().astype(int)
    assert added(taken, plain)[row, column] < -0.01
    assert np.all(np.isfinite(far_too_much.image.expected_kev))
    assert added(far_too_much, taken)[row, column] > -1.0


def test_reducing_the_fracture_lifts_what_is_above_and_leaves_what_is_below(fluoroscope, patient):
    """Amplitude 1 is the patient as found, 0 is reduced: T12 moves in the picture, L2's body does not."""
    found, reduced = (drawn(fluoroscope, Scene(amplitude=a), FRONT) for a in (1.0, 0.0))
    changed = np.abs(added(reduced, found))

    def around(level: str) -> float:
        row, column = FRONT.project(patient.landmarks[f"{level} body centre"]).round().astype(int)
        return float(changed[row - 6 : row + 7, column - 4 : column + 5].mean())  # between the pedicles

    assert around("T12") > 0.03
    assert around("L1") > 0.02
    assert around("L2") < 0.001


def test_the_same_request_gives_the_same_picture_whatever_was_drawn_before(fluoroscope, patient):
    """A fresh machine and one that has drawn other views, scenes and amplitudes agree bit by bit."""
    scene = Scene(solids=needle(patient)[0])
    first = drawn(fluoroscope, scene)
    for primary in range(-60, 60, 15):  # more views than it keeps
        drawn(fluoroscope, Scene(), view_at(primary, shape=(24, 24), field_mm=280.0))
    for amplitude in (0.2, 0.4, 0.6):
        drawn(fluoroscope, Scene(amplitude=amplitude), view_at(0.0, shape=(24, 24), field_mm=280.0))
    for again in (drawn(fluoroscope, scene), drawn(Fluoroscope(patient), scene)):
        np.testing.assert_array_equal(again.grey, first.grey)
        np.testing.assert_array_equal(again.image.expected_kev, first.image.expected_kev)


def test_each_pulse_has_noise_of_its_own(fluoroscope):
    """Another seed gives another picture of the same expected signal; no global generator is touched."""
    np.random.seed(0)  # noqa: NPY002 - to prove that it does not matter
    one = drawn(fluoroscope, Scene(), seed=1)
    np.random.seed(1)  # noqa: NPY002
    again, other = drawn(fluoroscope, Scene(), seed=1), drawn(fluoroscope, Scene(), seed=2)
    np.testing.assert_array_equal(one.grey, again.grey)
    np.testing.assert_array_equal(one.image.expected_kev, other.image.expected_kev)
    assert (one.grey != other.grey).mean() > 0.5


def test_more_charge_means_less_noise(fluoroscope):
    """Sixteen times the mAs: the difference of two pulses is a quarter as large."""

    def noise(mas: float) -> float:
        a, b = (drawn(fluoroscope, Scene(), seed=s, technique=Technique(85.0, mas)).grey for s in (3, 4))
        return float(np.std(a[20:90, 20:90].astype(float) - b[20:90, 20:90]))

    assert noise(0.1) / noise(1.6) == pytest.approx(4.0, rel=0.15)


def test_collimation_blanks_the_outside_and_lowers_scatter_inside(fluoroscope):
    """Outside the blades black and without signal; inside the geometry stays and scatter gets less."""
    small = Collimation(140.0, 180.0)
    narrow, wide = drawn(fluoroscope, Scene(), collimation=small), drawn(fluoroscope, Scene())
    inside = small.open_pixels(SIDE)
    assert inside.sum() == 56 * 72
    np.testing.assert_array_equal(narrow.image.inside, inside)
    assert not narrow.grey[~inside].any()
    within, beyond = ndimage.binary_erosion(inside, iterations=2), ~ndimage.binary_dilation(inside, iterations=2)
    assert not narrow.image.expected_kev[beyond].any()
    assert np.all(narrow.image.expected_kev[within] < wide.image.expected_kev[within])
    assert np.all(narrow.image.expected_kev[within] > 0.3 * wide.image.expected_kev[within])


def test_bone_and_metal_are_dark(fluoroscope, patient):
    """The fluoroscopic look: where steel lies the grey falls, air beside the patient is nearly white."""
    solids, tip = needle(patient)
    plain, steel = (drawn(fluoroscope, Scene(solids=s), technique=Technique(85.0, 8.0)) for s in ((), solids))
    assert plain.grey.dtype == np.uint8
    row, column = SIDE.project(tip - 20.0 * patient.corridors["right"].direction).round().astype(int)
    assert int(steel.grey[row, column]) < int(plain.grey[row, column]) - 20
    assert plain.grey.max() > 230


def test_nothing_handed_in_is_changed(fluoroscope, patient):
    """Patient, view and scene are as they were after a frame with everything in it."""
    grid = cube(patient)
    scene = Scene(
        amplitude=0.5,
        solids=needle(patient)[0],
        fillers=(Filler(STEEL, uniform(grid, 0.1)),),
        mineral_removed=uniform(grid, 0.1),
    )
    before = fingerprint(patient, scene, SIDE)
    drawn(fluoroscope, scene)
    assert fingerprint(patient, scene, SIDE) == before


def test_planes_may_share_a_body(fluoroscope, patient):
    """Two planes that project one body draw what each would draw alone."""
    body = ProjectedBody(patient)
    for view in (SIDE, FRONT):
        shared = drawn(Fluoroscope(body), Scene(), view)
        np.testing.assert_array_equal(shared.grey, drawn(fluoroscope, Scene(), view).grey)


def test_a_breath_moves_the_patient_and_not_the_blades(fluoroscope, patient):
    """Three rows down, two columns right: the anatomy moves by that, the field stays where it is."""
    small = Collimation(140.0, 180.0)
    still, moved = (
        fluoroscope.expose(SIDE, Scene(), TECHNIQUE, small, np.random.default_rng(1), shift_px=shift).expected_kev
        for shift in ((0.0, 0.0), (3.0, 2.0))
    )
    inside = ndimage.binary_erosion(small.open_pixels(SIDE), iterations=6)
    back = np.roll(moved, (-3, -2), axis=(0, 1))
    assert np.abs(back - still)[inside].max() < 0.06 * still[inside].max()
    assert np.abs(back - still)[inside].mean() < 0.1 * np.abs(moved - still)[inside].mean()
    np.testing.assert_array_equal(moved > 0.0, still > 0.0)


def test_a_shot_is_a_full_field_without_instruments(fluoroscope, patient):
    """``shot`` is ``draw`` with an empty scene and the blades open."""
    one = shot(patient, SIDE, TECHNIQUE, np.random.default_rng(1))
    np.testing.assert_array_equal(one.grey, drawn(fluoroscope, Scene()).grey)
