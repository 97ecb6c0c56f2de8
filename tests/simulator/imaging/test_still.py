"""Drawing only what changed gives the picture that drawing everything gives."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from anatomy.patient import Patient
from anatomy.tissue import STEEL
from anatomy.volume import Grid, Volume
from simulator.imaging import projected_body
from simulator.imaging.beam.attenuation import cement_material
from simulator.imaging.beam.beam_energies import bins_at
from simulator.imaging.beam.scatter import scatter_field
from simulator.imaging.beam.transmission import primary_signal
from simulator.imaging.collimation import Collimation
from simulator.imaging.overlay import MARROW_G_CM3, Overlays
from simulator.imaging.panel.detector import panel_at
from simulator.imaging.projected_body import AMPLITUDE_STEP, ProjectedBody
from simulator.imaging.projection.projector import line_integrals
from simulator.imaging.scene import Filler, Scene
from simulator.imaging.solids.solids import rod, tube
from simulator.imaging.still import PATIENT, StillView
from tests.simulator.imaging.small_views import view_at

VIEW = view_at(150.0, 8.0, shape=(96, 112), field_mm=200.0)
FIELD = Collimation(150.0, 190.0)
WHOLE = slice(0, 96), slice(0, 112)


@pytest.fixture(scope="module")
def body(patient: Patient) -> ProjectedBody:
    """The patient, ready to be projected."""
    return ProjectedBody(patient)


def scene_in(patient: Patient) -> Scene:
    """Two needles that cross, cement around the tip of one, and a cavity."""
    centre = patient.landmarks["L1 body centre"]
    grid = Grid.spanning(centre - 9.0, centre + 9.0, 1.0)
    share = Volume(np.random.default_rng(1).random(grid.shape, dtype=np.float32), grid)
    start = centre + (30.0, -70.0, 5.0)
    return Scene(
        solids=(rod(STEEL, start, centre, 1.7), tube(STEEL, centre - (25.0, 60.0, 0.0), centre, 2.1, 1.5)),
        fillers=(Filler(cement_material(0.3), share),),
        mineral_removed=Volume(0.05 * share.array, grid),
    )


def steel_g_cm2(scene: Scene) -> np.ndarray:
    """Steel in front of every pixel, as the mean of four rays."""
    rows, columns = np.indices(VIEW.shape)
    total = np.zeros(VIEW.shape)
    for solid in scene.solids:
        for r, c in ((-0.25, -0.25), (-0.25, 0.25), (0.25, -0.25), (0.25, 0.25)):
            ends = np.stack([rows + r, columns + c, np.ones(VIEW.shape)], axis=-1) @ VIEW.ray_matrix_patient().T
            rays = ends / np.linalg.norm(ends, axis=-1, keepdims=True)
            total += 0.25 * solid.path_mm(VIEW.source_patient_mm, rays)
    return 0.1 * STEEL.density_g_cm3 * total


def test_touched_pixels_anew_are_the_whole_anew(patient, body):
    """Primary and scatter of a scene with steel, cement and a cavity: as if every pixel had been computed."""
    scene = scene_in(patient)
    paths = body.paths_g_cm2(VIEW, 1.0, WHOLE)
    still = StillView(VIEW, FIELD, paths, panel_at(VIEW.pixel_mm))
    overlay = Overlays().of(VIEW, scene)
    found = still.at(85.0).expected_kev(overlay)

    cement = scene.fillers[0]
    filled = 0.1 * line_integrals(cement.share, VIEW)
    left = paths.copy()
    left[0] -= MARROW_G_CM3[0] * filled
    left[1] -= MARROW_G_CM3[1] * filled
    left[2] -= 0.1 * line_integrals(scene.mineral_removed, VIEW)
    everything = np.stack([*np.maximum(left, 0.0), steel_g_cm2(scene), cement.material.density_g_cm3 * filled])
    materials = (*PATIENT, STEEL, cement.material)
    primary = primary_signal(everything, materials, bins_at(85.0), still.detector, photon_scale=still.scale)
    scatter = scatter_field(primary * still.inside, still.tissue_mm, VIEW.pixel_mm, with_grid=True, kv=85.0)
    assert overlay.pixels.size > 300
    np.testing.assert_allclose(found, primary + scatter, rtol=2e-4)


def test_nothing_added_is_the_anatomy_itself(body):
    """An empty scene costs nothing and changes nothing."""
    still = StillView(VIEW, FIELD, body.paths_g_cm2(VIEW, 1.0, WHOLE), panel_at(VIEW.pixel_mm))
    lit = still.at(85.0)
    assert lit.expected_kev(Overlays().of(VIEW, Scene())) is lit.anatomy_kev


def test_only_what_moved_is_drawn_again(patient, body, monkeypatch):
    """A needle that advances costs its own shadow; neither anatomy nor cement nor a cavity is projected."""
    overlays, scene = Overlays(), scene_in(patient)
    first = overlays.of(VIEW, scene)
    body.paths_g_cm2(VIEW, 1.0, WHOLE)
    drawn: list[object] = []
    monkeypatch.setattr("simulator.imaging.overlay.line_integrals", lambda *a, **_k: drawn.append(a))
    monkeypatch.setattr(projected_body, "line_integrals", lambda *a, **_k: drawn.append(a))
    moved = rod(STEEL, (30.0, -70.0, 5.0), (1.0, 2.0, 3.0), 1.7)
    body.paths_g_cm2(VIEW, 1.0, WHOLE)
    later = overlays.of(VIEW, Scene(1.0, (moved, scene.solids[1]), scene.fillers, scene.mineral_removed))
    assert not drawn
    assert later is not first
    assert overlays.of(VIEW, scene) is first


def test_between_two_amplitudes_bone_is_mixed_and_none_is_lost(body):
    """The mineral of a half-way amplitude is the mean of its neighbours', to rounding."""
    low, middle, high = (body.paths_g_cm2(VIEW, share * AMPLITUDE_STEP, WHOLE)[2] for share in (10.0, 10.5, 11.0))
    np.testing.assert_allclose(middle, 0.5 * (low + high), atol=1e-5)
    assert np.abs(high - low).max() > 0.01


