"""What the beam meets besides the patient as found: instruments, contrast and cement of a state.

Volumes are made once for an array of the state and handed over again while the state keeps that array: pictures
recognise by identity what did not change.

Not in it: the drill of ``Drill``, which is out again when its command has been done (one that was inserted as a
tool is seen), a hammer and the hand that swings it. Needles and what goes with them are in ``drawn_needles``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anatomy import frames
from anatomy.keeping import kept_with_first
from anatomy.tissue import Material
from anatomy.volume import Grid, Volume
from simulator.devices import spill
from simulator.devices.balloon import Balloon
from simulator.devices.fine_needle import FineNeedle
from simulator.devices.needle import Needle
from simulator.devices.tools import Wire
from simulator.engine import drawn_needles
from simulator.engine.case import Case
from simulator.engine.leaks import to_be_seen
from simulator.engine.measuring_field import contrast_of_balloons, table_under
from simulator.engine.operating import STANDS_AT, hands_now
from simulator.engine.state import TICK_HZ, Opened, SkinMark, Spilled, State
from simulator.imaging.cleft_gas import cleft_gas
from simulator.imaging.dose.operator_dose import operator_at
from simulator.imaging.scene import Filler, Scene
from simulator.imaging.solids import instruments
from simulator.imaging.solids.body_frame import point
from simulator.imaging.solids.implants import implants
from simulator.imaging.solids.intervals import Point
from simulator.imaging.solids.operator_hand import operator_hand
from simulator.imaging.solids.solids import Assembly, Solid, rod
from simulator.physics.filling import Filling

HAND_STEP_MM = 4.0
"""A feeding hand is drawn anew when it has come so far."""
LEAST_CONTRAST = 0.02
"""Share of spilled contrast below which it is drawn no more."""
FADING_S = 15.0
"""Spilled contrast is drawn anew, fainter, so often."""
HANDLE_MM, HANDLE_IN_HAND_MM, GRIP_CURL_RAD = 40.0, (-2.0, 88.0, -19.0), 1.0
"""How far behind the hub the handle ends, where in the palm (hand frame) it rests, and how far each finger joint
is bent round it (*unconfirmed*)."""


def scene(case: Case, state: State) -> Scene:
    """Everything that a frame of this state shows beside the patient; the same Scene while nothing changes."""
    task, needle = hands_now(state)
    held = needle if task == "at the hub" else None
    filling, _ = to_be_seen(case.ground.at(state.amplitude), state)
    spilled = state.spilled
    faded_s = 0.0 if spilled is None else FADING_S * ((state.tick - spilled.tick) // round(FADING_S * TICK_HZ))
    return _scene(
        case,
        state.amplitude,
        state.needles,
        state.balloons,
        state.opened,
        filling,
        state.batch.bore_ml,
        held,
        spilled,
        faded_s,
        (state.wires, state.skin_mark, state.fine_needle),
    )


Few = tuple[tuple[Wire | None, ...], SkinMark | None, FineNeedle | None]
"""Wires without a cannula, the mark on the skin, the anaesthetic needle."""


@kept_with_first(4)
def _scene(
    case: Case,
    amplitude: float,
    needles: tuple[Needle | None, ...],
    balloons: tuple[Balloon | None, ...],
    opened: Opened,
    filling: Filling,
    bore_ml: tuple[float, float],
    held: Needle | None,
    spilled: Spilled | None,
    faded_s: float,
    few: Few,
) -> Scene:
    grid = case.ground.grid
    cement = case.cement_material
    solids: list[Solid | Assembly] = []
    fillers: list[Filler] = []
    for needle, balloon, in_bore in zip(needles, balloons, bore_ml, strict=True):
        if needle is not None:
            solids += drawn_needles.cannula(needle)
            if in_bore > 0.0:
                solids.append(_cement_in_bore(cement, needle, in_bore))
        if balloon is not None:
            solids += _catheter(balloon)
            if balloon.share is not None:
                fillers.append(_contrast(balloon, grid))
    solids += _few(few)
    if held is not None:
        solids.append(_hand(case, held))
    solids += implants(case.patient, round(amplitude, 2))
    cement_now = _cement(filling, grid, cement) if filling.total_ml > 0.0 else None
    if cement_now is not None:
        fillers.append(cement_now)
    if spilled is not None and spill.still_there(faded_s) > LEAST_CONTRAST:
        fillers.append(_contrast_in_bone(spilled, faded_s, filling, grid))
    fillers += cleft_gas(case.patient, amplitude, None if cement_now is None else cement_now.share)
    return Scene(
        amplitude=amplitude,
        solids=tuple(solids),
        fillers=tuple(fillers),
        mineral_removed=_mineral_removed(case, amplitude, opened, balloons),
        support=table_under(case),
    )


def _hand(case: Case, needle: Needle) -> Assembly:
    """The hand at a needle's hub, where ``operator_at`` has it for the dose, in steps of HAND_STEP_MM: a hand
    covers much of a picture, and drawing it anew takes longer than a needle."""
    depth_mm = HAND_STEP_MM * round(needle.depth_mm / HAND_STEP_MM)
    hub = np.array(needle.skin_mm) + (depth_mm - needle.length_mm) * needle.shaft_axis
    level = case.patient.landmarks[f"{case.patient.column.target} body centre"]
    place = operator_at("at the hub", STANDS_AT, level, hub_mm=hub, outward=-needle.shaft_axis).hands_mm[0]
    return _hand_at(point(place), needle.direction)


@lru_cache(maxsize=8)
def _hand_at(hub_mm: Point, direction: Point) -> Assembly:
    """A right hand from where the operator stands: it holds a hub and pushes on the handle with its palm."""
    back = -np.array(direction)
    towards = np.array([-STANDS_AT, 0.0, 0.0])
    fingers = frames.unit(towards - (towards @ back) * back)
    axes = np.column_stack([np.cross(fingers, back), fingers, back])
    wrist = np.array(hub_mm) + HANDLE_MM * back - axes @ np.array(HANDLE_IN_HAND_MM)
    return Assembly(operator_hand(frames.affine(axes, wrist), curl_rad=GRIP_CURL_RAD))


def _few(few: Few) -> list[Solid]:
    wires, mark, fine_needle = few
    solids = [solid for wire in wires if wire is not None for solid in drawn_needles.wire(wire)]
    if mark is not None:
        solids += drawn_needles.skin_mark(mark)
    if fine_needle is not None:
        solids += drawn_needles.fine_needle(fine_needle)
    return solids


@kept_with_first(1)
def _catheter(balloon: Balloon) -> tuple[Solid, ...]:
    return instruments.balloon_catheter(balloon.proximal_mm, balloon.distal_mm)


def _cement_in_bore(cement: Material, needle: Needle, volume_ml: float) -> Solid:
    """Cement fills the bore from the hub down, drawn as if the needle were straight."""
    start = needle.hub_mm
    filled_mm = needle.length_mm * min(volume_ml / needle.bore_ml, 1.0)
    return rod(cement, start, start + filled_mm * frames.unit(needle.tip_mm - start), needle.inner_radius_mm)


@kept_with_first(1)
def _contrast(balloon: Balloon, grid: Grid) -> Filler:
    assert balloon.share is not None
    window = _filled_window(balloon.share)
    return Filler(contrast_of_balloons(), Volume(balloon.share[window], grid.part(window)))


@kept_with_first(2)
def _contrast_in_bone(spilled: Spilled, faded_s: float, filling: Filling, grid: Grid) -> Filler:
    """What burst balloons have left in the bone, where cement has not taken its place."""
    share = spilled.share * np.float32(spill.still_there(faded_s))
    if filling.total_ml > 0.0:
        free = 1.0 - filling.cement_ml / grid.voxel_ml
        share[filling.window] = np.minimum(share[filling.window], np.maximum(free, 0.0))
    window = _filled_window(share)
    return Filler(contrast_of_balloons(), Volume(share[window], grid.part(window)))


@kept_with_first(1)
def _cement(filling: Filling, grid: Grid, material: Material) -> Filler:
    low = [max(s - 1, 0) for s in filling.start]
    high = [min(s.stop + 1, n) for s, n in zip(filling.window, grid.shape, strict=True)]
    share = np.zeros([b - a for a, b in zip(low, high, strict=True)], dtype=np.float32)
    inner = tuple(slice(s.start - a, s.stop - a) for s, a in zip(filling.window, low, strict=True))
    share[inner] = filling.cement_ml / grid.voxel_ml
    i, j, k = (slice(a, b) for a, b in zip(low, high, strict=True))
    return Filler(material, Volume(share, grid.part((i, j, k))))


def _filled_window(share: NDArray[np.float32]) -> tuple[slice, slice, slice]:
    """The box of non-empty voxels, one voxel wider where the grid allows."""
    out = []
    for axis in range(3):
        filled = np.flatnonzero(share.any(axis=tuple(a for a in range(3) if a != axis)))
        if filled.size == 0:
            return (slice(0, 1),) * 3
        out.append(slice(max(int(filled[0]) - 1, 0), min(int(filled[-1]) + 2, share.shape[axis])))
    return out[0], out[1], out[2]


@kept_with_first(2)
def _mineral_removed(
    case: Case, amplitude: float, opened: Opened, balloons: tuple[Balloon | None, ...]
) -> Volume | None:
    taken = opened.mineral_taken
    if opened.scraped is not None:
        gone = np.where(opened.scraped, case.ground.at(amplitude).mineral, np.float32(0.0))
        taken = gone if taken is None else np.where(opened.scraped, gone, taken)
    for balloon in balloons:
        if balloon is not None and balloon.share is not None:
            mineral = case.ground.at(amplitude).mineral * balloon.share
            taken = mineral if taken is None else taken + mineral
    if taken is None:
        return None
    window = _filled_window(taken)
    return Volume(np.ascontiguousarray(taken[window], dtype=np.float32), case.ground.grid.part(window))
