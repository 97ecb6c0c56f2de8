"""ITK's Siddon-Jacobs ray caster, an interpolator for ``ResampleImageFilter`` (TwoProjectionRegistration module).

It puts the corner of the first voxel, not its centre, at zero whatever the image's origin says, and looks along
+y from a source at ``FocalPointToIsocenterDistance`` before it turns the camera to look along -z. It adds up the
values of whole voxels along the ray and, as shipped, takes each value from the voxel after the one it crosses.
"""

from __future__ import annotations

import itk
import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.volume import Volume
from simulator.imaging.view import View
from tests.benchmarks.peers.contestants import Projection


def prepare(volume: Volume, view: View, threads: int) -> Projection:
    """Volume, interpolator and resampling filter; the view's central ray must pass the middle of the volume."""
    itk.MultiThreaderBase.SetGlobalMaximumNumberOfThreads(threads)
    itk.MultiThreaderBase.SetGlobalDefaultNumberOfThreads(threads)
    patient = itk.image_from_array(np.ascontiguousarray(volume.array.transpose(2, 1, 0)))  # x runs fastest in ITK
    patient.SetSpacing(volume.grid.voxel_mm.tolist())
    caster = itk.SiddonJacobsRayCastInterpolateImageFunction[type(patient), itk.D].New()
    low_mm, high_mm = volume.grid.box_mm()
    isocentre = 0.5 * (low_mm + high_mm)
    source_to_isocentre_mm = float(frames.apply(view.beam_from_patient, isocentre)[2])
    caster.SetTransform(_turn(view, isocentre - low_mm))
    caster.SetFocalPointToIsocenterDistance(source_to_isocentre_mm)
    caster.SetProjectionAngle(0.0)
    caster.SetThreshold(0.0)
    caster.Initialize()
    resample = _resampling(view, patient, caster)
    rows, columns = np.indices(view.shape, dtype=float)
    rays_mm = np.stack([rows, columns, np.ones_like(rows)], axis=-1) @ view.ray_matrix_patient().T
    way_mm = np.linalg.norm(rays_mm, axis=-1).astype(np.float32)  # its sums are in parts of the way to the pixel

    def project() -> NDArray:
        resample.Modified()
        resample.Update()
        return itk.array_view_from_image(resample.GetOutput())[0] * way_mm

    return project


def _turn(view: View, isocentre_mm: NDArray) -> object:
    """The rotation about the isocentre after which the view looks along +y with z up."""
    across, down, forward = view.patient_from_beam[:3, :3].T
    turn = itk.Euler3DTransform[itk.D].New()
    turn.SetCenter(isocentre_mm.tolist())
    turn.SetMatrix(itk.matrix_from_array(np.array([across, forward, -down])))
    return turn


def _resampling(view: View, patient: object, caster: object) -> object:
    """The detector as an image at z = -(source to detector): x against our columns, y against our rows."""
    rows, columns = view.shape
    resample = itk.ResampleImageFilter.New(Input=patient)
    resample.SetInterpolator(caster)
    resample.SetSize([columns, rows, 1])
    resample.SetOutputSpacing([view.pixel_mm, view.pixel_mm, 1.0])
    resample.SetOutputDirection(itk.matrix_from_array(np.diag([-1.0, -1.0, 1.0])))
    half = [view.pixel_mm * (n - 1) / 2.0 for n in (columns, rows)]
    resample.SetOutputOrigin([*half, -view.source_to_detector_mm])
    return resample
