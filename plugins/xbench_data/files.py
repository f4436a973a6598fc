"""Official files under the data folder: where they lie, their stamp, their lines as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from xbench.errors import MissingData, UserError
from xbench.specs import DatasetRef
from xbench_data import encodings

_MEND = "put the official files there, or name the folder above theirs with --data-dir or XBENCH_DATA_DIR"

_OWN_MEND = "put the files there, or mend location.folder and splits of the card"

_PACKED = {b"PK\x03\x04": "a zip archive or an Excel file", b"\x1f\x8b": "gzip data", b"PAR1": "a parquet file"}


def folder_of(ref: DatasetRef, root: Path | None) -> Path:
    """The data set's own folder: `location.folder` under the data folder, or as it stands where it is absolute.

    Of a person's own data it is ".", and `root` the folder itself.
    """
    named = ref.location.get("folder")
    if not isinstance(named, str):
        raise UserError(f"reader {ref.reader}: location.folder is missing", "name the data set's folder in the card")
    folder = Path(named)
    if named == "." and root is None:  # a record of a person's own data keeps no place
        held = ", ".join(ref.splits.values())
        raise MissingData(f"the folder of {held} is not in the record", "name it with --data-dir")
    if not folder.is_absolute() and root is None:
        raise MissingData(f"folder {named} lies under a data folder, and none is named", _MEND)
    return folder if root is None else root / folder


def find(ref: DatasetRef, root: Path | None, names: Iterable[str]) -> list[Path]:
    """The files of these names. Raises MissingData with the folder and every file that is not there."""
    folder = folder_of(ref, root)
    paths = [folder / name for name in names]
    for path in paths:
        if path.is_dir():
            raise UserError(f"{path}: a folder, where the card names a file", "name the file in the card's splits")
    absent = list(dict.fromkeys(path.name for path in paths if not path.is_file()))
    if absent:
        raise MissingData(f"folder {folder} has no {', '.join(absent)}", _OWN_MEND if ref.root else _MEND)
    return paths


def of_split(ref: DatasetRef, root: Path | None, split: str) -> Path:
    """The file of a split, where every split has one file. Raises MissingData, naming all files that are not there."""
    find(ref, root, ref.splits.values())
    return folder_of(ref, root) / ref.splits[split]


def stamp(ref: DatasetRef, root: Path | None, names: Iterable[str]) -> str | None:
    """Name, size (bytes) and time of change (ns) of each file; None where one is missing."""
    try:
        paths = find(ref, root, names)
        states = [(path, path.stat()) for path in paths]
    except (UserError, OSError):
        return None
    return ";".join(f"{_told(path, root)}:{state.st_size}:{state.st_mtime_ns}" for path, state in states)


def _told(path: Path, root: Path | None) -> str:
    """A file without the place of the data folder: a record may show it."""
    return (
        path.relative_to(root).as_posix() if root and path.is_relative_to(root) else f"{path.parent.name}/{path.name}"
    )


def lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file, with their ends; only a line feed ends one, so U+2028 and such stay inside.

    A byte order mark is dropped. Raises UserError, naming file and line, where a byte is no UTF-8.
    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                if number == 1:
                    _refuse_packed(path, raw)
                    raw = raw.removeprefix(b"\xef\xbb\xbf")
                try:
                    yield raw.decode("utf-8")
                except UnicodeDecodeError as problem:
                    at = f"{path}:{number}: byte 0x{raw[problem.start]:02x}"
                    raise UserError(f"{at} is no UTF-8", encodings.mend(path, raw)) from problem
    except OSError as problem:
        raise UserError(f"{path}: cannot be read: {problem.strerror}", "check its permissions") from problem


def _refuse_packed(path: Path, begin: bytes) -> None:
    """Archives and spreadsheets are no text, whatever their name ends in."""
    kind = next((kind for mark, kind in _PACKED.items() if begin.startswith(mark)), None)
    if kind is not None:
        raise UserError(f"{path}: {kind}, not a text file", "unpack it, or save the sheet as CSV in UTF-8")
