"""Documents, batches, and the order in which examples are visited."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from xbench_torch.batch import collate, compact
from xbench_torch.contract import Encoded
from xbench_torch.docs import Docs
from xbench_torch.layout import PaddedLayout
from xbench_torch.order import micro_batches, steps_of, visits

# Two examples: the first of two documents (windows), the second of one; both with a target.
ROWS = [
    Encoded(
        docs=[[5, 6, 7], [8]],
        columns={"token_type_ids": [[0, 0, 1], [1]]},
        target=[1, 2],
        at={"word": [(0, 2), (1, 0)], "target": [(0, 0), (0, 1)]},
        y={"tags": [3, 4], "share": [0.5]},
        keep="first",
    ),
    Encoded(
        docs=[[9, 10]],
        columns={"token_type_ids": [[0, 1]]},
        target=[3],
        at={"word": [(0, 1)], "target": [(0, 0)]},
        y={"tags": [5], "share": [0.25]},
        keep="second",
    ),
]


def test_a_batch_is_flat_and_its_places_are_shifted_to_where_the_documents_went() -> None:
    for rows in (ROWS, [compact(row) for row in ROWS]):
        batch = collate(rows, weight=3)
        assert batch.source.ids.tolist() == [5, 6, 7, 8, 9, 10]
        assert batch.source.starts.tolist() == [0, 3, 4, 6]
        assert batch.source.columns["token_type_ids"].tolist() == [0, 0, 1, 1, 0, 1]
        assert batch.target is not None
        assert batch.target.ids.tolist() == [1, 2, 3]
        assert batch.target.starts.tolist() == [0, 2, 3]
        assert batch.owner.tolist() == [0, 0, 1]
        assert batch.at["word"].tolist() == [2, 3, 5]  # documents 0, 1 and 2 begin at 0, 3 and 4
        assert batch.at["target"].tolist() == [0, 1, 2]
        assert batch.at_owner["word"].tolist() == [0, 0, 1]
        assert batch.y["tags"].tolist() == [3, 4, 5]
        assert batch.y["tags"].dtype == torch.long
        assert batch.y["share"].dtype == torch.float
        assert list(batch.keep) == ["first", "second"]
        assert (batch.n, batch.weight) == (2, 3)


def test_an_example_without_places_leaves_the_others_right() -> None:
    empty = Encoded([[7, 7]], {}, None, {"word": []}, {"tags": []})
    full = Encoded([[8, 9]], {}, None, {"word": [(0, 1)]}, {"tags": [2]})
    batch = collate([empty, full, empty], weight=1)
    assert batch.at["word"].tolist() == [3]
    assert batch.at_owner["word"].tolist() == [1]


def test_the_padded_layout_arranges_and_reads_back() -> None:
    docs = Docs.of([[1, 2, 3], [4], [5, 6]])
    layout = PaddedLayout()
    assert layout.arrange(docs.ids, docs, fill=0).tolist() == [[1, 2, 3], [4, 0, 0], [5, 6, 0]]
    assert layout.mask(docs).tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    states = layout.arrange(docs.ids.float()[:, None], docs)
    assert layout.rows(states, docs, None)[:, 0].tolist() == [1, 2, 3, 4, 5, 6]
    assert layout.rows(states, docs, torch.tensor([5, 3]))[:, 0].tolist() == [6, 4]


@given(
    n=st.integers(1, 60),
    epochs=st.integers(1, 4),
    batch_size=st.integers(1, 17),
    max_steps=st.none() | st.integers(1, 30),
    max_examples_seen=st.none() | st.integers(1, 200),
)
def test_every_epoch_visits_each_example_once_within_the_budget(
    n: int, epochs: int, batch_size: int, max_steps: int | None, max_examples_seen: int | None
) -> None:
    budget = {"epochs": epochs, "batch_size": batch_size, "max_steps": max_steps}
    steps = steps_of(n, seed=3, max_examples_seen=max_examples_seen, **budget)
    visited = np.concatenate(steps)
    assert len(visited) == visits(n, max_examples_seen=max_examples_seen, **budget)
    assert len(visited) <= (max_examples_seen or epochs * n)
    assert len(steps) <= (max_steps or epochs * n)
    for epoch in range(0, len(visited), n):
        passed = visited[epoch : epoch + n].tolist()
        assert len(set(passed)) == len(passed)
    assert all(len(step) <= batch_size for step in steps)


def test_the_order_depends_on_the_seed_and_differs_by_epoch() -> None:
    first, again = (steps_of(50, epochs=2, batch_size=50, seed=1) for _ in range(2))
    other = steps_of(50, epochs=2, batch_size=50, seed=2)
    assert [step.tolist() for step in first] == [step.tolist() for step in again]
    assert first[0].tolist() != other[0].tolist()
    assert first[0].tolist() != first[1].tolist()


@given(
    lengths=st.lists(st.integers(1, 100), min_size=1, max_size=40),
    max_tokens=st.integers(1, 500),
    max_waste=st.integers(0, 300),
)
def test_micro_batches_hold_every_example_once_within_their_limits(
    lengths: list[int], max_tokens: int, max_waste: int
) -> None:
    groups = micro_batches(lengths, max_tokens, max_waste)
    assert sorted(position for group in groups for position in group) == list(range(len(lengths)))
    for group in groups:
        padded = len(group) * max(lengths[position] for position in group)
        assert padded <= max_tokens or len(group) == 1
        assert padded - sum(lengths[position] for position in group) <= max_waste


def test_a_new_micro_batch_begins_without_the_padding_of_the_one_before() -> None:
    # 10 and 5 pad 5; another 5 would make it 10, so it begins a group, and 1 pads 4 there.
    assert micro_batches([10, 5, 5, 1], max_tokens=100, max_waste=6) == [[0, 1], [2, 3]]
