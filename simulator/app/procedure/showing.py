"""How a moment of the session looks: read-outs into panels, pictures and their margins onto monitors."""

from __future__ import annotations

import numpy as np

from anatomy.frames import FloatArray
from simulator.app.hands.hands import Group
from simulator.app.outside.skin_marks import skin_place
from simulator.app.procedure.aiming import shows_the_back
from simulator.app.procedure.beam_clock import BeamClock
from simulator.app.procedure.following import Moment
from simulator.app.procedure.layout import Layout
from simulator.app.procedure.margins import margin, reference_margin, screen_lines
from simulator.app.procedure.readouts import Line, readouts
from simulator.app.sessions.console import Look
from simulator.app.wording import Wording
from simulator.engine import readouts as engine
from simulator.imaging.carm import PlaneName
from simulator.imaging.monitor.presentation import Orientation
from simulator.imaging.view import View


class Showing:
    """A follower that writes onto the widgets of a layout. with_reference: whether the reference image stands in
    place of the other plane."""

    def __init__(self, layout: Layout, say: Wording) -> None:
        self._layout, self._say = layout, say
        self.looks: dict[PlaneName, Look] = {}
        self.views: dict[PlaneName, View] = {}
        self.with_reference = False
        self.beam = BeamClock()

    def __call__(self, moment: Moment) -> None:
        self.beam.count(moment.events, moment.state.pulses_per_s)
        self.looks.update(moment.looks)
        self.views.update(moment.views)
        for name, shown in moment.pictures.items():
            self._layout.monitors[name].show_picture(shown.grey)
        for group, panel in self._layout.panels.items():
            if panel.isVisible():
                panel.write(self._lines(group, moment))
        self._choose("tools", moment.hands.tool)
        self._choose("patient", moment.hands.drug)
        self._layout.vitals.follow(moment.state)
        self._layout.syringe.follow(moment.hands, moment.state)
        self._layout.room_view.follow(moment.case, moment.state, moment.hands.pen_mm)
        self._resist(moment)
        self._arrange(moment)
        self._write_beside(moment)

    def _lines(self, group: Group, moment: Moment) -> list[Line]:
        if group == "screen":
            return screen_lines(moment.hands, self.looks.get(moment.hands.plane))
        lines = readouts(group, moment.hands, moment.case, moment.state)
        if group != "imaging":
            return lines
        pulses = sum(plane.exposures for plane in moment.state.planes)
        return [*lines, ("readout.beam", f"{self.beam.shown} / {pulses}")]

    def has_stored(self, plane: PlaneName) -> bool:
        """Whether a plane's monitor has stored images."""
        look = self.looks.get(plane)
        return look is not None and bool(look.stored)

    def orientation(self, plane: PlaneName) -> Orientation:
        """How a plane's monitor hangs its pictures."""
        look = self.looks.get(plane)
        return Orientation() if look is None else look.settings.orientation

    def hung(self, name: PlaneName, line: FloatArray) -> tuple[tuple[float, float], tuple[float, float]]:
        """Two detector pixels (2, 2) of a plane's picture where its monitor shows them."""
        first, last = self.orientation(name).on_screen(line, self.views[name].shape)
        return (float(first[0]), float(first[1])), (float(last[0]), float(last[1]))

    def _choose(self, panel: str, value: str) -> None:
        """A panel's list stands at what the hands hold."""
        chooser = self._layout.panels[panel].chooser  # type: ignore[index]
        if chooser is not None and chooser.currentData() != value:
            chooser.setCurrentIndex(chooser.findData(value))

    def _resist(self, moment: Moment) -> None:
        felt = engine.readouts(moment.case, moment.state).get(moment.hands.side)
        level, timbre = (0.0, "silence") if felt is None else (felt.resistance, felt.timbre)
        self._layout.resistance.show_level(level, self._say(f"level.{timbre}"))

    def _arrange(self, moment: Moment) -> None:
        """Both planes, or the plane in hand beside its reference image; what it has stored beside them."""
        self._layout.stored.follow(moment.hands.plane, self.looks.get(moment.hands.plane))
        names = [plane.name for plane in moment.state.planes]
        for name, monitor in self._layout.monitors.items():
            monitor.setVisible(name == moment.hands.plane if self.with_reference else name in names)
        self._layout.reference.setVisible(self.with_reference)
        if self.with_reference:
            look = self.looks.get(moment.hands.plane)
            kept = None if look is None else look.reference
            self._layout.reference.show_picture(None if kept is None else kept.grey)
            plane = moment.state.plane(moment.hands.plane) or moment.state.planes[0]
            self._layout.reference.write(reference_margin(self._say, plane, look))

    def _write_beside(self, moment: Moment) -> None:
        case, state, skin_mm = moment.case, moment.state, moment.hands.skin_mm
        skin = None if skin_mm is None else skin_place(case.patient, *skin_mm)
        for plane in state.planes:
            monitor, view = self._layout.monitors[plane.name], self.views.get(plane.name)
            monitor.write(margin(self._say, case, state, plane, self.looks.get(plane.name), view))
            if skin is None or view is None or not shows_the_back(view):
                monitor.mark(None)
            else:
                monitor.mark(self.hung(plane.name, np.array([view.project(skin)] * 2))[0])
