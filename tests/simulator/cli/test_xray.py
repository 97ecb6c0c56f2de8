"""``xray``: a radiograph with any technique, as PNG and DICOM."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from scipy import ndimage

from tests.simulator.cli.conftest import Run, Said

Taken = Callable[..., tuple[np.ndarray, Said]]


@pytest.fixture
def taken(run: Run, coarse: None, tmp_path: Path) -> Taken:
    """Takes a lateral radiograph of the coarse patient with some options."""

    def take(*options: object) -> tuple[np.ndarray, Said]:
        path = tmp_path / "x.png"
        said = run("xray", "kyphoplasty-l1-wedge", "--primary", "90", *options, "-o", path)
        assert said.code == 0, said
        return np.asarray(Image.open(path)).astype(float), said

    return take


def grain(grey: np.ndarray) -> float:
    """Fine noise in the middle of a picture."""
    middle = grey[216:296, 216:296]
    return float((middle - ndimage.gaussian_filter(middle, 2.0)).std())


def test_average_of_pulses_is_quieter_and_costs_more(taken: Taken) -> None:
    """Nine pulses have a third of the noise, and nine times the dose."""
    one, said_one = taken()
    nine, said_nine = taken("--pulses", 9)
    assert grain(nine) < 0.5 * grain(one)
    assert "9 x " in said_nine.out
    assert dose(said_nine) == pytest.approx(9.0 * dose(said_one), rel=0.02)


def dose(said: Said) -> float:
    """Kerma at the reference point, mGy, as printed."""
    return float(said.out.split(" mGy at the reference point")[0].split()[-1])


def test_too_little_dose_is_noisy(taken: Taken) -> None:
    """Half dose halves the dose and is noisier; a thirtieth of the charge by hand drowns the picture."""
    normal, said_normal = taken()
    half, said_half = taken("--dose", "half")
    starved, _ = taken("--kv", "80", "--mas", "0.02")
    assert dose(said_half) == pytest.approx(0.5 * dose(said_normal), rel=0.02)
    assert grain(normal) < grain(half) < grain(starved)


def test_technique_by_hand(taken: Taken) -> None:
    """Both given: taken as they are. One given: the other is automatic, so less potential needs more charge."""
    assert "  72 kV  0.4 mAs  " in taken("--kv", "72", "--mas", "0.4")[1].out
    low, high = (taken("--kv", kv)[1].out.split() for kv in (90, 110))
    assert (low[1], high[1]) == ("90", "110")
    assert float(low[3]) > 1.5 * float(high[3])
    assert " 0.3 mAs " in taken("--mas", "0.3")[1].out


def test_field_iris_and_magnification(taken: Taken) -> None:
    """What blades and iris cover is black; magnified twice, the middle half fills the picture."""
    whole, said = taken()
    blades, said_blades = taken("--collimate", "120", "60")
    rows, columns = np.nonzero(blades > 0.0)
    assert np.ptp(rows) * 298.0 / 512.0 == pytest.approx(120.0, abs=3.0)
    assert np.ptp(columns) * 298.0 / 512.0 == pytest.approx(60.0, abs=3.0)
    assert dose(said_blades) == pytest.approx(dose(said), rel=0.02)  # kerma, not area product
    iris, _ = taken("--iris", "100")
    assert (iris > 0.0).mean() == pytest.approx(np.pi * 50.0**2 / 298.0**2, rel=0.03)
    twice, _ = taken("--magnification", "2", "--pulses", "4")
    middle = ndimage.zoom(ndimage.gaussian_filter(whole, 2.0)[128:384, 128:384], 2.0, order=1)
    assert np.corrcoef(ndimage.gaussian_filter(twice, 4.0).ravel(), middle.ravel())[0, 1] > 0.8


def test_window_level_and_invert(taken: Taken) -> None:
    """A narrow window has more contrast, a higher level is brighter, inverted is the rest to white."""
    plain, _ = taken()
    assert grain(taken("--window", "0.5")[0]) > 1.5 * grain(plain)
    assert taken("--level", "0.2")[0].mean() > plain.mean() + 10.0
    assert np.array_equal(taken("--invert")[0], 255.0 - plain)


def test_along_the_body(taken: Taken, run: Run, coarse: None) -> None:
    """30 mm nearer the head the picture lies 30 mm lower, magnified; beyond the patient is said in words."""
    here, there = (
        ndimage.gaussian_filter(taken("--pulses", 4, "--along", mm)[0], 1.5)[:, 206:306] for mm in (0, 30)
    )
    expected = 30.0 * 1020.0 / 530.0 / (298.0 / 512.0)
    shifts = range(70, 130)
    alike = [np.corrcoef(here[:350].ravel(), there[s : 350 + s].ravel())[0, 1] for s in shifts]
    assert shifts[int(np.argmax(alike))] == pytest.approx(expected, abs=6.0)
    said = run("xray", "kyphoplasty-l1-wedge", "--along", "349")
    assert said.code == 2
    assert "beyond this patient, who reaches from -" in said.err


def test_dicom_says_what_was_set(run: Run, coarse: None, tmp_path: Path) -> None:
    """Field, technique, magnification and dose of the radiograph are in its header."""
    path = tmp_path / "x.dcm"
    options = ("--collimate", 100, 80, "--magnification", 1.5, "--kv", 84, "--mas", 0.5, "--pulses", 4)
    assert run("xray", "kyphoplasty-l1-wedge", *options, "-o", path).code == 0
    read = pydicom.dcmread(path)
    assert (float(read.KVP), int(read.ExposureInuAs)) == (84.0, 2000)
    assert float(read.ImagerPixelSpacing[0]) == pytest.approx(298.0 / 512.0 / 1.5, abs=1e-4)
    covered = int(read.CollimatorLeftVerticalEdge)
    assert covered == pytest.approx(0.5 * (512 - 80.0 / (298.0 / 512.0 / 1.5)), abs=1)
    assert not read.pixel_array[:, : covered - 3].any()


@pytest.mark.usefixtures("coarse")
def test_xray_writes_a_picture(run: Run, tmp_path: Path) -> None:
    """A grey picture with contrast, the same for the same seed and another for another."""
    paths = [tmp_path / f"{i}.png" for i in range(3)]
    for path, seed in zip(paths, (1, 1, 2), strict=True):
        said = run("xray", "kyphoplasty-l1-wedge", "--primary", "90", "--seed", seed, "-o", path)
        assert (said.code, said.err) == (0, "")
        assert said.out.startswith(f"{path}  ")
        assert " kV " in said.out
    grey = [np.asarray(Image.open(path)) for path in paths]
    assert grey[0].ndim == 2
    assert grey[0].std() > 10.0
    assert np.array_equal(grey[0], grey[1])
    assert not np.array_equal(grey[0], grey[2])


@pytest.mark.usefixtures("coarse")
def test_xray_writes_dicom_with_its_angles(run: Run, tmp_path: Path) -> None:
    """A DICOM file that says from where it was taken."""
    path = tmp_path / "x.dcm"
    assert run("xray", "kyphoplasty-l1-wedge", "--primary", "20", "--secondary", "-5", "-o", path).code == 0
    read = pydicom.dcmread(path)
    assert float(read.PositionerPrimaryAngle) == pytest.approx(20.0)
    assert float(read.PositionerSecondaryAngle) == pytest.approx(-5.0)
    assert read.pixel_array.std() > 10.0


@pytest.mark.usefixtures("coarse")
def test_xray_onto_a_folder_is_refused(run: Run, tmp_path: Path) -> None:
    """A folder named like a picture cannot be written over."""
    (tmp_path / "x.png").mkdir()
    said = run("xray", "kyphoplasty-l1-wedge", "-o", tmp_path / "x.png")
    assert (said.code, said.out) == (2, "")
    assert "cannot be written" in said.err
