"""Four levels of skill. They differ in numbers only: all follow the same procedure.

Numbers describe how precisely somebody reads a picture, how often one looks, and when one stops. They are
presets of ours, graded so that a rubric can be tried out on them; none is measured on people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SkillName = Literal["expert", "competent", "novice", "reckless"]


@dataclass(frozen=True)
class Skill:
    """How somebody works.

    reading_mm            SD of a landmark read from one picture, at the patient
    aiming_deg            SD of an angle set by hand
    view_tolerance_deg    how far off a view may seem before it is corrected
    views_tried           pictures spent on a view at most
    averaged              pictures whose reading of the pedicle is averaged
    deviation_mm          deviation at the bone that is corrected before going on
    corrections           how often
    step_mm               advance in bone between pictures
    checks_lateral        looks at the lateral view before passing the medial border
    collimates            brings the field in to the spine
    anaesthetic_ml        per side
    beyond_wall_mm        where a kyphoplasty cannula stops, in front of the posterior wall
    drill_depth           share of the body's depth to which the channel is drilled
    inflation_ml          step, and pause_s after it
    pressure_psi          resting pressure at which inflation is stopped
    heeds_criteria        stops when balloon reaches endplate or cortex in a picture
    volume_share          of the balloon's nominal volume at most
    viscosity_min         minutes after mixing before injecting
    rate_ml_min           injection rate
    seconds_per_picture   while injecting
    heeds_leaks           stops at a visible leak; reaction_s later
    posterior_stop        share of depth from the posterior wall at which filling stops
    fill_share            of the body's volume that is aimed at
    oxygen_l_min          given from the beginning
    patient_reaction_s    from a change on the monitor to its treatment; None: never
    asks_patient          has the legs moved at the end
    """

    name: SkillName
    reading_mm: float
    aiming_deg: float
    view_tolerance_deg: float
    views_tried: int
    averaged: int
    deviation_mm: float
    corrections: int
    step_mm: float
    checks_lateral: bool
    collimates: bool
    anaesthetic_ml: float
    beyond_wall_mm: float
    drill_depth: float
    inflation_ml: float
    pause_s: float
    pressure_psi: float
    heeds_criteria: bool
    volume_share: float
    viscosity_min: float
    rate_ml_min: float
    seconds_per_picture: float
    heeds_leaks: bool
    reaction_s: float
    posterior_stop: float
    fill_share: float
    oxygen_l_min: float = 0.0
    patient_reaction_s: float | None = None
    asks_patient: bool = False


SKILLS: dict[SkillName, Skill] = {
    "expert": Skill(
        "expert", reading_mm=0.6, aiming_deg=0.8, view_tolerance_deg=2.0, views_tried=4, averaged=4,
        deviation_mm=1.0, corrections=3, step_mm=4.0, checks_lateral=True, collimates=True, anaesthetic_ml=8.0,
        beyond_wall_mm=3.0, drill_depth=0.72, inflation_ml=0.3, pause_s=8.0, pressure_psi=290.0,
        heeds_criteria=True, volume_share=0.95, viscosity_min=4.0, rate_ml_min=1.2, seconds_per_picture=1.0,
        heeds_leaks=True, reaction_s=1.0, posterior_stop=0.27, fill_share=0.20,
        oxygen_l_min=2.0, patient_reaction_s=10.0, asks_patient=True,
    ),
    "competent": Skill(
        "competent", reading_mm=1.1, aiming_deg=2.2, view_tolerance_deg=5.0, views_tried=3, averaged=2,
        deviation_mm=2.0, corrections=2, step_mm=6.0, checks_lateral=True, collimates=True, anaesthetic_ml=6.0,
        beyond_wall_mm=4.0, drill_depth=0.78, inflation_ml=0.5, pause_s=5.0, pressure_psi=330.0,
        heeds_criteria=True, volume_share=1.0, viscosity_min=3.5, rate_ml_min=1.8, seconds_per_picture=2.0,
        heeds_leaks=True, reaction_s=3.0, posterior_stop=0.22, fill_share=0.22,
        oxygen_l_min=2.0, patient_reaction_s=25.0, asks_patient=True,
    ),
    "novice": Skill(
        "novice", reading_mm=2.2, aiming_deg=4.0, view_tolerance_deg=9.0, views_tried=2, averaged=1,
        deviation_mm=4.0, corrections=1, step_mm=9.0, checks_lateral=False, collimates=False, anaesthetic_ml=3.0,
        beyond_wall_mm=6.0, drill_depth=0.90, inflation_ml=0.8, pause_s=3.0, pressure_psi=380.0,
        heeds_criteria=False, volume_share=1.1, viscosity_min=2.0, rate_ml_min=2.5, seconds_per_picture=4.0,
        heeds_leaks=True, reaction_s=8.0, posterior_stop=0.12, fill_share=0.30,
        patient_reaction_s=90.0,
    ),
    "reckless": Skill(
        "reckless", reading_mm=1.6, aiming_deg=4.0, view_tolerance_deg=15.0, views_tried=1, averaged=1,
        deviation_mm=9.0, corrections=0, step_mm=20.0, checks_lateral=False, collimates=False, anaesthetic_ml=1.0,
        beyond_wall_mm=8.0, drill_depth=0.97, inflation_ml=2.0, pause_s=0.5, pressure_psi=1000.0,
        heeds_criteria=False, volume_share=1.25, viscosity_min=0.5, rate_ml_min=5.0, seconds_per_picture=15.0,
        heeds_leaks=False, reaction_s=60.0, posterior_stop=-1.0, fill_share=0.50,
    ),
}  # fmt: skip
