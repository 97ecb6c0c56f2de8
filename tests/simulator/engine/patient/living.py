"""A patient without a room: second after second of body and breathing, with what is done to him."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from simulator.engine import breathing
from simulator.engine.patient import body as patient_body
from simulator.engine.patient.body import Body, Reaction
from simulator.engine.patient.complications import poured
from simulator.engine.patient.person import Ill, Person, Planned
from simulator.engine.patient.stimulus import Stimulus
from simulator.engine.patient.vitals import Vitals

AT_S = 60
"""When things are done in these tests."""
Deed = Callable[[Body], Body]


@dataclass(frozen=True)
class Lived:
    """Vitals at the end of each second (index 0: after one), the bodies, and all reactions."""

    vitals: tuple[Vitals, ...]
    bodies: tuple[Body, ...]
    reactions: tuple[Reaction, ...]

    def of(self, name: str) -> list[float]:
        """One vital over time."""
        return [float(getattr(v, name)) for v in self.vitals]

    @property
    def signs(self) -> dict[str, int]:
        """When signs first appeared, s."""
        found: dict[str, int] = {}
        for second, reaction in enumerate(self.reactions):
            for sign in reaction.new_signs:
                found.setdefault(sign, second)
        return found


def lived(
    seconds: int,
    person: Person | None = None,
    stimulus: Callable[[int], Stimulus] = lambda _: Stimulus(),
    deeds: dict[int, Deed] | None = None,
) -> Lived:
    """Some seconds of a patient's life."""
    person = Person() if person is None else person
    body, vitals = patient_body.at_rest(person), patient_body.first_vitals(person)
    breath = breathing.Breathing(person.breaths_per_min, 0, 0.0, person.breaths_per_min)
    all_vitals, bodies, reactions = [], [], []
    for second in range(seconds):
        if deeds and second in deeds:
            body = deeds[second](body)
        reaction = patient_body.reacted(
            body, vitals, stimulus(second), person, float(second), breathing.ventilation(breath)
        )
        body, vitals = reaction.body, reaction.vitals
        breath = breathing.reacted(breath, vitals, 60 * second, reaction.drive)
        vitals = replace(vitals, breaths_per_min=breath.rate_per_min if breath.depth_wanted > 0.05 else 0.0)
        all_vitals.append(vitals)
        bodies.append(body)
        reactions.append(reaction)
    return Lived(tuple(all_vitals), tuple(bodies), tuple(reactions))


def dose(*doses: tuple[str, float]) -> Deed:
    """Drugs into a vein, mg."""

    def give(body: Body) -> Body:
        for name, mg in doses:
            body = replace(body, drugs=poured(body.drugs, name, mg, into_blood=True))
        return body

    return give


def with_ill(ill: Ill, severity: float = 1.0) -> Person:
    """Somebody to whom something happens at AT_S."""
    return Person(planned=(Planned(ill, "time", float(AT_S), severity),))
