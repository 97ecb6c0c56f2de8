"""The film strip of README: a kyphoplasty moment by moment, and three leaks; each as a picture showed it and,
below it, cut open in three dimensions.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from looks import BALLOON, CAVITY, CEMENT, LEAKS
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage
from sheets import live, turned

from anatomy import frames
from anatomy.spec import SIDES, FractureSpec, PatientSpec, Side
from anatomy.volume import Grid
from scenarios.cases import find
from simulator.assessment.cut_open import CUT_X_MM
from simulator.assessment.cut_open import LEAKS as LEAK_GROUPS
from simulator.assessment.trainees.procedure import perform
from simulator.devices.ground import LEAK_REGIONS
from simulator.engine import commands as c
from simulator.engine.case import Case, make_case
from simulator.engine.events import Event
from simulator.engine.leaks import leaked_ml, to_be_seen
from simulator.engine.operating import hands_now
from simulator.engine.patient_cache import patient_of
from simulator.engine.session import Session, new_session
from simulator.engine.state import State
from simulator.validation.population.arms import ARMS
from simulator.validation.population.sampling import Person
from simulator.validation.population.treating import Play, begun

TILE, GAP, COLUMNS = 288, 3, 5
CROP = slice(104, 408)
SHOWN = 0.4
"""Share of a voxel from which something is in the legend."""
DARK, INK = (18, 20, 23), (235, 235, 235)
SURFACE_G_CM3 = 0.12
"""Mineral that counts as bone's surface after smoothing."""
NO_3D = "no OpenGL here"


@dataclass(frozen=True)
class Moment:
    """A state of a case, what is written on it, and the gantry angle at which it is shown."""

    caption: str
    case: Case
    state: State
    orbital_deg: float = 90.0


def strip() -> Image.Image:
    """All moments, five a row, the three dimensions of each below its picture."""
    moments = [*kyphoplasty(), *leaks()]
    rows = [moments[i : i + COLUMNS] for i in range(0, len(moments), COLUMNS)]
    pair = 2 * TILE + GAP
    whole = Image.new("RGB", (COLUMNS * (TILE + GAP) - GAP, len(rows) * (pair + 3 * GAP) - 3 * GAP), DARK)
    draw = ImageDraw.Draw(whole)
    for r, row in enumerate(rows):
        for column, moment in enumerate(row):
            x, y = column * (TILE + GAP), r * (pair + 3 * GAP)
            whole.paste(fluoroscopy(moment), (x, y))
            whole.paste(cutaway(moment), (x, y + TILE + GAP))
            for line, (name, colour) in enumerate(legend(moment)):
                at = (x + 7, y + 2 * TILE + GAP - 19 - 16 * line)
                draw.text(at, name, fill=colour, stroke_width=2, stroke_fill=DARK, font_size=13)
            draw.text((x + 7, y + 5), moment.caption, fill=INK, stroke_width=2, stroke_fill=DARK, font_size=14)
    return whole


def legend(moment: Moment) -> list[tuple[str, str]]:
    """What lies in the body and beside it at a moment, each in its colour."""
    scene = scene_of(moment)
    named = [(f"leak {name}", f"leak: {name}", colour) for name, colour in LEAKS.items()]
    named += [("cement", "cement", CEMENT), ("balloon", "balloon", BALLOON), ("cavity", "cavity", CAVITY)]
    return [(words, colour) for name, words, colour in named if name in scene and scene[name].max() > SHOWN]


def kyphoplasty() -> list[Moment]:
    """The expert's kyphoplasty of a fresh wedge fracture."""
    case = make_case(find("kyphoplasty-l1-wedge"), 1)
    wanted: dict[str, tuple[Callable[[State], bool], float]] = {
        "access, frontal": (_bone_over(13.0), 0.0),
        "in the pedicle": (_bone_over(15.0), 90.0),
        "balloons placed": (lambda s: all(b is not None for b in s.balloons), 90.0),
        "1 ml": (_balloons_hold(1.0), 90.0),
        "2 ml": (_balloons_hold(2.0), 90.0),
        "at the stop": (_stopped(), 90.0),
        "deflated": (_deflated, 90.0),
        "cement 0.5 ml": (_cement(0.5), 90.0),
        "1.5 ml": (_cement(1.5), 90.0),
        "2.5 ml": (_cement(2.5), 90.0),
        "3.5 ml": (_cement(3.5), 90.0),
        "cannulae out": (_finished, 90.0),
    }
    found: dict[str, State] = {}

    def watch(session: Session, _events: Sequence[Event]) -> None:
        for name, (holds, _) in wanted.items():
            if name not in found and holds(session.state):
                found[name] = session.state

    perform(new_session(case, "scripted-expert"), "expert", watch)
    return [Moment(name, case, found[name], angle) for name, (_, angle) in wanted.items() if name in found]


