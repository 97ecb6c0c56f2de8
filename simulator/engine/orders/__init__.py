"""Carrying out commands: what a hand can do now, and the sentence for what it cannot.

An order takes the case, the state and a command and returns the state after it with the events it caused. The
impossible is refused by an event and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from simulator.devices.cement import at_rest
from simulator.engine import commands as c
from simulator.engine import events as e
from simulator.engine.case import Case
from simulator.engine.orders import balloon, cement, driving, guidance, imaging, needle, patient, skin, tools
from simulator.engine.orders.common import Outcome
from simulator.engine.state import State


def carry_out(case: Case, state: State, command: c.Command) -> tuple[State, list[e.Event]]:
    """The state after a command and what came of it."""
    if state.ended:
        return state, [e.refused(command, "the procedure has ended; start the case again")]
    try:
        command = c.well_formed(command)
    except c.MalformedCommandError as error:
        return state, [e.refused(command, str(error))]
    result = _ORDERS[type(command)](case, state, command)
    if isinstance(result, str):
        return state, [e.refused(command, result)]
    return result


def _end_procedure(case: Case, state: State, command: c.EndProcedure) -> Outcome:
    planes = tuple(replace(p, pedal=False) for p in state.planes)
    batch = at_rest(state.batch)
    return replace(state, planes=planes, batch=batch, ended=True), [e.Ended()]


_ORDERS: dict[type, Callable[[Case, State, Any], Outcome]] = {
    c.MoveCArm: imaging.move_carm,
    c.MoveTable: imaging.move_table,
    c.Collimate: imaging.collimate,
    c.SetPulseRate: imaging.set_pulse_rate,
    c.SetFluoroscopyMode: imaging.set_fluoroscopy_mode,
    c.SetDoseLevel: imaging.set_dose_level,
    c.SetExposureCurve: imaging.set_exposure_curve,
    c.Magnify: imaging.magnify,
    c.LockTechnique: imaging.lock_technique,
    c.Expose: imaging.expose,
    c.PressPedal: imaging.press_pedal,
    c.ReleasePedal: imaging.release_pedal,
    c.DriveCArm: driving.drive_carm,
    c.DriveTable: driving.drive_table,
    c.GiveLocalAnaesthetic: patient.give_local_anaesthetic,
    c.GiveDrug: patient.give_drug,
    c.SetOxygen: patient.set_oxygen,
    c.GiveFluid: patient.give_fluid,
    c.SupportAirway: patient.support_airway,
    c.AskPatient: patient.ask_patient,
    c.CallForHelp: patient.call_for_help,
    c.PunctureSkin: needle.puncture_skin,
    c.Advance: needle.advance,
    c.Withdraw: needle.withdraw,
    c.Redirect: needle.redirect,
    c.RemoveStylet: needle.stylet(inserted=False),
    c.InsertStylet: needle.stylet(inserted=True),
    c.Drill: needle.drill,
    c.RotateBevel: needle.rotate_bevel,
    c.InsertTool: tools.insert_tool,
    c.AdvanceTool: tools.advance_tool,
    c.RemoveTool: tools.remove_tool,
    c.Curette: tools.curette,
    c.TakeBiopsy: tools.take_biopsy,
    c.CannulaOverWire: tools.cannula_over_wire,
    c.MarkSkin: skin.mark_skin,
    c.RemoveMark: skin.remove_mark,
    c.InsertFineNeedle: skin.insert_fine_needle,
    c.RemoveFineNeedle: skin.remove_fine_needle,
    c.CheckOff: guidance.check_off,
    c.AskHint: guidance.ask_hint,
    c.InsertBalloon: balloon.insert_balloon,
    c.Inflate: balloon.inflate,
    c.DrawContrastBack: balloon.draw_contrast_back,
    c.Deflate: balloon.deflate,
    c.RemoveBalloon: balloon.remove_balloon,
    c.MixCement: cement.mix_cement,
    c.StartInjection: cement.start_injection,
    c.StopInjection: cement.stop_injection,
    c.LoadInjector: cement.load_injector,
    c.SampleCement: cement.sample_cement,
    c.InjectByForce: cement.inject_by_force,
    c.EndProcedure: _end_procedure,
}