def test_paths_are_kept_and_cannot_be_written(body):
    """The same view twice is the same array, read-only."""
    paths = body.paths_g_cm2(VIEW, 1.0, WHOLE)
    assert body.paths_g_cm2(VIEW, 1.0, WHOLE) is paths
    with pytest.raises(ValueError, match="read-only"):
        paths[0, 0, 0] = 1.0


def test_paths_are_the_line_integrals_of_the_patient(patient, body):
    """Soft tissue, fat, and mineral of the fine box and of the rest, in g/cm2, as found."""
    soft, adipose, mineral = body.paths_g_cm2(VIEW, 1.0, WHOLE)
    np.testing.assert_allclose(soft, 0.1 * line_integrals(patient.soft, VIEW, smooth=True), rtol=1e-5)
    np.testing.assert_allclose(adipose, 0.1 * line_integrals(patient.adipose, VIEW, smooth=True), rtol=1e-5)
    fine, far = (line_integrals(v, VIEW) for v in (patient.mineral_fine(1.0), patient.mineral_far(1.0)))
    np.testing.assert_allclose(mineral, 0.1 * (fine + far), rtol=1e-5, atol=1e-6)
    assert min(fine.max(), far.max()) > 1.0


def test_a_window_has_paths_of_its_own(body):
    """What lies outside a window is left out, and asked for with another window it is there."""
    whole = body.paths_g_cm2(VIEW, 1.0, WHOLE)
    part = body.paths_g_cm2(VIEW, 1.0, (slice(20, 60), slice(0, 112)))
    assert not part[:, 60:].any()
    # Smoothing needs its neighbours: the margin that every window has makes up for it.
    np.testing.assert_allclose(part[:, 28:52], whole[:, 28:52], rtol=1e-5, atol=1e-6)


def test_two_planes_at_once_project_a_view_once(patient, monkeypatch):
    """Two threads that ask for the same view get the same array, made once."""
    body, calls = ProjectedBody(patient), []
    together = threading.Barrier(2)
    small = view_at(10.0, shape=(8, 8))

    def slow(*arguments: object, **_options: object) -> np.ndarray:
        calls.append(arguments)
        time.sleep(0.02)
        return np.ones(small.shape, np.float32)

    def plane(_name: str) -> np.ndarray:
        together.wait(20.0)
        return body.paths_g_cm2(small, 1.0, (slice(0, 8), slice(0, 8)))

    monkeypatch.setattr(projected_body, "line_integrals", slow)
    with ThreadPoolExecutor(2) as planes:
        one, other = planes.map(plane, "AB")
    assert one is other
    assert len(calls) == 4  # soft, fat, mineral of two grids


def test_amplitudes_that_cannot_be_told_apart_are_one(body):
    """What is kept for an amplitude does not depend on which of its like was asked for first."""
    assert body.paths_g_cm2(VIEW, 0.51, WHOLE) is body.paths_g_cm2(VIEW, 0.51 + 1e-6, WHOLE)
