"""What a recording proves: its rows, arranged for metrics. No patient, no simulation, only what was written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scenarios.schema import Scenario
from simulator.engine.recording import Recording, Row, UnreadableRecordingError
from simulator.engine.replay import scenario_of
from simulator.engine.state import TICK_HZ


@contextmanager
def trusting_rows() -> Iterator[None]:
    """What is read inside takes the rows for a session's own. Raises UnreadableRecordingError if they are not."""
    try:
        yield
    except UnreadableRecordingError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise UnreadableRecordingError(
            f"the recording's rows are not those that a session writes ({type(error).__name__}: {error})"
        ) from error


@dataclass(frozen=True, eq=False)
class Evidence:
    """A recording read for judging.

    events, commands: rows in order; samples: trace rows with everything known at that tick filled in;
    outcome: the last known truth; vitals: rows in order.
    """

    scenario: Scenario
    plan: dict[str, Any]
    trainee: str
    events: tuple[Row, ...]
    commands: tuple[Row, ...]
    samples: tuple[Row, ...]
    vitals: tuple[Row, ...]
    outcome: dict[str, Any]
    duration_s: float
    complete: bool

    @classmethod
    def of(cls, recording: Recording) -> Evidence:
        """The evidence in a recording. Raises UnreadableRecordingError for one whose scenario is not valid."""
        outcome: dict[str, Any] = {}
        for row in recording.of_kind("outcome"):
            for name, value in row.items():
                if name not in ("row", "tick"):
                    outcome[name] = value
        return cls(
            scenario=scenario_of(recording),
            plan=recording.header["plan"],
            trainee=str(recording.header.get("trainee", "")),
            events=tuple(recording.of_kind("event")),
            commands=tuple(recording.of_kind("command")),
            samples=tuple(_filled(recording.of_kind("trace"))),
            vitals=tuple(_filled(recording.of_kind("vitals"))),
            outcome=outcome,
            duration_s=recording.last_tick / TICK_HZ,
            complete=recording.complete,
        )

    def of_kind(self, *kinds: str) -> list[Row]:
        """Events of some kinds, in order."""
        return [event for event in self.events if event["kind"] in kinds]

    @property
    def needles(self) -> list[dict[str, Any]]:
        """Outcomes of the cannulae that were used."""
        return [self.outcome[name] for name in ("needle_left", "needle_right") if name in self.outcome]

    def seconds(self, row: Row) -> float:
        """When a row was written."""
        return float(row["tick"]) / TICK_HZ


def _filled(rows: Iterator[Row]) -> Iterator[Row]:
    """Rows that hold only what changed, completed with what was known before."""
    known: Row = {}
    for row in rows:
        known = {**known, **row}
        yield known
