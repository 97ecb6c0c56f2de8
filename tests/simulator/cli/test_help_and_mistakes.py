"""Help with an example for every command; mistakes answered with one sentence, the remedy, and exit code 2."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.cases import text_of
from tests.simulator.cli.conftest import Run

Refused = Callable[..., str]
COMMANDS = [
    ["play"], ["demo"], ["run"], ["replay"], ["verify"], ["score"], ["dose"], ["xray"], ["bench"],
    ["validate"], ["population"],
    ["scenario", "list"], ["scenario", "show"], ["scenario", "check"], ["scenario", "schema"],
    ["scenario", "import-ct"],
    ["cache", "show"], ["cache", "clear"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_has_an_example(command: list[str], run: Run) -> None:
    """--help says what the command does and shows one line to copy."""
    said = run(*command, "--help")
    assert (said.code, said.err) == (0, "")
    assert f"Example:  vertebrosim {' '.join(command)}" in said.out
    assert "Usage:" in said.out


def test_every_command_is_in_the_list_above(run: Run) -> None:
    """A new command is tested by being listed in the help."""
    for arguments, known in (
        ((), {c[0] for c in COMMANDS}),
        (("scenario",), {c[1] for c in COMMANDS if c[0] == "scenario" and len(c) > 1}),
        (("cache",), {c[1] for c in COMMANDS if c[0] == "cache"}),
    ):
        listed = run(*arguments, "--help").out.partition("Commands:\n")[2]
        names = {line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "}
        assert names == known


def test_without_arguments_and_display_the_demo_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A beginner on a machine without a screen learns where to begin."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    said = run()
    assert said.code == 2
    assert "vertebrosim demo" in said.err


def test_the_version_is_one_line(run: Run) -> None:
    """Name and version, nothing else."""
    said = run("--version")
    assert said.code == 0
    assert said.out.startswith("vertebrosim ")
    assert said.out.count("\n") == 1


CASE = "kyphoplasty-l1-wedge"
MISTAKES = [
    (["demmo"], ["No such command 'demmo'", "demo", "--help"]),
    (["run"], ["Missing argument", "--help"]),
    (["run", "kyphoplasty-l1-wege"], ["did you mean kyphoplasty-l1-wedge?", "vertebroplasty-t12"]),
    (["run", "no-such-file.toml"], ["no-such-file.toml", "No such file"]),
    (["run", "x" * 300], ["kyphoplasty-l1-wedge"]),
    (["run", CASE, "--as", "wizard"], ["--as wizard", "expert, competent, novice, reckless"]),
    (["run", CASE, "--seed", "-1"], ["--seed"]),
    (["run", CASE, "--seed", "two"], ["--seed"]),
    (["run", CASE, "--sed", "2"], ["--sed", "--help"]),
    (["demo", "nowhere"], ["nowhere", "kyphoplasty-l1-wedge"]),
    (["score", "none.vsim"], ["none.vsim", "No such file", "is this the right path?"]),
    (["score", "none.vsim", "--format", "xml"], ["--format xml", "text, json, csv, html"]),
    (["score", "none.vsim", "--format", "html"], ["--out FILE.html"]),
    (["score", "none.vsim", "--language", "tlh"], ["--language", "'tlh'", "en, de"]),
    (["score", "none.vsim", "--language", "de"], ["--format text is always in English", "--format html"]),
    (["run", CASE, "--language", "tlh"], ["--language", "'tlh'", "en, de"]),
    (["demo", "--language", "deutsch"], ["'deutsch'", "en, de"]),
    (["score", "a.vsim", "b.vsim", "--format", "html", "--out", "x.html"], ["one recording"]),
    (["replay", "none.vsim"], ["--frames"]),
    (["replay", "none.vsim", "--frames", "f"], ["none.vsim", "No such file"]),
    (["xray", CASE, "--primary", "181"], ["--primary 181", "-180 to 180 degrees"]),
    (["xray", CASE, "--primary", "nan"], ["--primary nan"]),
    (["xray", CASE, "--secondary", "85"], ["--secondary 85", "-80 to 80 degrees", "along the table"]),
    (["xray", CASE, "--primary", "left"], ["--primary"]),
    (["xray", CASE, "-o", "x.jpg"], ["x.jpg", ".png or .dcm"]),
    (["xray", CASE, "-o", "no such folder/x.png"], ["no such folder", "does not exist", "make it first"]),
    (["xray", CASE, "--collimate", "120", "5"], ["--collimate 5", "20 to 298 mm"]),
    (["xray", CASE, "--collimate", "120"], ["--collimate"]),
    (["xray", CASE, "--iris", "nan"], ["--iris nan", "20 to 421 mm"]),
    (["xray", CASE, "--magnification", "3"], ["--magnification 3", "1, 1.5, 2"]),
    (["xray", CASE, "--dose", "double"], ["--dose double", "normal, half"]),
    (["xray", CASE, "--kv", "200"], ["--kv 200", "50 to 110 kV"]),
    (["xray", CASE, "--kv", "70", "--mas", "5"], ["--mas 5", "0.9 mAs", "70 kV", "--pulses"]),
    (["xray", CASE, "--mas", "0.2", "--dose", "half"], ["--dose half", "--mas", "leave one out"]),
    (["xray", CASE, "--pulses", "0"], ["--pulses 0", "1 to 100"]),
    (["xray", CASE, "--window", "0"], ["--window 0", "0.1 to 10"]),
    (["xray", CASE, "--level", "9"], ["--level 9", "-3 to 3"]),
    (["xray", CASE, "--along", "900"], ["--along 900", "table's travel"]),
    (["scenario"], ["--help"]),
    (["scenario", "list", "--format", "xml"], ["--format xml", "table or plain"]),
    (["scenario", "show", "vertebroplasty"], ["did you mean vertebroplasty-t12?"]),
    (["scenario", "check", "nowhere"], ["nowhere"]),
    (["scenario", "check", CASE, "--seeds", "0"], ["--seeds"]),
    (["bench", "everything"], ["bench everything", "projector"]),
    (["bench", "projector", "--runs", "1"], ["--runs"]),
]


@pytest.mark.parametrize(("arguments", "words"), MISTAKES, ids=[" ".join(m[0])[:50] for m in MISTAKES])
def test_a_mistake_gets_the_sentence_that_helps(arguments: list[str], words: list[str], refused: Refused) -> None:
    """One sentence on standard error with what was wrong and what to do; nothing on standard output."""
    said = refused(*arguments)
    assert all(word in said for word in words), said


FILE_MISTAKES = [
    ("needle_gauge = 10", "needle_gage = 10", ["needle_gage", "needle_gauge"]),
    ("needle_gauge = 10", 'needle_gauge = "10"', ["needle_gauge = 10"]),
    ("temperature_c = 21", "temperature_c = 70", ["temperature_c", "70", "30"]),
    ("temperature_c = 21", "temperature_f = 70", ["temperature_f", "temperature_c", "°C"]),
    ('version = "1"', "version = 1", ["version", 'version = "1"']),
    ("[room]", "[room", ["room"]),
]


@pytest.mark.parametrize(("old", "new", "words"), FILE_MISTAKES, ids=[m[1] for m in FILE_MISTAKES])
def test_a_mistake_in_a_file_is_told_with_its_line(
    old: str, new: str, words: list[str], run: Run, tmp_path: Path
) -> None:
    """File, line, what was found and what to write; exit code 2, nothing on standard output."""
    file, text = tmp_path / "mine.toml", text_of(CASE)
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    said = run("scenario", "show", file)
    assert (said.code, said.out) == (2, "")
    assert f"mine.toml:{text[: text.index(old)].count(chr(10)) + 1}: " in said.err
    assert all(word in said.err for word in words), said.err
    assert "Traceback" not in said.err


def test_all_mistakes_in_a_file_come_at_once(run: Run, tmp_path: Path) -> None:
    """Two mistakes are two lines."""
    file = tmp_path / "mine.toml"
    text = text_of(CASE).replace("needle_gauge = 10", "needle_gage = 10").replace("[room]", "[rooom]")
    file.write_text(text, encoding="utf-8")
    said = run("scenario", "check", file)
    assert said.code == 2
    assert "needle_gage" in said.err
    assert "rooom" in said.err


def test_what_exists_is_never_overwritten(refused: Refused, tmp_path: Path) -> None:
    """A folder that holds a recording is refused before anything is built."""
    (tmp_path / "session.vsim").write_bytes(b"precious")
    said = refused("run", CASE, "--out", tmp_path)
    assert "never overwritten" in said
    assert "another --out" in said
    assert (tmp_path / "session.vsim").read_bytes() == b"precious"


def test_a_folder_that_cannot_be_made(refused: Refused, tmp_path: Path) -> None:
    """A file where the folder should be is a mistake with a remedy."""
    (tmp_path / "file").write_text("x")
    assert "choose another --out" in refused("run", CASE, "--out", tmp_path / "file" / "deeper")
    assert "choose another --out" in refused("demo", "--out", tmp_path / "file")


@pytest.mark.usefixtures("coarse")
def test_a_folder_that_cannot_be_written_into(refused: Refused, tmp_path: Path) -> None:
    """What gets in the way inside the folder is the user's to remove."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "frames").write_text("in the way")
    said = refused("run", CASE, "--out", out)
    assert "--out" in said
    assert "cannot be written" in said


def test_the_installed_program_answers_like_this() -> None:
    """The same through a process of its own: exit code, sentence, clean standard output."""
    program = Path(sys.executable).parent / "vertebrosim"
    done = subprocess.run(
        [program, "run", "kyphoplasty-l1-wege"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean kyphoplasty-l1-wedge?" in done.stderr
    assert "Traceback" not in done.stderr
