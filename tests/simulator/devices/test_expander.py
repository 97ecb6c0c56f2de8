"""What any device that makes room does and leaves behind: the balloon, and two that are not built."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from anatomy.spec import Side
from simulator.devices.balloon import Balloon, push
from simulator.devices.bed import Bed
from simulator.devices.expander import Expander, Remains, lift_n, mineral_taken
from simulator.physics.crush import porosity_of
from simulator.physics.porous_medium import permeability_m2
from tests.simulator.devices.phantoms import LONG, block, resting


def test_bone_is_pushed_aside_not_lost() -> None:
    """What is taken from the cavity lies packed around it, inside the room; the sum is zero."""
    bed = block(np.random.default_rng(3).uniform(0.05, 0.2, (40, 40, 40)))
    share = push(replace(LONG, volume_ml=2.0), bed, None).share
    taken = mineral_taken(Remains(share), bed)
    assert abs(float(taken.sum(dtype=np.float64))) < 1e-5 * float(taken[taken > 0].sum(dtype=np.float64))
    assert np.allclose(taken[share == 1.0], bed.mineral[share == 1.0], rtol=1e-6)
    packed = taken < 0.0
    assert bed.room[packed].all()
    assert packed.any()
    assert np.array_equal(mineral_taken(Remains(np.zeros_like(share)), bed), np.zeros_like(share))


def test_lift_is_pressure_times_bearing_area() -> None:
    """100 kPa on 300 mm2 are 30 N; nearer the endplate more of the pressure bears."""
    assert lift_n((replace(LONG, pressure_kpa=100.0, bearing_mm2=300.0), None)) == pytest.approx(30.0)
    bearing = [push(replace(LONG, volume_ml=2.0), block(roof_mm=r), None).bearing_mm2 for r in (40.0, 16.0, 10.0)]
    assert bearing[0] == 0.0
    assert bearing == sorted(bearing)
    assert bearing[-1] > 0.0
    touching = push(replace(LONG, volume_ml=2.0), block(roof_mm=8.0), None)
    assert touching.contact_mm2 > 0.0


@dataclass(frozen=True, eq=False)
class Stent:
    """A cage on a balloon: it makes the same room and stays in it."""

    balloon: Balloon
    side: Side = "right"

    @property
    def share(self) -> NDArray[np.float32] | None:
        return self.balloon.share

    @property
    def volume_ml(self) -> float:
        return self.balloon.volume_ml

    @property
    def pressure_kpa(self) -> float:
        return self.balloon.pressure_kpa

    @property
    def bearing_mm2(self) -> float:
        return self.balloon.bearing_mm2

    def advanced(self, bed: Bed, taken: NDArray[np.float32] | None, duration_s: float, luck: float) -> Stent:
        return replace(self, balloon=self.balloon.advanced(bed, taken, duration_s, luck))

    def emptied(self) -> Stent:
        return replace(self, balloon=self.balloon.emptied())

    def remains(self) -> Remains | None:
        room = self.balloon.remains()
        return None if room is None else replace(room, holds_up=1.0)


@dataclass(frozen=True, eq=False)
class Curette:
    """A blade that takes out a ball of bone and presses on nothing."""

    share: NDArray[np.float32] | None = None
    side: Side = "right"
    pressure_kpa: float = 0.0
    bearing_mm2: float = 0.0
    volume_ml: float = 0.0

    def advanced(self, bed: Bed, *_: object) -> Curette:
        x, y, z = bed.grid.axes_mm()
        share = ((x**2 + y**2 + z**2 < 25.0) & bed.room).astype(np.float32)
        return replace(self, share=share, volume_ml=float(share.sum()) * bed.grid.voxel_ml)

    def emptied(self) -> Curette:
        return replace(self, share=None, volume_ml=0.0)

    def remains(self) -> Remains | None:
        return None if self.share is None else Remains(self.share, packs=False)


def test_other_devices_fit_the_seam() -> None:
    """A stent lifts as its balloon does and packs the same bone; a curette's bone is gone and nothing is lifted.
    Typed as what the engine asks for."""
    bed = block(0.1, roof_mm=10.0)
    up = resting(bed, 2.0)
    stent: Expander = Stent(up)
    curette: Expander = Curette().advanced(bed, None, 0.1, 1.0)
    assert lift_n([stent, curette]) == lift_n([up]) > 0.0
    left, scraped, packed = stent.remains(), curette.remains(), up.remains()
    assert left is not None
    assert scraped is not None
    assert packed is not None
    assert (left.holds_up, packed.holds_up, scraped.holds_up) == (1.0, 0.0, 0.0)
    assert np.array_equal(mineral_taken(left, bed), mineral_taken(packed, bed))
    gone = mineral_taken(scraped, bed)
    assert (gone >= 0.0).all()
    assert float(gone.sum()) == pytest.approx(float(bed.mineral[scraped.cavity > 0.5].sum()))
    assert stent.emptied().volume_ml == curette.emptied().volume_ml == 0.0


def test_the_rim_lets_less_through() -> None:
    """Around 3 ml in osteoporotic bone the packed rim is about twice as dense, and the Kozeny-Carman permeability
    of it falls by more than half."""
    bed = block(0.07)
    share = push(replace(LONG, volume_ml=3.0), bed, None).share
    taken = mineral_taken(Remains(share), bed)
    rim = taken < -0.01
    before, after = float(bed.mineral[rim].mean()), float((bed.mineral - taken)[rim].mean())
    assert 1.6 < after / before < 2.6
    fall = permeability_m2(porosity_of(after)) / permeability_m2(porosity_of(before))
    assert 0.15 < float(fall) < 0.5
