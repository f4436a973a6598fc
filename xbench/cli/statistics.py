"""What `xbench show TASK` tells of the data: sizes, labels, lengths, duplicates, examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xbench.cli.list import aligned
from xbench.names import label_text, printable
from xbench.prepared import SPLITS
from xbench.profile import MOST_COMPARED, Profile
from xbench.specs import Example

_BAR = 24  # characters of the longest bar
_MOST_LABELS = 40  # shown
_LONGEST = 160  # characters of a field of an example


def statistics_lines(told: Profile) -> Iterator[str]:
    """All of it, a screenful."""
    whole = sum(told.sizes.values())
    sizes = [f"{split} {told.sizes[split]:,}" for split in SPLITS if told.sizes[split]]
    yield f"rows: {', '.join(sizes)}; {whole:,} in all"
    if told.labels:
        yield "labels:"
        yield from (f"  {line}" for line in _labels(told))
    if told.lengths:
        yield "lengths:"
        yield from (f"  {line}" for line in aligned(_lengths(told)))
    yield f"duplicates (inputs equal but for case and spaces): {_duplicates(told)}"
    if told.contradicting:
        yield f"contradicting rows (the input of an earlier row, another target): {told.contradicting:,}"
    yield "examples of train:"
    for example in told.examples:
        yield f"  {_example(example)}"


def _labels(told: Profile) -> Iterator[str]:
    """A label a line, with a bar for its share of all rows, the most frequent first where there are many."""
    totals = {label: sum(counts.values()) for label, counts in told.labels.items()}
    shown = list(totals)
    if len(shown) > _MOST_LABELS:
        shown = sorted(shown, key=lambda label: -totals[label])[:_MOST_LABELS]
    everything, most = sum(totals.values()) or 1, max(totals.values()) or 1
    yield from aligned(
        {
            "label": label_text(label, _LONGEST),
            **{split: f"{split} {count:,}" for split, count in told.labels[label].items()},
            "share": f"{totals[label] / everything:6.1%}",
            "bar": "#" * max(round(_BAR * totals[label] / most), 1 if totals[label] else 0),
        }
        for label in shown
    )
    if len(totals) > len(shown):
        fewest = min(totals.values())
        yield f"and {len(totals) - len(shown)} more, the rarest with {fewest:,}"


def _lengths(told: Profile) -> Iterator[Mapping[str, Any]]:
    for field, at in told.lengths.items():
        yield {
            "field": field,
            "median": f"median {at[50]:,}",
            "p90": f"90 % up to {at[90]:,}",
            "p99": f"99 % up to {at[99]:,}",
            "longest": f"longest {at[100]:,} {told.units[field]}",
        }


def _duplicates(told: Profile) -> str:
    if told.duplicates is None:
        return f"not sought among more than {MOST_COMPARED:,} rows"
    found = [
        f"{count:,} of {told.sizes[first]:,} rows of {first} repeat an earlier row"
        if first == second
        else f"{count:,} of {second} stand in {first}"
        for (first, second), count in told.duplicates.items()
        if count
    ]
    return ", ".join(found) or "none"


def _example(example: Example) -> str:
    fields = ((name, value) for name, value in example.items() if name != "id")
    return ", ".join(
        f"{name}: {printable(value if isinstance(value, str) else ' '.join(map(str, value)), _LONGEST)}"
        for name, value in fields
    )
