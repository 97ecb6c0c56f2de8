"""Pictures for the report: which, and cut to what was irradiated, whatever the magnification."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from simulator.assessment.key_frames import KeyFrame, key_frames
from simulator.assessment.report import _picture
from tests.simulator.assessment.by_hand import event, evidence, exposed, lateral


def test_the_last_of_each_view_before_each_turn() -> None:
    """One frontal and one lateral before the puncture; a turn without new pictures adds none."""
    rows = [exposed(30, number=1), exposed(60, number=2), lateral(70, number=3, plane="B"),
            event(80, "skin_punctured", side="left"), event(90, "bone_entered", side="left")]  # fmt: skip
    found = key_frames(evidence(*rows))
    assert [(k.number, k.caption) for k in found] == [
        (2, "frontal, before the first puncture"), (3, "lateral, before the first puncture")]  # fmt: skip


def test_field_iris_and_magnification_come_from_the_pulse() -> None:
    """The iris cuts the rectangle; recordings without the fields had neither."""
    new = exposed(30, number=1, field_mm=[149.0, 100.0], iris_mm=120.0, magnification=2.0)
    old = lateral(40, number=2)
    first, second = key_frames(evidence(new, old, event(80, "skin_punctured", side="left")))
    assert (first.field_mm, first.magnification) == ((120.0, 100.0), 2.0)
    assert (second.field_mm, second.magnification) == ((298.0, 298.0), 1.0)


@pytest.mark.parametrize(
    ("field_mm", "magnification", "size"),
    [((298.0, 298.0), 1.0, (512, 512)), ((149.0, 149.0), 1.0, (256, 256)), ((149.0, 149.0), 2.0, (512, 512)),
     ((74.5, 149.0), 2.0, (512, 256))],
)  # fmt: skip
def test_a_picture_is_cut_to_its_field(
    field_mm: tuple[float, float], magnification: float, size: tuple[int, int], tmp_path: Path
) -> None:
    """Twice magnified, the panel's half fills the picture, so half a panel's field is all of it."""
    key = KeyFrame(7, "A", 1.0, "frontal", field_mm, magnification)
    Image.new("L", (512, 512)).save(tmp_path / key.file_name)
    url = _picture(key, 298.0, tmp_path, {})
    assert url is not None
    with Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) as picture:
        assert picture.size == size
