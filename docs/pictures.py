"""Draw the pictures of README and docs: ``make pictures``. Look at them before committing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenarios.cases import find
from simulator.assessment.evidence import Evidence
from simulator.assessment.play import FRAMES, RECORDING, play
from simulator.engine.case import Case, make_case
from simulator.engine.recording import read
from simulator.imaging.carm import CArmModel
from simulator.imaging.exposure import automatic_technique, tissue_in_beam_mm
from simulator.imaging.fluoroscope import shot
from simulator.imaging.view import View, beam_from_patient

IMAGES = Path(__file__).parent / "images"
GAP = 6


def side_by_side(rows: list[list[NDArray[np.uint8]]]) -> Image.Image:
    """Pictures of equal size in rows, with thin light gaps."""
    height, width = rows[0][0].shape
    sheet = np.full((len(rows) * (height + GAP) - GAP, len(rows[0]) * (width + GAP) - GAP), 255, dtype=np.uint8)
    for r, row in enumerate(rows):
        for c, picture in enumerate(row):
            sheet[r * (height + GAP) :, c * (width + GAP) :][:height, :width] = picture
    return Image.fromarray(sheet)


def radiographs(case: Case) -> list[NDArray[np.uint8]]:
    """Frontal, lateral and right en face views of a patient as found."""
    model = CArmModel()
    pictures = []
    for primary in (0.0, 90.0, 20.0):
        beam = beam_from_patient(np.radians(primary), 0.0, (0.0, -8.0, 0.0), model.source_to_isocentre_mm)
        view = View(beam, model.source_to_detector_mm, model.pixel_mm, (model.pixels, model.pixels))
        thickness = tissue_in_beam_mm(case.patient.soft, case.patient.adipose, view)
        technique = automatic_technique(thickness, model.source_to_detector_mm)
        pictures.append(shot(case.patient, view, technique, np.random.default_rng(1)).grey)
    return pictures


def procedure(case: Case) -> list[list[NDArray[np.uint8]]]:
    """Six moments of the expert's kyphoplasty, frontal above lateral, cropped to the collimated field."""
    with tempfile.TemporaryDirectory() as folder:
        play(case, "expert", Path(folder))
        evidence = Evidence.of(read(Path(folder) / RECORDING))
        exposed = evidence.of_kind("exposed")
        moments = [evidence.of_kind(kind)[which]["tick"] for kind, which in (
            ("channel_drilled", 0), ("balloon_deflated", 0), ("ended", 0))]  # fmt: skip
        rows = []
        for plane in ("A", "B"):
            row = []
            for tick in moments:
                number = [e["number"] for e in exposed if e["plane"] == plane and e["tick"] <= tick][-1]
                picture = np.asarray(Image.open(Path(folder) / FRAMES / f"{number:04d}-{plane}.png"))
                row.append(picture[72:440, 96:416])
            rows.append(row)
    return rows


def main() -> None:
    """Draw everything into docs/images."""
    IMAGES.mkdir(exist_ok=True)
    kyphoplasty = make_case(find("kyphoplasty-l1-wedge"), 1)
    vertebroplasty = make_case(find("vertebroplasty-t12"), 1)
    views = side_by_side([radiographs(kyphoplasty), radiographs(vertebroplasty)])
    views.save(IMAGES / "views.png", optimize=True)
    side_by_side(procedure(kyphoplasty)).save(IMAGES / "procedure.png", optimize=True)


if __name__ == "__main__":
    main()
