"""A recording cut off anywhere: at most the last second is gone, and what is left opens, replays and scores."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.assessment.score import score
from simulator.engine.case import Case
from simulator.engine.recording import EditedRecordingError, Recording, UnreadableRecordingError, parse
from simulator.engine.replay import verify
from tests.simulator.engine.conftest import Played


def seal_ends(data: bytes) -> list[tuple[int, int]]:
    """(offset after the seal's line, its tick) of every seal."""
    whole = parse(data, source="whole")
    ends, at = [], len(whole.lines[0])
    for row, line in zip(whole.rows, whole.lines[1:], strict=True):
        at += len(line)
        if row["row"] == "seal":
            ends.append((at, row["tick"]))
    return ends


def opened(data: bytes) -> Recording | None:
    """What opens of cut-off data; None where it is said to be unreadable."""
    try:
        return parse(data, source="cut.vsim")
    except UnreadableRecordingError:
        return None


def check_cut(data: bytes, whole: Recording, ends: list[tuple[int, int]], cut: int) -> None:
    """All rows up to the last whole seal before the cut are there, unchanged, and nothing else."""
    found = opened(data[:cut])
    sealed = [(end, tick) for end, tick in ends if end <= cut]
    assert (found is None) == (not sealed), cut
    if found is not None:
        assert b"".join(found.lines) == data[: sealed[-1][0]]
        assert found.last_tick == sealed[-1][1]
        assert found.rows == whole.rows[: len(found.rows)]
        assert found.complete == (sealed[-1][0] == len(data) and whole.complete)


def test_cut_at_every_byte_of_the_last_two_seconds(played: Played) -> None:
    """Four seconds into a session, killed at any byte: what was sealed before is there."""
    ends = seal_ends(played.data)
    data = played.data[: ends[4][0]]
    whole = parse(data, source="four seconds")
    for cut in range(ends[2][0], len(data) + 1):
        check_cut(data, whole, ends[:5], cut)


def test_cut_at_every_byte_of_the_first_second(played: Played) -> None:
    """Before the first seal nothing opens, and the message says so; from it on the session does. Of the header
    (one line) every 61st byte."""
    data = played.data[: seal_ends(played.data)[0][0]]
    whole, ends = parse(data, source="first second"), seal_ends(data)
    header = data.index(b"\n") + 1
    for cut in (*range(0, header - 1, 61), *range(header - 1, len(data) + 1)):
        check_cut(data, whole, ends, cut)
    with pytest.raises(UnreadableRecordingError, match="within its first second"):
        parse(data[:-1], source="cut")


def test_cut_anywhere(played: Played) -> None:
    """The same at forty places anywhere in a whole kyphoplasty, and at each end of it."""
    whole, ends = parse(played.data, source="whole"), seal_ends(played.data)
    for cut in (
        *np.random.default_rng(7).integers(0, len(played.data), 40),
        len(played.data) - 1,
        len(played.data),
    ):
        check_cut(played.data, whole, ends, int(cut))


def test_a_cut_loses_less_than_a_second(played: Played) -> None:
    """Seals never lie further apart than a second, so what follows the last one is less."""
    ticks = [tick for _, tick in seal_ends(played.data)]
    assert ticks[0] == 0
    assert max(np.diff(ticks)) <= 60


@pytest.mark.parametrize("rubbish", [b"\x00" * 4096, b'{"row":"tra', b"\xff\xfe\n\n{}\n", b'{"row":"trace"}\n'])
def test_rubbish_behind_the_last_seal_is_dropped(played: Played, rubbish: bytes) -> None:
    """What a crash leaves at a file's end (zeros, half a line, no rows) does not hide what was sealed."""
    end = seal_ends(played.data)[10][0]
    found = parse(played.data[:end] + rubbish, source="crashed")
    assert b"".join(found.lines) == played.data[:end]
    assert not found.complete


def test_rubbish_in_the_middle_is_not_taken_for_a_crash(played: Played) -> None:
    """Where sealed rows follow, a spoiled line is a changed file, and the line is named."""
    end = seal_ends(played.data)[10][0]
    with pytest.raises(EditedRecordingError, match=r"line \d+"):
        parse(played.data[:end] + b"\x00\x00\n" + played.data[end:], source="spoiled")


def test_a_cut_recording_scores_as_incomplete(played: Played) -> None:
    """The score of a session without its end says so; the whole one's does not."""
    whole = score(parse(played.data, source="whole"))
    part = score(parse(played.data[: len(played.data) * 2 // 3], source="cut"))
    assert whole.complete
    assert not part.complete
    assert not part.passed


def test_a_cut_recording_is_verified(case: Case, shortly: Played) -> None:
    """What is left of a killed session is as true as the whole."""
    half = seal_ends(shortly.data)[5][0] + 100
    verdict = verify(parse(shortly.data[:half], source="cut"), case)
    assert (verdict.result, verdict.exact) == ("verified", True)
