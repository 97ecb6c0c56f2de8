"""Contrast of all text, and what is remembered of a user."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.app import settings, theme
from simulator.app.procedure.vitals_readout import numbers
from simulator.app.wording import LANGUAGES, Wording
from simulator.engine.patient.vitals import Vitals


@pytest.mark.parametrize("ground", theme.GROUNDS)
@pytest.mark.parametrize("ink", theme.INKS)
def test_text_meets_wcag_aa(ink: str, ground: str) -> None:
    assert theme.contrast(ink, ground) >= 4.5


@pytest.mark.parametrize(("ink", "ground"), theme.PAIRS)
def test_marked_text_meets_wcag_aa(ink: str, ground: str) -> None:
    assert theme.contrast(ink, ground) >= 4.5


@pytest.mark.parametrize(("shape", "ground"), theme.SHAPES)
def test_what_has_to_be_seen_is(shape: str, ground: str) -> None:
    """WCAG 2.1, 1.4.11; contrast is a ratio of lightness, so it holds for every kind of colour vision."""
    assert theme.contrast(shape, ground) >= 3.0


def test_colours_of_other_files_are_seen_on_a_picture() -> None:
    """Text has its colours from theme.py, where their contrast is tested. What else is drawn (marks, paths)
    stands out from black by 3 to 1; bodies of 3D scenes are lit, and the card of keys is printed on white."""
    app = Path(theme.__file__).parent
    free = {"theme.py", "room_scene.py", "vertebra_parts.py", "vertebra_view.py", "key_card.py"}
    found = [
        (f"{path.relative_to(app)}: {colour}", theme.contrast(colour, theme.SCREEN))
        for path in app.rglob("*.py")
        if path.name not in free
        for colour in re.findall(r"#[0-9a-fA-F]{6}\b", path.read_text(encoding="utf-8"))
        if colour != theme.SCREEN
    ]
    assert [where for where, ratio in found if ratio < 3.0] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_alarms_are_told_by_words(language: str) -> None:
    """What is out of its limits differs from what is not without any colour."""
    say = Wording(language)
    calm = numbers(Vitals())
    ill = numbers(Vitals(saturation_percent=80.0, breaths_per_min=2.0, mean_pressure_mmhg=40.0, heart_rate=160.0))
    for name, shown in ill.items():
        for before, after in zip(calm[name], shown, strict=True):
            if after.name != "carbon_dioxide":
                assert not before.alarm
                assert say(f"monitor.{after.alarm}").strip()
    assert say("monitor.low") != say("monitor.high")


def test_contrast_of_equal_colours_is_one() -> None:
    assert theme.contrast("#345678", "#345678") == pytest.approx(1.0)


def test_settings_come_back() -> None:
    kept = settings.Settings("T-042", "de", 1.3, {"advance": "R"}, "examination", ("a.vsim", "b.vsim"))
    settings.save(kept)
    assert settings.load() == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"language": "tlh", "text_scale": 99, "keys": [1], "trainee": 7}',
        '{"mode": "x", "set_aside": [1]}',
    ],
)
def test_a_damaged_file_gives_the_first_settings(text: str, user_folder: Path) -> None:
    user_folder.mkdir()
    (user_folder / "settings.json").write_text(text, encoding="utf-8")
    assert settings.load() == settings.Settings()


def test_what_makes_sense_of_a_damaged_file_is_kept(user_folder: Path) -> None:
    user_folder.mkdir()
    (user_folder / "settings.json").write_text('{"language": "de", "text_scale": "huge"}', encoding="utf-8")
    assert settings.load() == settings.Settings(language="de")


def test_everything_that_is_set_comes_back() -> None:
    kept = settings.Settings(
        layout="left", volume=0.25, muted=True, gamepad=False, room_view=True, whole_pixels=True,
        places={"A": {"screen": "HDMI-1", "at": [10, 20, 640, 700], "full": True}},
    )  # fmt: skip
    settings.save(kept)
    assert settings.load_and_mend() == (kept, None)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"volume": true}', '{"layout": "both"}', '{"places": [1]}', '{"colour": "red"}', "[" * 100_000],
)
def test_a_damaged_or_foreign_file_is_kept_aside(text: str, user_folder: Path) -> None:
    user_folder.mkdir()
    (user_folder / "settings.json").write_text(text, encoding="utf-8")
    for number in (1, 2):
        found, aside = settings.load_and_mend()
        assert found == settings.Settings()
        assert aside is not None
        assert (aside.name, aside.read_text(encoding="utf-8")) == (f"settings-damaged-{number}.json", text)
        assert settings.load_and_mend() == (settings.Settings(), None), "said once"
        (user_folder / "settings.json").write_text(text, encoding="utf-8")


def test_no_file_is_no_damage(user_folder: Path) -> None:
    assert settings.load_and_mend() == (settings.Settings(), None)
    assert not user_folder.exists()


def test_recordings_are_numbered_and_never_the_same() -> None:
    first = settings.new_recording("some-case", "../T 1")
    first.write_bytes(b"x")
    second = settings.new_recording("some-case", "../T 1")
    assert first.parent == second.parent == settings.recordings_folder()
    assert (first.name, second.name) == ("some-case----T-1-001.vsim", "some-case----T-1-002.vsim")
