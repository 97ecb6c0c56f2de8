"""Replay to the bit: the same commands give the same states, in this process and in another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.engine.case import Case
from simulator.engine.recording import parse
from simulator.engine.replay import commands_by_tick, replay, scenario_of
from tests.simulator.engine.conftest import Played

ROOT = Path(__file__).parents[3]
ELSEWHERE = """
from scenarios import cases
from simulator.engine.case import make_case
from simulator.engine.session import new_session
from tests.conftest import coarse_patient_of
from tests.simulator.engine.playing import kyphoplasty, play

case = make_case(cases.find("kyphoplasty-l1-wedge"), 1, patient_of=coarse_patient_of)
session = new_session(case, "T-042")
play(session, kyphoplasty(case))
print(b"".join(session.recorder.lines).decode(), end="")
"""


def test_a_replay_gives_states_and_events_of_the_session(case: Case, played: Played) -> None:
    """Played again from the file alone: every row to the byte, the state's digest every second among them."""
    recording = parse(played.data, source="whole")
    events, made = [], []
    for _, happened, session in replay(recording, case):
        events += happened
        made = session.recorder.lines
    assert b"".join(made) == played.data
    assert tuple(events) == played.events
    seconds = {row["tick"] // 60 for row in recording.rows if row["row"] == "seal"}
    assert seconds == set(range(recording.last_tick // 60 + 1))


@pytest.mark.slow  # fifteen seconds: two processes play a session
def test_another_process_with_another_hash_seed_makes_the_same_file(played: Played) -> None:
    """No salted hash, no order of sets, no cache and no number of threads gets into a recording."""
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "OMP_NUM_THREADS": "2", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], cwd=ROOT, env=environment, capture_output=True, check=True, timeout=300
    )
    assert done.stdout == played.data


def test_a_recording_carries_its_scenario(case: Case, played: Played) -> None:
    """Nothing but the file is needed to know which case was played."""
    assert scenario_of(parse(played.data, source="whole")) == case.scenario


def test_commands_are_read_with_their_ticks(case: Case, played: Played) -> None:
    """As many as were given, at the ticks at which they were."""
    commands = commands_by_tick(parse(played.data, source="whole"))
    assert {c.kind for c in commands[0]} == {"expose", "give_local_anaesthetic", "mix_cement"}
    assert [c.kind for c in commands[max(commands)]] == ["end_procedure"]
    assert sum(map(len, commands.values())) == played.data.count(b'"row":"command"')
