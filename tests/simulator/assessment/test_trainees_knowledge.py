"""Scripted trainees know what a person could know: the planning CT, read-outs, and pictures that were taken."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.assessment.trainees.eyes import Eyes, Sight, nearest_to_rays
from simulator.assessment.trainees.hands import Hands
from simulator.assessment.trainees.skill import SKILLS
from simulator.engine import commands as c
from simulator.engine.case import Case
from simulator.engine.events import Exposed
from simulator.engine.session import new_session

FOLDER = Path(__file__).parents[3] / "simulator/assessment/trainees"
FILES = sorted(FOLDER.glob("*.py"))
EYES = "eyes.py"

MAY_IMPORT = {
    "anatomy.frames", "anatomy.spec", "anatomy.skeleton.vertebra.side_sign",
    "simulator.devices.needle.Technique", "simulator.devices.needle.angles_deg",
    "simulator.engine.case.Case", "simulator.engine.commands", "simulator.engine.events",
    "simulator.engine.session", "simulator.engine.state.State", "simulator.engine.state.TICK_HZ",
    "simulator.imaging.carm.PlaneName",
    "simulator.assessment.trainees",
}  # fmt: skip
"""What hands and heads work with: words, types, angles and units."""

EYES_MAY_IMPORT = {
    "simulator.engine.measuring.cement_front_percent", "simulator.imaging.carm", "simulator.imaging.view.View",
}  # fmt: skip
"""What turns truth into a picture's reading. Only eyes have it."""

TRUTH = {
    "label", "labels", "body_mm", "roof_mm", "floor_mm", "hazards", "mineral", "soft", "adipose", "landmarks",
    "filling", "needlework", "amplitude", "lowest_amplitude", "stop_criteria", "contacts", "breach_mm", "opened",
    "collapse", "porous", "leaks", "cavity", "placed",
}  # fmt: skip
"""Names under which case and state keep what only a picture can show."""


def offences(name: str, source: str) -> list[str]:
    """What a trainee's source uses that it may not know of, in words."""
    found = []
    allowed = MAY_IMPORT | (EYES_MAY_IMPORT if name == EYES else set())
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in (
            "anatomy",
            "scenarios",
            "simulator",
        ):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if not any(full == a or full.startswith(a + ".") for a in allowed):
                    found.append(f"imports {full}")
        elif isinstance(node, ast.Import):
            found += [f"imports {a.name}" for a in node.names if a.name.split(".")[0] in ("anatomy", "simulator")]
        elif isinstance(node, ast.Attribute) and node.attr in TRUTH and name != EYES:
            found.append(f"reads .{node.attr} in line {node.lineno}")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nobody_but_the_eyes_looks_inside(file: Path) -> None:
    """Heads and hands import no anatomy and read no hidden field; eyes import only what makes a reading."""
    assert not offences(file.name, file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("access.py", "from anatomy.regions import Region"), ("access.py", "import anatomy.patient"),
        ("procedure.py", "from simulator.engine.measuring import cement_front_percent"),
        ("procedure.py", "def f(state): return state.batch.filling.total_ml"),
        ("access.py", "def f(case): return case.patient.landmarks"), (EYES, "from anatomy.regions import Region"),
    ],
)  # fmt: skip
def test_a_planted_look_inside_is_caught(name: str, source: str) -> None:
    """The guard sees an import, a module import and a hidden field."""
    assert offences(name, source)


@pytest.fixture(scope="module")
def hands(case: Case) -> Hands:
    """A session in which nothing was done yet."""
    return Hands(new_session(case, "eyes"))


@pytest.fixture(scope="module")
def pictures(hands: Hands) -> tuple[Exposed, Exposed]:
    """A frontal and a lateral picture at the beginning."""
    frontal, lateral = hands.do(c.Expose("A"), c.Expose("B"))
    assert isinstance(frontal, Exposed)
    assert isinstance(lateral, Exposed)
    return frontal, lateral


def reader(case: Case, reading_mm: float, seed: int = 1) -> Eyes:
    """Eyes with a given reading error."""
    return Eyes(case, replace(SKILLS["expert"], reading_mm=reading_mm), seed)


