"""Tagging schemes into BIO."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SCHEMES = ("bio", "iob1", "bioes")
TAG = re.compile(r"O|[BIMESLU]-\S+")

_BEGINS = {"B": "B", "S": "B", "U": "B", "I": "I", "M": "I", "E": "I", "L": "I"}  # BIOES, BMES and BILOU as BIO


def to_bio(tags: Sequence[str], scheme: str) -> list[str]:
    """The tags as BIO. Raises ValueError, naming the tag and its place from 1, where one does not fit the scheme.

    bio: an entity begins with B-. iob1: with I-, or with B- right after another of its type (Tjong Kim Sang and
    Veenstra 1999). bioes: ends with E-, and is S- where it is a single token; BILOU's L- and U- are the same, and
    BMES has M- for I-.
    """
    found: list[str] = []
    before = "O"
    for place, tag in enumerate(tags, start=1):
        if not TAG.fullmatch(tag):
            raise ValueError(f"{tag!r} (token {place}) is no tag")
        prefix, _, kind = tag.partition("-")
        goes_on = before != "O" and before.partition("-")[2] == kind and before[0] in "BIM"
        if scheme != "bioes" and prefix in "MESLU":
            raise ValueError(f'{tag!r} (token {place}) is no {scheme.upper()} tag; scheme = "bioes" takes it')
        if tag == "O":
            found.append(tag)
        elif scheme == "iob1":
            found.append(f"{'B' if prefix == 'B' or not _same(before, kind) else 'I'}-{kind}")
        elif _BEGINS[prefix] == "I" and not goes_on:
            mend = '; scheme = "iob1" takes it' if scheme == "bio" else ""
            raise ValueError(f"{tag!r} (token {place}) begins an entity{mend}")
        else:
            found.append(f"{_BEGINS[prefix]}-{kind}")
        before = tag
    return found


def _same(before: str, kind: str) -> bool:
    return before != "O" and before.partition("-")[2] == kind


def scheme_of(sentences: Iterable[Sequence[str]]) -> str:
    """bioes where an M-, E-, S-, L- or U- stands; iob1 where an I- begins an entity; else bio."""
    inside_first = False
    for tags in sentences:
        before = "O"
        for tag in tags:
            if tag[:2] in ("M-", "E-", "S-", "L-", "U-"):
                return "bioes"
            inside_first |= tag[:2] == "I-" and not _same(before, tag[2:])
            before = tag
    return "iob1" if inside_first else "bio"
