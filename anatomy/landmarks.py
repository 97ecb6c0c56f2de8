"""Named points of the spine, patient frame, mm: what one looks for in a radiograph.

Names are ``"<level> <landmark>"`` with the landmarks of LANDMARKS, for example ``"L1 pedicle left"``; of ribs
those of RIB_LANDMARKS with the side, for example ``"T12 rib tip left"``; and SACRAL_ENDPLATE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from anatomy import frames
from anatomy.column import Column
from anatomy.fractures.fracture import Collapse
from anatomy.frames import FloatArray
from anatomy.skeleton.ribs import Rib
from anatomy.skeleton.vertebra import Vertebra

LANDMARKS = (
    "body centre",
    "superior endplate",
    "inferior endplate",
    "anterior wall",
    "posterior wall",
    "pedicle left",
    "pedicle right",
    "spinous process tip",
    "transverse process left",
    "transverse process right",
    "canal centre",
)
RIB_LANDMARKS = ("rib head", "rib angle", "rib tip")
"""Of each rib that is there: the end that meets the vertebra, the bend behind, the bony end in front."""
SACRAL_ENDPLATE = "S1 endplate"


def landmarks(spine: Column, ribs: Iterable[Rib] = ()) -> Mapping[str, FloatArray]:
    """All landmarks of all levels with the fracture as found, of the sacrum and of the ribs given."""
    points: dict[str, FloatArray] = {}
    for level, v in spine.vertebrae.items():
        collapse = spine.collapse if level == spine.target else None
        for name, local in _of_vertebra(v, collapse).items():
            points[f"{level} {name}"] = frames.apply(v.patient_from_vertebra, local)
    points[SACRAL_ENDPLATE] = np.array(spine.patient_from_sacrum[:3, 3])
    for rib in ribs:
        for name, point in zip(RIB_LANDMARKS, (rib.line_mm[0], rib.angle_mm, rib.line_mm[-1]), strict=True):
            points[f"{rib.level} {name} {rib.side}"] = np.array(point)
    return points


def _of_vertebra(v: Vertebra, collapse: Collapse | None) -> dict[str, FloatArray]:
    d, wall = v.size, v.posterior_wall_y_mm
    half = 0.5 * d.rim_height_mm
    points = {
        "superior endplate": (0.0, 0.0, half - d.endplate_concavity_sup_mm),
        "inferior endplate": (0.0, 0.0, -half + d.endplate_concavity_inf_mm),
        "anterior wall": (0.0, v.anterior_wall_y_mm - (1.0 - d.waist_depth_ratio) * d.depth_mm, 0.0),
        "posterior wall": (0.0, wall, 0.0),
        "pedicle left": tuple(v.pedicle_axis("left")[0]),
        "pedicle right": tuple(v.pedicle_axis("right")[0]),
        "spinous process tip": tuple(v.spinous_tip),
        "transverse process left": (-0.5 * d.tp_span_mm, wall - d.tp_tip_behind_post_wall_mm,
                                    d.tp_tip_z_rel_midbody_mm),
        "transverse process right": (0.5 * d.tp_span_mm, wall - d.tp_tip_behind_post_wall_mm,
                                     d.tp_tip_z_rel_midbody_mm),
        "canal centre": (0.0, wall - 0.5 * d.canal_depth_mm, 0.0),
    }  # fmt: skip
    out = {name: np.array(point, dtype=float) for name, point in points.items()}
    if collapse is not None:
        for name in ("superior endplate", "inferior endplate", "anterior wall", "posterior wall"):
            x, y, z = out[name]
            out[name] = np.array([x, *collapse.moved(x, np.array(y), np.array(z), 1.0)])
    out["body centre"] = 0.5 * (out["superior endplate"] + out["inferior endplate"])
    return out


def endplate_corners(v: Vertebra, collapse: Collapse | None, amplitude: float) -> dict[str, FloatArray]:
    """Mid-sagittal rim corners of a body, patient frame: what a height is measured between.

    Keys "superior anterior", "superior posterior", "inferior anterior", "inferior posterior".
    """
    d = v.size
    out = {}
    for where, y, height in (
        ("anterior", v.anterior_wall_y_mm, d.body_height_ant_mm),
        ("posterior", v.posterior_wall_y_mm, d.body_height_post_mm),
    ):
        top, bottom = 0.5 * height, -0.5 * height
        if collapse is not None:
            top -= amplitude * float(collapse.top_drop_mm(0.0, np.array(y)))
            bottom += amplitude * float(collapse.bottom_rise_mm(0.0, np.array(y)))
        for plate, z in (("superior", top), ("inferior", bottom)):
            out[f"{plate} {where}"] = frames.apply(v.patient_from_vertebra, (0.0, y, z))
    return out
