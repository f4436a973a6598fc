"""The whole model learns to copy: positions, both attentions, masks, loss and decoding have to be right for that."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from xbench_scratch.config import Config
from xbench_scratch.decoder import CausalDecoder, Seq2SeqDecoder
from xbench_scratch.model import Transformer
from xbench_torch.decoding import generate
from xbench_torch.docs import Docs
from xbench_torch.layout import PaddedLayout

PAD, BOS, EOS, SEP, FIRST = 0, 1, 2, 3, 4
SYMBOLS, LONGEST = 8, 5


def sequences(count: int, seed: int) -> list[list[int]]:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(2, LONGEST + 1, (count,), generator=generator).tolist()
    return [torch.randint(FIRST, FIRST + SYMBOLS, (n,), generator=generator).tolist() for n in lengths]


def seq2seq_loss(model: Transformer, rows: list[list[int]]) -> torch.Tensor:
    layout = PaddedLayout()
    source, target = Docs.of([[*row, EOS] for row in rows]), Docs.of([[BOS, *row] for row in rows])
    memory = model.encode(layout.arrange(model.embed(source.ids), source), layout.mask(source))
    states = model.decode(
        layout.arrange(model.embed(target.ids), target), layout.mask(target), memory, layout.mask(source)
    )
    wanted = torch.tensor([token for row in rows for token in (*row, EOS)])
    return F.cross_entropy(model.logits(layout.rows(states, target, None)), wanted)


def causal_loss(model: Transformer, rows: list[list[int]]) -> torch.Tensor:
    layout = PaddedLayout()
    docs = Docs.of([[*row, SEP, *row] for row in rows])
    at = torch.cat([docs.starts[i] + torch.arange(len(row), 2 * len(row) + 1) for i, row in enumerate(rows)])
    states = model.encode(layout.arrange(model.embed(docs.ids), docs), layout.mask(docs))
    wanted = torch.tensor([token for row in rows for token in (*row, EOS)])
    return F.cross_entropy(model.logits(layout.rows(states, docs, at)), wanted)


def trained(shape: str, loss_of, steps: int) -> Transformer:
    model = Transformer(Config(shape, 64, 4, 128, 2, FIRST + SYMBOLS, dropout=0.0))
    model.initialise(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps, pct_start=0.2)
    for step in range(steps):
        loss = loss_of(model, sequences(64, seed=1000 + step))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    return model.eval()


def test_an_encoder_decoder_learns_to_copy() -> None:
    model = trained("encoder-decoder", seq2seq_loss, 200)
    held_out = sequences(200, seed=1)
    decoder = Seq2SeqDecoder(model, BOS, EOS)
    source = Docs.of([[*row, EOS] for row in held_out])
    assert generate(decoder, source, LONGEST + 2) == [[*row, EOS] for row in held_out]
    assert generate(decoder, source, LONGEST + 2, num_beams=3) == [[*row, EOS] for row in held_out]


def test_a_decoder_learns_to_copy_its_prompt() -> None:
    model = trained("decoder", causal_loss, 450)
    held_out = sequences(200, seed=1)
    source = Docs.of([[*row, SEP] for row in held_out])
    assert generate(CausalDecoder(model, PAD, EOS), source, LONGEST + 2) == [[*row, EOS] for row in held_out]
