"""Real scans become patients: what the CT shows is what is imaged, whatever its file looked like."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import nibabel
import numpy as np
import pytest

from anatomy import frames
from anatomy.ct import UnusableScanError, read_ct, read_labels
from anatomy.imported.building import Imported, Wishes, import_ct
from anatomy.imported.completing import patient_from_scan
from anatomy.spec import SIDES, FractureSpec
from anatomy.tissue import hu_from_densities
from anatomy.volume import sample
from tests.anatomy.imported.ct_files import IDENTITY, write_dicom, write_nifti
from tests.anatomy.imported.ct_phantom import REAL, phantom, real

CROP = ("osteoporotic_l3_ct.nii.gz", "osteoporotic_l3_vertebrae.nii.gz", "osteoporotic_l3_subregions.nii.gz")
WHOLE = ("lumbar_3mm_ct.nii.gz", "lumbar_3mm_vertebrae.nii.gz")


@cache
def imported(files: tuple[str, ...], wishes: Wishes = Wishes()) -> Imported:  # noqa: B008
    """A real scan with fine voxels of 1 mm."""
    return import_ct(*(REAL / name for name in files), wishes=wishes, fine_mm=1.0)  # type: ignore[misc, arg-type]


@pytest.fixture
def crop() -> Imported:
    """The crop around an osteoporotic L3."""
    real(CROP[0])
    return imported(CROP)


@pytest.fixture
def whole() -> Imported:
    """Abdomen and pelvis at 3 mm, labels of bodies only."""
    real(WHOLE[0])
    return imported(WHOLE, Wishes(target="L3"))


def hu_of(result: Imported, points: np.ndarray) -> np.ndarray:
    """CT numbers that the patient has at points, from soft tissue at 2 mm and mineral at 1 mm."""
    p = result.patient
    column = p.column
    return hu_from_densities(
        sample(p.soft, points), sample(p.adipose, points), sample(p.fine.at(column, 1.0), points)
    )


@pytest.mark.slow
@pytest.mark.parametrize("files", [CROP, WHOLE])
def test_the_patient_attenuates_as_the_scan(files: tuple[str, ...]) -> None:
    """In boxes of 12 mm in body, psoas and behind, mean CT numbers are the scan's within 15 HU."""
    real(files[0])
    result = imported(files) if files is CROP else imported(WHOLE, Wishes(target="L3"))
    scan = read_ct(REAL / files[0])
    target = result.fitted[result.patient.spec.target_level].vertebra
    scan_from_patient = frames.inverse(patient_from_scan(target))
    for centre in ((0.0, 0.0, 0.0), (0.0, 8.0, 4.0), (-38.0, -5.0, 0.0), (38.0, -5.0, 0.0), (22.0, -45.0, 0.0)):
        steps = np.stack(np.meshgrid(*[np.arange(-6.0, 6.1, 1.0)] * 3, indexing="ij"), -1).reshape(-1, 3)
        points = np.array(centre) + steps
        there = sample(scan, frames.apply(scan_from_patient, points)).mean()
        assert hu_of(result, points).mean() == pytest.approx(there, abs=15.0), centre


@pytest.mark.slow
def test_both_scans_have_ways_in(crop: Imported, whole: Imported) -> None:
    """Both pedicles of both targets let a cannula of 3 mm pass, from skin to the anterior third."""
    for result in (crop, whole):
        for side in SIDES:
            way = result.patient.corridors[side]
            assert way.radius_mm > 1.5
            assert way.skin_mm[1] < way.entry_mm[1] - 20.0
            assert way.target_mm[1] > 0.0


@pytest.mark.slow
def test_what_is_made_up_is_said(crop: Imported, whole: Imported) -> None:
    """The crop has no skin of its own; the whole scan has."""
    assert not crop.shows_skin
    assert whole.shows_skin
    assert crop.patient.spec.target_level == "L3"
    assert any("made up" in line for line in crop.lines)


@pytest.mark.slow
def test_the_core_is_as_poor_as_it_was_measured(crop: Imported) -> None:
    """The osteoporotic L3 has a core of about 51 HU (its README): a T-score below -2.5."""
    assert crop.patient.spec.t_score < -2.5


