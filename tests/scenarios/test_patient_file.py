"""A scenario names its patient by recipe or by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from anatomy.spec import PatientSpec
from scenarios import cases
from scenarios.loading import InvalidFile, read_toml, write_toml
from scenarios.schema import PatientFile, Scenario

DIGEST = "0123456789abcdef" * 4


def text(patient: str) -> str:
    """The library's vertebroplasty with another [patient]."""
    head, _, rest = cases.text_of("vertebroplasty-t12").partition("[patient]")
    return f"{head}[patient]\n{patient}\n\n[carm]{rest.partition('[carm]')[2]}"


def problems(patient: str) -> str:
    """What is wrong with such a file, in words."""
    with pytest.raises(InvalidFile) as caught:
        read_toml(text(patient), Scenario, source="case.toml")
    return str(caught.value)


def test_a_patient_file_is_read_and_written() -> None:
    """File, digest and target come back as they were written."""
    scenario = read_toml(
        text(f'file = "cases/a.ctpatient"\ndigest = "{DIGEST}"\ntarget_level = "L3"'), Scenario, source="case.toml"
    )
    assert scenario.patient == PatientFile(file="cases/a.ctpatient", digest=DIGEST, target_level="L3")
    assert read_toml(write_toml(scenario), Scenario, source="again").patient == scenario.patient


def test_a_recipe_is_still_a_recipe() -> None:
    """A [patient] without a file is a PatientSpec, also an empty one."""
    for said in ('target_level = "L3"', 'seed = 4\nsex = "male"', ""):
        assert type(read_toml(text(said), Scenario, source="case.toml").patient) is PatientSpec


def test_a_recipe_and_a_file_do_not_mix() -> None:
    """A fracture belongs to a recipe: in a file it is part of the voxels."""
    said = problems(f'file = "a.ctpatient"\ndigest = "{DIGEST}"\ntarget_level = "L3"\nt_score = -3.0')
    assert "t_score" in said


def test_findings_cannot_be_added_to_a_ct() -> None:
    """Lesions and fractures of a recipe beside a file are refused, and it is said what to do instead."""
    for added in ('[[patient.lesions]]\nlevel = "L3"', "[patient.fracture]\nheight_ratio = 0.7"):
        said = problems(f'file = "a.ctpatient"\ndigest = "{DIGEST}"\ntarget_level = "L3"\n{added}')
        assert "import the CT again, with --fracture for a fracture; lesions and other findings cannot" in said


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../a.ctpatient", "a/../../b", "C:\\\\a", "~/a", "\\\\\\\\host\\\\a"]
)
def test_paths_stay_below_the_scenario(path: str) -> None:
    """A scenario from elsewhere cannot name files elsewhere."""
    said = problems(f'file = "{path}"\ndigest = "{DIGEST}"\ntarget_level = "L3"')
    assert "relative to the scenario" in said


@pytest.mark.parametrize("digest", ["", "abc", DIGEST.upper(), DIGEST + "0"])
def test_digests_are_sha_256(digest: str) -> None:
    """Sixty-four hexadecimal digits."""
    assert "patient.digest" in problems(f'file = "a"\ndigest = "{digest}"\ntarget_level = "L3"')


def test_mistakes_in_a_recipe_are_still_explained() -> None:
    """The second kind of [patient] does not blur what is said about the first."""
    said = problems('sexx = "male"\ntarget_level = "L9"')
    assert "did you mean sex" in said or "sex" in said
    assert "target_level" in said
    assert "digest" not in said.replace("file, digest", "")


def test_a_scenario_knows_its_folder_but_does_not_write_it(tmp_path: Path) -> None:
    """The folder finds the patient file; the text stays the same on every machine."""
    path = tmp_path / "case.toml"
    path.write_text(text(f'file = "a.ctpatient"\ndigest = "{DIGEST}"\ntarget_level = "L3"'), encoding="utf-8")
    scenario = cases.find(str(path))
    assert scenario.folder == str(tmp_path)
    assert str(tmp_path) not in write_toml(scenario)
    assert cases.find("vertebroplasty-t12").folder == ""
