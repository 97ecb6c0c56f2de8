"""Names a scenario may use for things that other rooms define.

Scenario files know metrics by name only; ``simulator.assessment.metrics`` computes them, and a test holds its
registry against this list. Names are written into scenario files and reports: append, never rename.
"""

from __future__ import annotations

from typing import NamedTuple


class MetricName(NamedTuple):
    """A metric as instructors and reports know it."""

    name: str
    unit: str
    meaning: str


_TABLE = """
# needle and cannula: the worst of the needles used, true in three dimensions
pedicle_breach_mm | mm | How far a cannula's surface came out of the pedicle's wall, in any direction.
breach_grade | 0-4 | Gertzbein-Robbins grade of a pedicle's breach, A to E: none, below 2 mm, 4, 6, more.
medial_breach_mm | mm | How far a cannula came out of the pedicle towards the canal.
wall_clearance_mm | mm | Least bone left between a cannula's surface and the pedicle's wall; negative outside.
entry_error_mm | mm | Distance of the entry into bone from the planned one.
target_error_mm | mm | Distance of the tip, where it was left, from the planned target.
angle_error_deg | deg | Angle between the cannula and the planned corridor.
tip_depth_percent | % | Depth of the tip in the body, from the posterior wall (0) to the anterior (100).
tip_laterality_percent | % | How far beside the midline the tip ended: 0 in the middle, 100 at the body's side.
order_rule_broken_mm | mm | How far behind the posterior wall the tip still was when it crossed the medial border.
unseen_medial_advance_mm | mm | Advance since the last lateral picture when the tip crossed the medial border.
anterior_breach_mm | mm | How far cannula or drill came out of the body's front or sides.
no_go_contacts | count | Contacts with canal, roots, vessels, pleura or lung, organs or discs, each place once.
no_go_dwell_s | s | How long such contacts lasted in all.
no_go_depth_mm | mm | How deep the deepest such contact was.
wrong_level | count | Cannulae that entered bone of another level than the target's.
nearest_canal_mm | mm | Nearest approach of an instrument's surface to the spinal canal; negative inside it.
nearest_root_mm | mm | Nearest approach to nerve roots.
nearest_vessel_mm | mm | Nearest approach to aorta, vena cava, azygos, segmental and intercostal vessels.
nearest_lung_mm | mm | Nearest approach to pleura and lung.
nearest_kidney_mm | mm | Nearest approach to the kidneys.
wall_contact_s | s | How long instruments lay outside a wall of the pedicle or the body in all.
cortex_breaks | count | Times a tip broke through a bone's shell, in or out.
peak_cortex_force_n | N | Largest force at which a shell gave way.
skin_punctures | count | Punctures of the skin.
bone_entries | count | Times a cannula entered bone.
redirections | count | Changes of direction after the puncture.
needle_path_mm | mm | Way that all tips travelled.
# fluoroscopy and radiation
exposures | count | Pulses given, single shots included.
advance_per_exposure_mm | mm | Largest advance in bone between two pictures.
fluoroscopy_time_s | s | Beam-on time.
dose_area_product_gycm2 | Gy cm2 | Air kerma times area of the beam, summed.
reference_air_kerma_mgy | mGy | Air kerma at the interventional reference point, summed.
peak_skin_dose_mgy | mGy | Highest dose of a patch of the patient's skin, backscatter included.
hand_in_beam_pulses | count | Pulses with one of the operator's hands in the direct beam.
hand_dose_ugy | uGy | Air kerma at the operator's more exposed hand, summed.
head_dose_ugy | uGy | Air kerma at the operator's head, summed, without shield or glasses.
frontal_view_error_deg | deg | Median angle between frontal pictures at work and the target's true frontal view.
lateral_view_error_deg | deg | Median angle between lateral pictures at work and the true lateral view.
collimated_percent | % | Share of pulses with a collimated field.
# balloon and reduction
peak_pressure_psi | psi | Highest balloon pressure.
peak_balloon_ml | ml | Largest balloon volume.
over_inflation_ml | ml | Contrast added after the first reason to stop, the worse side.
balloon_ruptures | count | Balloons that burst.
pressure_alarms | count | Times that an inflation syringe reached its limit and sounded.
wall_breaches | count | Side walls of the body that a balloon broke through.
anterior_height_gain_mm | mm | Anterior height at the end less that found.
height_restored_percent | % | Share of the lost height regained: in front, in the middle of a biconcave body.
kyphosis_correction_deg | deg | Angle of the superior endplate regained.
# cement
injection_start_min | min | Age of the cement when injection began.
injection_viscosity_pa_s | Pa s | Viscosity of the cement when injection began.
cement_in_body_ml | ml | Cement inside the vertebral body.
fill_percent | % | Cement inside the body as a share of its volume.
anterior_two_thirds_percent | % | Share of the body's cement that lies in its anterior two thirds.
smaller_side_percent | % | Share of the body's cement on the side of the midline that holds less.
endplates_reached | count | Endplates that cement has reached.
cavity_filled_percent | % | Share of the balloons' cavity that holds cement.
posterior_stop_percent | % | Distance of the rearmost cement from the posterior wall, of the body's depth.
blind_cement_ml | ml | Most cement that went in between two pictures.
leak_ml | ml | Cement outside the vertebra, wherever it went.
leak_canal_ml | ml | Cement in the spinal canal.
leak_foramen_ml | ml | Cement in the foramina, beside the roots.
leak_disc_ml | ml | Cement in the discs.
leak_venous_ml | ml | Cement in veins.
leak_soft_tissue_ml | ml | Cement beside or in front of the vertebra, in the needle's track, or in a neighbour.
leak_yeom_b_ml | ml | Leak of Yeom's type B: through the basivertebral vein into epidural veins.
leak_yeom_s_ml | ml | Leak of Yeom's type S: into veins beside the body, and what blood carried off there.
leak_yeom_c_ml | ml | Leak of Yeom's type C: through a defect of the cortex, into canal, foramen or soft tissue.
leak_yeom_d_ml | ml | Leak of Yeom's type D: through an endplate into a disc.
embolus_ml | ml | Cement that blood carried to the lungs.
largest_embolus_mm | mm | Diameter of the largest parcel of cement that blood carried to the lungs.
visible_leak_area_mm2 | mm2 | Largest area of leaked cement that a picture showed.
leak_reaction_s | s | Time from the first picture of a leak to the stop of injection, the slowest.
leak_reaction_ml | ml | Cement injected after the first picture of a leak.
# heat of the curing cement, with what is still to come after the end
canal_peak_c | C | Highest temperature in the spinal canal.
root_peak_c | C | Highest temperature at the nerve roots.
endplate_peak_c | C | Highest temperature at the endplates.
canal_thermal_dose_cem43_min | min | Equivalent minutes at 43 C in the canal, where they are most.
root_thermal_dose_cem43_min | min | Equivalent minutes at 43 C at the nerve roots, where they are most.
# patient and time
lowest_saturation_percent | % | Lowest oxygen saturation.
lowest_mean_pressure_mmhg | mmHg | Lowest mean arterial pressure.
peak_pain | 0-10 | Worst pain.
hypoxic_s | s | Time with an oxygen saturation below 90 %.
hypotensive_s | s | Time with a mean arterial pressure below 65 mmHg.
oversedated_s | s | Time in which the patient answered at most to a nudge.
hypotension_reaction_s | s | From an alarm of low pressure to a vasopressor or fluid, the slowest.
anaphylaxis_reaction_s | s | From the beginning of anaphylaxis to adrenaline.
hypoxia_reaction_s | s | From an alarm of low saturation to more oxygen, an open airway or an antidote.
lidocaine_mg_per_kg | mg/kg | Local anaesthetic given in all, as lidocaine, by the body's weight.
drug_errors | count | Doses beyond the usual limit, into the wrong place, or of what the patient is allergic to.
patient_movements | count | Times the patient jerked.
deficits | count | Functions lost by contact or pressure: roots, spinal canal.
neurological_checks | count | Times the patient was asked, answered, and moved the legs.
duration_min | min | From the first to the last second of the recording.
hints_asked | count | Hints that the trainee asked for in practice.
"""


def _parsed(table: str) -> tuple[MetricName, ...]:
    lines = (line for line in table.strip().splitlines() if not line.startswith("#"))
    return tuple(MetricName(*(part.strip() for part in line.split("|"))) for line in lines)


METRIC_NAMES: tuple[MetricName, ...] = _parsed(_TABLE)
METRICS: tuple[str, ...] = tuple(m.name for m in METRIC_NAMES)
METRIC_UNITS: dict[str, str] = {m.name: m.unit for m in METRIC_NAMES}
METRIC_MEANINGS: dict[str, str] = {m.name: m.meaning for m in METRIC_NAMES}
