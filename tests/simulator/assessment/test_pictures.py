"""Pictures of a session as files: what stood on the monitors, in order of the pulses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
from PIL import Image

from simulator.assessment.play import FrameWriter
from simulator.assessment.xa_files import XaWriter
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.recording import parse
from simulator.engine.replay import replay
from simulator.engine.screens import Screens, frame
from simulator.engine.session import new_session
from simulator.imaging.fluoroscope import Fluoroscope


def test_files_of_a_run_are_the_live_pictures(case: Case, tmp_path: Path) -> None:
    """PNG and DICOM of a shot and a run hold what the screens showed, number by number; the run is filtered."""
    session, live, fluoroscope = new_session(case, "T-042"), Screens(case), Fluoroscope(case.patient)
    orders = {0: [c.SetPulseRate(15.0), c.Expose("B")], 30: [c.PressPedal("B")], 46: [c.ReleasePedal("B")]}
    shown: dict[int, np.ndarray] = {}
    alone: dict[int, np.ndarray] = {}
    for tick in range(61):
        events = session.tick(orders.get(tick, []))
        for event, picture in live.exposed(session.state, events):
            shown[event.number] = picture.grey
            alone[event.number] = frame(case, session.state, session.state.planes[1], fluoroscope).grey
    assert list(shown) == [1, 2, 3, 4, 5]
    recording, screens = parse(b"".join(session.recorder.lines), source="memory"), Screens(case)
    png = FrameWriter(tmp_path / "png")
    with XaWriter(case, recording, tmp_path / "xa") as xa:
        for state, events, _ in replay(recording, case):
            pictures = screens.exposed(state, events)
            png.write(state, pictures)
            xa.write(pictures)
    assert (png.written, xa.shots, xa.runs) == (5, 1, 1)
    for number, grey in shown.items():
        assert np.array_equal(np.asarray(Image.open(tmp_path / "png" / f"{number:04d}-B.png")), grey)
    run = pydicom.dcmread(tmp_path / "xa" / "0002-B.dcm").pixel_array
    assert np.array_equal(run, np.stack([shown[number] for number in (2, 3, 4, 5)]))
    assert grain(shown[5]) < 0.85 * grain(alone[5])


def grain(grey: np.ndarray) -> float:
    """Noise in the middle of a picture: differences of neighbours."""
    return float(np.diff(grey[200:312, 200:312].astype(float), axis=1).std())
