"""The gallery of patients: CT-like cuts, bone surface and radiographs of the target and its neighbours.

Cuts are planes of the target's own frame, 2 mm thick, in a bone window; shown as a radiologist hangs them: front
to the left in sagittal ones, front up and the patient's right on the left in the others.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage
from sheets import Grey, live, turned

from anatomy import frames
from anatomy.patient import Patient
from anatomy.spec import FractureSpec, LesionSpec, PatientSpec
from anatomy.tissue import hu_from_densities
from anatomy.volume import Grid, Volume, sample
from scenarios.cases import find
from simulator.engine.case import initial_state, make_case
from simulator.imaging.cleft_gas import cleft_gas

TILE = 256
MARGIN = 150
GAP = 4
PIXEL_MM = 0.45
THICKNESS_MM = (-0.8, 0.0, 0.8)  # planes that are averaged: a cut of 2 mm
WINDOW_HU = (-400.0, 1100.0)
SURFACE_G_CM3 = 0.16
"""Mineral that counts as bone's surface after smoothing: between spongy bone and shell."""
RADIOGRAPH = slice(96, 416)  # rows and columns of 512 that show the target and its neighbours
COLUMNS = ("sagittal", "coronal", "axial", "surface", "frontal", "lateral")
NO_SURFACE = "no OpenGL here"


@dataclass(frozen=True)
class Row:
    """A patient; aside_mm moves the sagittal cut to the left of the midline, behind_mm the coronal one back."""

    name: str
    words: str
    spec: PatientSpec
    aside_mm: float = 0.0
    behind_mm: float = 0.0


OLD = PatientSpec(seed=3)
WEDGE = FractureSpec(height_ratio=0.66, endplate_defect_mm=5.0)
ROWS = (
    Row("normal", "woman, 60 years, T 0", PatientSpec(seed=3, age_years=60.0, t_score=0.0)),
    Row("osteoporotic", "76 years, T -3.5", replace(OLD, t_score=-3.5)),
    Row("wedge", "acute, grade 2,\nsuperior endplate", replace(OLD, fracture=WEDGE)),
    Row(
        "biconcave", "subacute, grade 2,\nboth endplates",
        replace(OLD, fracture=replace(WEDGE, shape="biconcave", endplate="both", age="subacute")),
    ),
    Row(
        "crush", "acute, grade 3",
        replace(OLD, fracture=replace(WEDGE, shape="crush", endplate="both", height_ratio=0.5)),
    ),
    Row(
        "cleft", "gas, wedge grade 3,\nopened by extension",
        replace(
            OLD, posture="prone extended",
            fracture=replace(
                WEDGE, height_ratio=0.55, mobile_share=0.8, cleft="gas", cleft_ml=1.5, age="subacute"
            ),
        ),
    ),
    Row(
        "burst", "crush grade 3,\nretropulsion 5 mm",
        replace(
            OLD,
            fracture=replace(
                WEDGE, shape="crush", height_ratio=0.55, retropulsion_mm=5.0, posterior_wall_defect_mm=6.0
            ),
        ),
    ),
    Row(
        "lytic metastasis", "26 mm, left pedicle,\nepidural mass",
        PatientSpec(
            seed=3, age_years=64.0, t_score=-1.0,
            lesions=(
                LesionSpec(
                    "lytic metastasis", "L1", size_mm=26.0, into_pedicle=True, posterior_wall_defect_mm=8.0,
                    epidural_mass_mm=4.0,
                ),
            ),
        ),
        aside_mm=6.0, behind_mm=8.0,
    ),
    Row(
        "myeloma", "largest focus 16 mm",
        PatientSpec(
            seed=3, sex="male", stature_mm=1740.0, age_years=68.0, t_score=-2.0,
            lesions=(LesionSpec("myeloma", "L1", size_mm=16.0), LesionSpec("myeloma", "L2", size_mm=11.0)),
        ),
        aside_mm=4.0,
    ),
)  # fmt: skip


def gallery(rows: tuple[Row, ...] = ROWS) -> Image.Image:
    """The sheet: a row a patient, a column a picture."""
    height = 24 + len(rows) * (TILE + GAP)
    whole = Image.new("L", (MARGIN + len(COLUMNS) * (TILE + GAP), height), 32)
    draw = ImageDraw.Draw(whole)
    for c, name in enumerate(COLUMNS):
        draw.text((MARGIN + c * (TILE + GAP) + 6, 4), name, fill=230, font_size=15)
    for r, row in enumerate(rows):
        y = 24 + r * (TILE + GAP)
        draw.text((8, y + 8), row.name, fill=255, font_size=16)
        draw.multiline_text((8, y + 32), row.words, fill=200, font_size=13, spacing=3)
        for c, picture in enumerate(pictures(row)):
            whole.paste(Image.fromarray(picture), (MARGIN + c * (TILE + GAP), y))
    return whole


