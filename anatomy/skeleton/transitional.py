"""Lumbosacral vertebrae of the other kind: an L5 joined to the sacrum, or an S1 that has become a lumbar vertebra.

Castellvi 1984: transverse processes of 19 mm and more in height that form a joint or one bone with the alae. A
lumbarised S1 is squared, with a full disc below it (O'Driscoll 1996), so that one counts six lumbar vertebrae.
Sizes of both are ours.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from anatomy import frames
from anatomy.column import Column
from anatomy.frames import FloatArray
from anatomy.shapes import Array
from anatomy.skeleton.arch import arch_parts, box_in_patient
from anatomy.skeleton.bones import MARGIN_MM, Bone, Solid, both_sides, limb
from anatomy.skeleton.vertebra import Vertebra, body_box, body_field
from anatomy.table import Distance

_BRIDGE_HALF_MM = ((4.0, 8.0), (7.0, 14.0))  # half thickness and breadth of a broad process: at L5, at the ala
LUMBARISED_DISC = 0.80  # of the disc of L5
_S1_HEIGHT, _S1_SPAN, _S1_SPINE = 0.97, 0.90, 0.75  # of those of L5
_S2_TURN_DEG = 8.0  # S2 under S1, lordotic no more: the sacrum begins to bend forward


def broad_processes(spine: Column, s: float) -> tuple[Solid, ...]:
    """The bridges of bone from both transverse processes of a sacralised L5 to the alae."""
    v = spine.vertebrae["L5"]
    d = v.size
    process = (0.34 * d.tp_span_mm, v.posterior_wall_y_mm - 0.9 * d.tp_tip_behind_post_wall_mm, 1.0)
    start = frames.apply(v.patient_from_vertebra, process)
    end = frames.apply(spine.patient_from_sacrum, s * np.array([35.0, -15.0, -14.0]))
    return both_sides([limb(start, end, *_BRIDGE_HALF_MM, (1.0, 0.0, 0.0))])


def lumbarised_s1(spine: Column) -> Vertebra:
    """S1 as a sixth vertebra of lumbar type, in place under L5."""
    d = spine.vertebrae["L5"].size
    size = replace(
        d,
        body_height_ant_mm=_S1_HEIGHT * d.body_height_ant_mm,
        body_height_post_mm=_S1_HEIGHT * d.body_height_post_mm,
        endplate_width_inf_mm=0.94 * d.endplate_width_sup_mm,
        tp_span_mm=_S1_SPAN * d.tp_span_mm,
        spinous_tip_behind_post_wall_mm=_S1_SPINE * d.spinous_tip_behind_post_wall_mm,
        disc_below_height_mid_mm=LUMBARISED_DISC * d.disc_below_height_mid_mm,
    )
    down = frames.translation((0.0, 0.0, -0.5 * size.rim_height_mm))
    return Vertebra("L5", size, frames.compose(spine.patient_from_sacrum, down))


def patient_from_s2(s1: Vertebra) -> FloatArray:
    """Frame (4, 4) of the sacrum that begins with S2, under a lumbarised S1."""
    down = frames.translation((0.0, 0.0, -0.5 * s1.size.rim_height_mm - s1.size.disc_below_height_mid_mm))
    turn = frames.rotation((1.0, 0.0, 0.0), np.radians(_S2_TURN_DEG))
    return frames.compose(s1.patient_from_vertebra, down, turn)


def vertebra_bone(name: str, v: Vertebra, core_g_cm3: float) -> Bone:
    """A whole vertebra as one of the bones beside the spine."""
    solids = [_solid(v, partial(_body, v), body_box(v))]
    solids += [_solid(v, part.distance, part.box) for part in arch_parts(v)]
    return Bone(name, False, tuple(solids), 4.5, 0.8, core_g_cm3)


def _body(v: Vertebra, x: Array, y: Array, z: Array) -> Array:
    return body_field(v, x, y, z).distance_mm


def _solid(v: Vertebra, local_distance: Distance, box: tuple[FloatArray, FloatArray]) -> Solid:
    """A part described in the vertebral frame as a solid of the patient frame."""
    back = frames.inverse(v.patient_from_vertebra).astype(np.float32)

    def distance(x: Array, y: Array, z: Array) -> Array:
        return local_distance(*(row[0] * x + row[1] * y + row[2] * z + row[3] for row in back[:3]))

    low, high = box_in_patient(box, v.patient_from_vertebra)
    return Solid(distance, (low - MARGIN_MM, high + MARGIN_MM))
