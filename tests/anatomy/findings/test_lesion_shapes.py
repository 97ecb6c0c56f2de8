"""Where tumours grow and how large they are, against the published numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from anatomy.findings.lesion_shapes import FOCI, Lesion, lesions_at
from anatomy.skeleton.vertebra import Vertebra, body_field, side_sign
from anatomy.spec import LesionKind, LesionSpec, Level, PatientSpec, Side
from tests.anatomy.findings.bone_pieces import column, with_lesion

PLAIN = PatientSpec(seed=4)
METASTASES: tuple[LesionKind, ...] = ("lytic metastasis", "blastic metastasis", "mixed metastasis")


def vertebra(level: Level) -> Vertebra:
    """A vertebra of the plain patient."""
    return column(PLAIN).vertebrae[level]


def lesion(seed: int, one: LesionSpec) -> Lesion:
    """The only lesion of a patient of a seed, in the plain patient's vertebra."""
    return lesions_at(replace(PLAIN, seed=seed, lesions=(one,)), vertebra(one.level))[0]


@pytest.mark.parametrize("kind", METASTASES)
@pytest.mark.parametrize("side", ["left", "right"])
def test_metastases_start_near_the_entry_of_the_vessels(kind: LesionKind, side: Side) -> None:
    """Centres lie 0.2 to 0.35 of the depth behind the middle, within 0.2 of the width, on the side asked for."""
    v, d = vertebra("L2"), vertebra("L2").size
    width = 0.5 * (d.endplate_width_sup_mm + d.endplate_width_inf_mm)
    for seed in range(40):
        found = lesion(seed, LesionSpec(kind, "L2", side=side))
        x, y, _ = found.balls[0].centre_mm
        assert -0.35 <= y / d.depth_mm <= -0.2
        assert 0.0 < side_sign(side) * x / width <= 0.2
        assert 1 <= len(found.balls) <= 3
    assert v.size is d


@pytest.mark.parametrize(("level", "size_mm"), [("T8", 14.0), ("L2", 24.0), ("L4", 35.0)])
def test_the_greatest_diameter_of_a_metastasis_is_its_size(level: Level, size_mm: float) -> None:
    """Measured across the outline, wall and body left aside: mean within 5 %, each within 15 %."""
    axis = np.arange(-45.0, 45.1, 1.0)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    found = []
    for seed in range(8):
        one = replace(
            lesion(seed, LesionSpec("lytic metastasis", level, size_mm=size_mm)), posterior_wall_y_mm=-1e3
        )
        near = points[np.linalg.norm(points - one.balls[0].centre_mm, axis=1) < 0.75 * size_mm]
        distance = one.distance(*near.T)
        found.append(pdist(near[(distance < 0.0) & (distance > -1.2)]).max() + 0.5)
    assert np.mean(found) == pytest.approx(size_mm, rel=0.05)
    assert np.all(np.abs(np.array(found) / size_mm - 1.0) < 0.15)


@pytest.mark.parametrize(("level", "mean_mm", "sd_mm"), [("T8", 9.0, 5.4), ("L3", 12.0, 7.1)])
def test_foci_of_myeloma_have_the_published_sizes(level: Level, mean_mm: float, sd_mm: float) -> None:
    """Three to eight foci, the largest as asked; the others' mean within 8 % and SD within 15 %."""
    others = []
    for seed in range(250):
        diameters = [
            2.0 * ball.half_mm[0] for ball in lesion(seed, LesionSpec("myeloma", level, size_mm=45.0)).balls
        ]
        assert FOCI[0] <= len(diameters) <= FOCI[1]
        assert diameters[0] == max(diameters) == pytest.approx(45.0)
        others += diameters[1:]
    assert np.mean(others) == pytest.approx(mean_mm, rel=0.08)
    assert np.std(others) == pytest.approx(sd_mm, rel=0.15)


def test_foci_of_myeloma_lie_in_the_body_and_apart() -> None:
    """Every centre is inside the body, and most foci of one vertebra do not touch each other."""
    v, touching, pairs = vertebra("L3"), 0, 0
    for seed in range(30):
        balls = lesion(seed, LesionSpec("myeloma", "L3", size_mm=12.0)).balls
        centres, radii = np.array([b.centre_mm for b in balls]), np.array([b.half_mm[0] for b in balls])
        assert np.all(body_field(v, *centres.T).distance_mm < 0.0)
        gap = pdist(centres) - (radii[:, None] + radii[None])[np.triu_indices(len(radii), 1)]
        touching, pairs = touching + int((gap < 0.0).sum()), pairs + gap.size
    assert touching / pairs < 0.2


def test_a_lesion_stays_in_front_of_the_posterior_wall_unless_it_grows_through() -> None:
    """Behind the wall there is tumour only of those that enter the pedicle or have a hole there."""
    v = vertebra("L2")
    rng = np.random.default_rng(1)
    behind = rng.uniform(
        (-25.0, v.posterior_wall_y_mm - 14.0, -14.0), (25.0, v.posterior_wall_y_mm - 1.0, 14.0), (4000, 3)
    )
    big = LesionSpec("lytic metastasis", "L2", size_mm=32.0)
    assert not (lesion(3, big).distance(*behind.T) < 0.0).any()
    for other in (replace(big, into_pedicle=True), replace(big, posterior_wall_defect_mm=9.0)):
        assert (lesion(3, other).distance(*behind.T) < 0.0).any()


def test_no_pedicle_is_reached_without_the_body() -> None:
    """A lesion that enters the pedicle is one piece with its core in the body, whatever its size (Algra 1992)."""
    v = vertebra("L2")
    for kind in (*METASTASES, "myeloma"):
        one = lesion(5, LesionSpec(kind, "L2", size_mm=12.0, into_pedicle=True))
        isthmus = v.pedicle_axis("left")[0]
        way = np.linspace(one.balls[0].centre_mm, one.tongues[0].end_mm, 60)
        on = np.linspace(one.tongues[0].end_mm, isthmus, 30)
        assert (one.distance(*np.vstack([way, on]).T) < 0.5).all()


def test_lesions_of_a_level_have_streams_of_their_own() -> None:
    """The same seed gives the same lesion; one more, here or elsewhere, changes none of the others."""
    first, second = LesionSpec("lytic metastasis", "L2"), LesionSpec("myeloma", "L2", size_mm=9.0)
    elsewhere, v = LesionSpec("mixed metastasis", "T11"), vertebra("L2")
    alone = lesions_at(with_lesion(PLAIN, first), v)[0]
    among = lesions_at(with_lesion(PLAIN, elsewhere, first, second), v)
    assert len(among) == 2
    assert among[0].balls == alone.balls
    assert np.array_equal(among[0].noise, alone.noise)
    assert lesion(1, first).balls != lesion(2, first).balls


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"kind": "lytic metastasis", "epidural_mass_mm": 3.0}, "needs a posterior_wall_defect_mm"),
     ({"kind": "blastic metastasis", "posterior_wall_defect_mm": 5.0}, "builds bone and breaks no wall")],
)  # fmt: skip
def test_lesions_that_cannot_be_are_refused(fields: dict[str, object], said: str) -> None:
    """A mass needs the hole that it bulges through, and bone that is built breaks no wall: one sentence each."""
    with pytest.raises(ValueError, match=said):
        LesionSpec(level="L2", **fields)  # type: ignore[arg-type]
