"""A file that is brought in pieces, by a source that breaks."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from xbench.partfiles import complete

WHOLE = b"0123456789"
DIGEST = hashlib.sha256(WHOLE).hexdigest()


def source(asked: list[int], most: int = len(WHOLE)) -> Callable[[BinaryIO, int], None]:
    """Gives at most so many bytes, and notes from where on it was asked."""

    def bring(file: BinaryIO, done: int) -> None:
        asked.append(done)
        file.write(WHOLE[done : done + most])
        if done + most < len(WHOLE):
            raise ConnectionError("cut")

    return bring


def test_what_has_come_stays_and_the_name_means_a_whole_file(tmp_path: Path) -> None:
    target, asked = tmp_path / "blobs" / DIGEST, list[int]()
    for _ in range(2):
        with pytest.raises(ConnectionError):
            complete(target, 10, DIGEST, source(asked, 4))
        assert not target.exists()
    complete(target, 10, DIGEST, source(asked))
    complete(target, 10, DIGEST, source(asked))  # there: nobody is asked
    assert asked == [0, 4, 8]
    assert target.read_bytes() == WHOLE
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize(("left", "asked_from"), [(b"xxxx", 4), (b"x" * 10, 10)])
def test_other_contents_are_thrown_away(tmp_path: Path, left: bytes, asked_from: int) -> None:
    target, asked = tmp_path / DIGEST, list[int]()
    (tmp_path / f"{DIGEST}.incomplete").write_bytes(left)
    with pytest.raises(OSError, match=f"its SHA-256 is .*, not {DIGEST[:8]}"):
        complete(target, 10, DIGEST, source(asked))
    assert asked == [asked_from]
    assert list(tmp_path.iterdir()) == []


def test_more_than_the_file_has_is_begun_anew(tmp_path: Path) -> None:
    target, asked = tmp_path / DIGEST, list[int]()
    (tmp_path / f"{DIGEST}.incomplete").write_bytes(WHOLE * 2)
    complete(target, 10, DIGEST, source(asked))
    assert (asked, target.read_bytes()) == ([0], WHOLE)


def test_a_disk_without_space_for_the_rest_is_told_before_any_of_it_comes(tmp_path: Path) -> None:
    asked = list[int]()
    with pytest.raises(OSError, match="No space left") as raised:
        complete(tmp_path / DIGEST, 2**60, DIGEST, source(asked))
    assert (raised.value.errno, asked) == (errno.ENOSPC, [])
