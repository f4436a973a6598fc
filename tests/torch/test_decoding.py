"""The one decoding loop equals transformers' `generate`, and a cached decoder an uncached one."""

from __future__ import annotations

import math
from typing import Any

import pytest
import tiny_models
import torch
from torch import Tensor
from toy_jobs import backbone

from xbench_hf.backbone import HFBackbone
from xbench_torch.contract import Backbone
from xbench_torch.decoding import generate
from xbench_torch.docs import Docs

PROMPTS = [[30, 41, 52], list(range(60, 77)), [99, 100, 101, 102], [55], list(range(20, 31)), [33, 35, 37, 39, 41]]
NEW = 20


class Chain:
    """A decoder that knows only the last token: row t of `table` holds the logits after token t."""

    bos: int | None = 0
    eos = 1

    def __init__(self, table: list[list[float]]) -> None:
        self.table = torch.tensor(table)
        self.vocabulary = len(table)

    def start(self, source: Docs) -> tuple[Any, Tensor]:
        return None, torch.zeros(len(source.lengths), 1, dtype=torch.long)

    def step(self, state: Any, tokens: Tensor) -> tuple[Tensor, Any]:
        return self.table[tokens[:, -1]], state

    def reorder(self, state: Any, rows: Tensor) -> Any:
        return state


class Recomputing:
    """Computes the whole sequence at every step, through the backbone's training path: nothing is cached."""

    def __init__(self, base: Backbone) -> None:
        self.base = base
        self.bos, self.eos, self.vocabulary = base.decoder().bos, base.decoder().eos, base.decoder().vocabulary

    def start(self, source: Docs) -> tuple[Any, Tensor]:
        _, first = self.base.decoder().start(source)
        sources = [row.tolist() for row in source.ids.split(source.lengths.tolist())]
        return ([[] for _ in sources], sources), first

    def step(self, state: Any, tokens: Tensor) -> tuple[Tensor, Any]:
        made, sources = state
        base = self.base
        if base.shape == "decoder":
            made = sources if not made[0] else [[*row, t] for row, t in zip(made, tokens[:, -1].tolist(), strict=True)]
            docs = Docs.of(made)
            states = base.encode(base.embed(docs.ids, "encoder"), docs, docs.starts[1:] - 1)
        else:
            made = [[*row, *new] for row, new in zip(made, tokens.tolist(), strict=True)]
            docs, source = Docs.of(made), Docs.of(sources)
            memory = base.encode(base.embed(source.ids, "encoder"), source, None)
            states = base.decode(base.embed(docs.ids, "decoder"), docs, memory, source, docs.starts[1:] - 1)
        return base.vocab_logits(states), (made, sources)

    def reorder(self, state: Any, rows: Tensor) -> Any:
        return tuple([values[row] for row in rows.tolist()] for values in state)


def peaked(kind: str, seed: int) -> HFBackbone:
    """Random weights times three, so that distributions have peaks, with the end token likely now and then."""
    words = tiny_models.tokenizer(kind)
    model = tiny_models.model(kind, len(words), seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(3)
        if kind == "bart":
            model.final_logits_bias[0, words.eos_token_id] = 4.0
    shape = "decoder" if kind in tiny_models.DECODERS else "encoder-decoder"
    return HFBackbone(model, words, shape)


def by_transformers(base: HFBackbone, docs: Docs, beams: int, penalty: float) -> list[list[int]]:
    eos = base.tokenizer.eos_token_id
    ids = torch.full((len(docs.lengths), docs.longest), 0)
    mask = torch.zeros_like(ids)
    left = base.shape == "decoder"
    places = docs.positions + (docs.longest - docs.lengths)[docs.doc] if left else docs.positions
    ids[docs.doc, places] = docs.ids
    mask[docs.doc, places] = 1
    out = base.module.generate(
        input_ids=ids,
        attention_mask=mask,
        max_new_tokens=NEW,
        num_beams=beams,
        do_sample=False,
        length_penalty=penalty,
        early_stopping=False,
        pad_token_id=0,
        eos_token_id=eos,
    )
    rows = out[:, docs.longest if left else 1 :].tolist()
    return [row[: row.index(eos) + 1] if eos in row else row for row in rows]


@pytest.mark.parametrize(("beams", "penalty"), [(1, 1.0), (2, 1.0), (4, 1.0), (4, 0.0), (3, 2.0)])
@pytest.mark.parametrize("kind", ["t5", "bart", "gpt2", "llama"])
def test_generation_equals_transformers(kind: str, beams: int, penalty: float) -> None:
    ended = 0
    for seed in range(3):
        base = peaked(kind, seed)
        docs = Docs.of(PROMPTS)
        ours = generate(base.decoder(), docs, NEW, beams, penalty)
        assert ours == by_transformers(base, docs, beams, penalty)
        ended += sum(row[-1] == base.tokenizer.eos_token_id for row in ours)
    assert kind != "bart" or ended > 0  # rows that leave early are among what was compared


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("name", ["scratch encoder-decoder", "scratch decoder", "t5", "bart", "gpt2", "llama"])
def test_cached_decoding_equals_uncached(name: str, beams: int) -> None:
    base: Any = backbone(name.removeprefix("scratch "), seed=5) if name.startswith("scratch") else peaked(name, 5)
    base.module.eval()
    prompts = [[token % 20 + 5 for token in row] for row in PROMPTS] if name.startswith("scratch") else PROMPTS
    docs = Docs.of(prompts)
    assert generate(base.decoder(), docs, 12, beams) == generate(Recomputing(base), docs, 12, beams)


def test_rows_do_not_depend_on_their_neighbours() -> None:
    base = peaked("bart", 1)
    together = generate(base.decoder(), Docs.of(PROMPTS), NEW, 3)
    alone = [generate(base.decoder(), Docs.of([row]), NEW, 3)[0] for row in PROMPTS]
    assert together == alone


def test_beams_find_what_greedy_misses() -> None:
    # After the start: token 2 (0.6) leads to an end of 0.4, token 3 (0.4) to an end of 1: 0.24 against 0.4.
    little = 1e-9
    table = [
        [little, little, 0.6, 0.4, little],
        [1.0, little, little, little, little],
        [little, 0.4, little, little, 0.6],
        [little, 1.0, little, little, little],
        [little, 1.0, little, little, little],
    ]
    logs = [[math.log(value) for value in row] for row in table]
    source = Docs.of([[7]])
    assert generate(Chain(logs), source, 5, 1) == [[2, 4, 1]]
    assert generate(Chain(logs), source, 5, 2, length_penalty=0.0) == [[3, 1]]  # 0.4 > 0.36 = 0.6 * 0.6
    # per token, 0.36 ** (1/3) = 0.711 beats 0.4 ** (1/2) = 0.632
    assert generate(Chain(logs), source, 5, 2, length_penalty=1.0) == [[2, 4, 1]]


def test_generation_stops_at_its_limit_without_an_end_token() -> None:
    never = Chain([[0.0, -50.0, 9.0], [0.0, 0.0, 0.0], [5.0, -50.0, 0.0]])
    source = Docs.of([[7], [8, 9]])
    assert generate(never, source, 3, 1) == [[2, 0, 2], [2, 0, 2]]
    assert generate(never, source, 3, 2) == [[2, 0, 2], [2, 0, 2]]
