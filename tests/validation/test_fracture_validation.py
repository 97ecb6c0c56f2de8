"""Fractured bodies, measured in voxels, against the numbers of anatomy 6.1.

Tolerances: heights lie within the spread of the Genant targets (0.02, 0.04, 0.10). The table of measured wedges
gives means of 3 to 96 patients without a spread: ratios may differ by 0.05, what a measured ratio scatters within
a grade, angles by 3 degrees. Its lengths are magnified, so ratios are compared, and angles follow from a ratio by
each row's own depth, (Hp - Ha) / tan(angle).
"""

from __future__ import annotations

import numpy as np
import pytest

from anatomy import frames
from anatomy.fractures import deform
from anatomy.fractures.fracture import Collapse
from anatomy.fractures.genant import grade
from anatomy.spec import FractureAge, FractureSpec, TargetLevel
from anatomy.tissue import HU_PER_BMD
from tests.anatomy.fractures.measured_body import GRID, MeasuredBody, measured

SHAPES = ("wedge", "biconcave", "crush")
AGES: tuple[FractureAge, ...] = ("acute", "healed")
TARGETS = ((1, 0.77, 0.02), (2, 0.65, 0.04), (3, 0.48, 0.10))
TABLE: tuple[tuple[int, TargetLevel, float, float, float], ...] = (
    (1, "L1", 23.8, 30.9, 12.0), (1, "L2", 21.2, 27.7, 10.6),
    (2, "T11", 16.4, 26.2, 16.8), (2, "T12", 19.8, 30.1, 16.8), (2, "L1", 20.2, 30.8, 16.9),
    (2, "L2", 21.2, 32.2, 17.0),
    (3, "T11", 12.1, 24.2, 22.9), (3, "T12", 13.6, 28.3, 24.4), (3, "L1", 13.3, 28.6, 25.0),
)  # fmt: skip
"""Grade, level, Ha and Hp (mm, magnified), wedge angle (degrees), sitting (10.1186/s13018-023-03758-w)."""
RATIO = {number: ratio for number, ratio, _ in TARGETS}


def fractured(shape: str, ratio: float, **more: object) -> MeasuredBody:
    """L1 with a fracture; both endplates of a biconcave body."""
    plate = "both" if shape == "biconcave" else "superior"
    return measured(FractureSpec(shape=shape, height_ratio=ratio, **{"endplate": plate} | more))  # type: ignore[arg-type]


def collapse_of(body: MeasuredBody) -> Collapse:
    """The recipe of a fractured body."""
    assert body.collapse is not None
    return body.collapse


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("number", "ratio", "spread"), TARGETS)
def test_heights_and_grades_are_genants(shape: str, number: int, ratio: float, spread: float) -> None:
    """Measured against the whole body, the height that is lost most is the target within its spread, and the grade
    is the one that was asked for; a wedge's posterior wall keeps 0.90 and more."""
    body, whole = fractured(shape, ratio).heights_mm(), measured(None).heights_mm()
    shares = [now / before for now, before in zip(body, whole, strict=True)]
    assert shares[{"wedge": 0, "biconcave": 1, "crush": 0}[shape]] == pytest.approx(ratio, abs=spread)
    assert grade(body, whole) == number
    if shape == "wedge":
        assert shares[2] >= 0.90
    if shape == "biconcave":
        assert min(shares[0], shares[2]) > 0.90
    if shape == "crush":
        assert shares == pytest.approx([ratio] * 3, abs=spread)


@pytest.mark.parametrize(("number", "level", "anterior_mm", "posterior_mm", "angle_deg"), TABLE)
def test_wedges_are_those_that_were_measured(
    number: int, level: TargetLevel, anterior_mm: float, posterior_mm: float, angle_deg: float
) -> None:
    """Anterior over posterior height within 0.05 of the mean of each grade and level, angle within 3 degrees."""
    front, _, behind = measured(FractureSpec(height_ratio=RATIO[number]), level).heights_mm()
    depth_mm = (posterior_mm - anterior_mm) / np.tan(np.radians(angle_deg))
    angle = np.degrees(np.arctan((1.0 - front / behind) * posterior_mm / depth_mm))
    assert front / behind == pytest.approx(anterior_mm / posterior_mm, abs=0.05)
    assert angle == pytest.approx(angle_deg, abs=3.0)


