"""Reading computed tomography: NIfTI files and DICOM series. The only file that knows LPS.

What comes out is an array of CT numbers or labels and the affine of its voxels in RAS+ millimetres, whatever
orientation the file had. Nothing else of a header is read: no name, date or number of a person goes any farther.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.volume import Volume

HU_LIMITS = (-1024, 3071)
"""CT numbers beyond these are clipped: what twelve bits hold."""
VOXEL_LIMITS_MM = (0.1, 5.0)
MAX_VOXELS = 400_000_000
_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_TILT_DEG = 0.5  # a gantry that leans less counts as upright
_UNEVEN_SHARE = 0.05  # of the distance between slices


class UnusableScanError(ValueError):
    """A file that cannot be imported; the text says why and what to do."""


@dataclass(frozen=True)
class _Slice:
    """What is needed of one DICOM image: where it lies (LPS, mm) and where its pixels are."""

    path: Path
    series: str
    origin: FloatArray  # (3,) centre of the first pixel
    along_row: FloatArray  # (3,) step from a column to the next
    along_column: FloatArray  # (3,) step from a row to the next
    shape: tuple[int, int]
    tilt_deg: float


def read_ct(path: Path, *, progress: Callable[[float], None] = lambda _share: None) -> Volume:
    """CT numbers (int16, clipped to HU_LIMITS) of a NIfTI file or of a folder that holds a DICOM series.

    progress is told the share that has been read. Raises UnusableScanError.
    """
    volume = _read(path, progress)
    low, high = float(volume.array.min()), float(volume.array.max())
    if low > -200.0 or high < 200.0:
        raise UnusableScanError(
            f"{path} holds values from {low:g} to {high:g}, which is no CT in Hounsfield units; give the CT first "
            "and its labels second, and export it with its rescale slope and intercept"
        )
    clipped = np.clip(volume.array, *HU_LIMITS)
    return Volume(np.rint(clipped).astype(np.int16), volume.grid)


def read_labels(path: Path) -> Volume:
    """Labels (int16) of a NIfTI file. Raises UnusableScanError, also for values that are no whole numbers."""
    if path.is_dir():
        raise UnusableScanError(f"{path} is a folder; labels are read from one NIfTI file (.nii or .nii.gz)")
    volume = _nifti(path)
    array = volume.array
    if array.dtype.kind == "f":
        if not np.all(np.isfinite(array)) or np.abs(array - np.rint(array)).max() > 1e-3:
            raise UnusableScanError(f"{path} holds values between whole numbers; give the label map, not an image")
        array = np.rint(array)
    if array.min() < 0 or array.max() > 1000:
        raise UnusableScanError(
            f"{path} holds values from {array.min():g} to {array.max():g}; labels lie between 0 and 1000"
        )
    return Volume(array.astype(np.int16), volume.grid)


def _read(path: Path, progress: Callable[[float], None]) -> Volume:
    if not path.exists():
        raise UnusableScanError(f"{path} does not exist; give a NIfTI file or a folder with a DICOM series")
    if path.is_dir():
        return _dicom(sorted(p for p in path.rglob("*") if p.is_file()), path, progress)
    if path.name.lower().endswith((".nii", ".nii.gz")):
        return _nifti(path)
    return _dicom(sorted(p for p in path.parent.iterdir() if p.is_file()), path.parent, progress)


def _nifti(path: Path) -> Volume:
    import nibabel  # here, because only an import needs it

    if not path.exists():
        raise UnusableScanError(f"{path} does not exist; give a NIfTI file (.nii or .nii.gz)")
    try:
        image: Any = nibabel.load(path)
        affine = np.asarray(image.affine, dtype=float)
        shape = tuple(int(n) for n in image.shape)
        _check_size(path, shape)
        array = np.asanyarray(image.dataobj).reshape(shape[:3])
    except UnusableScanError:
        raise
    except Exception as error:  # noqa: BLE001  nibabel and zlib raise whatever a damaged file provokes
        raise UnusableScanError(f"{path} cannot be read as NIfTI ({_brief(error)}); is it complete?") from None
    if array.dtype.kind not in "iuf":
        raise UnusableScanError(f"{path} holds colours or complex numbers; give CT numbers or labels")
    return _canonical(path, array, affine)


def _check_size(path: Path, shape: tuple[int, ...]) -> None:
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise UnusableScanError(f"{path} has the shape {shape}; one three-dimensional volume is read")
    if min(shape[:3]) < 8 or np.prod(shape[:3], dtype=float) > MAX_VOXELS:
        raise UnusableScanError(
            f"{path} has {' x '.join(map(str, shape[:3]))} voxels; crop it to at least 8 on each axis and at most "
            f"{MAX_VOXELS:.0e} in all"
        )


def _canonical(path: Path, array: NDArray, ras_from_voxel: FloatArray) -> Volume:
    """The volume with axes turned and flipped to lie nearest to right, anterior, cranial."""
    linear = ras_from_voxel[:3, :3]
    if not np.all(np.isfinite(ras_from_voxel)) or abs(np.linalg.det(linear)) < 1e-9:
        raise UnusableScanError(f"{path} has no usable orientation (its affine is singular); export it again")
    size = frames.voxel_sizes_mm(ras_from_voxel)
    if size.min() < VOXEL_LIMITS_MM[0] or size.max() > VOXEL_LIMITS_MM[1]:
        raise UnusableScanError(
            f"{path} has voxels of {' x '.join(f'{s:.3g}' for s in size)} mm; between {VOXEL_LIMITS_MM[0]:g} and "
            f"{VOXEL_LIMITS_MM[1]:g} mm can be imported"
        )
    unit = linear / size
    lean = np.degrees(np.arcsin(np.abs(np.triu(unit.T @ unit, 1)).max()))
    if lean > _TILT_DEG:
        raise UnusableScanError(
            f"the slices of {path} lean by {lean:.1f} degrees (gantry tilt or a sheared volume); resample it to "
            "upright slices first"
        )
    axes = _nearest_axes(unit)
    turned = np.transpose(array, axes)
    affine = frames.affine(linear[:, axes], ras_from_voxel[:3, 3])
    for axis in range(3):
        if affine[axis, axis] < 0.0:
            turned = np.flip(turned, axis)
            affine[:3, 3] += (turned.shape[axis] - 1) * affine[:3, axis]
            affine[:3, axis] *= -1.0
    return Volume.from_affine(np.ascontiguousarray(turned), affine)


def _nearest_axes(unit: FloatArray) -> tuple[int, int, int]:
    """Voxel axes in the order in which they lie nearest to right, anterior and cranial."""
    from itertools import permutations

    best = max(permutations(range(3)), key=lambda p: sum(abs(unit[row, p[row]]) for row in range(3)))
    return best[0], best[1], best[2]


def _dicom(files: Iterable[Path], folder: Path, progress: Callable[[float], None]) -> Volume:
    """The one CT series among files."""
    import pydicom

    files = list(files)
    slices = []
    for number, file in enumerate(files):
        found = _slice(file)
        if found is not None:
            slices.append(found)
        progress(0.3 * (number + 1) / len(files))
    if not slices:
        raise UnusableScanError(f"{folder} holds no CT slices; give a NIfTI file or a folder with a DICOM series")
    count = {series: sum(s.series == series for s in slices) for series in {s.series for s in slices}}
    if len(count) > 1:
        sizes = " and ".join(str(n) for n in sorted(count.values(), reverse=True))
        raise UnusableScanError(
            f"{folder} holds {len(count)} series, of {sizes} slices; put the one to import into its own folder"
        )
    slices, step = _stack(slices, folder)
    first = slices[0]
    _check_size(folder, (*first.shape, len(slices)))
    array = np.empty((first.shape[1], first.shape[0], len(slices)), dtype=np.float32)
    for number, each in enumerate(slices):
        try:
            ds = pydicom.dcmread(each.path)
            pixels = ds.pixel_array
        except Exception as error:  # noqa: BLE001  decoders raise whatever a damaged file provokes
            raise UnusableScanError(
                f"the pixels of {each.path.name} cannot be read ({_brief(error)}); export the series uncompressed"
            ) from None
        array[:, :, number] = pixels.T * float(ds.get("RescaleSlope", 1.0)) + float(
            ds.get("RescaleIntercept", 0.0)
        )
        progress(0.3 + 0.7 * (number + 1) / len(slices))
    lps_from_voxel = frames.affine(np.column_stack([first.along_row, first.along_column, step]), first.origin)
    return _canonical(folder, array, frames.compose(_RAS_FROM_LPS, lps_from_voxel))


def _slice(path: Path) -> _Slice | None:
    """The geometry of a CT image; None for any other file."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        ds = pydicom.dcmread(path, stop_before_pixels=True)
    except (InvalidDicomError, OSError, ValueError, KeyError, EOFError):
        return None
    if ds.get("Modality") != "CT" or "LOCALIZER" in ds.get("ImageType", ()):
        return None
    if int(ds.get("NumberOfFrames", 1)) > 1:
        raise UnusableScanError(f"{path.name} is a multi-frame DICOM file; export one file a slice, or NIfTI")
    try:
        turn = np.array(ds.ImageOrientationPatient, dtype=float)
        spacing = np.array(ds.PixelSpacing, dtype=float)
        origin = np.array(ds.ImagePositionPatient, dtype=float)
        shape = int(ds.Rows), int(ds.Columns)
    except (AttributeError, TypeError, ValueError):
        raise UnusableScanError(
            f"{path.name} does not say where its slice lies (position, orientation or pixel spacing is missing)"
        ) from None
    tilt = ds.get("GantryDetectorTilt")
    return _Slice(path, str(ds.get("SeriesInstanceUID", "")), origin, turn[:3] * spacing[1], turn[3:] * spacing[0],
                  shape, float(tilt) if tilt not in (None, "") else 0.0)  # fmt: skip


