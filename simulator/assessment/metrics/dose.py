"""Dose to the patient's skin and to the operator (clinical M14, M15), from what was recorded."""

from __future__ import annotations

from collections.abc import Callable

from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics.measurement import Measurement, no_occasion, value
from simulator.assessment.pulses import skin_dose_in

NO_SKIN = "the recording does not hold the patient's skin; an older version made it"
NO_HANDS = "the recording does not say where the operator's hands were; an older version made it"


def peak_skin_dose_mgy(evidence: Evidence) -> Measurement:
    """Highest dose of a patch of skin, backscatter and table included; where that was, in the note."""
    if not evidence.of_kind("exposed"):
        return value(0.0)
    found = skin_dose_in(evidence)
    if found is None:
        return no_occasion(NO_SKIN)
    return value(found.peak_mgy, note=found.peak_side)


def knows_hands(evidence: Evidence) -> bool:
    """Whether every pulse of a recording says where the operator's hands were."""
    return all("hand_in_beam" in event for event in evidence.of_kind("exposed"))


def _hands_known(metric: Callable[[Evidence], Measurement]) -> Callable[[Evidence], Measurement]:
    def measured(evidence: Evidence) -> Measurement:
        if not knows_hands(evidence):
            return no_occasion(NO_HANDS)
        return metric(evidence)

    return measured


def _hand_in_beam_pulses(evidence: Evidence) -> Measurement:
    """Pulses with a hand in the direct beam, before or behind the patient (M15); the first of them."""
    met = [event for event in evidence.of_kind("exposed") if event["hand_in_beam"]]
    return value(len(met), evidence.seconds(met[0]) if met else None)


def _summed(name: str) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        return value(sum(event[name] for event in evidence.of_kind("exposed")))

    return metric


FUNCTIONS: dict[str, Callable[[Evidence], Measurement]] = {
    "peak_skin_dose_mgy": peak_skin_dose_mgy,
    "hand_in_beam_pulses": _hands_known(_hand_in_beam_pulses),
    "hand_dose_ugy": _hands_known(_summed("hand_ugy")),
    "head_dose_ugy": _hands_known(_summed("head_ugy")),
}
