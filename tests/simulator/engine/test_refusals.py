"""The impossible is an event: every command has a use that is refused, with a sentence, and changes nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import get_args

import pytest

from simulator.devices.cement_stream import Stream
from simulator.devices.tools import Wire
from simulator.engine import commands as c
from simulator.engine.case import Case, initial_state
from simulator.engine.digest import digest_of
from simulator.engine.events import Event, Refused, as_row
from simulator.engine.session import new_session
from simulator.engine.state import State
from simulator.engine.step import step
from tests.simulator.engine.playing import MIXED_TICKS, after

NAN, INF = float("nan"), float("inf")

IMPOSSIBLE: list[tuple[str, c.Command, str]] = [
    # state, command, words of the refusal
    ("fresh", c.MoveCArm("A", 170.0, 0.0), "beyond this C-arm's travel of -110 to 110 deg"),
    ("fresh", c.MoveCArm("A", 0.0, -46.0), "beyond this C-arm's travel of -45 to 45 deg"),
    ("one plane", c.MoveCArm("B", 0.0, 0.0), "no plane B"),
    ("fresh", c.DriveCArm("A", 60.0), "at most 30 deg/s"),
    ("one plane", c.DriveCArm("B", 0.0), "no plane B"),
    ("fresh", c.DriveTable(90.0), "at most 60 mm/s"),
    ("fresh", c.MoveTable(151.0, 0.0, 0.0), "beyond the table's travel of 150 mm"),
    ("fresh", c.MoveTable(0.0, 345.0, 0.0), "beyond the patient's trunk; stay between"),
    ("fresh", c.MoveTable(0.0, 0.0, -400.0), "beyond the table's travel of 120 mm"),
    ("one plane", c.Collimate("B", 200.0, 200.0), "no plane B"),
    ("fresh", c.Collimate("A", 299.0, 200.0), "less than or equal to 298"),
    ("fresh", c.SetPulseRate(12.0), "choose one of"),
    ("fresh", c.Collimate("A", 200.0, 200.0, 10.0), "iris_mm"),
    ("fresh", c.SetFluoroscopyMode("pulsed"), "already pulsed"),
    ("locked", c.SetFluoroscopyMode("continuous"), "plane A is locked; make it automatic first"),
    ("fresh", c.SetDoseLevel("normal"), "already normal"),
    ("locked", c.SetDoseLevel("half"), "plane A is locked"),
    ("fresh", c.SetExposureCurve("standard"), "already follows the standard curve"),
    ("locked", c.SetExposureCurve("high contrast"), "plane A is locked"),
    ("fresh", c.Magnify("A", 1.25), "choose one of 1, 1.5, 2"),
    ("one plane", c.Magnify("B", 2.0), "no plane B"),
    ("fresh", c.LockTechnique("A", True), "take a picture first"),
    ("fresh", c.LockTechnique("A", False), "already automatic"),
    ("locked", c.LockTechnique("A", True), "already locked"),
    ("one plane", c.LockTechnique("B", True), "no plane B"),
    ("one plane", c.Expose("B"), "it has A"),
    ("one plane", c.PressPedal("B"), "no plane B"),
    ("pedal", c.PressPedal("A"), "already down"),
    ("one plane", c.ReleasePedal("B"), "no plane B"),
    ("fresh", c.ReleasePedal("A"), "not down"),
    ("numbed", c.GiveLocalAnaesthetic("left", 41.0), "40 ml are left"),
    ("ended", c.CheckOff("patient"), "has ended"),
    ("ended", c.AskHint("skin left"), "has ended"),
    ("fresh", c.GiveDrug("midazolam", 500.0), "a usual dose is 2.5 mg"),
    ("fresh", c.GiveDrug("fentanyl", 5.0, "ml"), "given by weight"),
    ("fresh", c.GiveDrug("midazolam", 2.0, route="im"), "give it iv"),
    ("on oxygen", c.SetOxygen(4.0), "already flows at 4 l/min"),
    ("soaked", c.GiveFluid(500.0), "more than 6000 ml"),
    ("fresh", c.SupportAirway("own"), "already looked after"),
    ("fresh", c.SupportAirway("bag"), "awake and breathes"),
    ("bagged", c.AskPatient(), "before asking"),
    ("bagged", c.CallForHelp(), "will be here in 90 s"),
    ("in bone", c.PunctureSkin("right", 30.0, 0.0, 10.0, 0.0), "already in the patient"),
    ("fresh", c.PunctureSkin("right", 400.0, 0.0, 10.0, 0.0), "not on the back"),
    ("wire alone", c.PunctureSkin("right", 30.0, 0.0, 10.0, 0.0), "slide a cannula over it"),
    ("wire alone", c.CannulaOverWire("left", 11), "no wire stands in the back on the left"),
    ("fresh", c.Advance("left", 10.0), "puncture the skin first"),
    ("open", c.Advance("right", 10.0), "insert the stylet"),
    ("balloon", c.Advance("right", 10.0), "deflate and remove it first"),
    ("injecting", c.Advance("right", 10.0), "stop the injection first"),
    ("fresh", c.Withdraw("left", 10.0), "puncture the skin first"),
    ("balloon", c.Withdraw("right", 10.0), "deflate and remove it first"),
    ("fresh", c.Redirect("left", 0.0, 0.0), "puncture the skin first"),
    ("in bone", c.Redirect("right", -40.0, 0.0), "withdraw to the skin"),
    ("injecting", c.Redirect("right", 10.0, 0.0), "stop the injection first"),
    ("fresh", c.RemoveStylet("left"), "puncture the skin first"),
    ("open", c.RemoveStylet("right"), "already out"),
    ("moving", c.RemoveStylet("right"), "still moving"),
    ("fresh", c.InsertStylet("left"), "puncture the skin first"),
    ("in bone", c.InsertStylet("right"), "already in"),
    ("set bore", c.InsertStylet("right"), "the stylet no longer goes in"),
    ("fresh", c.Drill("left", 10.0), "puncture the skin first"),
    ("in bone", c.Drill("right", 10.0), "remove it before drilling"),
    ("open", c.Drill("right", 50.0), "60 mm beyond the cannula; 42 mm are left"),
    ("fresh", c.RotateBevel("left", 90.0), "puncture the skin first"),
    ("in bone", c.RotateBevel("right", 90.0), "only a bevel can be turned"),
    ("fresh", c.InsertTool("left", "wire 1.5"), "puncture the skin first"),
    ("in bone", c.InsertTool("right", "wire 1.5"), "remove it before inserting the wire"),
    ("open", c.InsertTool("right", "drill 3.2"), "3.2 mm does not pass the bore of 2.7 mm of a 10 G cannula"),
    ("full bore", c.InsertTool("right", "wire 1.5"), "no longer goes through"),
    ("balloon", c.InsertTool("right", "wire 1.5"), "deflate and remove it first"),
    ("scraping", c.InsertTool("right", "wire 1.5"), "curette is in the right cannula"),
    ("scraping", c.InsertStylet("right"), "curette is in the right cannula"),
    ("scraping", c.Drill("right", 5.0), "curette is in the right cannula"),
    ("scraping", c.InsertBalloon("right"), "curette is in the right cannula"),
    ("scraping", c.Advance("right", 5.0), "curette is in the right cannula"),
    ("scraping", c.Redirect("right", 5.0, 5.0), "draw it back first"),
    ("fresh", c.AdvanceTool("left", 5.0), "puncture the skin first"),
    ("open", c.AdvanceTool("right", 5.0), "insert one first"),
    ("scraping", c.AdvanceTool("right", 10.0), "goes only where the way is open, 18 mm"),
    ("scraping", c.AdvanceTool("right", 49.0), "reaches 60 mm beyond the cannula; 48 mm are left"),
    ("scraping", c.AdvanceTool("right", -20.0), "take it out instead"),
    ("fresh", c.RemoveTool("left"), "nothing to take out"),
    ("fresh", c.Curette("left", 0.0), "puncture the skin first"),
    ("open", c.Curette("right", 0.0), "insert one into a drilled channel"),
    ("curette in", c.Curette("right", 0.0), "still in the cannula"),
    ("fresh", c.TakeBiopsy("left"), "puncture the skin first"),
    ("open", c.TakeBiopsy("right"), "insert one first"),
    ("trephine in", c.TakeBiopsy("right"), "at least 5 mm"),
    ("fresh", c.CannulaOverWire("left", 11), "no wire stands in the back"),
    ("in bone", c.CannulaOverWire("right", 11), "withdraw it over its wire first"),
    ("wire at the tip", c.Advance("right", 5.0), "the wire ends at the cannula's tip"),
    ("fresh", c.MarkSkin(400.0, 0.0), "not on the back"),
    ("fresh", c.RemoveMark(), "no marker on the skin"),
    ("fresh", c.InsertFineNeedle(22, 400.0, 0.0, 0.0, 0.0, 30.0), "not on the back"),
    ("fine needle", c.InsertFineNeedle(25, 30.0, 0.0, 0.0, 0.0, 30.0), "22 G needle is still in the back"),
    ("fresh", c.RemoveFineNeedle(), "no anaesthetic needle"),
    ("fresh", c.InsertBalloon("left"), "puncture the skin first"),
    ("in bone", c.InsertBalloon("right"), "remove it before inserting"),
    ("undrilled", c.InsertBalloon("right"), "drill deeper"),
    ("balloon", c.InsertBalloon("right"), "deflate and remove it first"),
    ("full bore", c.InsertBalloon("right"), "no longer goes through"),
    ("fresh", c.Inflate("left", 0.5), "insert one first"),
    ("filling", c.Inflate("right", 4.0), "more than this balloon can be forced to hold"),
    ("ruptured", c.Inflate("right", 0.5), "has ruptured"),
    ("fresh", c.DrawContrastBack("left", 0.1), "no balloon"),
    ("ruptured", c.DrawContrastBack("right", 0.1), "has ruptured"),
    ("fresh", c.Deflate("left"), "no balloon"),
    ("fresh", c.RemoveBalloon("left"), "no balloon"),
    ("balloon", c.RemoveBalloon("right"), "deflate it before"),
    ("cemented", c.MixCement(), "one batch"),
    ("fresh", c.StartInjection("left", 1.0), "mix it first"),
    ("mixed", c.StartInjection("left", 1.0), "puncture the skin first"),
    ("mixed", c.StartInjection("right", 1.0), "remove it before injecting"),
    ("injecting", c.StartInjection("left", 1.0), "puncture the skin first"),
    ("injecting", c.StartInjection("right", 1.0), "stop the injection first"),
    ("set", c.StartInjection("right", 1.0), "has set"),
    ("soft", c.StartInjection("right", 1.0), "not in bone"),
    ("injecting", c.MixCement(), "stop that first"),
    ("mixing", c.StartInjection("right", 1.0), "busy mixing or loading"),
    ("mixing", c.SampleCement(), "busy mixing or loading"),
    ("fresh", c.LoadInjector(), "mix it first"),
    ("ready", c.LoadInjector(), "the filler is full"),
    ("injecting", c.LoadInjector(), "stop that first"),
    ("used up", c.LoadInjector(), "the bowl is empty"),
    ("set", c.LoadInjector(), "has set"),
    ("used up", c.SampleCement(), "no cement is left"),
    ("empty", c.StartInjection("right", 1.0), "the filler is empty; load it first"),
    ("used up", c.StartInjection("right", 1.0), "the batch is used up"),
    ("set bone", c.StartInjection("right", 1.0), "in the right bone has set"),
    ("ready", c.InjectByForce("right", 60.0), "push with less"),
    ("fresh", c.InjectByForce("right", 10.0), "mix it first"),
    ("soft", c.Drill("right", 10.0), "not held by bone"),
    ("fresh", c.StopInjection(), "no cement is being injected"),
    ("ended", c.EndProcedure(), "has ended"),
    ("ended", c.Expose("A"), "has ended"),
]  # fmt: skip

MALFORMED: list[tuple[c.Command, str]] = [
    (c.Advance("left", NAN), "distance_mm"),
    (c.Advance("left", INF), "distance_mm"),
    (c.Advance("left", -5.0), "greater than 0"),
    (c.Advance("left", 1e12), "less than or equal to 120"),
    (c.Advance("left", 5.0, "pull"), "technique"),  # type: ignore[arg-type]
    (c.Withdraw("middle", 5.0), "side"),  # type: ignore[arg-type]
    (c.MoveCArm("A", NAN, 0.0), "orbital_deg"),
    (c.MoveTable(0.0, -INF, 0.0), "longitudinal_mm"),
    (c.Expose("C"), "plane"),  # type: ignore[arg-type]
    (c.Inflate("left", None), "volume_ml"),  # type: ignore[arg-type]
    (c.StartInjection("left", [1.0]), "rate_ml_per_min"),  # type: ignore[arg-type]
    (c.SetDoseLevel("double"), "dose_level"),  # type: ignore[arg-type]
    (c.Magnify("A", NAN), "magnification"),
    (c.LockTechnique("A", "perhaps"), "locked"),  # type: ignore[arg-type]
    (c.GiveLocalAnaesthetic("left", 5.0, site="liver"), "site"),  # type: ignore[arg-type]
    (c.GiveLocalAnaesthetic("left", 61.0), "less than or equal to 60"),
    (c.GiveDrug("aspirin", 1.0), "drug"),  # type: ignore[arg-type]
    (c.GiveDrug("fentanyl", NAN), "dose"),
    (c.SetOxygen(16.0), "less than or equal to 15"),
    (c.GiveFluid(0.0), "greater than 0"),
    (c.SupportAirway("tube"), "how"),  # type: ignore[arg-type]
    (c.MixCement("fly"), "are known, such as advance"),  # type: ignore[arg-type]
    (c.InsertTool("left", "drill 4.2"), "tool"),  # type: ignore[arg-type]
    (c.RotateBevel("left", 361.0), "less than or equal to 360"),
    (c.Curette("left", 0.0, 21), "less than or equal to 20"),
    (c.InsertFineNeedle(11, 0.0, 0.0, 0.0, 0.0, 30.0), "gauge"),  # type: ignore[arg-type]
]


@pytest.fixture(scope="module")
def states(case: Case, in_bone: State) -> dict[str, State]:
    """States in which something is impossible, by name."""
    fresh = initial_state(case)
    much, more = c.GiveLocalAnaesthetic("right", 60.0), c.GiveLocalAnaesthetic("left", 20.0)
    unrousable = replace(fresh, vitals=replace(fresh.vitals, responsiveness=0))
    undrilled = after(case, [(0, [c.RemoveStylet("right")])], in_bone)[0]
    opened = after(case, [(0, [c.Drill("right", 18.0)])], undrilled)[0]
    curette_in = after(case, [(0, [c.InsertTool("right", "curette 2.2")])], opened)[0]
    mixing = after(case, [(0, [c.MixCement()])], in_bone)[0]
    mixed = after(case, [(MIXED_TICKS, [])], mixing)[0]
    balloon = after(case, [(60, [c.InsertBalloon("right"), c.Inflate("right", 0.1)])], opened)[0]
    injecting = after(case, [(MIXED_TICKS, [c.MixCement()]), (30, [c.StartInjection("right", 3.0)])], undrilled)[0]
    cemented = after(case, [(0, [c.StopInjection()])], injecting)[0]
    ready = after(case, [(MIXED_TICKS, [c.MixCement()])], undrilled)[0]
    hard = (Stream(), Stream(bore_cure=0.75, bone_cure=0.75, front_cure=0.75))
    wire = Wire("right", "wire 1.5", (30.0, -70.0, 0.0), (0.0, 1.0, 0.0), 50.0)
    held = balloon.balloons[1]
    needle = undrilled.needles[1]
    assert held is not None
    assert needle is not None
    return {
        "fresh": fresh,
        "one plane": replace(fresh, planes=fresh.planes[:1]),
        "pedal": after(case, [(0, [c.PressPedal("A")])])[0],
        "locked": after(case, [(0, [c.Expose("A")]), (0, [c.LockTechnique("A", True)])])[0],
        "numbed": after(case, [(0, [much, more])])[0],
        "on oxygen": after(case, [(0, [c.SetOxygen(4.0)])])[0],
        "soaked": after(case, [(0, [c.GiveFluid(1000.0)] * 6)])[0],
        "bagged": after(case, [(0, [c.SupportAirway("bag"), c.CallForHelp()])], unrousable)[0],
        "in bone": in_bone,
        "moving": after(case, [(0, [c.Advance("right", 5.0, "mallet")])], in_bone)[0],
        "undrilled": undrilled,
        "open": opened,
        "curette in": curette_in,
        "scraping": after(case, [(0, [c.AdvanceTool("right", 12.0)])], curette_in)[0],
        "trephine in": after(case, [(0, [c.InsertTool("right", "biopsy needle 2.2")])], undrilled)[0],
        "wire at the tip": after(case, [(0, [c.InsertTool("right", "wire 1.5")])], undrilled)[0],
        "wire alone": replace(fresh, wires=(None, wire)),
        "fine needle": after(case, [(0, [c.InsertFineNeedle(22, 30.0, 0.0, 0.0, 0.0, 20.0)])])[0],
        "soft": replace(mixed, needles=(None, replace(needle, bone_mm=0.0))),
        "mixed": mixed,
        "mixing": replace(mixing, needles=undrilled.needles),
        "ready": ready,
        "empty": replace(ready, batch=replace(ready.batch, loaded_ml=0.0)),
        "used up": replace(ready, batch=replace(ready.batch, loaded_ml=0.0, bowl_ml=0.0)),
        "set bore": replace(cemented, batch=replace(cemented.batch, bore_ml=(0.0, 0.3), streams=hard)),
        "set bone": replace(cemented, batch=replace(cemented.batch, streams=hard)),
        "balloon": balloon,
        "full bore": replace(cemented, batch=replace(cemented.batch, bore_ml=(0.0, 0.3))),
        "filling": replace(balloon, balloons=(None, replace(held, wanted_ml=2.0))),
        "ruptured": replace(balloon, balloons=(None, replace(held, ruptured=True))),
        "injecting": injecting,
        "cemented": cemented,
        "set": replace(cemented, batch=replace(cemented.batch, cure=0.75)),
        "ended": after(case, [(0, [c.EndProcedure()])])[0],
    }


def refusal(events: list[Event]) -> Refused:
    """The one refusal among events."""
    (found,) = (event for event in events if isinstance(event, Refused))
    return found


def test_every_command_has_an_impossible_use() -> None:
    """No command is missing from the table below."""
    assert {type(command) for _, command, _ in IMPOSSIBLE} == set(get_args(c.Command))


@pytest.mark.parametrize(("name", "command", "words"), IMPOSSIBLE, ids=[f"{n}-{w}" for n, _, w in IMPOSSIBLE])
def test_the_impossible_is_refused_and_changes_nothing(
    case: Case, states: dict[str, State], name: str, command: c.Command, words: str
) -> None:
    """One refusal that says why; the state is the one that would have been without the command."""
    state = states[name]
    refused_state, events = step(case, state, [command])
    found = refusal(events)
    assert words in found.why
    assert "\n" not in found.why
    assert found.command == asdict(command)
    quiet_state, quiet = step(case, state)
    assert digest_of(refused_state) == digest_of(quiet_state)
    assert [event for event in events if event is not found] == quiet


@pytest.mark.parametrize(("command", "words"), MALFORMED, ids=[repr(m) for m, _ in MALFORMED])
def test_the_malformed_is_refused_and_not_recorded(case: Case, command: c.Command, words: str) -> None:
    """No exception, nothing changed, nothing in the file that could not be read back."""
    session, quiet = new_session(case, "T-1"), new_session(case, "T-1")
    events = session.tick([command, c.Expose("A")])
    quiet.tick([c.Expose("A")])
    assert words in refusal(events).why
    assert [event.kind for event in events] == ["refused", "exposed"]
    json.dumps(as_row(refusal(events)), allow_nan=False)
    assert session.recorder.lines == quiet.recorder.lines
    _, stepped = step(case, initial_state(case), [command])
    assert refusal(stepped).why == refusal(events).why


def test_numbers_of_another_type_are_recorded_as_they_read_back(case: Case) -> None:
    """A script may say 2 for 2.0: state and file hold what a replay will hold."""
    loose, strict = new_session(case, "T-1"), new_session(case, "T-1")
    loose.tick([c.MoveTable(5, 0, 0), c.SetPulseRate(4)])
    strict.tick([c.MoveTable(5.0, 0.0, 0.0), c.SetPulseRate(4.0)])
    assert loose.recorder.lines == strict.recorder.lines
    assert digest_of(loose.state) == digest_of(strict.state)


def test_a_vertebroplasty_has_no_balloon(case: Case) -> None:
    """A case without a balloon says so before anything else."""
    _, events = step(replace(case, balloon=None), initial_state(case), [c.InsertBalloon("left")])
    assert "vertebroplasty" in refusal(events).why
