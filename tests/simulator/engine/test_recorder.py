"""The recorder: what is on the disk when, and what a disk that fails does not take with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.engine.recording import Recorder, encode, parse, read

HEADER = {"scenario_toml": "", "seed": 1, "patient_digest": "", "plan": {}}


def seconds(recorder: Recorder, first: int, last: int) -> None:
    """Seal some seconds with one row each."""
    for second in range(first, last):
        recorder.write({"row": "trace", "tick": 60 * second, "text": "x" * 200})
        recorder.seal(60 * second, f"state {second}")


def test_every_second_is_on_the_disk_before_the_next(tmp_path: Path) -> None:
    """A sealed second can be read by another process at once; an unsealed row is not there."""
    recorder = Recorder(HEADER, tmp_path / "a.vsim")
    for second in range(4):
        seconds(recorder, second, second + 1)
        recorder.write({"row": "trace", "tick": 60 * second + 6})
        assert read(tmp_path / "a.vsim").last_tick == 60 * second
        assert (tmp_path / "a.vsim").read_bytes() == b"".join(recorder.lines)


def test_what_was_not_sealed_is_not_kept(tmp_path: Path) -> None:
    """Closing does not pretend that a begun second is whole."""
    recorder = Recorder(HEADER, tmp_path / "a.vsim")
    seconds(recorder, 0, 2)
    recorder.write({"row": "end", "tick": 61})
    recorder.close()
    found = read(tmp_path / "a.vsim")
    assert (found.last_tick, found.complete) == (60, False)


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    """A file that exists stays as it is, and the message says what to do."""
    (tmp_path / "a.vsim").write_bytes(b"dear")
    with pytest.raises(FileExistsError, match="choose another place"):
        Recorder(HEADER, tmp_path / "a.vsim")
    assert (tmp_path / "a.vsim").read_bytes() == b"dear"


def test_a_full_disk_loses_nothing_that_was_sealed(tmp_path: Path) -> None:
    """The error is raised; what was sealed before stays readable; and once there is room again, all of it is
    written, the second that failed included."""
    resource = pytest.importorskip("resource", reason="file size limits are POSIX")
    path = tmp_path / "a.vsim"
    recorder = Recorder(HEADER, path)
    seconds(recorder, 0, 3)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, hard))  # in the middle of a row
    try:
        with pytest.raises(OSError, match="File too large"):
            seconds(recorder, 3, 4)
        assert read(path).last_tick == 120
        with pytest.raises(OSError, match="File too large"):
            seconds(recorder, 4, 5)
        assert read(path).last_tick == 120
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    seconds(recorder, 5, 7)
    recorder.close()
    assert path.read_bytes() == b"".join(recorder.lines)
    assert read(path).last_tick == 360


def test_numbers_read_back_equal() -> None:
    """What is written reads back to the last bit, and what JSON cannot say is not written."""
    row = {
        "row": "trace",
        "tick": 0,
        "v": [0.1 + 0.2, 1e-300, -0.0, 2**53 + 1],
        "name": "Gr\u00e4fin \u4e2d \u0001",
    }
    recorder = Recorder(HEADER)
    recorder.write(row)
    recorder.seal(0, "s")
    found = parse(b"".join(recorder.lines), source="memory").rows[0]
    assert found == row
    with pytest.raises(ValueError, match="Out of range"):
        encode({"row": "trace", "v": float("nan")})


def test_the_chain_binds_each_second_to_all_before() -> None:
    """The same second after another past has another seal."""
    one, other = Recorder(HEADER), Recorder(HEADER)
    one.write({"row": "trace", "tick": 0, "v": 1})
    other.write({"row": "trace", "tick": 0, "v": 2})
    for recorder in (one, other):
        recorder.seal(0, "same")
        seconds(recorder, 1, 3)
    assert one.lines[-2] == other.lines[-2]
    assert one.lines[-1] != other.lines[-1]