@pytest.mark.slow
@pytest.mark.parametrize(
    "variant", ["totalsegmentator v1", "totalsegmentator v2", "turned", "dicom", "other grid"]
)
def test_files_in_other_clothes_give_the_same_patient(crop: Imported, variant: str, tmp_path: Path) -> None:
    """Other schemes, orientations, DICOM and labels on a grid of their own: the same target, the same bone."""
    ct, labels, parts = (REAL / name for name in CROP)
    if variant.startswith("total"):
        image = nibabel.load(labels)
        array = np.asanyarray(image.dataobj).astype(np.int16)
        l5 = {"totalsegmentator v1": 18, "totalsegmentator v2": 27}[variant]
        labels = write_nifti(tmp_path / "v.nii.gz", np.where(array > 0, l5 + 24 - array, 0), image.affine)
    elif variant == "turned":
        image = nibabel.as_closest_canonical(nibabel.load(ct))
        ct = write_nifti(tmp_path / "ct.nii.gz", np.asanyarray(image.dataobj).astype(np.int16), image.affine)
    elif variant == "dicom":
        volume = read_ct(ct)
        write_dicom(tmp_path / "series", volume.array, volume.patient_from_voxel)
        ct = tmp_path / "series"
    else:
        volume = read_labels(labels)
        trimmed = frames.compose(volume.patient_from_voxel, frames.translation((3.0, 3.0, 0.0)))
        labels = write_nifti(tmp_path / "v.nii.gz", volume.array[3:, 3:], trimmed)
    wishes = Wishes()
    if variant == "totalsegmentator v2":  # of three labels two are cut off: their spacing tells nothing
        with pytest.raises(UnusableScanError, match="could be totalsegmentator v1 or totalsegmentator v2"):
            import_ct(ct, labels, parts)
        wishes = Wishes(scheme=variant)
    again = import_ct(ct, labels, parts, wishes, fine_mm=1.0)
    assert again.patient.spec == crop.patient.spec
    assert again.scheme == (variant if variant.startswith("total") else "verse")
    grid = crop.patient.bone_distance
    assert np.abs(again.patient.bone_distance.array - grid.array).mean() < 0.02


@pytest.mark.slow
def test_a_made_up_fracture_lowers_the_target(crop: Imported) -> None:
    """With a wedge of 0.7 the body's mineral stays within 3 % and its front has lost height."""
    broken = imported(CROP, Wishes(fracture=FractureSpec(height_ratio=0.7, endplate_defect_mm=0.0)))
    assert broken.patient.column.collapse is not None
    masses = [r.patient.fine.body.array.sum(dtype=float) for r in (crop, broken)]
    assert masses[1] == pytest.approx(masses[0], rel=0.03)
    intact, low = (r.patient.landmarks["L2 body centre"][2] for r in (crop, broken))
    assert low < intact - 2.0


def test_labels_of_another_scan_are_refused(tmp_path: Path) -> None:
    """Labels that lie beside the CT, by their affine, are not forced onto it."""
    p = phantom()
    ct = write_nifti(tmp_path / "ct.nii.gz", p.hu, p.scan_from_voxel)
    away = frames.compose(frames.translation((200.0, 0.0, 0.0)), p.scan_from_voxel)
    labels = write_nifti(tmp_path / "labels.nii.gz", p.numbered(8, 1), away)
    with pytest.raises(UnusableScanError, match=r"0 % of what .* lies within the CT"):
        import_ct(ct, labels)


@pytest.mark.parametrize(
    ("level", "message"), [("T8", "not labelled; the labels hold L1, L2, L3"), ("L1", "cut off by the edge")]
)
def test_a_target_must_be_whole(tmp_path: Path, level: str, message: str) -> None:
    """A level that is not labelled, or whose body the scan cuts off, is no target; the others are offered."""
    p = phantom()
    top = 50
    ct = write_nifti(tmp_path / "ct.nii.gz", p.hu[:, :, :top], p.scan_from_voxel)
    labels = write_nifti(tmp_path / "labels.nii.gz", p.numbered(8, 1)[:, :, :top], p.scan_from_voxel)
    with pytest.raises(UnusableScanError, match=message):
        import_ct(ct, labels, wishes=Wishes(target=level))  # type: ignore[arg-type]


def test_names_of_people_are_in_the_test_s_headers() -> None:
    """The identity test of the command line looks for these."""
    assert len(IDENTITY) == 8
