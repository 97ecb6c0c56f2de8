"""The body around the spine: skin encloses everything, and organs lie where they should."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import ndimage

from anatomy import frames
from anatomy.body import vessels
from anatomy.body.trunk import FURROW_MM, SKIN_MM, outline_distance, trunk
from anatomy.column import column_of
from anatomy.patient import Patient
from anatomy.skeleton.ribs import ribs
from anatomy.spec import LEVELS, PatientSpec, Side
from anatomy.tissue import SOFT_AND_ADIPOSE_G_CM3, Tissue
from anatomy.volume import sample

BUILDS = [
    PatientSpec(seed=5),
    PatientSpec(seed=6, sex="male", stature_mm=1780.0),
    PatientSpec(seed=7, body_mass_index_kg_m2=15.0),
    PatientSpec(seed=8, sex="male", stature_mm=2000.0, body_mass_index_kg_m2=15.0),
    PatientSpec(seed=9, stature_mm=1400.0, body_mass_index_kg_m2=45.0),
    PatientSpec(seed=10, stature_mm=1400.0, body_mass_index_kg_m2=16.0, target_level="T11"),
]


def places(patient: Patient, tissue: Tissue) -> frames.FloatArray:
    """Voxel centres (n, 3) with a label."""
    return patient.tissue.grid.centres_mm()[patient.tissue.array == tissue]


def test_skin_encloses_everything(patient: Patient) -> None:
    """Across the body only skin, and fat just under it, touches air, and air comes nowhere inside."""
    label = patient.tissue.array
    in_plane = np.ones((3, 3, 1), dtype=bool)
    touching = label[ndimage.binary_dilation(label == Tissue.AIR, structure=in_plane) & (label != Tissue.AIR)]
    assert set(np.unique(touching)) <= {Tissue.SKIN, Tissue.FAT}
    assert np.mean(touching == Tissue.SKIN) > 0.7
    assert ndimage.label(label == Tissue.AIR)[1] == 1
    for face in (label[0], label[-1], label[:, 0], label[:, -1]):
        assert not face.any()


def test_no_bone_and_no_weight_outside_the_skin(patient: Patient) -> None:
    """A voxel two away from the skin holds neither mineral nor tissue."""
    outside = ndimage.binary_erosion(patient.tissue.array == Tissue.AIR, iterations=2, border_value=1)
    assert not patient.mineral_far().array[outside].any()
    assert not patient.soft.array[outside].any()
    assert not patient.adipose.array[outside].any()


@pytest.mark.parametrize(
    "spec", BUILDS, ids=lambda s: f"{s.sex} {s.stature_mm:.0f} BMI {s.body_mass_index_kg_m2:.0f}"
)
def test_bones_lie_below_the_skin_of_every_build(spec: PatientSpec) -> None:
    """Ribs with their thickness and spinous processes stay under the skin, from the thinnest to the heaviest."""
    column = column_of(spec)
    outline = trunk(spec, column)
    for rib in ribs(column, outline):
        x, y, z = rib.line_mm.T.astype(np.float32)
        assert outline_distance(outline, x, y, z).max() < -SKIN_MM - max(rib.half_mm), (rib.level, rib.side)
    tips = np.array([frames.apply(v.patient_from_vertebra, v.spinous_tip) for v in column.vertebrae.values()])
    x, y, z = tips.T.astype(np.float32)
    assert outline_distance(outline, x, y, z).max() < -SKIN_MM


def test_a_heavier_patient_is_wider_deeper_and_fatter() -> None:
    """Ten units of body mass index add breadth, depth, subcutaneous fat and depth of bone under the skin."""
    slim, heavy = (trunk(s, column_of(s)) for s in (PatientSpec(), PatientSpec(body_mass_index_kg_m2=34.5)))
    assert heavy.half_breadth_mm > slim.half_breadth_mm + 20.0
    assert heavy.depth_mm > slim.depth_mm + 30.0
    assert heavy.fat_mm > slim.fat_mm + 8.0
    assert np.all(heavy.back_y_mm < slim.back_y_mm)


def test_skin_to_bone_is_the_published_depth() -> None:
    """16 mm beside the midline at L1 the skin lies 50 mm behind the lamina in the reference build, within 15 %."""
    spec = PatientSpec()
    column = column_of(spec)
    v, outline = column.vertebrae["L1"], trunk(spec, column)
    y = np.arange(-120.0, -30.0, 0.25, dtype=np.float32)
    inside = outline_distance(outline, np.full_like(y, 16.0), y, np.zeros_like(y)) < 0.0
    lamina = v.posterior_wall_y_mm - v.size.canal_depth_mm - 6.0
    assert lamina - y[inside][0] == pytest.approx(v.size.skin_to_bone_at_16mm_lateral_mm, rel=0.15)
    assert 3.0 < FURROW_MM < 10.0


def test_the_aorta_lies_left_in_front_and_free_of_bone(patient: Patient) -> None:
    """The aorta is left (-x) and in front of every body, the vena cava right of it; neither touches bone."""
    column = patient.column
    aorta, cava = vessels.aorta(column), vessels.inferior_vena_cava(column)
    for level in LEVELS[LEVELS.index("T4") : LEVELS.index("L5")]:
        v = column.vertebrae[level]
        centre = v.patient_from_vertebra[:3, 3]
        x, y, radius = (
            np.interp(centre[2], aorta.line_mm[:, 2], a) for a in (*aorta.line_mm[:, :2].T, aorta.radius_mm)
        )
        assert x < 0.0
        gap = np.hypot(x, y - centre[1]) - radius - 0.5 * v.size.depth_mm
        assert gap >= v.size.aorta_gap_to_vertebra_mm - 0.01
        if level in LEVELS[LEVELS.index("T10") :]:
            assert np.interp(centre[2], cava.line_mm[:, 2], cava.line_mm[:, 0]) > 15.0
    box = patient.bone_distance.grid.box_mm()
    for tube in (aorta, cava):
        near = tube.line_mm[(tube.line_mm[:, 2] > box[0][2] + 5.0) & (tube.line_mm[:, 2] < box[1][2] - 5.0)]
        assert near.shape[0] >= 2
        assert np.all(sample(patient.bone_distance, near, outside=30.0) > 8.0)


def test_organs_lie_on_their_side(patient: Patient) -> None:
    """Liver right, spleen left, kidneys on both sides with the right one lower, lungs above on both sides."""
    liver = places(patient, Tissue.LIVER)
    kidney = places(patient, Tissue.KIDNEY)
    lung = places(patient, Tissue.LUNG)
    assert (liver[:, 0] > 0).mean() > 0.6
    right, left = kidney[kidney[:, 0] > 0], kidney[kidney[:, 0] < 0]
    assert 100.0 < len(right) * patient.tissue.grid.voxel_ml < 250.0
    assert right[:, 2].mean() < left[:, 2].mean() - 5.0
    assert lung[:, 2].min() > kidney[:, 2].mean()
    for sided in (lung[lung[:, 0] > 0], lung[lung[:, 0] < 0]):
        assert len(sided) * patient.tissue.grid.voxel_ml > 500.0
    assert np.abs(lung[:, 0]).min() > 15.0  # spine and mediastinum between them


def test_the_canal_is_one_tube_behind_the_bodies(patient: Patient) -> None:
    """Sac, nerves and epidural fat hang together along the whole spine, behind every posterior wall."""
    contents = (Tissue.CANAL, Tissue.CSF, Tissue.NERVE)
    pieces, count = ndimage.label(np.isin(patient.tissue.array, contents))
    sizes = np.bincount(pieces.ravel())[1:]
    assert sizes.max() / sizes.sum() > 0.95, count
    for level in LEVELS:
        assert sample(patient.tissue, patient.landmarks[f"{level} canal centre"], order=0) in contents
        assert sample(patient.tissue, patient.landmarks[f"{level} body centre"], order=0) == Tissue.BONE


def test_discs_lie_between_endplates(patient: Patient) -> None:
    """Halfway between two neighbouring endplates there is disc."""
    for upper, lower in itertools.pairwise(LEVELS):
        ends = (patient.landmarks[f"{upper} inferior endplate"], patient.landmarks[f"{lower} superior endplate"])
        assert sample(patient.tissue, 0.5 * (ends[0] + ends[1]), order=0) == Tissue.DISC, (upper, lower)


def test_tissue_has_its_densities_where_it_is_pure(patient: Patient) -> None:
    """Deep in an organ both densities are that tissue's; nowhere are they negative or heavier than any tissue."""
    for tissue in (Tissue.FAT, Tissue.LIVER, Tissue.KIDNEY, Tissue.SPLEEN, Tissue.BLOOD):
        inner = ndimage.binary_erosion(patient.tissue.array == tissue, iterations=2)
        assert inner.sum() > 50, tissue
        soft, adipose = SOFT_AND_ADIPOSE_G_CM3[tissue]
        assert np.median(patient.soft.array[inner]) == pytest.approx(soft, abs=0.01)
        assert np.median(patient.adipose.array[inner]) == pytest.approx(adipose, abs=0.01)
    assert patient.soft.array.min() >= 0.0
    assert patient.adipose.array.min() >= 0.0
    assert (patient.soft.array + patient.adipose.array).max() <= 1.11 + 1e-3


