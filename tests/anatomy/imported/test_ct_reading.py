"""Reading NIfTI and DICOM: any orientation gives the same voxels at the same places; what leans is refused."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from anatomy import frames
from anatomy.ct import UnusableScanError, read_ct, read_labels
from anatomy.volume import Volume, sample
from tests.anatomy.imported.ct_files import write_dicom, write_nifti

SHAPE = (14, 11, 9)
AFFINE = frames.affine(np.diag([1.5, 2.0, 3.0]), (-10.0, -40.0, 100.0))


def scan() -> NDArray[np.int16]:
    """CT numbers that differ everywhere, air to metal."""
    return np.linspace(-1100, 3300, num=int(np.prod(SHAPE))).astype(np.int16).reshape(SHAPE)


def same_places(volume: Volume) -> None:
    """The volume holds the scan's values at the scan's places."""
    index = np.array([[0, 0, 0], [13, 0, 3], [2, 10, 8], [7, 5, 4]])
    wanted = np.clip(scan()[tuple(index.T)], -1024, 3071)
    got = sample(volume, frames.apply(AFFINE, index), order=0)
    np.testing.assert_allclose(got, wanted, atol=1.0)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (1, -1, -1), (-1, -1, -1)])
def test_every_orientation_gives_the_same_volume(
    tmp_path: Path, order: tuple[int, ...], flips: tuple[int, ...]
) -> None:
    """Axes in any order and direction are turned by the affine, and values lie where they lay."""
    array, affine = np.transpose(scan(), order), AFFINE.copy()
    affine[:3, :3] = AFFINE[:3, :3][:, order]
    for axis, flip in enumerate(flips):
        if flip < 0:
            array = np.flip(array, axis)
            affine[:3, 3] += (array.shape[axis] - 1) * affine[:3, axis]
            affine[:3, axis] *= -1.0
    volume = read_ct(write_nifti(tmp_path / "ct.nii.gz", array, affine))
    assert volume.array.shape == SHAPE
    np.testing.assert_allclose(volume.patient_from_voxel, AFFINE, atol=1e-4)
    same_places(volume)


def test_ct_numbers_are_clipped(tmp_path: Path) -> None:
    """HU beyond twelve bits, which real files have, are clipped to -1024 and 3071."""
    volume = read_ct(write_nifti(tmp_path / "ct.nii", scan(), AFFINE))
    assert (volume.array.min(), volume.array.max()) == (-1024, 3071)


@pytest.mark.parametrize("flip_columns", [False, True])
def test_a_dicom_series_lies_where_its_nifti_does(tmp_path: Path, flip_columns: bool) -> None:
    """DICOM is LPS: left and right, front and back come out as in RAS, whatever the slices' order."""
    write_dicom(tmp_path / "series", scan(), AFFINE, flip_columns=flip_columns)
    volume = read_ct(tmp_path / "series")
    np.testing.assert_allclose(volume.patient_from_voxel, AFFINE, atol=1e-4)
    same_places(volume)


def test_one_slice_stands_for_its_series(tmp_path: Path) -> None:
    """A path to one DICOM file reads the series in its folder; other files there do not matter."""
    first = write_dicom(tmp_path / "series", scan(), AFFINE)[3]
    (tmp_path / "series" / "notes.txt").write_text("no image")
    same_places(read_ct(first))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tilt_deg": 12.0}, "gantry was tilted by 12 degrees"),
        ({"shear_mm": 0.6}, "lean by 11.3 degrees"),
        ({"drop": 4}, "not evenly spaced: 6.00 mm"),
        ({"series": 2}, "holds 2 series"),
        ({"twice": 3}, "not evenly spaced: 0.00 mm"),
    ],
)
def test_series_that_are_no_upright_box_are_refused(
    tmp_path: Path, change: dict[str, float], message: str
) -> None:
    """Gantry tilt (said in the header or seen in the positions), gaps, doubles and mixtures."""
    write_dicom(tmp_path / "series", scan(), AFFINE, **change)  # type: ignore[arg-type]
    with pytest.raises(UnusableScanError, match=message):
        read_ct(tmp_path / "series")


def test_a_sheared_nifti_is_refused(tmp_path: Path) -> None:
    """A converter that kept the gantry's tilt leaves it in the affine."""
    affine = AFFINE.copy()
    affine[1, 2] = 0.7
    with pytest.raises(UnusableScanError, match=r"lean by 13\.\d degrees"):
        read_ct(write_nifti(tmp_path / "ct.nii.gz", scan(), affine))


@pytest.mark.parametrize(("low", "high"), [(0, 24), (0, 4000), (-1000, 0)])
def test_what_is_no_ct_is_refused(tmp_path: Path, low: int, high: int) -> None:
    """Labels in the CT's place, images without rescale intercept, air alone."""
    array = np.clip(scan(), low, high)
    with pytest.raises(UnusableScanError, match="no CT in Hounsfield units"):
        read_ct(write_nifti(tmp_path / "ct.nii.gz", array, AFFINE))


def test_labels_are_whole_numbers(tmp_path: Path) -> None:
    """Whole numbers stored as floats are labels; an image in their place is not."""
    whole = (np.arange(np.prod(SHAPE)).reshape(SHAPE) % 25).astype(np.float64)
    assert read_labels(write_nifti(tmp_path / "labels.nii.gz", whole, AFFINE)).array.dtype.kind == "i"
    with pytest.raises(UnusableScanError, match="between whole numbers"):
        read_labels(write_nifti(tmp_path / "soft.nii.gz", whole + 0.25, AFFINE))
    with pytest.raises(UnusableScanError, match="labels lie between 0 and 1000"):
        read_labels(write_nifti(tmp_path / "ct.nii.gz", scan(), AFFINE))


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "four axes", "huge voxels", "missing", "no slices"])
def test_damaged_and_odd_files_are_refused_in_a_sentence(tmp_path: Path, damage: str) -> None:
    """Whatever is wrong, the answer is one sentence that names the file."""
    path = tmp_path / "ct.nii.gz"
    array = np.stack([scan()] * 2, axis=-1) if damage == "four axes" else scan()
    write_nifti(path, array, 10.0 * AFFINE if damage == "huge voxels" else AFFINE)
    raw = path.read_bytes()
    path.write_bytes(
        {"cut": raw[: len(raw) // 2], "noise": b"\x1f\x8b" + bytes(range(256)), "empty": b""}.get(damage, raw)
    )
    if damage == "missing":
        path.unlink()
    if damage == "no slices":
        path = tmp_path / "folder"
        path.mkdir()
    with pytest.raises(UnusableScanError) as caught:
        read_ct(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_of_a_header_goes_along() -> None:
    """A volume has room for voxels and an affine only."""
    assert set(Volume.__dataclass_fields__) == {"array", "grid"}


def test_flips_cover_all_directions() -> None:
    """The orientations above hold every pair of axis and sign."""
    seen = {(a, f) for flips in [(1, 1, 1), (-1, 1, 1), (1, -1, -1), (-1, -1, -1)] for a, f in enumerate(flips)}
    assert seen == set(product(range(3), (-1, 1)))
