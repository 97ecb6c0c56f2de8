"""How a moment of the session looks: read-outs into panels, pictures and their margins onto monitors."""

from __future__ import annotations

from simulator.app.procedure.following import Moment
from simulator.app.procedure.layout import Layout
from simulator.app.procedure.readouts import beside_picture, letters, readouts
from simulator.app.wording import Wording
from simulator.engine import readouts as engine

LAMP_TICKS = 12
"""How long the lamp burns after a pulse."""


class Showing:
    """A follower that writes onto the widgets of a layout."""

    def __init__(self, layout: Layout, say: Wording) -> None:
        self._layout, self._say = layout, say

    def __call__(self, moment: Moment) -> None:
        for name, shown in moment.pictures.items():
            self._layout.monitors[name].show_picture(shown.grey)
        for group, panel in self._layout.panels.items():
            if panel.isVisible():
                panel.write(readouts(group, moment.hands, moment.case, moment.state))
        self._choose("tools", moment.hands.tool)
        self._choose("patient", moment.hands.drug)
        self._layout.vitals.follow(moment.state)
        self._layout.room_view.follow(moment.case, moment.state)
        self._resist(moment)
        self._write_beside(moment)

    def _choose(self, panel: str, value: str) -> None:
        """A panel's list stands at what the hands hold."""
        chooser = self._layout.panels[panel].chooser  # type: ignore[index]
        if chooser is not None and chooser.currentData() != value:
            chooser.setCurrentIndex(chooser.findData(value))

    def _resist(self, moment: Moment) -> None:
        felt = engine.readouts(moment.case, moment.state).get(moment.hands.side)
        level, timbre = (0.0, "silence") if felt is None else (felt.resistance, felt.timbre)
        self._layout.resistance.show_level(level, self._say(f"level.{timbre}"))

    def _write_beside(self, moment: Moment) -> None:
        case, state = moment.case, moment.state
        for plane in state.planes:
            lit = plane.last_pulse_tick is not None and state.tick - plane.last_pulse_tick < LAMP_TICKS
            seen = letters(case.view(state, plane))
            self._layout.monitors[plane.name].write(beside_picture(case, state, plane), seen, lit)
