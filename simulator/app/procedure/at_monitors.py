"""What the user does at the monitors: places and lines on pictures, their console, images that were stored."""

from __future__ import annotations

from collections.abc import Callable

from simulator.app.procedure.layout import Layout
from simulator.app.procedure.operator import Operator, Pixel
from simulator.app.procedure.showing import Showing
from simulator.app.sessions.console import CHANGES, Change, dragged, recalled
from simulator.imaging.carm import PlaneName

BROUGHT_BACK = frozenset({"stored_before", "stored_after"})
"""Actions that bring a stored image back, which is then shown beside the live one."""


class AtMonitors:
    """Connects a layout's monitors to an operator and to the player's monitors. refresh: shows the moment again;
    own: what to do for actions of the group "screen"."""

    def __init__(self, layout: Layout, showing: Showing, operator: Operator, refresh: Callable[[], None]) -> None:
        self._layout, self._showing, self._operator, self._refresh = layout, showing, operator, refresh
        self.own: dict[str, Callable[[], None]] = {"reference": self._show_reference}
        self.own |= {name: lambda name=name: self._at_console(name) for name in CHANGES}  # type: ignore[misc]
        for name, monitor in layout.monitors.items():
            monitor.pointed.connect(lambda row, column, plane=name: self.point(plane, row, column))
            monitor.dragged.connect(lambda start, end, over, plane=name: self.drag(plane, start, end, over=over))
            monitor.windowed.connect(lambda right, up, plane=name: self._change(dragged(right, up), plane))
        layout.stored.asked.connect(self.bring_back)

    def point(self, name: PlaneName, row: float, column: float) -> None:
        """A place of a picture was clicked: where the next cannula goes through the skin."""
        view = self._showing.views.get(name)
        if view is not None:
            self._operator.point(view, *self._on_detector(name, row, column))

    def drag(self, name: PlaneName, start: Pixel, end: Pixel, *, over: bool) -> None:
        """The cannula in hand is aimed: from its skin point to where the pointer is. over: it was let go."""
        view = self._showing.views.get(name)
        if view is None:
            return
        self._operator.aim(view, self._on_detector(name, *start), self._on_detector(name, *end), over=over)
        line = None if over else self._operator.aimed(view)
        self._layout.monitors[name].aim(None if line is None else self._showing.hung(name, line))

    def bring_back(self, number: int) -> None:
        """Put a stored image of the plane in hand on the reference monitor."""
        self._change(recalled(number))
        self._show_reference(shown=True)

    def _on_detector(self, name: PlaneName, row: float, column: float) -> Pixel:
        """The detector's pixel of a place on a monitor."""
        at = self._showing.orientation(name).on_detector((row, column), self._showing.views[name].shape)
        return float(at[0]), float(at[1])

    def _at_console(self, name: str) -> None:
        self._change(CHANGES[name])
        if name in BROUGHT_BACK and self._showing.has_stored(self._operator.hands.plane):
            self._show_reference(shown=True)

    def _change(self, change: Change, plane: PlaneName | None = None) -> None:
        if self._operator.player is not None:
            self._operator.player.at_monitor(plane or self._operator.hands.plane, change)

    def _show_reference(self, *, shown: bool | None = None) -> None:
        self._showing.with_reference = not self._showing.with_reference if shown is None else shown
        self._refresh()
