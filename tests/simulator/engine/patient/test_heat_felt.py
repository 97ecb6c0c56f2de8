"""Heat of the cement reaches the patient as what the state holds of it."""

from __future__ import annotations

from dataclasses import replace

from simulator.engine.case import Case
from simulator.engine.reacting import stimulus_of
from tests.simulator.engine.conftest import Played


def test_heat_at_nerves_is_what_the_state_has(case: Case, played: Played) -> None:
    """The hottest of canal and roots now, the worst damage of each; nothing without heat."""
    state = played.state
    assert state.thermal is not None
    found = stimulus_of(case, state)
    doses = {d.name: d for d in state.thermal.doses}
    assert found.nerve_c == max(doses[n].now_c for n in ("canal", "root left", "root right"))
    assert found.canal_damage == doses["canal"].most_damage
    assert stimulus_of(case, replace(state, thermal=None)).nerve_c == 37.0
