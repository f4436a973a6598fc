"""In which encoding a file that is no UTF-8 probably is, and the command that converts it."""

from __future__ import annotations

import codecs
import re
import shlex
from pathlib import Path

_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_SAMPLE = 1 << 20  # bytes of the file's beginning
_BEFORE, _SHOWN = 12, 48  # characters of the line: before the first that is not ASCII, and in all
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_CJK = "[\u3001-\u303f\u3400-\u9fff\uf900-\ufaff\uff01-\uff5e]"  # ideographs and their punctuation
_RUN = re.compile(f"{_CJK}{{2,}}|(?<![A-Za-z]){_CJK}(?![A-Za-z])")


def guess(raw: bytes) -> str:
    """The name that iconv knows, of the beginning of a file that is no UTF-8.

    UTF-16 where its mark stands first; GB18030 where the bytes decode as such and most characters that are not ASCII
    stand in runs of ideographs (a lone one beside Latin letters is an umlaut and what follows it); else windows-1252.
    """
    marked = _MARKS.get(raw[:2])
    if marked is not None:
        return marked
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(raw)  # the last character may be cut off
    except UnicodeDecodeError:
        return "windows-1252"
    runs = sum(map(len, _RUN.findall(text)))
    return "GB18030" if runs > len(_FOREIGN.findall(text)) / 2 else "windows-1252"


def mend(path: Path, line: bytes) -> str:
    """How to convert a file, and how its line (in bytes) reads in the encoding that it seems to have."""
    with path.open("rb") as file:
        begin = file.read(_SAMPLE)
    lines = begin.splitlines(keepends=True)
    lines = lines[: -1 if len(begin) == _SAMPLE and len(lines) > 1 else None]  # the last may be cut
    odd = [one for one in lines if not _utf8(one)] or [line]
    encoding = guess(begin if begin[:2] in _MARKS else b"".join(odd))
    reads = _as(encoding, line)
    if encoding != "UTF-16" and sum(not one.isascii() for one in lines) > 2 * len(odd):
        return f"{reads}most other lines are UTF-8: save this one so too"
    told = f"{reads}convert it: iconv -f {encoding} -t UTF-8 {named(path)} > {converted(path)}"
    return told if encoding == "UTF-16" else f"{told}, with another encoding after -f where it reads wrongly"


def converted(path: Path, ending: str = "utf8") -> str:
    """A name beside the file's, for a shell, whose suffix tells what the file is: `a.csv` -> `a.utf8.csv`."""
    return named(path.with_name(f"{path.stem}.{ending}{path.suffix}"))


def named(path: Path) -> str:
    """As a person would type it: from the working folder, where it lies below it."""
    near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return shlex.quote(str(near))


def _utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _as(encoding: str, line: bytes) -> str:
    """`reads as "...schöne Grüße..." in windows-1252; `, from shortly before the first character that is not ASCII."""
    if encoding == "UTF-16":  # a line feed's byte is half a character: the line is torn
        return ""
    text = "".join(char if char.isprintable() else " " for char in line.decode(encoding, errors="replace")).strip()
    found = _FOREIGN.search(text)
    begin = max((found.start() if found else 0) - _BEFORE, 0)
    shown = text[begin : begin + _SHOWN]
    before, after = "..." * (begin > 0), "..." * (begin + _SHOWN < len(text))
    return f'the line reads as "{before}{shown}{after}" in {encoding}; '