def pictures(row: Row) -> list[Grey]:
    """The tiles of a row, each (TILE, TILE)."""
    scenario = find("vertebroplasty-t12").model_copy(update={"patient": row.spec})
    case = make_case(scenario, 1)
    patient, state = case.patient, initial_state(case)
    frontal, lateral = (_closer(live(case, turned(state, angle))) for angle in (0.0, 90.0))
    shown = cuts(patient, state.amplitude, row.aside_mm, row.behind_mm)
    return [*shown, surface(patient, state.amplitude), frontal, np.fliplr(lateral)]


def cuts(patient: Patient, amplitude: float, aside_mm: float, behind_mm: float) -> list[Grey]:
    """Sagittal, coronal and axial cut through the target; the axial one half-way from its middle to its top."""
    v = patient.column.target_vertebra
    named = [patient.landmarks[f"{v.level} {name}"] for name in ("body centre", "superior endplate")]
    middle_mm, top_mm = frames.apply(frames.inverse(v.patient_from_vertebra), named)[:, 2]
    # Corner of the picture, way along a row, way down a column, way through the cut; vertebral frame, mm.
    half = 0.5 * TILE * PIXEL_MM
    behind = -16.0  # middle of the picture: between body and spinous process
    planes = (
        ((-aside_mm, behind + half, half), (0, -1, 0), (0, 0, -1), (1, 0, 0)),
        ((half, -behind_mm, half), (-1, 0, 0), (0, 0, -1), (0, 1, 0)),
        ((half, behind + half, 0.5 * (middle_mm + top_mm)), (-1, 0, 0), (0, -1, 0), (0, 0, 1)),
    )
    bone = patient.mineral_fine(amplitude), patient.mineral_far(amplitude)
    gas = [filler.share for filler in cleft_gas(patient, amplitude)]
    steps = PIXEL_MM * np.arange(TILE)
    shown = []
    for corner, across, down, through in planes:
        plane = np.array(corner) + steps[None, :, None] * np.array(across) + steps[:, None, None] * np.array(down)
        points = [frames.apply(v.patient_from_vertebra, plane + t * np.array(through)) for t in THICKNESS_MM]
        shown.append(_windowed(np.mean([_hu(patient, bone, gas, p) for p in points], axis=0)))
    return shown


def _hu(patient: Patient, bone: Sequence[Volume], gas: Sequence[Volume], points_mm: NDArray) -> NDArray:
    mineral = sum(sample(volume, points_mm) for volume in bone)
    left = 1.0 - sum((sample(volume, points_mm) for volume in gas), start=np.zeros(points_mm.shape[:-1]))
    soft, adipose = (left * sample(volume, points_mm) for volume in (patient.soft, patient.adipose))
    return hu_from_densities(soft, adipose, mineral)


def _windowed(hu: NDArray) -> Grey:
    low, high = WINDOW_HU
    return np.round(255.0 * np.clip((hu - low) / (high - low), 0.0, 1.0)).astype(np.uint8)


def surface(patient: Patient, amplitude: float) -> Grey:
    """Bone around the target in three dimensions; a sentence where this machine cannot draw it."""
    grid = Grid.spanning((-46.0, -72.0, -52.0), (46.0, 30.0, 52.0), 0.75)
    read = partial(sample, points_mm=grid.centres_mm())
    mineral = read(patient.mineral_fine(amplitude)) + read(patient.mineral_far(amplitude))
    with tempfile.TemporaryDirectory() as folder:
        bone, image = Path(folder) / "bone.npz", Path(folder) / "bone.png"
        np.savez(
            bone, mineral=ndimage.gaussian_filter(mineral, 0.9), level=SURFACE_G_CM3,
            origin_mm=grid.patient_from_voxel[:3, 3], voxel_mm=grid.voxel_mm,
        )  # fmt: skip
        command = [
            sys.executable,
            str(Path(__file__).with_name("bone_surface.py")),
            str(bone),
            str(image),
            str(TILE),
        ]
        environment = {**os.environ, "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow"}
        done = subprocess.run(command, check=False, capture_output=True, timeout=300.0, env=environment)
        if done.returncode == 0 and image.exists():
            return np.asarray(Image.open(image).convert("L").resize((TILE, TILE), Image.Resampling.LANCZOS))
    empty = Image.new("L", (TILE, TILE), 32)
    ImageDraw.Draw(empty).text((12, TILE // 2), NO_SURFACE, fill=200, font_size=15)
    return np.asarray(empty)


def _closer(radiograph: Grey) -> Grey:
    """The middle of a radiograph at the size of a tile."""
    middle = Image.fromarray(np.ascontiguousarray(radiograph[RADIOGRAPH, RADIOGRAPH]))
    return np.asarray(middle.resize((TILE, TILE), Image.Resampling.LANCZOS))