@pytest.mark.parametrize("endplate", ["superior", "inferior", "both"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ratio", [0.77, 0.65, 0.48, 0.2])
def test_bone_mass_is_kept(shape: str, ratio: float, endplate: str) -> None:
    """The body's mineral is that of the whole body within 1 %, every shape and grade, down to vertebra plana."""
    assert fractured(shape, ratio, endplate=endplate).body_g == pytest.approx(measured(None).body_g, rel=0.01)


@pytest.mark.parametrize("fracture", [
    *(FractureSpec(shape=shape, height_ratio=ratio) for shape in SHAPES for ratio in (0.65, 0.48, 0.2)),  # type: ignore[arg-type]
    FractureSpec(cleft="gas", cleft_ml=1.2, height_ratio=0.6),
    FractureSpec(shape="crush", height_ratio=0.6, retropulsion_mm=5.0, posterior_wall_defect_mm=6.0),
], ids=str)  # fmt: skip
def test_bone_mass_is_kept_under_reduction(fracture: FractureSpec) -> None:
    """At any amplitude the reduced body holds the mineral it was found with, within 1 %."""
    body = measured(fracture)
    for amplitude in (0.8, 0.5, 0.2, 0.0):
        reduced = deform.body_places(collapse_of(body), GRID, amplitude).density(body.mineral.array)
        assert reduced.sum(dtype=float) == pytest.approx(body.mineral.array.sum(dtype=float), rel=0.01)


@pytest.mark.parametrize("shape", SHAPES)
def test_impacted_bone_is_as_dense_as_published(shape: str) -> None:
    """In a moderate fracture the 2 mm under the broken endplate's plate are 50 to 150 HU denser than before."""
    body, whole = fractured(shape, 0.65, endplate="superior"), measured(None)
    c, v = collapse_of(body), body.vertebra
    x, y = np.meshgrid(np.arange(-6.0, 6.1, 1.0), 0.08 * v.size.depth_mm + np.arange(2.5, 6.6, 1.0), indexing="ij")
    stack = c.columns(x, y)
    top = stack.knots[-1]
    changes = []
    for depth in (0.75, 1.25, 1.75, 2.25):
        found = stack.lowered(top, 1.0) - depth
        y0, z0, _ = c.unfractured(x, y, found, 1.0)
        pairs = []
        for volume, places in ((body.mineral, (x, y, found)), (whole.mineral, (x, y0, z0))):
            points = np.stack(places, axis=-1)
            points = frames.apply(v.patient_from_vertebra, points)
            index = np.rint((points - GRID.patient_from_voxel[:3, 3]) / GRID.voxel_mm).astype(int)
            pairs.append(volume.array[tuple(np.moveaxis(index, -1, 0))].mean())
        changes.append(1000.0 * HU_PER_BMD * (pairs[0] - pairs[1]))
    assert 50.0 <= float(np.mean(changes)) <= 150.0


@pytest.mark.parametrize("ratio", [0.65, 0.48])
def test_the_body_grows_deeper_and_its_front_buckles(ratio: float) -> None:
    """Healed and smooth, the body is 2 to 6 % deeper than before; fresh, its front stands 1 to 3 mm farther
    forward up to a step, which lies a third of the height under the endplate. Depths are those of the upper half:
    the lower rim stays as it was. At 50 years no osteophyte is taken for depth."""
    acute, healed = (measured(FractureSpec(height_ratio=ratio, age=age), age_years=50.0) for age in AGES)
    whole = measured(None, age_years=50.0)
    v = acute.vertebra
    base = -0.5 * v.size.body_height_ant_mm
    height = ratio * v.size.body_height_ant_mm
    levels = base + np.arange(2.5, height - 1.5, 0.25)
    front = [np.array([body.depth_mm(float(z))[1] for z in levels]) for body in (acute, healed)]
    before = max(whole.depth_mm(float(z))[1] for z in np.arange(0.0, -base - 1.5, 0.25))
    grown = (front[1][levels > base + 0.5 * height].max() - before) / v.size.depth_mm
    assert 0.02 <= grown <= 0.06
    assert 1.0 <= (front[0] - front[1]).max() <= 3.0
    step = int(np.argmin(np.diff(front[0], prepend=front[0][0])))
    assert 1.0 - (levels[step] - base) / height == pytest.approx(1.0 / 3.0, abs=0.12)


@pytest.mark.parametrize("retropulsion_mm", [2.5, 4.0, 6.0])
def test_the_canal_is_narrowed_as_in_burst_fractures(retropulsion_mm: float) -> None:
    """A fragment driven back by 2.5 to 6 mm narrows the canal by 10 to 40 % of its depth."""
    body = fractured("crush", 0.65, retropulsion_mm=retropulsion_mm)
    v = body.vertebra
    levels = np.arange(-4.0, 0.5 * v.size.body_height_post_mm, 0.5)

    def rearmost(of: MeasuredBody) -> float:
        places = []
        for z in levels:
            try:
                places.append(of.depth_mm(float(z))[0])
            except ValueError:  # above the endplate
                continue
        return min(places)

    narrowed = (rearmost(measured(None)) - rearmost(body)) / v.size.canal_depth_mm
    assert 0.10 <= narrowed <= 0.40
    assert narrowed * v.size.canal_depth_mm == pytest.approx(retropulsion_mm, abs=0.8)


@pytest.mark.parametrize("shape", SHAPES)
def test_posture_and_balloon_move_along_one_field(shape: str) -> None:
    """From found over what extension regains to all that is mobile, a point of the body keeps to one path:
    straight within 0.3 mm, always onward, never beyond the healthy body."""
    body = fractured(shape, 0.6, mobile_share=0.8)
    c, v = collapse_of(body), body.vertebra
    rng = np.random.default_rng(1)
    sizes = (v.size.endplate_width_sup_mm, v.size.depth_mm, v.size.rim_height_mm)
    x, y, z = (rng.uniform(-0.45, 0.45, 300) * size for size in sizes)
    positioned, raised = c.posture_amplitude("prone extended"), 1.0 - c.mobile_share
    assert 1.0 > positioned > raised > 0.0
    path = np.array([np.stack(c.moved(x, y, z, a)) for a in (1.0, positioned, raised, 0.0)])
    found, healthy = path[0], path[-1]
    np.testing.assert_allclose(healthy, np.stack([y, z]), atol=1e-9)
    for amplitude, place in ((positioned, path[1]), (raised, path[2])):
        assert np.abs(place - (amplitude * found + (1.0 - amplitude) * healthy)).max() < 0.3
    heights = [c.worst_height_mm(a) for a in (1.0, positioned, raised, 0.0)]
    assert heights == sorted(heights)
    # By way of posture or at once: the balloon reads the same bone.
    at_once = c.between(x, *path[2], found_at=1.0, wanted_at=raised)
    half_way = c.between(x, *path[2], found_at=positioned, wanted_at=raised)
    by_way = c.between(x, *half_way[:2], found_at=1.0, wanted_at=positioned)
    np.testing.assert_allclose(by_way[:2], at_once[:2], atol=2e-3)
    np.testing.assert_allclose(at_once[:2], found, atol=2e-3)
