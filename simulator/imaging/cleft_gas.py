"""Gas in an intravertebral cleft, as a picture shows it: a filler that takes the place of marrow.

Bone volumes hold no soft tissue and the coarse soft volumes stay while a fracture is reduced, so gas is neither:
like cement and contrast it is a share of small voxels, in which marrow is missing and something else is there.
It is worked out from the fracture's own field, so that the cleft opens with it.
"""

from __future__ import annotations

import numpy as np

from anatomy.fractures import deform
from anatomy.keeping import kept_with_first
from anatomy.patient import Patient
from anatomy.tissue import Material
from anatomy.volume import Volume, resample
from simulator.imaging.scene import Filler

GAS = Material("gas of a cleft (nitrogen)", 0.00125, {"N": 1.0})
AMPLITUDE_STEP = 0.01


def cleft_gas(patient: Patient, amplitude: float, displaced: Volume | None = None) -> tuple[Filler, ...]:
    """The gas of a patient's cleft at a collapse amplitude, in steps of AMPLITUDE_STEP; none for most patients.

    displaced: share of each voxel on a part of the region grid that something else has filled.
    """
    collapse = patient.column.collapse
    if collapse is None or collapse.cleft is None or collapse.spec.cleft != "gas":
        return ()
    gas = _gas(patient, round(amplitude / AMPLITUDE_STEP))
    return (gas if displaced is None else _without(gas, displaced),)


@kept_with_first(2)
def _gas(patient: Patient, step: int) -> Filler:
    collapse, grid = patient.column.collapse, patient.fine.body.grid
    assert collapse is not None
    return Filler(GAS, Volume(deform.cleft_share(collapse, grid, step * AMPLITUDE_STEP), grid))


@kept_with_first(1)
def _without(gas: Filler, displaced: Volume) -> Filler:
    """Gas where nothing else has come."""
    taken = resample(displaced, gas.share.grid).array
    return Filler(gas.material, Volume(np.maximum(gas.share.array - taken, 0.0), gas.share.grid))
