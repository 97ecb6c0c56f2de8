"""Lines over pictures lie where the picture has what they mean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6 import QtCore, QtGui
from scipy import ndimage

from anatomy.frames import apply
from anatomy.landmarks import endplate_corners
from anatomy.skeleton.vertebra import pedicle_distance
from anatomy.spec import SIDES
from simulator.app import theme
from simulator.app.guide.drawing import INK, draw
from simulator.app.guide.overlays import endplate_mm, medial_border_mm, on_picture, pedicle_mm, strokes
from simulator.app.guide.seen import Look, Seen
from simulator.app.wording import Wording
from simulator.devices.needle import Needle
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.events import Exposed
from simulator.engine.screens import frame
from simulator.engine.state import State
from simulator.engine.step import step
from simulator.imaging.fluoroscope import Fluoroscope
from simulator.imaging.projected_body import ProjectedBody


def looked(case: Case, plane: str, state: State | None = None) -> tuple[State, Look]:
    """A picture, and the state just after it."""
    state, events = step(case, state or initial_state(case), [c.Expose(plane)])  # type: ignore[arg-type]
    assert any(isinstance(event, Exposed) for event in events)
    return state, Seen().after(case, state, events).looks[plane]


def test_a_known_point_is_projected_by_hand(case: Case) -> None:
    """Without turning, a point beside the isocentre is magnified by SID over its distance from the source."""
    start = initial_state(case)
    pose = replace(start.planes[0].pose, orbital_deg=0.0, orbital_wanted_deg=0.0)
    start = replace(start, planes=(replace(start.planes[0], pose=pose), *start.planes[1:]))
    state, look = looked(case, "A", start)
    carm = case.carm("A")
    isocentre = np.array([-state.table.shift_mm[0], state.table.shift_mm[2], -state.table.shift_mm[1]])
    point = isocentre + (20.0, 10.0, 30.0)
    scale = carm.source_to_detector_mm / (carm.source_to_isocentre_mm - 10.0) / carm.pixel_mm
    middle = 0.5 * (carm.pixels - 1)
    row, column = on_picture(look, point[None, :])[0] - look.shift_px
    assert row == pytest.approx(middle - 30.0 * scale, abs=0.01)
    assert column == pytest.approx(middle + 20.0 * scale, abs=0.01), "a prone patient's right is at the right"


@pytest.mark.parametrize("plane", ["A", "B"])
def test_the_end_of_a_cannula_in_the_picture_is_where_its_line_begins(case: Case, plane: str) -> None:
    """Steel, drawn by the beam's own path through the patient, ends where the tip is projected."""
    corridor = case.patient.corridors["left"]
    depth = float(np.linalg.norm(corridor.target_mm - corridor.skin_mm))
    way = tuple(map(float, corridor.direction))
    needle = Needle("left", 11, tuple(map(float, corridor.skin_mm)), way, depth_mm=depth, bone_mm=20.0)  # type: ignore[arg-type]
    start = initial_state(case)
    state, look = looked(case, plane, replace(start, needles=(needle, None)))
    fluoroscope = Fluoroscope(ProjectedBody(case.patient))
    now = state.plane(plane)
    assert now is not None
    with_it = frame(case, state, now, fluoroscope).image.signal_kev
    without = frame(case, replace(state, needles=(None, None)), now, fluoroscope, now.technique).image.signal_kev
    line = next(stroke for stroke in strokes(case, state, look) if stroke.kind == "needle").points
    along = (line[1] - line[0]) / np.linalg.norm(line[1] - line[0])
    steps = np.arange(-60.0, 60.0)
    places = np.rint(line[0] + steps[:, None] * along).astype(int)
    lets_through = ndimage.uniform_filter(np.asarray(with_it), 3) / ndimage.uniform_filter(np.asarray(without), 3)
    profile = lets_through[tuple(places.T)]
    inside, outside = np.median(profile[:50]), np.median(profile[-50:])
    assert inside < 0.8 * outside, "there is a shadow, and it ends"
    ends = steps[np.flatnonzero(profile < 0.5 * (inside + outside))[-1]]
    assert -5.0 < ends < 4.0, "it ends at the projected tip, thin as a diamond makes it: 4 pixels are 1.2 mm"


