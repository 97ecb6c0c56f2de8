"""What drugs do at the concentrations that they have where they act.

Half-effect concentrations: midazolam 223 ng/ml over 67 years and 522 below (Albrecht 1999, loss of
responsiveness); propofol 2.2 ug/ml, fentanyl 1.5 ng/ml for pain and 3.5 for breathing, piritramide 20 ng/ml:
unconfirmed. Opioid and hypnotic add up to more than their sum (a response surface with one term of interaction,
preset). Circulatory and reversing drugs: effects are presets, chosen so that a usual dose does what it is known
for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.engine.patient.drugs import DRUGS, InBody
from simulator.engine.patient.kinetics import at_effect_mg_l
from simulator.engine.patient.person import Person

YOUNG_YEARS, OLD_YEARS = 28.0, 67.0
BUPIVACAINE_POTENCY = 4.0  # against lidocaine, for toxicity (unconfirmed)
AWAKE_DEPTHS = (0.05, 0.20, 0.45, 0.65, 0.85)
"""Depths of sedation at which responsiveness falls to 4, 3, 2, 1 and 0 (presets)."""


@dataclass(frozen=True)
class Effects:
    """All drugs together.

    depth: of sedation, 0 to 1, half where half of patients no longer respond; analgesia: share of pain taken;
    rate_drive and depth_drive: what is left of breathing's rate and depth; resistance, stroke: factors of vascular
    resistance and stroke volume; heart_rate: beats a minute added; vagal_block: share of vagal tone taken;
    toxic_mg_l: local anaesthetic at brain and heart, as lidocaine; against_allergy: 1 for a full dose of
    adrenaline.
    """

    depth: float = 0.0
    analgesia: float = 0.0
    rate_drive: float = 1.0
    depth_drive: float = 1.0
    resistance: float = 1.0
    stroke: float = 1.0
    heart_rate: float = 0.0
    vagal_block: float = 0.0
    toxic_mg_l: float = 0.0
    against_allergy: float = 0.0

    @property
    def responsiveness(self) -> int:
        """5 (awake) to 0."""
        return 5 - sum(self.depth > limit for limit in AWAKE_DEPTHS)


NO_DRUGS = Effects()


def half_effect_midazolam_mg_l(age_years: float) -> float:
    """Between the two groups of Albrecht 1999 in proportion to age."""
    share = min(max((age_years - YOUNG_YEARS) / (OLD_YEARS - YOUNG_YEARS), 0.0), 1.0)
    return 0.522 + share * (0.223 - 0.522)


def _saturating(x: float, half: float, power: float = 1.0) -> float:
    return x**power / (x**power + half**power) if x > 0.0 else 0.0


def effects_of(drugs: Iterable[InBody], person: Person, extra_hypnosis: float = 0.0) -> Effects:
    """What drugs do to a person now; extra_hypnosis: sedation beyond what was given (a patient who is
    sensitive)."""
    at = {d.name: at_effect_mg_l(DRUGS[d.name].kinetics, d.amounts_mg, person.weight_kg) for d in drugs}
    if not at and extra_hypnosis == 0.0:
        return NO_DRUGS
    get = at.get
    flumazenil, naloxone = 1.0 + get("flumazenil", 0.0) / 0.005, 1.0 + get("naloxone", 0.0) / 0.001
    hypnotic = get("midazolam", 0.0) / half_effect_midazolam_mg_l(person.age_years) + extra_hypnosis
    hypnotic = hypnotic / flumazenil + get("propofol", 0.0) / 2.2
    opioid = (get("fentanyl", 0.0) / 0.0015 + get("piritramide", 0.0) / 0.020) / naloxone
    together = hypnotic + 0.08 * opioid + 0.20 * hypnotic * opioid
    depth = _saturating(together, 1.0, 2.5)
    on_breathing = opioid * (1.0 + 0.4 * hypnotic) / 2.3  # 3.5 ng/ml of fentanyl halve it
    adrenaline, noradrenaline = get("adrenaline", 0.0), get("noradrenaline", 0.0)
    ephedrine, phenylephrine = get("ephedrine", 0.0), get("phenylephrine", 0.0)
    squeeze = (
        0.30 * _saturating(phenylephrine, 0.006)
        + 0.55 * _saturating(noradrenaline, 0.003)
        + 0.18 * _saturating(ephedrine, 0.10)
        + 0.22 * _saturating(adrenaline, 0.010)
    )
    beat = 0.25 * _saturating(ephedrine, 0.10) + 0.45 * _saturating(adrenaline, 0.003)
    toxic = get("lidocaine", 0.0) + BUPIVACAINE_POTENCY * get("bupivacaine", 0.0)
    toxic /= 1.0 + get("lipid emulsion", 0.0) / 2500.0
    heart_left = 1.0 - 0.8 * _saturating(max(toxic - 9.0, 0.0), 6.0)
    vagal_block = _saturating(get("atropine", 0.0), 0.0025)
    return Effects(
        depth=depth,
        analgesia=0.85 * _saturating(opioid, 1.0),
        rate_drive=1.0 - _saturating(on_breathing, 1.0, 1.6),
        depth_drive=1.0 - 0.45 * depth,
        resistance=(1.0 - 0.22 * depth - 0.04 * _saturating(opioid, 1.0)) * (1.0 + squeeze),
        stroke=heart_left * (1.0 + beat),
        heart_rate=18.0 * vagal_block
        + 14.0 * _saturating(ephedrine, 0.10)
        + 45.0 * _saturating(adrenaline, 0.004)
        - 6.0 * _saturating(opioid, 1.0)
        - 45.0 * _saturating(max(toxic - 9.0, 0.0), 5.0),
        vagal_block=vagal_block,
        toxic_mg_l=toxic,
        against_allergy=_saturating(adrenaline, 0.002)
        + 0.10 * _saturating(get("hydrocortisone", 0.0), 2.0)
        + 0.10 * _saturating(get("clemastine", 0.0), 0.01),
    )
