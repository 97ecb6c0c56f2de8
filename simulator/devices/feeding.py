"""Pushing and drawing a cannula: what resists it, where it stops, how its tip moves.

Resistance is a tip force by tissue plus shaft friction by length (physics C2, "Use this"): tip forces scale with
the cross-section; the cortex gives a peak that falls by 60 to 80 % within a millimetre once its shell is cracked.
Magnitudes are unconfirmed presets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from anatomy.changing import changed
from anatomy.frames import FloatArray
from anatomy.tissue import CORTEX_MINERAL_G_CM3, Tissue
from simulator.devices import bending
from simulator.devices.instruments import TOOLS
from simulator.devices.needle import LIMITS, Needle
from simulator.devices.path import KNOT_MM, Knot, drawn_back, triple
from simulator.devices.probe import Probe
from simulator.imaging.solids.instruments import DIAMETERS_MM

# Tip force (N, 11 G) and friction (N/mm) by tissue, after a skin nick (physics C2, unconfirmed).
_TIP_N: dict[Tissue, float] = {Tissue.SKIN: 4.0, Tissue.FAT: 1.5, Tissue.MUSCLE: 4.0, Tissue.CANAL: 1.0,
                               Tissue.DISC: 9.0, Tissue.LUNG: 0.5, Tissue.BLOOD: 0.5, Tissue.CSF: 0.5,
                               Tissue.NERVE: 1.0}  # fmt: skip
_OTHER_TIP_N = 3.0
SOFT_FRICTION_N_MM = 0.08
BONE_FRICTION_N_MM = 0.8
_CORTEX_TIP_N = 45.0  # with the core below it 85 N: osteoporotic lamina and pedicle 40 to 90 N
_CORE_TIP_N, _CORE_SLOPE = 10.0, 150.0  # 15 to 40 N in cancellous bone of 0.03 to 0.2 g/cm3
_CORTEX_FROM_G_CM3 = 0.20
METAL_TIP_N = 1000.0  # of a screw or rod: more than any technique gives

SURFACE_MM = 0.3
"""A tip so close to bone feels it."""
CRACK_MM = 1.0
"""Once the force falls, the shell ahead is cracked: 60 to 80 % are lost within 0.5 to 1 mm (physics C2)."""
BEHIND_MM = 1.5
"""The force then is that of the bone so far ahead, where voxels no longer blur the shell."""
FALLING, BROKEN = 0.95, 0.5  # of the peak: the crack begins; the cortex counts as broken through
_SHELL_MM = 3.0  # where no fall comes so far behind a peak, the bone is dense throughout: there is no shell


def tip_force_n(needle: Needle, probe: Probe, tip_mm: FloatArray) -> float:
    """Force on the tip at a place, by tissue and gauge."""
    point = tip_mm[None, :]
    outer_mm = DIAMETERS_MM[needle.gauge][0]
    if probe.in_metal(point)[0]:
        return METAL_TIP_N
    if probe.bone_distance_mm(point)[0] < SURFACE_MM:
        mineral = float(probe.mineral_g_cm3(point)[0])
        cortex = np.clip((mineral - _CORTEX_FROM_G_CM3) / (CORTEX_MINERAL_G_CM3 - _CORTEX_FROM_G_CM3), 0.0, 1.0)
        core = _CORE_TIP_N + _CORE_SLOPE * min(mineral, _CORTEX_FROM_G_CM3)
        return float(_size(outer_mm) * (core + cortex * _CORTEX_TIP_N))
    return soft_tip_force_n(outer_mm, probe, tip_mm)


def soft_tip_force_n(outer_mm: float, probe: Probe, tip_mm: FloatArray) -> float:
    """Force on a tip of an outer diameter at a place outside bone."""
    tissue = Tissue(int(probe.tissue(tip_mm[None, :])[0]))
    return _size(outer_mm) * _TIP_N.get(tissue, _OTHER_TIP_N)


def _size(outer_mm: float) -> float:
    """Cross-section over that of 11 G: tip forces scale with it (physics C2)."""
    return (outer_mm / DIAMETERS_MM[11][0]) ** 2


@dataclass(frozen=True)
class Stalled:
    """The needle would not go on: force needed against what the technique can give."""

    force_n: float
    limit_n: float


def moved(needle: Needle, probe: Probe, duration_s: float) -> tuple[Needle, Stalled | None]:
    """The needle after feeding for a moment. It stops, and says so, where the force exceeds the hand's."""
    if needle.feed_mm == 0.0:
        return needle, None
    limit, speed = LIMITS[needle.technique]
    step = float(np.clip(needle.feed_mm, -20.0 * duration_s, speed * duration_s))
    # A cannula goes along a wire no farther than the wire.
    deepest = min(needle.length_mm, needle.depth_mm + needle.tool_mm) if needle.over_a_wire else needle.length_mm
    depth = float(np.clip(needle.depth_mm + step, 0.0, deepest))
    feed = 0.0 if depth in (0.0, deepest) else needle.feed_mm - step
    step = depth - needle.depth_mm
    # The wire stays where it is.
    tool = needle.tool_mm - step if needle.over_a_wire else needle.tool_mm
    if needle.feed_mm < 0.0:
        bone = max(needle.bone_mm + step, 0.0)
        friction = BONE_FRICTION_N_MM * bone + SOFT_FRICTION_N_MM * (depth - bone)
        levered = needle.levered_deg if bone > 0.0 else 0.0
        drilled = max(needle.drilled_mm - step, 0.0) if needle.drilled_mm > 0.0 else 0.0
        return changed(needle, depth_mm=depth, bone_mm=bone, feed_mm=feed, force_n=friction, drilled_mm=drilled,
                       levered_deg=levered, tool_mm=tool, knots=drawn_back(needle.knots, depth),
                       layer="outside" if bone == 0.0 else needle.layer), None  # fmt: skip
    tip = needle.tip_mm + step * needle.axis
    bone_distance = float(probe.bone_distance_mm(tip[None, :])[0])
    in_bone = bone_distance < 0.0
    bone = needle.bone_mm + (step if in_bone else 0.0)
    friction = BONE_FRICTION_N_MM * bone + SOFT_FRICTION_N_MM * (depth - bone)
    tip_n = _felt_n(needle, probe, tip, depth)
    force = tip_n + friction
    if force > limit:
        return _through_cortex(changed(needle, feed_mm=0.0, force_n=force), tip_n, bone_distance), Stalled(
            force, limit
        )
    after = changed(needle, depth_mm=depth, bone_mm=bone, feed_mm=feed, force_n=force, tool_mm=tool,
                    drilled_mm=max(needle.drilled_mm - step, 0.0),
                    furthest_mm=max(needle.furthest_mm, depth))  # fmt: skip
    if needle.tip == "bevel":
        after = _steered(after, tip, tip_n, in_bone)
    return _through_cortex(after, tip_n, bone_distance), None


