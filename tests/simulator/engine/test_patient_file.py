"""A patient that was written and read again is the one that was built, to the bit and in every part."""

from __future__ import annotations

import dataclasses
import math
import tracemalloc
import types
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anatomy.filled_rows import FilledRows
from anatomy.patient import Patient, build
from anatomy.spec import EarlierCement, FractureSpec, LesionSpec, PatientSpec
from scenarios.schema import Scenario
from simulator.engine import patient_file
from simulator.engine.case import initial_state, make_case
from simulator.engine.patient_file import NotStorableError, read, write
from simulator.engine.screens import Screens
from simulator.engine.session import new_session
from tests.simulator.engine import playing
from tests.simulator.engine.playing import Script, play, short
from tests.simulator.engine.small_patients import small_patient

KEY = {"spec": "the one of this test"}
EVERYTHING = PatientSpec(
    seed=7,
    posture="prone extended",
    scoliosis_deg=12.0,
    fracture=FractureSpec(shape="crush", cleft="gas", retropulsion_mm=3.0, posterior_wall_defect_mm=4.0),
    lesions=(LesionSpec("lytic metastasis", "L1", into_pedicle=True), LesionSpec("myeloma", "L3")),
    earlier_cement=(EarlierCement("L3"),),
    pedicle_screws=("T11", "T12"),
    transition="sacralised L5",
    twelfth_ribs="left only",
)
"""A patient in whom every optional part is present."""


def assert_same(a: Any, b: Any, where: str = "patient") -> int:
    """Equal in type, value, memory order and every byte; returns how many arrays were compared."""
    assert type(a) is type(b), where
    if isinstance(a, np.ndarray):
        assert (a.dtype, a.shape, a.strides) == (b.dtype, b.shape, b.strides), where
        assert a.tobytes(order="A") == b.tobytes(order="A"), where
        return 1
    if dataclasses.is_dataclass(a):
        names = [field.name for field in dataclasses.fields(a)]
        return sum(assert_same(getattr(a, n), getattr(b, n), f"{where}.{n}") for n in names)
    if isinstance(a, Mapping):
        assert list(a) == list(b), where
        return sum(assert_same(a[key], b[key], f"{where}[{key!r}]") for key in a)
    if isinstance(a, tuple | list):
        assert len(a) == len(b), where
        return sum(assert_same(x, y, f"{where}[{i}]") for i, (x, y) in enumerate(zip(a, b, strict=True)))
    assert repr(a) == repr(b), where  # also of numbers that are none, and of zeros with a sign
    return 0


def again(patient: Patient, folder: Path) -> Patient:
    """The patient after a way through a file."""
    path = folder / "one.patient"
    with path.open("wb") as file:
        write(patient, KEY, file)
    return read(path, KEY)


@pytest.fixture(scope="module")
def loaded(patient: Patient, tmp_path_factory: pytest.TempPathFactory) -> Patient:
    """The coarse fractured patient, read from a file."""
    return again(patient, tmp_path_factory.mktemp("loaded"))


def test_every_array_and_every_light_part_comes_back(patient: Patient, loaded: Patient) -> None:
    """Volumes, column, landmarks, corridors, hazards, digest; a field that is forgotten would differ."""
    assert assert_same(patient, loaded) > 200
    assert loaded.spec == patient.spec
    assert loaded.digest == patient.digest


@pytest.mark.slow
def test_so_do_the_parts_that_only_some_patients_have(tmp_path: Path) -> None:
    """Cleft, tumours, earlier cement, screws, a curve: whatever a spec can ask for can be kept."""
    built = build(EVERYTHING, fine_mm=2.0)
    assert_same(built, again(built, tmp_path))


def test_a_field_of_an_unknown_kind_is_named(patient: Patient, tmp_path: Path) -> None:
    """What has no word in the format is refused with its place; nothing is dropped in silence."""
    odd: Any = {"inside": [lambda: 0]}
    with pytest.raises(NotStorableError, match=r"patient\.hazards\['inside'\]\[0\] is a function"):
        again(replace(patient, hazards=odd), tmp_path)
    crooked: Any = {"every second": np.arange(10)[::2]}
    with pytest.raises(NotStorableError, match=r"every second.*strides"):
        again(replace(patient, landmarks=crooked), tmp_path)


def test_memory_order_is_kept(patient: Patient, tmp_path: Path) -> None:
    """Sums over an array run in the order in which it lies."""
    array = np.arange(60.0).reshape(3, 4, 5)
    points: Any = {"C": array, "Fortran": np.asfortranarray(array), "one": np.array(2.0)}
    odd = replace(small_patient(patient, 1), landmarks=points)
    assert_same(odd, again(odd, tmp_path))