def test_outlines_lie_on_the_bone_that_they_stand_for(case: Case) -> None:
    v, collapse = case.ground.vertebra, case.ground.collapse
    for side in SIDES:
        local = apply(case.target_from_patient, pedicle_mm(v, side))
        assert np.abs(pedicle_distance(v, side, *local.T)).max() < 0.3
        border = apply(case.target_from_patient, medial_border_mm(v, side))
        assert abs(border[0]) < abs(local[:, 0]).mean()
    state = initial_state(case)
    corners = endplate_corners(v, collapse, state.amplitude)
    for plate in ("superior", "inferior"):
        rim = endplate_mm(case, state, plate)  # type: ignore[arg-type]
        for where in ("anterior", "posterior"):
            corner = corners[f"{plate} {where}"]
            assert np.linalg.norm(rim - corner, axis=1).min() < 2.5


def test_an_endplate_is_a_line_in_the_true_view_and_a_ring_in_an_oblique_one(case: Case) -> None:
    start = initial_state(case)
    rims = []
    for angulation in (-4.8, 15.0):
        pose = replace(
            start.planes[0].pose, orbital_deg=0.0, orbital_wanted_deg=0.0,
            angulation_deg=angulation, angulation_wanted_deg=angulation,
        )  # fmt: skip
        turned = replace(start, planes=(replace(start.planes[0], pose=pose), *start.planes[1:]))
        state, look = looked(case, "A", turned)
        rims.append(np.ptp(on_picture(look, endplate_mm(case, state, "inferior"))[:, 0]))
    assert rims[0] < 0.3 * rims[1]


def test_lines_stay_on_the_picture_when_the_carm_moves_on(case: Case) -> None:
    state, look = looked(case, "A")
    before = strokes(case, state, look)
    for commands in ([c.MoveCArm("A", 20.0, 0.0), c.MoveTable(40.0, 0.0, 0.0)], *([[]] * 30)):
        state, _ = step(case, state, commands)
    for one, other in zip(before, strokes(case, state, look), strict=True):
        assert np.array_equal(one.points, other.points)


def test_levels_are_named_where_their_bodies_are(case: Case) -> None:
    state, look = looked(case, "B")
    names = {stroke.name: stroke.points[0] for stroke in strokes(case, state, look) if stroke.kind == "level"}
    assert {"T12", "L1"} <= names.keys()
    centre = case.patient.landmarks["L1 body centre"]
    assert names["L1"] - look.shift_px == pytest.approx(look.view.project(centre))
    assert names["T12"][0] < names["L1"][0]


def test_lines_are_drawn_with_a_dark_outline(case: Case, qapp: object) -> None:
    """On bright ground the colour alone would be lost: beside every coloured pixel lies a dark one."""
    state, look = looked(case, "A")
    image = QtGui.QImage(512, 512, QtGui.QImage.Format.Format_RGB888)
    image.fill(QtGui.QColor("#ffffff"))
    painter = QtGui.QPainter(image)
    corridor = [stroke for stroke in strokes(case, state, look) if stroke.kind == "corridor"]
    draw(painter, lambda row, column: QtCore.QPointF(column + 0.5, row + 0.5), corridor, Wording())
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(512, image.bytesPerLine())[:, : 3 * 512]
    pixels = pixels.reshape(512, 512, 3).astype(int)
    wanted = np.array(QtGui.QColor(INK["corridor"][0]).getRgb()[:3])
    coloured = np.abs(pixels - wanted).sum(axis=2) < 40
    assert coloured.sum() > 40
    dark = pixels.sum(axis=2) < 300
    rows, columns = np.nonzero(coloured)
    beside = [dark[r - 5 : r + 6, k - 5 : k + 6].any() for r, k in zip(rows, columns, strict=True)]
    assert np.mean(beside) > 0.95


def test_colours_of_lines_are_told_apart_and_seen() -> None:
    inks = [colour for colour, _, _ in INK.values()]
    assert all(theme.contrast(ink, "#000000") > 4.5 for ink in inks)
    kinds = ("corridor", "pedicle", "endplate", "wall", "needle")
    assert len({(INK[kind][0], INK[kind][1]) for kind in kinds}) == len(kinds)
