"""Draw the pictures of README and docs: ``make pictures``. Look at them before committing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from anatomy_gallery import gallery
from film import strip
from PIL import Image
from sheets import live, sheet, turned

from scenarios.cases import find
from simulator.assessment.trainees.procedure import perform
from simulator.assessment.trainees.skill import SkillName
from simulator.engine.case import Case, initial_state, make_case
from simulator.engine.events import Event
from simulator.engine.operating import hands_now
from simulator.engine.session import Session, new_session
from simulator.engine.state import State

IMAGES = Path(__file__).parent / "images"


def moments(case: Case, skill: SkillName, wanted: dict[str, Callable[[State], bool]]) -> dict[str, State]:
    """The first state of a performance that satisfies each condition."""
    found: dict[str, State] = {}

    def watch(session: Session, _events: Sequence[Event]) -> None:
        for name, holds in wanted.items():
            if name not in found and holds(session.state):
                found[name] = session.state

    perform(new_session(case, f"scripted-{skill}"), skill, watch)
    return found


def needle_in_pedicle(state: State) -> bool:
    """The first cannula rests half-way through its pedicle, and no hand is in the way."""
    return any(n is not None and n.bone_mm > 14.0 for n in state.needles) and hands_now(state)[1] is None


def balloons_up(state: State) -> bool:
    """Both balloons hold a millilitre and a half."""
    return all(b is not None and b.volume_ml >= 1.5 for b in state.balloons)


def cement_in(state: State) -> bool:
    """Three millilitres of cement are in the body."""
    return state.batch.filling.total_ml >= 3.0


def leaked(state: State) -> bool:
    """A reckless hand has filled a vein, and more."""
    return any("vein" in place for place in state.leaked) and state.batch.filling.total_ml > 7.8


def views_sheet() -> Image.Image:
    """What the C-arm shows: standard views, a procedure, a leak, and the trunk from apex to crest."""
    case = make_case(find("kyphoplasty-l1-wedge"), 1)
    start = initial_state(case)
    works = moments(case, "expert", {"needle": needle_in_pedicle, "balloons": balloons_up, "cement": cement_in})
    other_case = make_case(find("vertebroplasty-t12"), 4)
    leak = moments(other_case, "reckless", {"leak": leaked})["leak"]
    straight = [("frontal", 0.0, 0.0), ("lateral", 90.0, 0.0), ("en face, right pedicle", 20.0, 0.0)]
    other = [("en face, left pedicle", -20.0, 0.0), ("oblique, cranial", 35.0, 15.0)]
    pictures = [(name, live(case, turned(start, a, b))) for name, a, b in (*straight, *other)]
    pictures += [
        ("needle in the pedicle, frontal", live(case, turned(works["needle"], 0.0))),
        ("needle in the pedicle, lateral", live(case, turned(works["needle"], 90.0))),
        ("balloons up, lateral", live(case, turned(works["balloons"], 90.0))),
        ("balloons up, frontal", live(case, turned(works["balloons"], 0.0))),
        ("cement, lateral", live(case, turned(works["cement"], 90.0))),
        ("leak beside the body, lateral", live(other_case, turned(leak, 90.0))),
        ("leak, also into a vein, frontal", live(other_case, turned(leak, 0.0))),
    ]
    for name, along in (("lung apex", 250.0), ("chest", 150.0), ("thoracolumbar", 60.0), ("iliac crest", -130.0)):
        pictures.append((name, live(case, turned(start, 0.0, along_mm=along))))
    return sheet([pictures[i : i + 4] for i in range(0, 16, 4)])


def main() -> None:
    """Draw everything into docs/images."""
    IMAGES.mkdir(exist_ok=True)
    views = views_sheet()
    smaller = views.resize((round(0.7 * views.width), round(0.7 * views.height)), Image.Resampling.LANCZOS)
    smaller.save(IMAGES / "views.png", optimize=True)
    strip().save(IMAGES / "procedure.png", optimize=True)
    gallery().save(IMAGES / "anatomy.png", optimize=True)


if __name__ == "__main__":
    main()
