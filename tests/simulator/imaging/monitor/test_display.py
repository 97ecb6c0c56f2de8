"""The look-up from signal to grey: dark bone, compressed thickness, crisp edges, a window that holds still."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from simulator.imaging.monitor.compression import COMPRESSION, COMPRESSION_MM
from simulator.imaging.monitor.display import EVEN_TONES, TONES, Field, Look, grey, log_of, look_for
from tests.fingerprint import fingerprint

SHAPE, PIXEL_MM, OPEN = (120, 136), 1.0, 1.0e6
INSIDE = np.ones(SHAPE, dtype=bool)


def signal_of(log_attenuation: np.ndarray) -> np.ndarray:
    """The signal behind a log attenuation."""
    return (OPEN * np.exp(-log_attenuation)).astype(np.float32)


def body() -> np.ndarray:
    """Log attenuation of a thick body with a dense stripe, air on the right."""
    log_attenuation = np.full(SHAPE, 4.0, np.float32)
    log_attenuation[40:50] += 0.6
    log_attenuation[:, 120:] = 0.1
    return log_attenuation


def shown(log_attenuation: np.ndarray, look: Look | None = None, inside: np.ndarray = INSIDE) -> np.ndarray:
    """The grey picture of a log attenuation, by its own look unless one is given."""
    signal = signal_of(log_attenuation)
    look = look or look_for(signal, OPEN, inside, PIXEL_MM)
    return grey(signal, OPEN, look, inside, PIXEL_MM)


def test_bone_is_darker_than_tissue_and_tissue_than_air():
    """The fluoroscopic convention, with room below for metal."""
    picture = shown(body())
    bone, tissue, air = picture[45, 60], picture[80, 60], picture[80, 130]
    assert int(bone) + 10 < int(tissue) < int(air)
    assert picture.dtype == np.uint8
    look = look_for(signal_of(body()), OPEN, INSIDE, PIXEL_MM)
    steel = body()
    steel[80:90, 50:60] += 2.5
    assert shown(steel, look)[85, 55] < bone


def test_grey_falls_as_attenuation_rises():
    """Over the whole range, in flat fields: never brighter, and nowhere wrapped around."""
    flat = Look(1.0, 5.0, np.zeros(SHAPE, np.float32))
    levels = [int(shown(np.full(SHAPE, v, np.float32), flat)[60, 60]) for v in np.linspace(-2.0, 14.0, 60)]
    assert np.all(np.diff(levels) <= 0)
    assert levels[0] == 255
    assert levels[-1] == 0


def test_dose_does_not_change_the_picture():
    """Twice the signal of an open beam twice as strong is the same attenuation."""
    once, twice = signal_of(body()), 2.0 * signal_of(body())
    look = look_for(once, OPEN, INSIDE, PIXEL_MM)
    look_twice = look_for(twice, 2.0 * OPEN, INSIDE, PIXEL_MM)
    assert look_twice.brightest == pytest.approx(look.brightest, abs=1e-5)
    difference = grey(once, OPEN, look, INSIDE, PIXEL_MM).astype(int) - grey(
        twice, 2.0 * OPEN, look_twice, INSIDE, PIXEL_MM
    )
    assert np.abs(difference).max() <= 1


def test_edges_are_enhanced():
    """Just inside a dense stripe it is darker than in its middle, just outside brighter than farther away."""
    wide = np.full(SHAPE, 4.0, np.float32)
    wide[40:80] += 0.4
    picture = shown(wide, Look(3.0, 6.0, np.zeros(SHAPE, np.float32))).astype(int)
    assert picture[40, 60] < picture[60, 60]
    assert picture[39, 60] > picture[20, 60]


def test_steel_gets_no_white_seam():
    """Beside a step of 2.5 the picture brightens no more than beside one of 0.5: enhancement is limited."""
    seams = []
    for step in (0.5, 2.5):
        wide = np.full(SHAPE, 4.0, np.float32)
        wide[40:80] += step
        picture = shown(wide, Look(3.0, 6.0, np.zeros(SHAPE, np.float32))).astype(int)
        seams.append(int(picture[39, 60] - picture[20, 60]))
    assert seams[1] == pytest.approx(seams[0], abs=1)
    assert seams[0] > 5


@pytest.mark.parametrize("thickness", [2.5, 4.0, 6.0])
@pytest.mark.parametrize("lung", [0.0, -1.5])
def test_the_body_is_mid_grey_whatever_its_thickness(thickness, lung):
    """The window hangs on the median, so that a lung at the rim or a thick patient does not change the tone."""
    log = np.full(SHAPE, thickness, np.float32)
    log[40:50] += 0.3
    log[:20] += lung
    assert 115 <= int(shown(log)[80, 60]) <= 150


def test_a_lung_border_has_little_halo():
    """Along a step of 1.5 the shading is less than half of what compression by a plain blur would draw."""
    log = np.full((240, 240), 4.0, np.float32)
    log[:, 120:] -= 1.5
    slow = look_for(signal_of(log), OPEN, np.ones(log.shape, dtype=bool), PIXEL_MM).slow
    blurred = COMPRESSION * ndimage.gaussian_filter(log, COMPRESSION_MM)
    dark = np.s_[120, 20:110]
    assert np.ptp((log - slow)[dark]) < 0.5 * np.ptp((log - blurred)[dark])
    assert slow[120, 60] - slow[120, 180] > 0.6 * 1.5


def test_tones_leave_no_grey_out():
    """Steps of the table are finer than grey: no bands."""
    for tones in (TONES, EVEN_TONES):
        np.testing.assert_array_equal(np.unique(np.diff(tones.astype(int))), [0, 1])
        assert (tones[0], tones[-1]) == (0, 255)


def test_a_closed_field_is_refused():
    """In words."""
    with pytest.raises(ValueError, match="open the blades"):
        Field(np.zeros(SHAPE, dtype=bool))


def test_outside_the_blades_is_black_and_does_not_set_the_window():
    """The window is that of the field; what lies beyond the blades is black whatever it holds."""
    inside = np.zeros(SHAPE, dtype=bool)
    inside[30:100, 20:110] = True
    disturbed = body()
    disturbed[:, :15] = 12.0
    picture, other = shown(body(), inside=inside), shown(disturbed, inside=inside)
    assert not picture[~inside].any()
    assert picture[inside].min() > 0
    middle = np.s_[35:95, 30:100]
    assert np.abs(picture[middle].astype(int) - other[middle]).max() <= 1


def test_the_bare_beam_beside_the_body_takes_none_of_the_window():
    """With a quarter of the field in air the window is little wider than with the body alone."""
    alone, beside = body(), body()
    alone[:, 120:] = alone[:, :16]
    beside[:, 100:] = 0.05
    looks = [look_for(signal_of(log), OPEN, INSIDE, PIXEL_MM) for log in (alone, beside)]
    width, with_air = (look.darkest - look.brightest for look in looks)
    assert with_air < 2.0 * width


def test_beside_the_body_it_is_white():
    """The bare beam is not compressed into the greys of tissue."""
    assert shown(body())[20:100, 124:].min() == 255


@pytest.mark.parametrize("log", [0.0, -0.2, 0.3])
def test_a_field_beside_the_patient_is_drawn_too(log):
    """Nothing but the bare beam, even a little brighter than it should be, is light everywhere."""
    assert shown(np.full(SHAPE, log, np.float32)).min() > 127


def test_blades_draw_no_bright_line():
    """At the blades a plain body is no brighter than in the middle of the field."""
    inside = np.zeros(SHAPE, dtype=bool)
    inside[30:100, 20:110] = True
    shaded = np.where(inside, 4.0, 14.0).astype(np.float32)
    field = shown(shaded, Look(3.0, 6.0, np.zeros(SHAPE, np.float32)), inside)[30:100, 20:110]
    assert field.max() == field[35, 45]


def test_instruments_do_not_move_the_window():
    """The look is taken from the anatomy alone, so the rest of the picture stays as it was."""
    look = look_for(signal_of(body()), OPEN, INSIDE, PIXEL_MM)
    with_steel = body()
    with_steel[70:74, 20:100] += 3.0
    before, after = shown(body(), look), shown(with_steel, look)
    np.testing.assert_array_equal(before[90:], after[90:])
    assert after[72, 60] < before[72, 60]


def test_dead_and_blinded_pixels_are_numbers():
    """No signal at all is nearly black, more than the open beam is white; nothing becomes NaN."""
    signal = signal_of(body())
    signal[10, 10], signal[11, 11] = 0.0, 5.0 * OPEN
    assert np.all(np.isfinite(log_of(signal, OPEN)))
    picture = grey(signal, OPEN, look_for(signal_of(body()), OPEN, INSIDE, PIXEL_MM), INSIDE, PIXEL_MM)
    assert picture[10, 10] < 20
    assert picture[11, 11] == 255


def test_nothing_handed_in_is_changed():
    """Signal, mask and look stay as they were."""
    signal = signal_of(body())
    look = look_for(signal, OPEN, INSIDE, PIXEL_MM)
    before = fingerprint(signal, INSIDE, look)
    grey(signal, OPEN, look, INSIDE, PIXEL_MM)
    look_for(signal, OPEN, INSIDE, PIXEL_MM)
    assert fingerprint(signal, INSIDE, look) == before