def _stack(slices: list[_Slice], folder: Path) -> tuple[list[_Slice], FloatArray]:
    """Slices in order and the step (3,) from one to the next. Raises UnusableScanError for uneven ones."""
    first = slices[0]
    same = all(
        s.shape == first.shape
        and np.allclose(s.along_row, first.along_row, atol=1e-3)
        and np.allclose(s.along_column, first.along_column, atol=1e-3)
        for s in slices
    )
    if not same:
        raise UnusableScanError(f"the slices in {folder} differ in size or direction; export one plain series")
    normal = frames.unit(np.cross(first.along_row, first.along_column))
    slices = sorted(slices, key=lambda s: float(s.origin @ normal))
    tilt = max(abs(s.tilt_deg) for s in slices)
    if tilt > _TILT_DEG:
        raise UnusableScanError(
            f"the gantry was tilted by {tilt:g} degrees in {folder}; resample the series to upright slices first"
        )
    if len(slices) < 8:
        raise UnusableScanError(f"{folder} holds {len(slices)} slices; a series of at least 8 is needed")
    place = np.array([s.origin for s in slices])
    gaps = np.diff(place @ normal)
    usual = float(np.median(gaps))
    if usual < 0.01 or np.abs(gaps - usual).max() > _UNEVEN_SHARE * usual + 0.01:
        worst = int(np.abs(gaps - usual).argmax())
        raise UnusableScanError(
            f"the slices in {folder} are not evenly spaced: {gaps[worst]:.2f} mm after slice {worst + 1}, "
            f"{usual:.2f} mm elsewhere; is one missing or twice there?"
        )
    return slices, (place[-1] - place[0]) / (len(slices) - 1)


def _brief(error: Exception) -> str:
    """What an error says, on one short line."""
    return " ".join(str(error).split())[:120] or type(error).__name__
