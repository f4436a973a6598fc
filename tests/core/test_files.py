"""Names from outside as parts of a path."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbench.files import slug


@given(st.text(max_size=400))
def test_any_name_becomes_one_safe_path_part(name: str) -> None:
    part = slug(name)
    assert 0 < len(part.encode()) <= 48
    assert not set(part) & set('/\\\0:*?"<>| \n\r\t=')
    assert part[0] not in ".-"
    assert "--" not in part
    assert part.split(".")[0].lower() not in {"con", "nul", "aux", "prn", "com1"}
    assert slug(part) == part


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("google-t5/t5-base", "google-t5_t5-base"),
        ("../../etc/passwd", "etc_passwd"),
        ("..", "x"),
        ("", "x"),
        ("\0", "x"),
        ("CON", "_CON"),
        ("a--b", "a-b"),
        ("\u4e2d\u6587 RoBERTa", "\u4e2d\u6587_RoBERTa"),
        ("\U0001f600" * 300, "x"),
        ("m" * 300, "m" * 48),
        ("\u4e2d" * 300, "\u4e2d" * 16),  # the limit is one of bytes
    ],
)
def test_hostile_names(name: str, part: str) -> None:
    assert slug(name) == part