def leaks() -> list[Moment]:
    """Three ways out of the body, each injected on against better knowledge."""
    old = PatientSpec(seed=11, target_level="L1", t_score=-3.2)
    disc = replace(old, fracture=FractureSpec(height_ratio=0.65, endplate_defect_mm=8.0))
    vein = replace(old, seed=13, fracture=FractureSpec(height_ratio=0.62, shape="crush", endplate_defect_mm=0.0))
    wall = FractureSpec(
        height_ratio=0.62, shape="crush", endplate_defect_mm=0.0, retropulsion_mm=3.0, posterior_wall_defect_mm=7.0
    )
    return [
        leaking("leak into the disc", disc, ("disc above",), 0.5),
        leaking("into veins", vein, ("segmental vein", "external vertebral vein", "epidural vein"), 0.2),
        leaking("into the canal", replace(old, fracture=wall), ("canal", "epidural vein"), 0.3),
    ]


def leaking(
    caption: str, spec: PatientSpec, places: tuple[str, ...], ml: float, orbital_deg: float = 90.0
) -> Moment:
    """Thin cement through both cannulae in turn until so much of it is in one of the places."""
    case, state, _ = begun(Person(spec.seed, spec), ARMS["vertebroplasty, low viscosity"], patient_of)
    play = Play(case, state)
    play.do(c.MixCement())
    play.wait(250.0)
    for side in SIDES:
        for _ in range(120):
            if play.state.batch.side is None:
                _begin(play, side)
            play.wait(1.0)
            found = leaked_ml(case.ground.at(play.state.amplitude), play.state)
            if sum(found.get(place, 0.0) for place in places) >= ml:
                return Moment(caption, case, play.state, orbital_deg)
        if play.state.batch.side is not None:
            play.do(c.StopInjection())
    raise RuntimeError(f"{caption}: only {leaked_ml(case.ground.at(play.state.amplitude), play.state)}")


def _begin(play: Play, side: Side) -> None:
    """Inject, with an injector that was filled before."""
    if play.state.batch.loaded_ml <= 1e-9:
        play.do(c.LoadInjector())
        while play.state.batch.ready_tick is not None:
            play.wait(1.0)
    play.do(c.StartInjection(side, 3.0))


def _bone_over(length_mm: float) -> Callable[[State], bool]:
    """The first cannula rests in bone and no hand is in the way."""
    return lambda s: any(n is not None and n.bone_mm > length_mm for n in s.needles) and hands_now(s)[1] is None


def _balloons_hold(ml: float) -> Callable[[State], bool]:
    return lambda s: all(b is not None and b.volume_ml >= ml for b in s.balloons)


def _stopped() -> Callable[[State], bool]:
    """The last state before a balloon is emptied: both have been up and nothing more is asked of them."""
    return lambda s: (
        s.batch.is_mixed
        and all(b is not None and b.volume_ml > 1.0 and b.volume_ml >= b.wanted_ml - 1e-6 for b in s.balloons)
        and all(s.stop_criteria)
    )


def _deflated(state: State) -> bool:
    return state.opened.cavity is not None and all(b is None for b in state.balloons)


def _cement(ml: float) -> Callable[[State], bool]:
    return lambda s: s.batch.filling.total_ml >= ml


def _finished(state: State) -> bool:
    return state.batch.filling.total_ml > 0.0 and all(n is None for n in state.needles)


def fluoroscopy(moment: Moment) -> Image.Image:
    """The middle of the live picture."""
    grey = live(moment.case, turned(moment.state, moment.orbital_deg))[CROP, CROP]
    return Image.fromarray(grey).resize((TILE, TILE), Image.Resampling.LANCZOS).convert("RGB")