def _felt_n(needle: Needle, probe: Probe, tip_mm: FloatArray, depth_mm: float) -> float:
    """Force on the tip on its way: open channels and wires leave less to it, a cracked shell soon nothing."""
    if needle.drilled_mm > 0.0:  # behind a drill the channel is open: only friction resists
        return 0.0
    tip_n = tip_force_n(needle, probe, tip_mm)
    gone = depth_mm - needle.peak_mm
    if needle.layer == "cortex" and tip_n < FALLING * needle.peak_n:
        behind = tip_force_n(needle, probe, tip_mm + BEHIND_MM * needle.axis)
        share = min(gone / CRACK_MM, 1.0)
        tip_n = min(tip_n, (1.0 - share) * needle.peak_n + share * behind)
    elif needle.layer == "inside" and gone < BEHIND_MM:
        tip_n = min(tip_n, tip_force_n(needle, probe, tip_mm + BEHIND_MM * needle.axis))
    if needle.tool is not None and needle.tool_mm > 0.0:  # along a wire, whose hole is there
        tip_n *= 1.0 - (TOOLS[needle.tool].outer_mm / DIAMETERS_MM[needle.gauge][0]) ** 2
    return tip_n


def _through_cortex(needle: Needle, tip_n: float, bone_distance_mm: float) -> Needle:
    """The needle with what is known of the cortex that it is in: the peak so far, or through."""
    layer, dense = needle.layer, False
    if layer == "outside":
        if bone_distance_mm >= 0.0:
            return needle
        layer = "cortex"
    elif bone_distance_mm >= SURFACE_MM:
        return changed(needle, layer="outside")  # the peak stays, for whoever asks what broke
    else:
        dense = needle.depth_mm - needle.peak_mm > _SHELL_MM
        cracked = needle.depth_mm - needle.peak_mm >= CRACK_MM and tip_n <= BROKEN * needle.peak_n
        if layer == "cortex" and (dense or cracked):
            layer = "inside"
        elif layer == "cortex" and FALLING * needle.peak_n <= tip_n <= needle.peak_n:
            return changed(needle, peak_mm=needle.depth_mm)  # still at the top
        elif tip_n <= needle.peak_n and not dense:
            return needle
    return changed(needle, layer=layer, peak_n=tip_n, peak_force_n=needle.force_n, peak_mm=needle.depth_mm)


def _steered(needle: Needle, tip_mm: FloatArray, tip_n: float, in_bone: bool) -> Needle:
    """The needle with a new knot where its bevel has turned the tip by as much as a knot's length asks for.

    The path bends towards the bevel's back. Twisting turns the bevel to and fro: the tip goes straight.
    """
    if needle.technique == "twist" or needle.over_a_wire or needle.drilled_mm > 0.0:
        return needle
    if needle.knots and needle.depth_mm - needle.knots[-1].depth_mm < KNOT_MM:
        return needle
    if in_bone:
        curvature = bending.bone_curvature_per_mm(DIAMETERS_MM[needle.gauge][0])
    else:
        curvature = bending.soft_curvature_per_mm(tip_n, needle.stiffness_n_mm2)
    way = bending.turned(
        needle.axis, -bending.clock_direction(needle.axis, needle.bevel_clock_deg), curvature * KNOT_MM
    )
    return changed(needle, knots=(*needle.knots, Knot(needle.depth_mm, triple(tip_mm), triple(way))))
