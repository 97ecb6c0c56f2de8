"""How long the beam has been on, as a C-arm counts it: each pulse stands for the time to the next. Pure, no Qt."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.engine.events import Event, Exposed
from simulator.imaging.beam.exposure import CONTINUOUS_FRAMES_PER_S


class BeamClock:
    """Counts seconds of exposures; seconds: what was counted before, where a session was taken up again."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    def count(self, events: Sequence[Event], pulses_per_s: float) -> None:
        """Add the exposures among events, at the pulse rate of now."""
        for event in events:
            if isinstance(event, Exposed):
                self.seconds += 1.0 / (CONTINUOUS_FRAMES_PER_S if event.mode == "continuous" else pulses_per_s)

    @property
    def shown(self) -> str:
        """Minutes and seconds."""
        minutes, seconds = divmod(int(self.seconds), 60)
        return f"{minutes}:{seconds:02d}"
