"""The veins as a graph of pipes: connected, flowing to the lungs, nothing lost, wide enough, where they belong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse import csgraph

from anatomy import frames
from anatomy.body.trunk import trunk
from anatomy.body.veins import LUNGS, Vein, VenousGraph
from anatomy.body.venous_courses import DRAINED, venous_graph
from anatomy.column import column_of
from anatomy.patient import Patient
from anatomy.skeleton.vertebra import body_field
from anatomy.spec import LEVELS, SIDES, FractureSpec, PatientSpec

PEOPLE = [
    PatientSpec(seed=5, fracture=FractureSpec()),
    PatientSpec(seed=2, sex="male", stature_mm=1900.0, target_level="T7"),
    PatientSpec(seed=3, scoliosis_deg=38.0, scoliosis_apex="L1", target_level="L4"),
]


@pytest.fixture(scope="module", params=PEOPLE, ids=("fractured", "tall man", "scoliosis"))
def graph(request: pytest.FixtureRequest) -> VenousGraph:
    """Veins of different people."""
    spec: PatientSpec = request.param
    column = column_of(spec)
    return venous_graph(column, trunk(spec, column))


def test_all_veins_hang_together(graph: VenousGraph) -> None:
    """There is one network, no vein is drawn twice, and no node stands alone."""
    number = {name: n for n, name in enumerate(graph.nodes)}
    ends = np.array([(number[v.start], number[v.end]) for v in graph.veins]).T
    links = sparse.coo_matrix((np.ones(ends.shape[1]), ends), shape=(len(number), len(number)))
    assert csgraph.connected_components(links, directed=False)[0] == 1
    assert len({v.name for v in graph.veins}) == len(graph.veins)


def test_every_vein_leads_to_the_lungs(graph: VenousGraph) -> None:
    """From every node the way most blood takes ends in a lung, through the right heart."""
    for node in graph.nodes:
        way = graph.way_to_the_lungs(node)
        assert (way[-1].end if way else node) in LUNGS
    names = [v.end for v in graph.way_to_the_lungs("L1 body")]
    assert {"right atrium", "right ventricle", "pulmonary trunk"} <= set(names)


def test_pipes_have_lengths_and_diameters_and_end_at_their_nodes(graph: VenousGraph) -> None:
    """Each course runs from one node to the other, is longer than a millimetre, and no wider than a heart."""
    for vein in graph.veins:
        np.testing.assert_allclose(vein.line_mm[0], graph.nodes[vein.start], atol=1e-6)
        np.testing.assert_allclose(vein.line_mm[-1], graph.nodes[vein.end], atol=1e-6)
        straight = float(np.linalg.norm(graph.nodes[vein.end] - graph.nodes[vein.start]))
        assert 1.0 < straight <= vein.length_mm + 1e-6 < 260.0, vein.name
        assert vein.length_mm < 2.6 * straight + 12.0, vein.name
        assert 1.0 <= vein.diameter_mm <= 30.0


def test_no_blood_is_lost_and_none_is_made(graph: VenousGraph) -> None:
    """At every node inflow and what arrives equal what leaves; all of it, 4 to 6 l/min, reaches the lungs."""
    flow = graph.nominal_flow_ml_min
    for node in graph.nodes:
        arrives = graph.inflow_ml_min.get(node, 0.0) + sum(flow[v.name] for v in graph.entering[node])
        if node not in LUNGS:
            assert arrives == pytest.approx(sum(flow[v.name] for v in graph.leaving[node]), abs=1e-6)
    out = sum(flow[v.name] for lung in LUNGS for v in graph.entering[lung])
    assert out == pytest.approx(sum(graph.inflow_ml_min.values()), rel=1e-9)
    assert 4000.0 < out < 6000.0


def test_blood_runs_as_drawn_where_veins_have_valves_and_at_a_venous_speed(graph: VenousGraph) -> None:
    """Only valveless veins of the spine may run the other way; nowhere does blood run faster than 60 cm/s."""
    flow = graph.nominal_flow_ml_min
    for vein in graph.veins:
        if not vein.is_valveless:
            assert flow[vein.name] > 0.0, vein.name
        speed_cm_s = abs(flow[vein.name]) / 60.0 / (0.25 * np.pi * (0.1 * vein.diameter_mm) ** 2)
        assert speed_cm_s < 60.0, vein.name


def test_a_vein_does_not_narrow_on_its_way_but_where_it_branches(graph: VenousGraph) -> None:
    """By Murray's law what leaves a node carries its widest tributary; the heart's chambers are no pipes."""
    for node in graph.nodes:
        entering = [v.diameter_mm for v in graph.entering[node] if v.kind != "heart"]
        if entering and graph.leaving[node]:
            room = sum(v.diameter_mm**3 for v in graph.leaving[node]) ** (1 / 3)
            assert max(entering) <= room + 1e-6, node


def test_every_level_drains_along_the_spine(graph: VenousGraph) -> None:
    """T4 to L5 each have body, foramen and paired epidural and lateral nodes, joined to the level above."""
    names = {v.name for v in graph.veins}
    for level in DRAINED:
        assert {f"{level} body", f"{level} basivertebral foramen", f"{level} front"} <= set(graph.nodes)
        for side in SIDES:
            assert f"{level} epidural {side} > {level} lateral {side}" in names
            if level != "T4":
                above = LEVELS[LEVELS.index(level) - 1]
                assert f"{level} epidural {side} > {above} epidural {side}" in names


def test_published_diameters_are_kept(graph: VenousGraph) -> None:
    """Azygos 8 to 10 mm, hemiazygos 4 to 6, ascending lumbar 3 to 4, epidural 3 to 5, intraosseous 1 to 2 mm."""
    limits = {"azygos T8": (7.9, 10.0), "hemiazygos T11": (4.0, 6.0), "L3 lateral left": (3.0, 4.0),
              "L3 epidural left": (3.0, 5.0), "L3 body": (1.0, 2.0), "vena cava L2": (15.0, 24.0)}  # fmt: skip
    for start, (low, high) in limits.items():
        widths = [v.diameter_mm for v in graph.leaving[start] if v.evidence == "published"]
        assert widths, start
        assert all(low <= width <= high for width in widths), start
    for vein in graph.veins:
        assert vein.evidence in ("published", "unconfirmed")


@pytest.mark.parametrize("spec", PEOPLE[1:], ids=("tall man", "scoliosis"))
def test_segmental_veins_lie_on_the_waist_off_bone(spec: PatientSpec) -> None:
    """Their walls keep 1 to 2 mm from the side of their own body, in every pose of the vertebra."""
    column = column_of(spec)
    graph = venous_graph(column, trunk(spec, column))
    for level in ("T8", "L2", "L3"):
        v = column.vertebrae[level]
        for side in SIDES:
            place = frames.apply(frames.inverse(v.patient_from_vertebra), graph.nodes[f"{level} waist {side}"])
            x, y, z = (np.array([c], dtype=np.float32) for c in place)
            radius = 0.5 * graph.leaving[f"{level} waist {side}"][0].diameter_mm
            assert 0.8 < float(body_field(v, x, y, z).distance_mm[0]) - radius < 2.2


def test_mistakes_in_a_graph_are_named(patient: Patient) -> None:
    """A vein without its node, one that ends before the lungs, and a circle are each refused by name."""
    graph = patient.veins
    lost = Vein("L1 body", "nowhere", "epidural", 2.0, np.zeros((2, 3)))
    with pytest.raises(ValueError, match="nowhere"):
        replace(graph, veins=(*graph.veins, lost))
    cut = tuple(v for v in graph.veins if v.end != "right ventricle")
    with pytest.raises(ValueError, match="right atrium"):
        replace(graph, veins=cut)
    back = Vein("right atrium", "L1 body", "heart", 2.0, np.zeros((2, 3)))
    with pytest.raises(ValueError, match="circle"):
        replace(graph, veins=(*graph.veins, back))
