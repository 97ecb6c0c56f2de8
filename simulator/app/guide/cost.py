"""What help a session had, for its debrief: hints that were asked for, steps that were begun anew. Pure, no Qt."""

from __future__ import annotations

from simulator.app.wording import Wording
from simulator.engine.recording import Recording


def help_had(say: Wording, recording: Recording) -> str:
    """A sentence or two; empty where there was none."""
    asked = sum(row.get("kind") == "hint_asked" for row in recording.of_kind("event"))
    taken_back = str(recording.header.get("taken_back", "0"))
    said = [say("guide.hints_asked", count=asked)] if asked else []
    said += [say("guide.taken_back", count=taken_back)] if taken_back != "0" else []
    return " ".join(said)