def miss_mm(eyes: Eyes, hands: Hands, picture: Exposed, point: np.ndarray) -> float:
    """Distance of a point from the ray on which it was seen."""
    sight = eyes.sees(hands.state, picture, point)
    return float(np.linalg.norm(np.cross(point - sight.point_mm, sight.way)))


def test_a_perfect_reader_sees_points_where_they_are(
    case: Case, hands: Hands, pictures: tuple[Exposed, Exposed]
) -> None:
    """Without error the ray of one picture meets the point, and two pictures locate it."""
    eyes = reader(case, 0.0)
    for name in ("body centre", "pedicle left", "posterior wall"):
        point = eyes.landmark(name)
        assert all(miss_mm(eyes, hands, picture, point) < 1e-6 for picture in pictures)
        np.testing.assert_allclose(eyes.locates(hands.state, *pictures, point), point, atol=1e-6)


def test_one_picture_does_not_tell_depth(case: Case, hands: Hands, pictures: tuple[Exposed, Exposed]) -> None:
    """Two points on one line of sight look the same."""
    eyes = reader(case, 0.0)
    near = eyes.landmark("body centre")
    way = eyes.sees(hands.state, pictures[0], near).way
    far = eyes.sees(hands.state, pictures[0], near + 30.0 * way)
    np.testing.assert_allclose(far.way, way, atol=1e-9)


@pytest.mark.parametrize("reading_mm", [0.5, 2.0])
def test_reading_errors_have_their_size_at_the_patient(
    reading_mm: float, case: Case, hands: Hands, pictures: tuple[Exposed, Exposed]
) -> None:
    """Over 600 readings the mean square distance is twice the variance (two axes of a picture), within 15 %."""
    eyes = reader(case, reading_mm)
    point = eyes.landmark("body centre")
    for picture in pictures:
        misses = np.array([miss_mm(eyes, hands, picture, point) for _ in range(600)])
        assert np.mean(misses**2) == pytest.approx(2.0 * reading_mm**2, rel=0.15)


def test_readings_follow_from_seed_and_skill(case: Case, hands: Hands, pictures: tuple[Exposed, Exposed]) -> None:
    """Same seed same readings; another seed others; other skills have other streams."""
    point = reader(case, 1.0).landmark("body centre")

    def first(eyes: Eyes) -> list[float]:
        return list(eyes.sees(hands.state, pictures[0], point).way)

    assert first(reader(case, 1.0, 1)) == first(reader(case, 1.0, 1))
    assert first(reader(case, 1.0, 1)) != first(reader(case, 1.0, 2))
    assert Eyes(case, SKILLS["novice"], 1).shaky(0.0) / 4.0 != Eyes(case, SKILLS["reckless"], 1).shaky(0.0) / 4.0


def test_cement_is_read_from_a_fresh_picture_only(case: Case, hands: Hands) -> None:
    """Looking at an old picture for what moves is refused; without cement the way is free."""
    eyes = reader(case, 0.0)
    assert eyes.cement_front(hands.state, 0.0) == 1.0
    for look in (lambda: eyes.cement_front(hands.state, 60.0),
                 lambda: eyes.balloon_reaches(hands.state, "left", 60.0)):  # fmt: skip
        with pytest.raises(ValueError, match="take a new one"):
            look()


def test_hands_know_how_old_the_lateral_picture_is(case: Case) -> None:
    """Never taken is infinitely old, a frontal picture does not count, and then it ages by the clock."""
    hands = Hands(new_session(case, "hands"))
    hands.do(c.Expose("A"))
    assert hands.lateral_age_s == np.inf
    hands.do(c.Expose("B"))
    hands.wait(2.0)
    hands.do(c.Expose("A"))
    assert hands.lateral_age_s == pytest.approx(2.0, abs=0.05)


def test_three_rays_meet_where_they_meet() -> None:
    """The nearest point of rays through one point is that point."""
    point = np.array([3.0, -2.0, 7.0])
    ways = np.array([[1.0, 0.0, 0.0], [0.0, 0.6, 0.8], [0.0, 1.0, 0.0]])
    sights = [Sight(point - d * way, way) for d, way in zip((5.0, -3.0, 11.0), ways, strict=True)]
    np.testing.assert_allclose(nearest_to_rays(sights), point, atol=1e-9)
