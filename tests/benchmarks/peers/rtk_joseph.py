"""RTK's Joseph forward projector (``JosephForwardProjectionImageFilter``) from the itk-rtk package.

RTK's geometry takes source, detector centre and the directions of rows and columns in the volume's own frame, so
nothing is rotated or rounded. Its field ends at the outermost voxel centres, where ours fades over one voxel.
"""

from __future__ import annotations

import itk
import numpy as np
from numpy.typing import NDArray

from anatomy.volume import Volume
from simulator.imaging.view import View
from tests.benchmarks.peers.contestants import Projection


def prepare(volume: Volume, view: View, threads: int) -> Projection:
    """Volume, geometry and an empty projection for the filter."""
    itk.MultiThreaderBase.SetGlobalMaximumNumberOfThreads(threads)
    itk.MultiThreaderBase.SetGlobalDefaultNumberOfThreads(threads)
    patient = itk.image_from_array(np.ascontiguousarray(volume.array.transpose(2, 1, 0)))  # x runs fastest in ITK
    patient.SetOrigin(volume.patient_from_voxel[:3, 3].tolist())
    patient.SetSpacing(volume.grid.voxel_mm.tolist())
    rows, columns = view.shape
    empty = itk.image_from_array(np.zeros((1, rows, columns), dtype=np.float32))
    empty.SetSpacing([view.pixel_mm, view.pixel_mm, 1.0])
    empty.SetOrigin([-view.pixel_mm * (columns - 1) / 2.0, -view.pixel_mm * (rows - 1) / 2.0, 0.0])
    joseph = itk.RTK.JosephForwardProjectionImageFilter[type(empty), type(patient)].New()
    joseph.InPlaceOff()  # or the second picture would be added to the first
    joseph.SetInput(0, empty)
    joseph.SetInput(1, patient)
    joseph.SetGeometry(_geometry(view))

    def project() -> NDArray:
        joseph.Modified()
        joseph.Update()
        return itk.array_view_from_image(joseph.GetOutput())[0]

    return project


def _geometry(view: View) -> object:
    """One projection: RTK's u runs along our columns (against beam x), its v down our rows (beam y)."""
    patient_from_beam = view.patient_from_beam
    source, axes = patient_from_beam[:3, 3], patient_from_beam[:3, :3]
    geometry = itk.RTK.ThreeDCircularProjectionGeometry.New()
    detector = source + view.source_to_detector_mm * axes[:, 2]
    if not geometry.AddProjection(source.tolist(), detector.tolist(), (-axes[:, 0]).tolist(), axes[:, 1].tolist()):
        raise RuntimeError("RTK refused the geometry")
    return geometry
