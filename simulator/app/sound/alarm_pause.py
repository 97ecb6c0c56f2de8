"""Alarms that are not heard for a while, as patient monitors allow it: they are still seen. Pure, no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.engine.state import TICK_HZ

PAUSE_S = 120.0
"""How long alarms stay silent (preset; what IEC 60601-1-8 calls "audio paused", of limited time)."""


@dataclass(frozen=True)
class AlarmPause:
    """A pause that began at a tick of the patient's time, or none."""

    since_tick: int | None = None

    def left_s(self, tick: int) -> float:
        """How long alarms will still be silent; 0 where they sound, also in a time before the pause began.

        >>> AlarmPause(600).left_s(660)
        119.0
        """
        if self.since_tick is None or tick < self.since_tick:
            return 0.0
        return max(PAUSE_S - (tick - self.since_tick) / TICK_HZ, 0.0)

    def pressed(self, tick: int) -> AlarmPause:
        """The same button begins a pause and ends it."""
        return AlarmPause() if self.left_s(tick) > 0.0 else AlarmPause(tick)
