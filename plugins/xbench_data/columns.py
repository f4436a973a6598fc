"""From a source's columns to the task type's fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xbench.errors import UserError
from xbench.specs import DatasetRef, Json

_ABSENT = object()


def column(record: Mapping[str, Any], name: str) -> Any:
    """A column by its name, or by a dotted path into nested ones: `translation.en`. Raises KeyError."""
    if name in record:
        return record[name]
    value: Any = record
    for part in name.split("."):
        value = value.get(part, _ABSENT) if isinstance(value, Mapping) else _ABSENT
    if value is _ABSENT:
        raise KeyError(name)
    return value


def leaves(record: Mapping[str, Any]) -> dict[str, Any]:
    """The columns by name, those inside a mapping of texts by their dotted path."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, Mapping) and value and all(isinstance(item, str) for item in value.values()):
            found |= {f"{name}.{inner}": item for inner, item in value.items()}
        else:
            found[name] = value
    return found


def project(record: Mapping[str, Any], ref: DatasetRef, at: str) -> dict[str, Any]:
    """The row under the task type's field names, its values renamed by `location.values.<field>`, with "_at".

    Raises UserError, naming `at` and the column, where one is missing.
    """
    row: dict[str, Any] = {"_at": at}
    renamed = ref.location.get("values", {})
    for field, name in ref.columns.items():
        try:
            value = column(record, name)
        except KeyError:
            have = ", ".join(map(str, record)) or "none"
            raise UserError(f"{at}: field {field}: no column {name!r}", f"columns here: {have}") from None
        row[field] = renamed[field].get(str(value), value) if field in renamed else value
    return row


def kept(rows: Iterable[Json], ref: DatasetRef, split: str) -> Iterator[Json]:
    """The rows, without those with an empty text where `location.skip_blank` lists the split.

    Mined corpora hold such rows by the hundred. Those left out are counted as repaired, by the row that follows, or by
    the last one. Test splits are not to be listed: evaluation keeps every row.
    """
    if split not in ref.location.get("skip_blank", ()):
        yield from rows
        return
    last: dict[str, Any] | None = None
    blank = 0
    for row in rows:
        if any(isinstance(row[field], str) and not row[field].strip() for field in ref.columns):
            blank += 1
            continue
        if last is not None:
            yield last
        last, blank = {**row, "_repaired": blank}, 0
    if last is not None:
        yield {**last, "_repaired": last["_repaired"] + blank}
