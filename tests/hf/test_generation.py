"""The decoding loop over a checkpoint writes what `generate` writes, greedy and with beams, in a ragged batch."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import tiny_models
import torch
from transformers import GenerationConfig

from xbench.errors import CellError
from xbench.specs import ModelSpec
from xbench_hf.backbone import HFBackbone
from xbench_hf.checkpoint import load_model, load_tokenizer
from xbench_torch.decoding import generate
from xbench_torch.docs import Docs

LENGTHS = (3, 17, 9, 28, 5, 12, 1, 20)
LONGEST = 20  # new tokens
PEAKED = 10.0  # factor on all matrices but the embeddings: a random model's distributions are flat, ties would decide


def shape_of(kind: str) -> str:
    return "decoder" if kind in tiny_models.DECODERS else "encoder-decoder"


def backbone_of(kind: str, folder: Path) -> HFBackbone:
    spec = ModelSpec("hf", kind, None, shape_of(kind), source=str(tiny_models.make(kind, folder, seed=3)))
    model = load_model(spec, "text", True).eval()
    embeddings = set(model.get_input_embeddings().parameters())
    with torch.no_grad():
        for parameter in set(model.parameters()) - embeddings:
            if parameter.dim() > 1:
                parameter.mul_(PEAKED)
    return HFBackbone(model, load_tokenizer(spec, True), spec.shape)


def ours(backbone: HFBackbone, rows: list[list[int]], beams: int, end: int) -> list[list[int]]:
    decoder = backbone.decoder()
    decoder.eos = end
    return generate(decoder, Docs.of(rows), LONGEST, beams)


def theirs(backbone: HFBackbone, rows: list[list[int]], beams: int, end: int, **settings: Any) -> list[list[int]]:
    """`generate` on the same checkpoint: left-padded prompts for a causal model, right-padded sources else."""
    causal = backbone.shape == "decoder"
    longest = max(len(row) for row in rows)
    pads = [[0] * (longest - len(row)) for row in rows]
    ids = [pad + row if causal else row + pad for row, pad in zip(rows, pads, strict=True)]
    real = [[0] * len(pad) + [1] * len(row) for row, pad in zip(rows, pads, strict=True)]
    real = real if causal else [mask[::-1] for mask in real]
    config = GenerationConfig(
        max_new_tokens=LONGEST,
        num_beams=beams,
        do_sample=False,
        pad_token_id=0,
        eos_token_id=end,
        decoder_start_token_id=getattr(backbone.config, "decoder_start_token_id", None),
        length_penalty=1.0,
        early_stopping=False,
        **settings,
    )
    out = backbone.module.generate(
        input_ids=torch.tensor(ids), attention_mask=torch.tensor(real), generation_config=config
    )[:, longest if causal else 1 :].tolist()
    return [row[: row.index(end) + 1] if end in row else row for row in out]


def prompts(backbone: HFBackbone) -> list[list[int]]:
    source = torch.Generator().manual_seed(1)
    vocabulary = backbone.decoder().vocabulary
    return [torch.randint(8, vocabulary, (length,), generator=source).tolist() for length in LENGTHS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


def common_tokens(rows: list[list[int]], count: int) -> list[int]:
    """Tokens that many rows hold: as end tokens they let rows end at different lengths."""
    return [token for token, _ in Counter(token for row in rows for token in dict.fromkeys(row)).most_common(count)]


@pytest.mark.parametrize("beams", [1, 4])
@pytest.mark.parametrize("kind", tiny_models.DECODERS + tiny_models.ENCODER_DECODERS)
def test_equals_generate(kind: str, beams: int, folder: Path) -> None:
    backbone = backbone_of(kind, folder)
    rows = prompts(backbone)
    endless = ours(backbone, rows, beams, end=-1)
    assert len({tuple(row) for row in endless}) == len(rows)  # they hang on the source
    lengths = set()
    for end in common_tokens(endless, 3):
        written = ours(backbone, rows, beams, end)
        assert written == theirs(backbone, rows, beams, end)
        lengths |= {len(row) for row in written}
    assert len(lengths) > 2


@pytest.mark.parametrize("beams", [1, 3])
def test_forced_first_token_of_a_checkpoint(beams: int, folder: Path) -> None:
    backbone = backbone_of("bart", folder)
    backbone.module.generation_config.forced_bos_token_id = 77
    rows = prompts(backbone)
    written = ours(backbone, rows, beams, end=2)
    assert {row[0] for row in written} == {77}
    assert written == theirs(backbone, rows, beams, end=2, forced_bos_token_id=77)


def test_suppressed_tokens_of_a_checkpoint(folder: Path) -> None:
    backbone = backbone_of("t5", folder)
    rows = prompts(backbone)
    first, second = common_tokens(ours(backbone, rows, 1, end=1), 2)
    backbone.module.generation_config.suppress_tokens = [first]
    backbone.module.generation_config.bad_words_ids = [[second], [5, 6]]
    written = ours(backbone, rows, 1, end=1)
    assert not {token for row in written for token in row} & {first, second}
    assert written == theirs(backbone, rows, 1, end=1, suppress_tokens=[first], bad_words_ids=[[second]])


@pytest.mark.parametrize("kind", tiny_models.DECODERS + tiny_models.ENCODER_DECODERS)
@torch.no_grad()
def test_cached_steps_equal_one_pass_over_everything(kind: str, folder: Path) -> None:
    backbone = backbone_of(kind, folder)
    decoder, rows = backbone.decoder(), prompts(backbone)[:3]
    docs, written = Docs.of(rows), torch.randint(8, 200, (3, 5), generator=torch.Generator().manual_seed(2))
    state, tokens = decoder.start(docs)
    cached, state = decoder.step(state, tokens)
    state = decoder.reorder(state, torch.tensor([2, 0, 1, 0]))
    written = written[[2, 0, 1, 0]]
    for position in range(5):
        cached, state = decoder.step(state, written[:, position : position + 1])
    for index, row in enumerate([2, 0, 1, 0]):
        if backbone.shape == "decoder":
            text = Docs.of([[*rows[row], *written[index].tolist()]])
            states = backbone.encode(backbone.embed(text.ids, "encoder"), text, torch.tensor([len(text.ids) - 1]))
        else:
            source, target = Docs.of([rows[row]]), Docs.of([[decoder.bos, *written[index].tolist()]])
            memory = backbone.encode(backbone.embed(source.ids, "encoder"), source, None)
            states = backbone.decode(backbone.embed(target.ids, "decoder"), target, memory, source, torch.tensor([5]))
        torch.testing.assert_close(cached[index], backbone.vocab_logits(states)[0], atol=1e-4, rtol=1e-4)


def test_an_encoder_writes_nothing(folder: Path) -> None:
    path = tiny_models.make("bert", folder)
    spec = ModelSpec("hf", "bert", None, "encoder", source=str(path))
    backbone = HFBackbone(load_model(spec, "head", True), load_tokenizer(spec, True), "encoder")
    with pytest.raises(CellError, match="an encoder alone generates nothing"):
        backbone.decoder()