def test_left_and_right_ribs_mirror_each_other_and_leave_from_their_vertebra() -> None:
    """Each pair of ribs is symmetric, begins beside its own body, runs behind it and then forward and down."""
    spec = PatientSpec(seed=5)
    column = column_of(spec)
    built = ribs(column, trunk(spec, column))
    pairs: dict[tuple[str, Side], frames.FloatArray] = {(r.level, r.side): r.line_mm for r in built}
    # A head's middle: half its height and a joint space of at most 4 mm (``test_rib_joints``) beside the body.
    beside_mm = max(built[0].neck_half_mm) + 4.0
    assert {level for level, _ in pairs} == set(LEVELS[:12])
    for (level, side), line in pairs.items():
        if side == "left":
            np.testing.assert_allclose(line * (-1.0, 1.0, 1.0), pairs[level, "right"], atol=1e-9)
            assert line[0, 0] < 0.0
        v = column.vertebrae[level]  # type: ignore[index]
        centre = v.patient_from_vertebra[:3, 3]
        assert 0.0 < abs(line[0, 0]) - 0.5 * v.size.endplate_width_sup_mm < beside_mm
        behind = 0.0 if level == "T1" else v.posterior_wall_y_mm  # the first rib leaves almost sideways
        assert line[:, 1].min() < centre[1] + behind
        assert line[-1, 2] < line[0, 2] - 12.0
        assert np.argmin(line[:, 1]) < np.argmax(np.abs(line[:, 0]))