def test_no_patient_is_whole_in_memory_on_its_way(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither written nor read: a few arrays at a time, beside what is kept in the end. With one thread, as how
    much threads hold together depends on when they run."""
    monkeypatch.setattr(patient_file, "_AT_ONCE", 1)
    volumes = (*patient.fine.volumes(), *patient.far.volumes(), patient.soft, patient.adipose)
    whole = sum(4 * math.prod(volume.grid.shape) for volume in volumes)
    path, peaks = tmp_path / "one.patient", []
    found = patient
    for way in ("write", "read"):
        tracemalloc.start()
        try:
            if way == "write":
                with path.open("wb") as file:
                    write(patient, KEY, file, threads=1)
            else:
                found = read(path, KEY)
            stays, peak = tracemalloc.get_traced_memory()
            peaks.append(peak - stays)
        finally:
            tracemalloc.stop()
    assert peaks[0] - path.stat().st_size < 0.4 * whole
    assert peaks[1] < 0.7 * whole
    assert [type(v.kept) for v in found.fine.volumes()] == [type(v.kept) for v in patient.fine.volumes()]
    assert isinstance(found.soft.kept, FilledRows)


def test_volumes_stay_read_only_and_at_work(loaded: Patient, patient: Patient) -> None:
    """The loaded patient computes: bone at half reduction is that of the built one."""
    with pytest.raises(ValueError, match="read-only"):
        loaded.soft.array[0, 0, 0] = 1.0
    for amplitude in (1.0, 0.5):
        ours, theirs = loaded.mineral_fine(amplitude), patient.mineral_fine(amplitude)
        assert ours.array.tobytes() == theirs.array.tobytes()


class Colour(Enum):
    """A choice."""

    RED = "r"


@dataclass(frozen=True)
class Odd:
    """Values of every kind that the format has a word for."""

    values: tuple[object, ...]
    colour: Colour


def test_types_are_kept_to_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy numbers, tuples, frozen tables and numbers that are none come back as what they were."""
    monkeypatch.setattr(patient_file, "classes", lambda: {"Odd": Odd, "Colour": Colour})
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    odd = Odd(
        (None, True, 1, 1.0, -0.0, float("nan"), float("inf"), 0.1 + 0.2, "é", np.float64(0.1), np.float32(0.1),
         np.int32(-3), np.bool_(True), (), [1, (2,)], {1: "a", "b": (np.uint8(2),)},
         types.MappingProxyType({"c": array}), array, array.T.copy()),
        Colour.RED,
    )  # fmt: skip
    writing = patient_file._Writing()
    tree = patient_file.json.loads(patient_file.json.dumps(writing.tree(odd, "odd")))
    assert_same(odd, patient_file._value(tree, writing.arrays), "odd")
    assert len(writing.arrays) == 2  # what is there twice is kept once


def test_classes_are_found_from_the_annotations() -> None:
    """Volumes, vertebrae and hazards are known without a list that somebody must keep."""
    known = patient_file.classes()
    assert {"Patient", "PatientSpec", "FractureSpec", "Column", "Vertebra", "Collapse", "Volume", "Grid",
            "MineralGroups", "Corridor", "Hazard"} <= known.keys()  # fmt: skip


def lines_of(patient: Patient, scenario: Scenario, script: Script) -> list[bytes]:
    """The recording of a script on a patient."""
    session = new_session(make_case(scenario, 1, patient_of=lambda _spec: patient), "T-042")
    play(session, script)
    session.close()
    return session.recorder.lines


@pytest.fixture(scope="module")
def kyphoplasty_patients(kyphoplasty: Scenario, case: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The library patient, built and loaded."""
    return case.patient, again(case.patient, tmp_path_factory.mktemp("replayed"))


def test_a_session_replays_to_the_bit(kyphoplasty: Scenario, case: Any, kyphoplasty_patients: Any) -> None:
    """Commands, events, traces and digests of states: every line of the recording is equal."""
    built, read_again = (lines_of(patient, kyphoplasty, short(case)) for patient in kyphoplasty_patients)
    assert built == read_again
    assert len(built) > 20


@pytest.mark.slow
def test_so_does_a_whole_kyphoplasty(kyphoplasty: Scenario, case: Any, kyphoplasty_patients: Any) -> None:
    """The same with balloon and cement; and both planes show the same grey values."""
    built, read_again = (
        lines_of(patient, kyphoplasty, playing.kyphoplasty(case)) for patient in kyphoplasty_patients
    )
    assert built == read_again
    greys = []
    for patient in kyphoplasty_patients:
        shown = make_case(kyphoplasty, 1, patient_of=lambda _spec, patient=patient: patient)
        state, screens = initial_state(shown), Screens(shown)
        greys.append([screens.show(state, plane).grey.tobytes() for plane in state.planes])
    assert greys[0] == greys[1]
