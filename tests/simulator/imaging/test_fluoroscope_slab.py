"""One pulse through a slab: noise, heel, blur, breath and field, where the answer is known. No patient needed."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.imaging.beam.exposure import Technique
from simulator.imaging.beam.heel import heel_share
from simulator.imaging.collimation import Collimation
from simulator.imaging.detector_image import DetectorImage
from simulator.imaging.fluoroscope import Fluoroscope
from simulator.imaging.projected_body import ProjectedBody
from simulator.imaging.projection.projector import Window
from simulator.imaging.scene import Scene
from simulator.imaging.view import View, beam_from_patient
from tests.simulator.imaging.small_views import view_at

VIEW = view_at(0.0, shape=(200, 160), field_mm=200.0)
OPEN = Collimation(200.0, 160.0)


class Slab(ProjectedBody):
    """20 cm of soft tissue at every pixel of the window, with an edge of ``step_g_cm2`` at the middle column."""

    def __init__(self, step_g_cm2: float = 0.0) -> None:
        self.step_g_cm2 = step_g_cm2

    def paths_g_cm2(self, view: View, amplitude: float, window: Window) -> np.ndarray:
        paths = np.zeros((3, *view.shape), dtype=np.float32)
        paths[0][window] = 20.0 + amplitude
        paths[0, :, view.shape[1] // 2 :] += self.step_g_cm2
        return paths


def pulse(
    fluoroscope: Fluoroscope, *, view: View = VIEW, mas: float = 1.0, seed: int = 1, **changed
) -> DetectorImage:
    """A pulse at 80 kV through the open field."""
    options = {"collimation": OPEN} | changed
    return fluoroscope.expose(
        view, Scene(options.pop("amplitude", 1.0)), Technique(80.0, mas), options.pop("collimation"),
        np.random.default_rng(seed), **options,
    )  # fmt: skip


def test_gain_correction_leaves_no_heel():
    """The expectation of an even slab is as bright above as below."""
    expected = pulse(Fluoroscope(Slab())).expected_kev
    np.testing.assert_allclose(expected, expected[::-1], rtol=1e-3)


def test_the_signal_is_its_expectation_and_noise():
    """Averaged over a band of rows, what is read is what was expected: neither heel nor gain is left over."""
    image = pulse(Fluoroscope(Slab()), mas=50.0)
    for rows in (slice(10, 40), slice(160, 190)):
        assert image.signal_kev[rows].mean() == pytest.approx(image.expected_kev[rows].mean(), rel=0.005)


def test_the_heel_is_seen_in_the_noise():
    """Fewer quanta arrive at the anode's end: relative noise there is higher by the root of their ratio."""
    fluoroscope, view = Fluoroscope(Slab()), view_at(0.0, shape=(200, 160), field_mm=300.0)
    options = {"view": view, "mas": 20.0, "collimation": Collimation(300.0, 240.0)}
    one, other = (pulse(fluoroscope, seed=seed, **options).signal_kev for seed in (1, 2))
    heel = heel_share(view.shape, view.pixel_mm, 1000.0, 80.0, anode_side="top")[:, 0]
    top, bottom = slice(10, 40), slice(160, 190)
    found = np.std((one - other)[top, 10:150]) / np.std((one - other)[bottom, 10:150])
    assert found == pytest.approx(np.sqrt((1.0 / heel[top]).mean() / (1.0 / heel[bottom]).mean()), rel=0.04)
    assert found > 1.1


def test_charge_scales_everything():
    """Three times the mAs: three times the expectation and the bare beam."""
    fluoroscope = Fluoroscope(Slab())
    one, three = pulse(fluoroscope), pulse(fluoroscope, mas=3.0)
    np.testing.assert_allclose(three.expected_kev, 3.0 * one.expected_kev, rtol=1e-5)
    assert three.open_kev == pytest.approx(3.0 * one.open_kev)


def test_what_lies_near_the_tube_is_blurred_by_the_focal_spot():
    """The same edge at four times the magnification is less steep in the picture."""

    def steepness(depth_mm: float) -> float:
        view = View(beam_from_patient(0.0, 0.0, (0.0, 0.0, 0.0), depth_mm), 1000.0, 0.2, (20, 60))
        expected = pulse(Fluoroscope(Slab(4.0)), view=view, collimation=Collimation(4.0, 12.0)).expected_kev
        return float(np.abs(np.diff(expected[10, 20:40])).max() / np.ptp(expected[10, 20:40]))

    assert steepness(250.0) < 0.5 * steepness(990.0)


@pytest.mark.parametrize("shift_px", [(10.0, 0.0), (-9.5, 0.0), (0.0, 10.0), (4.0, -10.0)])
def test_a_breath_brings_in_tissue_and_not_air(shift_px):
    """Beyond the field the anatomy goes on: an even slab looks the same after a breath."""
    fluoroscope, field = Fluoroscope(Slab()), Collimation(100.0, 80.0)
    still = pulse(fluoroscope, collimation=field)
    moved = pulse(fluoroscope, collimation=field, shift_px=shift_px)
    np.testing.assert_allclose(moved.expected_kev[still.inside], still.expected_kev[still.inside], rtol=0.05)


def test_pictures_of_another_view_field_or_resolution_are_told_apart():
    """Geometry is equal for the same view and field alone, and every request is answered by its own picture."""
    fluoroscope = Fluoroscope(Slab(2.0))
    magnified = View(VIEW.beam_from_patient, 1000.0, 0.5 * VIEW.pixel_mm, VIEW.shape)
    images = [
        pulse(fluoroscope),
        pulse(fluoroscope, collimation=Collimation(150.0, 160.0)),
        pulse(fluoroscope, view=magnified, collimation=Collimation(100.0, 80.0)),
    ]
    assert len({image.geometry for image in images}) == 3
    assert pulse(fluoroscope, seed=2).geometry == images[0].geometry
    assert [image.pixel_mm for image in images] == [1.0, 1.0, 0.5]
    assert [int(image.inside.sum()) for image in images] == [200 * 160, 150 * 160, 200 * 160]
    assert images[1].open_kev == images[0].open_kev == pytest.approx(4.0 * images[2].open_kev)
    assert pulse(fluoroscope, amplitude=0.0).expected_kev.mean() > 1.1 * images[0].expected_kev.mean()


def test_behind_the_blades_nothing_arrives():
    """Beyond the penumbra of the blades the expectation is zero, scatter too; the signal is electronic noise."""
    image = pulse(Fluoroscope(Slab()), collimation=Collimation(100.0, 80.0))
    assert not image.expected_kev[:47].any()
    assert not image.expected_kev[:, -37:].any()
    assert image.expected_kev[image.inside].min() > 0.3 * image.expected_kev.max()
    assert abs(image.signal_kev[:40].mean()) < 0.01 * image.expected_kev.max()


def test_a_field_of_less_than_a_pixel_is_refused():
    """One sentence says what to do."""
    with pytest.raises(ValueError, match=r"less than a pixel of 1 mm; open it"):
        pulse(Fluoroscope(Slab()), collimation=Collimation(0.5, 0.5))
