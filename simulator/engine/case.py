"""Case: everything about a session that does not change. A scenario, its patient and a seed.

Built once; ``step`` reads it and never writes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from anatomy import frames
from anatomy.frames import FloatArray
from anatomy.patient import Patient
from anatomy.spec import PatientSpec
from anatomy.tissue import Material
from scenarios.loading import write_toml
from scenarios.schema import Scenario
from simulator.devices.balloon import MODELS, BalloonModel
from simulator.devices.cement import Batch
from simulator.devices.cement_products import CEMENTS, CementProduct, material_of
from simulator.devices.ground import Ground
from simulator.devices.probe import Probe
from simulator.devices.warm_places import WarmPlaces
from simulator.engine import breathing, imported_patient, patient_cache
from simulator.engine.patient import body as patient_body
from simulator.engine.patient.person import Person
from simulator.engine.patient.stimulus import Felt
from simulator.engine.personal import person_of
from simulator.engine.state import Needlework, Opened, Plane, State
from simulator.imaging.carm import CArmModel, CArmPose, PlaneName, Table, view
from simulator.imaging.dose.skin import Skin, skin_of
from simulator.imaging.view import View
from simulator.physics import diffusion
from simulator.physics.cure import Cement
from simulator.physics.filling import Filling

STREAM_START = 0x73746172  # where table and C-arm stand at the beginning
STREAM_NOISE = 0x6E6F6973  # quantum noise, by tick and plane

FIELD_AT_SKIN_MM = 100.0
"""Half of the open field where the beam leaves the patient."""
PLANES: tuple[PlaneName, ...] = ("A", "B")


@dataclass(frozen=True, eq=False)
class Case:
    """Constants of a session."""

    scenario: Scenario
    patient: Patient
    seed: int
    carms: tuple[CArmModel, ...]
    probe: Probe
    ground: Ground
    cement: Cement
    balloon: BalloonModel | None

    @property
    def scenario_toml(self) -> str:
        """The scenario as text: what the recording carries."""
        return write_toml(self.scenario)

    @property
    def scenario_digest(self) -> str:
        """SHA-256 of the scenario's text."""
        return hashlib.sha256(self.scenario_toml.encode()).hexdigest()

    def carm(self, plane: PlaneName) -> CArmModel:
        """The mechanics of a plane."""
        return self.carms[PLANES.index(plane)]

    def view(self, state: State, plane: Plane) -> View:
        """The view that a plane has now."""
        return self.view_of(plane.name, plane.pose, state.table)

    def view_of(self, name: PlaneName, pose: CArmPose, table: Table) -> View:
        """The view that a plane would have in a pose, with the table somewhere."""
        return view(self.carm(name), pose, "prone", table)

    @property
    def cement_product(self) -> CementProduct:
        """The cement on the table."""
        return CEMENTS[self.scenario.instruments.cement]

    @cached_property
    def cement_material(self) -> Material:
        """It as X-rays meet it."""
        return material_of(self.cement_product, self.scenario.instruments.barium_sulphate_percent)

    @cached_property
    def skin(self) -> Skin:
        """The patient's skin, on which dose is summed; found once, in some 0.1 s."""
        return skin_of(self.patient.soft, self.patient.adipose)

    @cached_property
    def warm_places(self) -> WarmPlaces:
        """Where heat from cement matters; found once, in some 0.2 s."""
        return WarmPlaces.of(self.patient)

    @property
    def longitudinal_mm(self) -> tuple[float, float]:
        """Least and most longitudinal place of the table with which the field stays on the patient."""
        low, high = self.patient.soft.grid.box_mm()
        return float(FIELD_AT_SKIN_MM - high[2]), float(-FIELD_AT_SKIN_MM - low[2])

    def why_off_the_patient(self, longitudinal_mm: float) -> str | None:
        """None where the field stays on the patient with the table there, else a sentence that names the limit."""
        least, most = self.longitudinal_mm
        if least <= longitudinal_mm <= most:
            return None
        return (
            f"longitudinal {longitudinal_mm:g} mm would bring the field beyond the patient's trunk; "
            f"stay between {least:.0f} and {most:.0f} mm"
        )

    @cached_property
    def person(self) -> Person:
        """The patient's constants beyond the anatomy: weight, base state, allergies, what will go wrong."""
        return person_of(self.scenario, self.seed)

    @cached_property
    def rest_amplitude(self) -> float:
        """The collapse amplitude at which the patient's posture holds the fracture: 1 flat or without one."""
        return self.patient.rest_amplitude

    @cached_property
    def target_from_patient(self) -> FloatArray:
        """The target's vertebral frame from the patient's (4, 4)."""
        return frames.inverse(self.ground.vertebra.patient_from_vertebra)


def make_case(
    scenario: Scenario, seed: int, *, patient_of: Callable[[PatientSpec], Patient] = patient_cache.patient_of
) -> Case:
    """The case of a scenario and a seed. patient_of gives a patient of a recipe: from the user's cache, or built.

    Raises UnusablePatientError where the scenario names a patient file that is missing or another one.
    """
    patient = imported_patient.patient_of(scenario, patient_of)
    diffusion.make_ready()
    model = CArmModel()
    second = CArmModel(orbital_deg=(-120.0, 120.0))
    return Case(
        scenario=scenario,
        patient=patient,
        seed=seed,
        carms=(model, second)[: scenario.carm.planes],
        probe=Probe.of(patient),
        ground=Ground.of(patient),
        cement=CEMENTS[scenario.instruments.cement].flow,
        balloon=MODELS[scenario.instruments.balloon] if scenario.instruments.balloon else None,
    )


def initial_state(case: Case) -> State:
    """The room as the trainee finds it: prone patient, C-arm roughly in place, nothing done yet."""
    rng = np.random.default_rng([case.seed, STREAM_START])
    carm = case.scenario.carm
    sign = np.where(rng.random(3) < 0.5, -1.0, 1.0)
    off = carm.start_off_centre_mm
    # The target's body lies at the patient's origin; height and breadth are set up roughly right.
    shift = (float(sign[0] * 0.3 * off), float(sign[1] * off), (-8.0))
    turned = carm.start_angle_error_deg
    first = CArmPose(orbital_deg=float(sign[2] * turned), orbital_wanted_deg=float(sign[2] * turned))
    lateral = CArmPose(orbital_deg=90.0, orbital_wanted_deg=90.0)
    poses = (first, lateral)[: carm.planes]
    planes = tuple(Plane(name, pose) for name, pose in zip(PLANES, poses, strict=False))
    return State(
        tick=0,
        planes=planes,
        table=Table(shift, shift),
        pulses_per_s=float(carm.pulses_per_s),
        needles=(None, None),
        needlework=(Needlework(), Needlework()),
        balloons=(None, None),
        opened=Opened(),
        amplitude=case.rest_amplitude,
        lowest_amplitude=case.rest_amplitude,
        batch=Batch(Filling.empty(case.ground.grid.shape)),
        leaked=(),
        vitals=patient_body.first_vitals(case.person),
        felt=Felt(),
        anaesthetic_ml=(0.0, 0.0),
        punctures=0,
        redirections=0,
        reference_kerma_mgy=0.0,
        dose_area_product_gycm2=0.0,
        alarms=(),
        stop_criteria=((), ()),
        breathing=breathing.at_rest(case.seed),
        body=patient_body.at_rest(case.person),
    )
