"""Whatever a file holds, reading it ends soon, in a value or in sentences."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.loading import InvalidFile, Problem, read_toml, read_toml_file
from scenarios.loading.reading import MAX_BYTES, MAX_PROBLEMS
from scenarios.loading.syntax import parse
from tests.scenarios.small_scenario import CRITERION, VALID, Scenario, problems_of

HOSTILE = {
    "not UTF-8": b'id = "caf\xe9"',
    "UTF-16": 'id = "a"'.encode("utf-16"),
    "zero byte": b'id = "a\x00"',
    "half a character": 'id = "\ud800"',
    "old line ends": 'id = "a"\rx = 1\r',
    "ten megabytes": b"x = 1\n" * 1_700_000,
    "headers in headers": "[" * 200_000,
    "lists in lists": "x = " + "[" * 200_000,
    "lists in lists, a line each": "x = " + "[\n" * 100_000,
    "tables in tables": "x = " + "{a=" * 60_000,
    "names in names": "a." * 120_000 + "a = 1",
    "one name": "a" * 250_000,
    "quotation marks": '"' * 250_000,
    "backslashes": 'x = "' + "\\" * 250_000,
    "unclosed text": 'x = """' + '"" ' * 80_000,
    "digits": "x = " + "1" * 250_000,
    "equals": "=" * 250_000,
    "unknown names": "".join(f"stature{i} = 1\n" for i in range(12_000)),
    "bad lines": "".join(f"a{i} = b\n" for i in range(20_000)),
    "bad elements": f'id = "a"\ncriteria = [{"1," * 60_000}]\n',
    "forgotten quotation mark": 'x = ["a, "b"]\n' * 15_000,
    "text for a name": "'''" + VALID[:253] + VALID[255:],
    "control": "\x01\x02\x7f",
    "nothing": "",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_give_a_sentence(text: str | bytes) -> None:
    """No file overflows, crawls or raises anything but InvalidFile with a bounded number of sentences."""
    found = problems_of(text)
    assert 1 <= len(found) <= MAX_PROBLEMS + 1
    assert all(len(str(p)) > 20 and "\n" not in str(p) for p in found)


def test_large_files_are_not_read_again_for_every_mistake() -> None:
    """Going on after a mistake costs a reading; a large file is allowed only a few."""
    bad = [f"a{i} = b" for i in range(20_000)]
    assert len(parse("\n".join(bad[:40])).problems) == 30
    assert 5 < len(parse("\n".join(bad)).problems) < 12


def test_more_problems_than_anybody_reads_are_counted() -> None:
    """After MAX_PROBLEMS problems the rest is a number."""
    found = problems_of("".join(f"x{i} = 1\n" for i in range(150)) + 'id = "a"\n' + CRITERION)
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-1].found == "50 more problems"


@given(st.binary(max_size=200) | st.text(max_size=100))
def test_any_bytes_give_a_value_or_invalid_file(text: str | bytes) -> None:
    """Whatever stands in a file, the outcome is a value or InvalidFile."""
    problems_of(text)


@given(st.data())
@settings(max_examples=300)
def test_any_damage_to_a_valid_file_gives_a_value_or_invalid_file(data: st.DataObject) -> None:
    """A valid file with a piece replaced never raises anything else, nor tells of lines it does not have."""
    start = data.draw(st.integers(0, len(VALID)))
    stop = start + data.draw(st.integers(0, 30))
    piece = data.draw(
        st.text("[]{}\"'=.,#\n\\ ae1-_", max_size=8) | st.sampled_from(['"""', "'''", "[[x]]", "nan"])
    )
    text = VALID[:start] + piece + VALID[stop:]
    for problem in problems_of(text):
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 1
        assert str(problem)


@pytest.mark.parametrize("mark", ["\r\n", "\n"])
def test_line_ends_and_byte_order_mark_do_not_matter(mark: str) -> None:
    """Windows line ends and the mark some editors put first change neither values nor lines."""
    raw = b"\xef\xbb\xbf" + VALID.replace("\n", mark).encode()
    assert read_toml(raw, Scenario, source="x") == read_toml(VALID, Scenario, source="x")
    (problem,) = problems_of(raw.replace(b"t_score = -3.1", b"t_score = 31"))
    assert problem.line == VALID[: VALID.index("t_score")].count("\n") + 1


def test_files_are_read_from_disk(tmp_path: Path) -> None:
    """A path is read; one that cannot be opened gives InvalidFile that names it."""
    path = tmp_path / "case.toml"
    path.write_text(VALID, encoding="utf-8")
    assert read_toml_file(path, Scenario) == read_toml(VALID, Scenario, source="x")
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(InvalidFile, match="at most 256 kB"):
        read_toml_file(path, Scenario)
    path.write_bytes(b'id = "caf\xe9"')
    with pytest.raises(InvalidFile, match="encoding UTF-8"):
        read_toml_file(path, Scenario)
    for missing in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(InvalidFile, match=re.escape(f"{missing}: found no file that can be read")):
            read_toml_file(missing, Scenario)


def test_invalid_file_survives_pickling() -> None:
    """Course scoring sends errors between processes."""
    error = InvalidFile("a.toml", [Problem(3, "kv", "1", "40 to 125 kV")])
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.problems) == ("a.toml:3: kv: found 1, allowed 40 to 125 kV", error.problems)
