"""Fixtures that several rooms share. Patients take seconds to build, so each kind is built once a process."""

from __future__ import annotations

import os
from functools import lru_cache

import pytest

# One thread a process: the suite runs two processes, and results must not depend on how many cores there are.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ["VERTEBROSIM_NO_CACHE"] = "1"  # tests build their patients and leave the user's cache alone

from anatomy.patient import Patient, build
from anatomy.spec import FractureSpec, PatientSpec
from scenarios import cases
from scenarios.schema import Scenario
from simulator.engine.case import Case, make_case

FRACTURED = PatientSpec(seed=5, fracture=FractureSpec())
"""An osteoporotic woman with a wedge fracture of L1: the patient of most tests."""


@lru_cache(maxsize=4)
def coarse_patient_of(spec: PatientSpec) -> Patient:
    """A patient with fine voxels of 1 mm: no grain, but everything else, in a third of the time."""
    return build(spec, fine_mm=1.0)


@lru_cache(maxsize=2)  # a hundred megabytes each
def fine_patient_of(spec: PatientSpec) -> Patient:
    """A patient as the program builds it."""
    return build(spec)


@pytest.fixture(scope="session")
def patient() -> Patient:
    """The coarse fractured patient."""
    return coarse_patient_of(FRACTURED)


@pytest.fixture(scope="session")
def fine_patient() -> Patient:
    """The fractured patient at full resolution."""
    return fine_patient_of(FRACTURED)


@pytest.fixture(scope="session")
def kyphoplasty() -> Scenario:
    """The library's kyphoplasty."""
    return cases.find("kyphoplasty-l1-wedge")


@pytest.fixture(scope="session")
def vertebroplasty() -> Scenario:
    """The library's vertebroplasty."""
    return cases.find("vertebroplasty-t12")


@pytest.fixture(scope="session")
def case(kyphoplasty: Scenario) -> Case:
    """The library's kyphoplasty on its coarse patient, seed 1."""
    return make_case(kyphoplasty, 1, patient_of=coarse_patient_of)


@pytest.fixture(scope="session")
def vertebroplasty_case(vertebroplasty: Scenario) -> Case:
    """The library's vertebroplasty on its coarse patient, seed 1."""
    return make_case(vertebroplasty, 1, patient_of=coarse_patient_of)
