"""Names a scenario may use for things that other rooms define.

Scenario files know metrics by name only; ``simulator.assessment.metrics`` computes them, and a test holds its
registry against this list. Names are written into scenario files and reports: append, never rename.
"""

from __future__ import annotations

METRIC_UNITS: dict[str, str] = {
    # needle and cannula: the worst of the needles used, true in three dimensions
    "pedicle_breach_mm": "mm",
    "medial_breach_mm": "mm",
    "wall_clearance_mm": "mm",
    "entry_error_mm": "mm",
    "target_error_mm": "mm",
    "angle_error_deg": "deg",
    "tip_depth_percent": "%",
    "tip_laterality_percent": "%",
    "order_rule_broken_mm": "mm",
    "unseen_medial_advance_mm": "mm",
    "anterior_breach_mm": "mm",
    "no_go_contacts": "count",
    "no_go_dwell_s": "s",
    "no_go_depth_mm": "mm",
    "wrong_level": "count",
    "skin_punctures": "count",
    "bone_entries": "count",
    "redirections": "count",
    "needle_path_mm": "mm",
    # fluoroscopy and radiation
    "exposures": "count",
    "advance_per_exposure_mm": "mm",
    "fluoroscopy_time_s": "s",
    "dose_area_product_gycm2": "Gy cm2",
    "reference_air_kerma_mgy": "mGy",
    "frontal_view_error_deg": "deg",
    "lateral_view_error_deg": "deg",
    "collimated_percent": "%",
    # balloon and reduction
    "peak_pressure_psi": "psi",
    "peak_balloon_ml": "ml",
    "over_inflation_ml": "ml",
    "balloon_ruptures": "count",
    "anterior_height_gain_mm": "mm",
    "height_restored_percent": "%",
    "kyphosis_correction_deg": "deg",
    # cement
    "injection_start_min": "min",
    "injection_viscosity_pa_s": "Pa s",
    "cement_in_body_ml": "ml",
    "fill_percent": "%",
    "anterior_two_thirds_percent": "%",
    "smaller_side_percent": "%",
    "endplates_reached": "count",
    "cavity_filled_percent": "%",
    "posterior_stop_percent": "%",
    "blind_cement_ml": "ml",
    "leak_ml": "ml",
    "leak_canal_ml": "ml",
    "leak_foramen_ml": "ml",
    "leak_disc_ml": "ml",
    "leak_venous_ml": "ml",
    "leak_soft_tissue_ml": "ml",
    "visible_leak_area_mm2": "mm2",
    "leak_reaction_s": "s",
    "leak_reaction_ml": "ml",
    # patient and time
    "lowest_saturation_percent": "%",
    "lowest_mean_pressure_mmhg": "mmHg",
    "peak_pain": "0-10",
    "duration_min": "min",
}

METRICS: tuple[str, ...] = tuple(METRIC_UNITS)
