"""How the patient was looked after: sedation, oxygen, pressure, drugs, harm (physics E, clinical M35)."""

from __future__ import annotations

from collections.abc import Callable

from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics.measurement import Measurement, no_occasion, value
from simulator.engine.personal import person_of
from simulator.engine.recording import Row

NOT_RECORDED = "this recording is of a version that did not watch it"
AS_LIDOCAINE = {"lidocaine": 1.0, "bupivacaine": 4.0}
"""Toxicity of a mg, against lidocaine (unconfirmed)."""
NEVER_S = 3600.0
"""Reaction time of who never reacted, so that ending the session early earns nothing."""
PRESSORS = ("ephedrine", "phenylephrine", "noradrenaline", "adrenaline")
ANTIDOTES = ("naloxone", "flumazenil")


def _time(name: str, is_bad: Callable[[float], bool]) -> Callable[[Evidence], Measurement]:
    """Seconds in which a vital was bad: each row holds until the next."""

    def metric(evidence: Evidence) -> Measurement:
        rows = [r for r in evidence.vitals if name in r]
        if not rows:
            return no_occasion(NOT_RECORDED)
        ends = [evidence.seconds(r) for r in rows[1:]] + [evidence.duration_s]
        bad = [(evidence.seconds(r), end) for r, end in zip(rows, ends, strict=True) if is_bad(float(r[name]))]
        return value(sum(max(end - begin, 0.0) for begin, end in bad), bad[0][0] if bad else None)

    return metric


def _answered(evidence: Evidence, causes: list[Row], answers: list[Row]) -> Measurement | None:
    """The slowest answer to any of the causes, NEVER_S where one had none. None without causes."""
    if not causes:
        return None
    slowest, at_s, never = -1.0, 0.0, False
    for cause in causes:
        answer = next((a for a in answers if a["tick"] >= cause["tick"]), None)
        waited = NEVER_S if answer is None else evidence.seconds(answer) - evidence.seconds(cause)
        if waited > slowest:
            slowest, at_s, never = waited, evidence.seconds(cause), answer is None
    return value(slowest, at_s, "never" if never else "")


def _well_again(evidence: Evidence, vital: str, low: float) -> list[Row]:
    """Rows of the monitor that show a vital within its limit: what passes by itself is over then."""
    return [row for row in evidence.vitals if float(row.get(vital, 0.0)) >= low]


def _alarms(evidence: Evidence, vital: str, low: float) -> list[Row]:
    return [e for e in evidence.of_kind("vitals_alarm") if e["vital"] == vital and e["value"] < low]


def _drugs(evidence: Evidence, *names: str) -> list[Row]:
    return [e for e in evidence.of_kind("drug_given") if e["drug"] in names]


def _in_order(*rows: list[Row]) -> list[Row]:
    return sorted((row for some in rows for row in some), key=lambda row: int(row["tick"]))


def hypotension_reaction_s(evidence: Evidence) -> Measurement:
    """From an alarm of low pressure to a vasopressor or fluid, or until it was over."""
    answers = _in_order(
        _drugs(evidence, *PRESSORS, "atropine"),
        evidence.of_kind("fluid_given"),
        _well_again(evidence, "mean_pressure_mmhg", 65.0),
    )
    found = _answered(evidence, _alarms(evidence, "mean_pressure_mmhg", 65.0), answers)
    return found or no_occasion("mean pressure never fell below the alarm limit")


def anaphylaxis_reaction_s(evidence: Evidence) -> Measurement:
    """From what set it off to adrenaline."""
    causes = [e for e in evidence.of_kind("complication_began") if e["complication"] == "anaphylaxis"]
    causes += [e for e in evidence.of_kind("drug_given", "anaesthetic_given") if e.get("fault") == "allergy"]
    found = _answered(evidence, _in_order(causes), _drugs(evidence, "adrenaline"))
    return found or no_occasion("there was no anaphylaxis")


def hypoxia_reaction_s(evidence: Evidence) -> Measurement:
    """From an alarm of low saturation to oxygen, an open airway or an antidote, or until it was over."""
    answers = _in_order(
        [e for e in evidence.of_kind("oxygen_set") if e["flow_l_min"] > 0.0],
        [e for e in evidence.of_kind("airway_supported") if e["how"] != "own"],
        _drugs(evidence, *ANTIDOTES),
        _well_again(evidence, "saturation_percent", 90.0),
    )
    found = _answered(evidence, _alarms(evidence, "saturation_percent", 90.0), answers)
    return found or no_occasion("saturation never fell below the alarm limit")


def lidocaine_mg_per_kg(evidence: Evidence) -> Measurement:
    """All local anaesthetic as lidocaine, by weight; older recordings have 1 % of it."""
    given = evidence.of_kind("anaesthetic_given")
    mg = sum(
        (10.0 * e["volume_ml"] if e.get("dose_mg") is None else e["dose_mg"])
        * AS_LIDOCAINE[e.get("drug", "lidocaine")]
        for e in given
    )
    mg += sum(e["dose_mg"] * AS_LIDOCAINE[e["drug"]] for e in _drugs(evidence, *AS_LIDOCAINE))
    return value(
        mg / person_of(evidence.scenario, seed=0).weight_kg, evidence.seconds(given[-1]) if given else None
    )


def _faults(evidence: Evidence) -> Measurement:
    """Doses with something wrong; the first of them."""
    wrong = [e for e in evidence.of_kind("anaesthetic_given", "drug_given") if e.get("fault")]
    note = ", ".join(f"{e['drug']}: {e['fault']}" for e in wrong)
    return value(len(wrong), evidence.seconds(wrong[0]) if wrong else None, note)


def _count(kind: str) -> Callable[[Evidence], Measurement]:
    def metric(evidence: Evidence) -> Measurement:
        found = evidence.of_kind(kind)
        return value(len(found), evidence.seconds(found[0]) if found else None)

    return metric


def neurological_checks(evidence: Evidence) -> Measurement:
    """Times the patient was asked and could answer."""
    answered = [e for e in evidence.of_kind("patient_answered") if e["answers"]]
    return value(len(answered), evidence.seconds(answered[-1]) if answered else None)


FUNCTIONS: dict[str, Callable[[Evidence], Measurement]] = {
    "hypoxic_s": _time("saturation_percent", lambda v: v < 90.0),
    "hypotensive_s": _time("mean_pressure_mmhg", lambda v: v < 65.0),
    "oversedated_s": _time("responsiveness", lambda v: v <= 2),
    "hypotension_reaction_s": hypotension_reaction_s,
    "anaphylaxis_reaction_s": anaphylaxis_reaction_s,
    "hypoxia_reaction_s": hypoxia_reaction_s,
    "lidocaine_mg_per_kg": lidocaine_mg_per_kg,
    "drug_errors": _faults,
    "patient_movements": _count("patient_moved"),
    "deficits": _count("deficit"),
    "neurological_checks": neurological_checks,
    "hints_asked": _count("hint_asked"),
}
