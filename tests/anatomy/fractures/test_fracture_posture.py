"""How much of a fracture comes back: caps by age, and what posture regains before any balloon."""

from __future__ import annotations

import pytest

from anatomy.column import column_of
from anatomy.fractures.fracture import Collapse
from anatomy.spec import FractureSpec, PatientSpec


def collapse_of(**fields: object) -> Collapse:
    """A fracture of L1."""
    found = column_of(PatientSpec(seed=5, fracture=FractureSpec(**fields))).collapse  # type: ignore[arg-type]
    assert found is not None
    return found


def test_age_limits_what_can_come_back() -> None:
    """All that was asked for when acute, half at most when subacute, 15 % when healed; a cleft keeps it mobile."""
    shares = [collapse_of(age=age, mobile_share=0.8).mobile_share for age in ("acute", "subacute", "healed")]
    assert shares == [0.8, 0.5, 0.15]
    assert collapse_of(age="healed", mobile_share=0.8, cleft="gas", cleft_ml=0.5).mobile_share == 0.8
    assert collapse_of(age="healed", mobile_share=0.05).mobile_share == 0.05


@pytest.mark.parametrize(("ratio", "regained"), [(0.77, 0.63), (0.65, 0.33), (0.48, 0.22)])
def test_extension_regains_what_lying_down_did(ratio: float, regained: float) -> None:
    """With the usual mobile share, extension brings back what lying down after sitting did in each grade (table of
    anatomy 6.1), within a tenth; flat on the table nothing comes back."""
    c = collapse_of(height_ratio=ratio)
    assert c.posture_amplitude("prone") == 1.0
    assert 1.0 - c.posture_amplitude("prone extended") == pytest.approx(regained, abs=0.1)


def test_posture_never_goes_beyond_the_mobile_share() -> None:
    """However mobile, and with a cleft, posture leaves something for the balloon."""
    for fields in (
        {"mobile_share": 1.0},
        {"mobile_share": 0.0},
        {"cleft": "gas", "cleft_ml": 0.5, "mobile_share": 0.9},
    ):
        c = collapse_of(**fields)
        assert 1.0 - c.mobile_share <= c.posture_amplitude("prone extended") <= 1.0
    cleft, plain = collapse_of(cleft="gas", cleft_ml=0.5, height_ratio=0.5), collapse_of(height_ratio=0.5)
    assert cleft.posture_amplitude("prone extended") < plain.posture_amplitude("prone extended")
