"""CoNLL columns and their tagging schemes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import made_tasks
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbench.errors import UserError
from xbench_data.schemes import scheme_of, to_bio


def read(root: Path, content: bytes, columns: dict[str, str] | None = None, **location: Any) -> list[dict[str, Any]]:
    (root / "made").mkdir(exist_ok=True)
    (root / "made" / "test.txt").write_bytes(content)
    ref = made_tasks.ref("conll", columns or {"tokens": "1", "tags": "2"}, {"test": "test.txt"}, **location)
    return list(made_tasks.Lookups().reader("conll").rows(ref, "test", root, True))


def test_sentences_end_at_empty_lines_and_documents(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf-DOCSTART- -X- O\r\n\r\n\r\nEU NNP B-ORG\r\nrejects  VBZ\tO\r\n \r\nJo NNP B-PER"
    rows = read(tmp_path, content, {"tokens": "1", "tags": "3"})
    assert [(row["tokens"], row["tags"]) for row in rows] == [(["EU", "rejects"], ["B-ORG", "O"]), (["Jo"], ["B-PER"])]
    assert [row["_at"].rpartition(":")[2] for row in rows] == ["4", "7"]


def test_comments_and_delimiters(tmp_path: Path) -> None:
    content = "# one\n　\tO\n#\tB-X\n\n".encode()
    (row,) = read(tmp_path, content, delimiter="\t", comment="# ")
    assert (row["tokens"], row["tags"]) == (["　", "#"], ["O", "B-X"])


@pytest.mark.parametrize(
    ("content", "location", "message"),
    [
        (b"a O\nb\n", {}, r"test\.txt:2: expected 2 columns at least, found 1"),
        (
            b"a O\n\nb O\nc I-X\n",
            {},
            r"test\.txt:3: field tags: .* 'I-X' \(token 2\) begins an entity; scheme = .iob1.",
        ),
        (b"a S-X\n", {}, r"test\.txt:1: field tags: .* 'S-X' \(token 1\) is no BIO tag; scheme = .bioes. takes it"),
        (b"a PER\n", {}, r"'PER' \(token 1\) is no tag"),
        (b"a O\n", {"scheme": "bilou"}, "unknown scheme 'bilou' .one of bio, iob1, bioes"),
        (b"a \xff\n", {}, r"test\.txt:1: byte 0xff is no UTF-8"),
    ],
)
def test_malformed_columns(tmp_path: Path, content: bytes, location: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(tmp_path, content, **location)


def test_a_column_is_a_number_from_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"columns\.tags: 'ner' is no number of a column"):
        read(tmp_path, b"a O\n", {"tokens": "1", "tags": "ner"})


def test_schemes_by_hand() -> None:
    assert to_bio(["I-A", "I-A", "B-A", "I-A", "O", "I-B", "I-A"], "iob1") == [
        "B-A",
        "I-A",
        "B-A",
        "I-A",
        "O",
        "B-B",
        "B-A",
    ]
    assert to_bio(["B-A", "I-A", "E-A", "S-A", "O", "S-B"], "bioes") == ["B-A", "I-A", "I-A", "B-A", "O", "B-B"]
    assert to_bio(["B-A", "L-A", "U-B", "O"], "bioes") == ["B-A", "I-A", "B-B", "O"]
    assert to_bio(["B-A", "M-A", "M-A", "E-A", "S-A"], "bioes") == ["B-A", "I-A", "I-A", "I-A", "B-A"]
    assert to_bio(["B-A", "I-A", "B-A", "O"], "bio") == ["B-A", "I-A", "B-A", "O"]
    assert scheme_of([["O", "B-A", "I-A"], ["B-A"]]) == "bio"
    assert scheme_of([["O", "I-A"]]) == "iob1"
    assert scheme_of([["B-A", "I-B"]]) == "iob1"
    assert scheme_of([["B-A", "E-A"]]) == scheme_of([["B-A", "M-A"]]) == "bioes"


ENTITIES = st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 3), st.integers(0, 2)), max_size=6)


@given(ENTITIES)
def test_every_scheme_says_the_same(entities: list[tuple[str, int, int]]) -> None:
    """Entities (type, length, tokens of none after it), written in each scheme."""
    bio, iob1, bioes = [], [], []
    before = ""
    for kind, length, gap in entities:
        bio += [f"B-{kind}", *[f"I-{kind}"] * (length - 1)] + ["O"] * gap
        iob1 += [f"{'B' if before == kind else 'I'}-{kind}", *[f"I-{kind}"] * (length - 1)] + ["O"] * gap
        bioes += [f"S-{kind}"] if length == 1 else [f"B-{kind}", *[f"I-{kind}"] * (length - 2), f"E-{kind}"]
        bioes += ["O"] * gap
        before = "" if gap else kind
    assert to_bio(bio, "bio") == to_bio(iob1, "iob1") == to_bio(bioes, "bioes") == bio
