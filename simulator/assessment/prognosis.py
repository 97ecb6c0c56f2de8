"""What may become of the patient: published rates, moved by what was done. Not truth, and never part of the total.

Nobody can say what one patient will do. Each item says what groups of patients or specimens did, with a range that
is meant to hold nineteen of twenty, with what moved it away from the group's mean, and where that comes from. An
item whose numbers are all in a source that was read is *confirmed*; one that rests on a preset of ours is not, and
its basis says which.

Risks are moved on the scale of log odds, ranges widened by the square sum of what each part leaves open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

from anatomy.spec import PatientSpec
from simulator.assessment.evidence import Evidence
from simulator.assessment.metrics.cement import DESTINATIONS, NO_CEMENT

NOTICED_ML = 0.05
"""Less leaked cement moves nothing (preset)."""
_SPAN = 1.96  # standard deviations either side that hold nineteen of twenty

MOLLOY = "Molloy, Mathis, Belkoff, Spine 2003 (120 vertebral bodies, T6 to L5)"
AL_ALI = "Al-Ali, Barrow, Luke, AJNR 2009 (357 patients)"
HULME = "Hulme et al., Spine 2006 (systematic review)"


@dataclass(frozen=True)
class Prognosis:
    """One expectation. estimate, low and high are None where because says why there is none.

    what: in plain words; basis: how it was worked out; confirmed: whether every number of it was read in its
    source; moved_by: what in this recording or patient moved it, and which way.
    """

    name: str
    what: str
    estimate: float | None
    low: float | None
    high: float | None
    unit: str
    basis: str
    source: str
    confirmed: bool
    moved_by: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True)
class Mover:
    """Something that moves a risk: its log odds ratio and the standard deviation of that."""

    why: str
    log_odds: float
    spread: float


@dataclass(frozen=True)
class Findings:
    """What a prognosis looks at. None: not known. kyphoplasty: a balloon was to be used."""

    fill_percent: float | None = None
    endplates_reached: int | None = None
    leaks_ml: dict[str, float] | None = None
    kyphoplasty: bool = True
    t_score: float | None = None
    fracture_age: str | None = None
    cleft: bool = False
    tumour: bool = False
    wedge_deg: float | None = None

    @classmethod
    def of(cls, evidence: Evidence) -> Findings:
        """The findings in a recording and its scenario."""
        cement = evidence.outcome.get("cement", {})
        injected = float(cement.get("in_body_ml", 0.0)) > 0.0 and "fill_percent" in cement
        leaks = {
            name: sum(float(cement.get("leaked_ml", {}).get(place, 0.0)) for place in places)
            for name, places in DESTINATIONS.items()
        }
        patient = evidence.scenario.patient
        spec = patient if isinstance(patient, PatientSpec) else None
        fracture = None if spec is None else spec.fracture
        return cls(
            fill_percent=float(cement["fill_percent"]) if injected else None,
            endplates_reached=int(cement.get("endplates_reached", 0)) if injected else None,
            leaks_ml=leaks,
            kyphoplasty=evidence.scenario.procedure == "kyphoplasty",
            t_score=None if spec is None else spec.t_score,
            fracture_age=None if fracture is None else fracture.age,
            cleft=fracture is not None and fracture.cleft != "none",
            wedge_deg=evidence.outcome.get("reduction", {}).get("wedge_now_deg"),
            tumour=spec is not None and any(lesion.level == spec.target_level for lesion in spec.lesions),
        )

    def leaked(self, name: str) -> bool:
        """Whether enough leaked there to count; name as of the metric."""
        return self.leaks_ml is not None and self.leaks_ml.get(name, 0.0) >= NOTICED_ML


def prognosis(evidence: Evidence) -> tuple[Prognosis, ...]:
    """Every expectation for the patient of a recording."""
    return expected(Findings.of(evidence))


def expected(found: Findings) -> tuple[Prognosis, ...]:
    """Every expectation, in the order of reports."""
    return (
        _mechanical(found, "strength", 16.2, 0.21),
        _mechanical(found, "stiffness", 29.8, 0.27),
        _relief(found),
        _pain(found),
        _adjacent_fracture(found),
        _any_fracture(found),
        _recompression(found),
        _infection(),
    )


FILL_SD = (7.0, 10.0, 15.0)  # of the specimens' fill, points of percent: least, taken, most (unconfirmed)
FILL_MEAN_SD = 3.0  # of the published mean fill (unconfirmed)


def _mechanical(found: Findings, property_: str, mean_fill: float, r_squared: float) -> Prognosis:
    """Chance that a body is as strong or stiff as before: where its regression on fill crosses that, and scatter.

    With correlation r between fill and outcome, P = Phi(r / sqrt(1 - r^2) (fill - mean) / sd of fill).
    """
    weight = math.sqrt(r_squared / (1.0 - r_squared))

    def chance(shift: float, sd: float) -> float:
        assert found.fill_percent is not None
        return 100.0 * NormalDist().cdf(weight * (found.fill_percent - mean_fill + shift) / sd)

    name, what = f"{property_}_restored", f"Chance that the body's {property_} is that before the fracture"
    basis = (
        f"restored at {mean_fill:g} % fill on average, with a weak correlation (r2 = {r_squared:g}); the spread "
        "of fill in the specimens is a preset"
    )
    if found.fill_percent is None:
        return _unknown(name, what, "%", basis, MOLLOY, NO_CEMENT)
    every = [chance(s, sd) for s in (-_SPAN * FILL_MEAN_SD, _SPAN * FILL_MEAN_SD) for sd in FILL_SD]
    side = "above" if found.fill_percent >= mean_fill else "below"
    moved = (f"fill of {found.fill_percent:.0f} % lies {side} the {mean_fill:g} % that restored it on average",)
    centre = chance(0.0, FILL_SD[1])
    return _known(name, what, centre, min(*every, centre), max(*every, centre), "%", basis, MOLLOY, False, moved)


RELIEF = {True: 92.0, False: 87.0}
RELIEF_SPREAD = 0.25  # of the log odds between series (unconfirmed)


def _relief_movers(found: Findings) -> list[Mover]:
    movers = []
    if found.fracture_age == "healed":
        movers.append(Mover("an old, healed fracture: less of the pain comes from it (unconfirmed)", -1.5, 0.6))
    if found.tumour:
        movers.append(Mover("a tumour: pain has other sources as well (unconfirmed)", -0.5, 0.4))
    if found.leaked("leak_canal_ml"):
        movers.append(Mover("cement in the canal may press on nerves (unconfirmed)", -0.7, 0.5))
    if found.leaked("leak_foramen_ml"):
        movers.append(Mover("cement in a foramen may irritate the root (unconfirmed)", -0.9, 0.5))
    return movers


def _relief(found: Findings) -> Prognosis:
    name, what = "pain_relief", "Chance of less pain"
    word = "balloon kyphoplasty" if found.kyphoplasty else "vertebroplasty"
    base = RELIEF[found.kyphoplasty]
    basis = (
        f"{base:g} % of patients after {word}; how much cement went in did not matter (r = -0.029); the range is "
        "a preset"
    )
    source = f"{HULME}; {AL_ALI}"
    if found.fill_percent is None:
        return _unknown(name, what, "%", basis, source, NO_CEMENT)
    return _risk(name, what, base, RELIEF_SPREAD, _relief_movers(found), basis, source, confirmed=False)


PAIN_BEFORE, PAIN_AFTER, PAIN_SD = 8.71, 2.77, 1.2


def _pain(found: Findings) -> Prognosis:
    name, what = "pain_after_a_month", "Pain after a month, 0 to 10"
    basis = (
        f"{PAIN_BEFORE:g} before and {PAIN_AFTER:g} a month after, means of 167 patients; less is gained in "
        "proportion where the chance of relief is lower; the spread is a preset"
    )
    source = "PMC7975168 (167 patients)"
    relief = _relief(found)
    if relief.estimate is None:
        return _unknown(name, what, "VAS", basis, source, NO_CEMENT)
    gained = (PAIN_BEFORE - PAIN_AFTER) * relief.estimate / RELIEF[found.kyphoplasty]
    centre = PAIN_BEFORE - gained
    low, high = max(centre - _SPAN * PAIN_SD, 0.0), min(centre + _SPAN * PAIN_SD, 10.0)
    return _known(name, what, centre, low, high, "VAS", basis, source, False, relief.moved_by)


AL_ALI_PATIENTS = 357
MEAN_FILL_BY_GROUP = (30.5, 40.3)  # without and with an adjacent fracture
FILL_SD_OF_GROUPS = 13.0  # unconfirmed
FILL_COVERED = (20.0, 50.0)  # what such a series covers (unconfirmed): beyond it fill moves the risk no further
STRAIGHT_DEG = 8.0  # wedge of a body that loads its neighbours as usual (unconfirmed)
USUAL_T_SCORE = -2.8  # of patients in such series (unconfirmed)


def _bone_mover(found: Findings, per_sd: float) -> list[Mover]:
    if found.t_score is None:
        return []
    off = USUAL_T_SCORE - found.t_score
    if abs(off) < 0.25:
        return []
    word = "weaker" if off > 0.0 else "stronger"
    why = f"bone {word} than usual in such patients (T-score {found.t_score:g}, unconfirmed weight)"
    return [Mover(why, off * math.log(per_sd), abs(off) * 0.25)]


def _adjacent_fracture(found: Findings) -> Prognosis:
    movers = _bone_mover(found, 1.5)
    if found.leaked("leak_disc_ml"):
        movers.append(Mover("cement in a disc (odds x 2, unconfirmed size)", math.log(2.0), 0.45))
    if found.fill_percent is not None:
        without, with_one = MEAN_FILL_BY_GROUP
        # Two groups of equal spread: the log odds rise by the difference of means over the variance.
        slope = (with_one - without) / FILL_SD_OF_GROUPS**2
        middle = without + 0.12 * (with_one - without)
        off = min(max(found.fill_percent, FILL_COVERED[0]), FILL_COVERED[1]) - middle
        word = "more" if off > 0.0 else "less"
        why = f"fill of {found.fill_percent:.0f} %, {word} than the {middle:.0f} % usual in that series"
        movers.append(Mover(why, slope * off, 0.5 * slope * abs(off)))
    if found.wedge_deg is not None and found.wedge_deg > STRAIGHT_DEG:
        over = found.wedge_deg - STRAIGHT_DEG
        why = f"a wedge of {found.wedge_deg:.0f} degrees is left, which loads the neighbours (unconfirmed)"
        movers.append(Mover(why, 0.03 * over, 0.02 * over))
    return _risk(
        "adjacent_fracture", "Risk of a fracture next to the treated level within a year", 12.0,
        _binomial_spread(0.12), movers,
        "12 % of patients; fill 40.3 % with and 30.5 % without one; cement in a disc raises it; sizes of effect "
        "and spreads are presets",
        f"{AL_ALI}; Borensztein 2017, Global Spine J; Front Endocrinol 2023;14:1072087",
        confirmed=False,
    )  # fmt: skip


def _any_fracture(found: Findings) -> Prognosis:
    movers = _bone_mover(found, 1.8)
    return _risk(
        "new_fracture", "Risk of any new vertebral fracture within a year", 18.0, _binomial_spread(0.18), movers,
        "18 % of patients; weaker bone raises it, by how much is a preset", AL_ALI, confirmed=not movers,
    )  # fmt: skip


def _recompression(found: Findings) -> Prognosis:
    name, what = "recompression", "Risk that the treated body sinks in again"
    basis = "5.2 % where cement touched both endplates, 16.5 % where it missed one; the range is a preset"
    source = "PMC7427078"
    if found.endplates_reached is None:
        return _unknown(name, what, "%", basis, source, NO_CEMENT)
    both = found.endplates_reached >= 2
    movers = (
        [Mover("an intravertebral cleft: less bone to hold on to (unconfirmed)", 0.6, 0.4)] if found.cleft else []
    )
    out = _risk(name, what, 5.2 if both else 16.5, 0.4, movers, basis, source, confirmed=False)
    missed = ("cement reached no endplate", "cement reached one endplate only")
    moved = "cement reaches both endplates" if both else missed[found.endplates_reached]
    return replace(out, moved_by=(moved, *out.moved_by))


def _infection() -> Prognosis:
    return _known(
        "infection", "Risk of infection", 0.5, 0.0, 1.0, "%",
        "below 1 % is what an audit accepts; half of that is taken. Nothing in a recording moves it",
        "SIR threshold, McGraw et al. 2003", False, (),
    )  # fmt: skip


def _binomial_spread(share: float) -> float:
    """Standard deviation of the log odds of a share that so many patients gave."""
    return 1.0 / math.sqrt(AL_ALI_PATIENTS * share * (1.0 - share))


def _risk(
    name: str, what: str, base_percent: float, base_spread: float, movers: list[Mover], basis: str, source: str, *,
    confirmed: bool,
) -> Prognosis:  # fmt: skip
    """A share of patients, moved on the scale of log odds."""
    base = math.log(base_percent / (100.0 - base_percent))
    centre = base + sum(m.log_odds for m in movers)
    spread = _SPAN * math.sqrt(base_spread**2 + sum(m.spread**2 for m in movers))
    low, middle, high = (_percent(centre + off) for off in (-spread, 0.0, spread))
    return _known(
        name, what, middle, low, high, "%", basis, source, confirmed,
        tuple(f"{'up' if m.log_odds > 0.0 else 'down'}: {m.why}" for m in movers),
    )  # fmt: skip


def _percent(log_odds: float) -> float:
    return 100.0 / (1.0 + math.exp(-log_odds))


def _known(
    name: str, what: str, estimate: float, low: float, high: float, unit: str, basis: str, source: str,
    confirmed: bool, moved_by: tuple[str, ...],
) -> Prognosis:  # fmt: skip
    return Prognosis(
        name, what, round(estimate, 1), round(low, 1), round(high, 1), unit, basis, source, confirmed, moved_by
    )


def _unknown(name: str, what: str, unit: str, basis: str, source: str, because: str) -> Prognosis:
    return Prognosis(name, what, None, None, None, unit, basis, source, False, (), because)
