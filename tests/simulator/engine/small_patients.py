"""A patient with hardly a voxel, for tests of files that are written and read often."""

from __future__ import annotations

from dataclasses import replace

from anatomy.body.veins import LUNGS, VenousGraph
from anatomy.patient import Patient
from anatomy.volume import Volume, crop


def small_patient(patient: Patient, seed: int) -> Patient:
    """The patient with volumes of some kilobytes, no veins, and a seed of its own; not one to be treated."""

    def cut(volume: Volume) -> Volume:
        low, high = volume.grid.box_mm()
        middle = 0.5 * (low + high)
        part = crop(volume, middle - 0.1 * (high - low), middle + 0.1 * (high - low))
        return Volume(part.array.copy(), part.grid)

    one = cut(patient.endplate_hole)
    groups = replace(patient.fine, lower=one, body=one, upper=one)
    return replace(
        patient, spec=replace(patient.spec, seed=seed), soft=one, adipose=one, tissue=one, fine=groups, far=groups,
        bone_distance=one, regions=cut(patient.regions), endplate_hole=one, hazards={},
        veins=VenousGraph({name: patient.veins.nodes[name] for name in LUNGS}, (), {}),
    )  # fmt: skip
