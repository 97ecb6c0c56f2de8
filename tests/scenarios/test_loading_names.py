"""Units at the end of names, quantities written as text, and the name that was meant."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.loading import lines, names, problems, writing
from scenarios.loading.names import converted, nearest_name, number_text, quantity_as_number, split_unit, unit_of


@pytest.mark.parametrize("module", [lines, names, problems, writing])
def test_examples_in_docstrings_run(module: object) -> None:
    """The examples in the docstrings give what they show."""
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("stature_mm", "mm"), ("viscosity_pa_s", "Pa s"), ("body_mass_index_kg_m2", "kg/m2"), ("kv", "kV"),
        ("start_deg", "degrees"), ("dose_gycm2", "Gy cm2"), ("temperature_c", "°C"), ("age_years", "years"),
        ("seed", ""), ("min", ""), ("t_score_min", ""), ("flow_ml_min", ""), ("comm", ""), ("m", ""), ("", ""),
    ],
)  # fmt: skip
def test_units_of_names(name: str, unit: str) -> None:
    """The longest unit at the end of a name counts; a minimum is not taken for minutes."""
    assert unit_of(name) == unit


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        ("80 kV", "kv", "kv = 80"), ("80kv", "tube_kv", "tube_kv = 80"), ("0,7", "share", "share = 0.7"),
        ("160 cm", "stature_mm", "stature_mm = 1600"), ("1.6 m", "stature_mm", "stature_mm = 1600"),
        ("-2.5 mm", "offset_mm", "offset_mm = -2.5"), ("5.", "x", "x = 5"), (".5 ml", "fill_ml", "fill_ml = 0.5"),
        ("3 cc", "fill_ml", "fill_ml = 3"), ("30 min", "limit_s", "limit_s = 1800"), ("1e3", "x", "x = 1000"),
        ("300 Pa s", "viscosity_pa_s", "viscosity_pa_s = 300"), ("2 Gy·cm²", "d_gycm2", "d_gycm2 = 2"),
        ("24,5 kg/m²", "bmi_kg_m2", "bmi_kg_m2 = 24.5"), ("45°", "tilt_deg", "tilt_deg = 45"),
        ("80 kV", "stature_mm", None), ("80 kV", "seed", None), ("80 parsec", "x_mm", None), ("", "x", None),
        ("1,400", "x", None), ("1.400,5", "x", None), ("L1", "x", None), ("3 4", "x", None), ("mm", "x_mm", None),
    ],
)  # fmt: skip
def test_quantities_as_numbers(text: str, name: str, line: str | None) -> None:
    """A number with a unit of the same kind is converted; anything ambiguous (1,400) is not guessed at."""
    assert quantity_as_number(text, name) == line


@given(st.floats(1e-3, 1e6), st.sampled_from([("cm", "x_mm"), ("min", "x_s"), ("kpa", "x_pa"), ("rad", "x_deg")]))
def test_conversion_keeps_the_quantity(value: float, units: tuple[str, str]) -> None:
    """Converting there and back gives the number again."""
    unit, name = units
    there = converted(value, unit, name)
    assert there is not None
    back = converted(float(there.split(" = ")[1]), split_unit(name)[1], f"x_{unit}")
    assert back is not None
    assert float(back.split(" = ")[1]) == pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize(
    ("name", "choices", "nearest"),
    [
        ("stature_cm", ["age_years", "status_mm", "stature_mm"], "stature_mm"),
        ("dose_gy", ["dose_mgycm2", "rose_gy"], "dose_mgycm2"),
        ("Female", ["male", "female"], "female"), ("within time", ["within_time"], "within_time"),
        ("patint", ["patient", "points"], "patient"), ("level", ["target_level", "seed"], "target_level"),
        ("score", ["t_score", "seed"], "t_score"), ("weight", ["a_b", "c_d"], None), ("", ["seed"], None),
        ("x" * 10**6, ["seed"], None),
    ],
)  # fmt: skip
def test_nearest_names(name: str, choices: list[str], nearest: str | None) -> None:
    """Another unit beats similar spelling; a word within one name is found; far names give nothing."""
    assert nearest_name(name, choices) == nearest


@given(st.floats(-1e300, 1e300))
def test_numbers_are_written_to_ten_digits(value: float) -> None:
    """A limit in a message is the limit to ten digits."""
    assert float(number_text(value)) == pytest.approx(value, rel=1e-9, abs=5e-324)