def cutaway(moment: Moment) -> Image.Image:
    """The vertebra cut open, or a dark tile that says why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        scene, image = Path(folder) / "scene.npz", Path(folder) / "view.png"
        np.savez(scene, **scene_of(moment))
        done = subprocess.run(
            [sys.executable, str(Path(__file__).parent / "cutaway.py"), str(scene), str(image), str(TILE)],
            env={**os.environ, "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow"},
            capture_output=True, timeout=180, check=False,
        )  # fmt: skip
        if done.returncode == 0 and image.exists():
            return Image.open(image).convert("RGB").resize((TILE, TILE), Image.Resampling.LANCZOS)
    tile = Image.new("RGB", (TILE, TILE), DARK)
    ImageDraw.Draw(tile).text((8, TILE // 2), NO_3D, fill=INK)
    return tile


def scene_of(moment: Moment) -> dict[str, Any]:
    """Arrays on the region grid, refined to half its voxels, and rods (n, 7): two ends and a radius."""
    case, state = moment.case, moment.state
    now = case.ground.at(state.amplitude)
    seen, regions_in_box = to_be_seen(now, state)
    cement, region = seen.on_grid() / now.grid.voxel_ml, now.label.copy()
    region[seen.window] = regions_in_box
    scene: dict[str, Any] = {"cut_x_mm": CUT_X_MM, "voxel_mm": 0.5 * now.grid.voxel_mm}
    origin = now.grid.patient_from_voxel[:3, 3]
    scene["origin_mm"] = origin
    scene |= _bone_around(case, state)
    scene["body"] = _fine(np.clip(0.5 - now.body_mm, 0.0, 1.0))
    scene["cement"] = _fine(np.where(np.isin(region, LEAK_REGIONS), 0.0, cement))
    for name, regions in LEAK_GROUPS.items():
        scene[f"leak {name}"] = _fine(np.where(np.isin(region, regions), cement, 0.0))
    if state.opened.cavity is not None:
        scene["cavity"] = _fine(state.opened.cavity)
    shares = [b.share for b in state.balloons if b is not None and b.share is not None]
    if shares:
        scene["balloon"] = _fine(np.maximum.reduce(shares))
    rods = []
    for needle in state.needles:
        if needle is not None:
            back = needle.tip_mm - 90.0 * needle.axis
            rods.append([*back, *needle.tip_mm, needle.outer_radius_mm])
    for balloon in state.balloons:
        if balloon is not None:
            rods.append([*balloon.proximal_mm, *balloon.distal_mm, 0.6])
    scene["rods"] = np.array(rods).reshape(-1, 7)
    return scene


def _bone_around(case: Case, state: State) -> dict[str, Any]:
    """Arch and neighbours as solid bone on a grid of a millimetre: what mineral encloses, without the body."""
    mineral = case.patient.mineral_fine(state.amplitude)
    every = round(1.0 / float(mineral.grid.voxel_mm[0]))
    smooth = ndimage.gaussian_filter(mineral.array, 0.8 * every)[::every, ::every, ::every]
    solid = smooth > SURFACE_G_CM3
    for index in range(solid.shape[0]):
        solid[index] = ndimage.binary_fill_holes(solid[index])
    for index in range(solid.shape[2]):
        solid[:, :, index] = ndimage.binary_fill_holes(solid[:, :, index])
    spacing = every * mineral.grid.voxel_mm
    grid = Grid(solid.shape, frames.affine(np.diag(spacing), mineral.grid.patient_from_voxel[:3, 3]))
    now = case.ground.at(state.amplitude)
    low, high = now.grid.box_mm()
    window = grid.window(low, high)
    at = frames.apply(frames.inverse(now.grid.patient_from_voxel), grid.part(window).centres_mm())
    body_mm = ndimage.map_coordinates(now.body_mm, np.moveaxis(at, -1, 0), order=1, mode="nearest")
    share = ndimage.gaussian_filter(solid.astype(np.float32), 0.9)
    share[window] = np.minimum(share[window], np.clip(body_mm - 0.3, 0.0, 1.0))
    return {"bone": share, "bone_origin_mm": grid.patient_from_voxel[:3, 3], "bone_voxel_mm": spacing}


def _fine(array: NDArray[Any]) -> NDArray[np.float32]:
    """An array at twice the resolution, smoothed by half a voxel."""
    smooth = ndimage.gaussian_filter(np.asarray(array, dtype=np.float32), 0.5)
    shape = [2 * n - 1 for n in smooth.shape]
    at = np.meshgrid(*(0.5 * np.arange(n) for n in shape), indexing="ij")
    return ndimage.map_coordinates(smooth, at, order=1).astype(np.float32)


if __name__ == "__main__":
    strip().save(sys.argv[1], optimize=True)
