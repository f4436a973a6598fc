"""The model against a slow, obvious reference, its masks, and decoding with a cache."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from xbench.errors import UserError
from xbench_scratch.config import Config
from xbench_scratch.decoder import CausalDecoder, Seq2SeqDecoder
from xbench_scratch.model import Transformer
from xbench_torch.docs import Docs

SOURCES = [[5, 9, 3, 7], [6, 2], [11, 8, 4]]
TARGETS = [[1, 4, 4], [1, 12, 5, 6, 9], [1]]
VARIANTS = [("pre", "sinusoidal"), ("post", "sinusoidal"), ("pre", "learned"), ("post", "learned")]


def model_of(shape: str, norm: str = "pre", positions: str = "sinusoidal", seed: int = 0) -> Transformer:
    model = Transformer(Config(shape, 8, 2, 12, 2, 13, norm=norm, positions=positions))
    model.initialise(seed)
    generator = torch.Generator().manual_seed(seed + 100)
    with torch.no_grad():  # biases and norms too, so that a forgotten one shows
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return model.double().eval()


class Reference:
    """One sequence at a time, one position at a time, one head at a time; no padding anywhere."""

    def __init__(self, model: Transformer) -> None:
        self.w = dict(model.named_parameters())
        self.config = model.config

    def linear(self, name: str, x: Tensor) -> Tensor:
        return self.w[f"{name}.weight"] @ x + self.w[f"{name}.bias"]

    def norm(self, name: str, x: Tensor) -> Tensor:
        centred = x - x.mean()
        return centred / (centred.square().mean() + 1e-5).sqrt() * self.w[f"{name}.weight"] + self.w[f"{name}.bias"]

    def entering(self, ids: list[int]) -> list[Tensor]:
        d = self.config.width
        out = []
        for position, token in enumerate(ids):
            if self.config.positions == "learned":
                place = self.w["positions.weight"][position] * math.sqrt(d)
            else:
                angle = [position / 10000 ** (2 * i / d) for i in range(d // 2)]
                place = torch.tensor([f(a) for a in angle for f in (math.sin, math.cos)], dtype=torch.float64)
            out.append(self.w["tokens.weight"][token] * math.sqrt(d) + place)
        return out

    def attention(self, name: str, xs: list[Tensor], ys: list[Tensor], causal: bool) -> list[Tensor]:
        d_head = self.config.width // self.config.heads
        out = []
        for i, x in enumerate(xs):
            seen = ys[: i + 1] if causal else ys
            heads = []
            for h in range(self.config.heads):
                part = slice(h * d_head, (h + 1) * d_head)
                q = self.linear(f"{name}.query", x)[part]
                scores = [q @ self.linear(f"{name}.key", y)[part] / math.sqrt(d_head) for y in seen]
                weights = [s.exp() for s in scores]
                values = [self.linear(f"{name}.value", y)[part] for y in seen]
                heads.append(sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights))
            out.append(self.linear(f"{name}.out", torch.cat(heads)))
        return out

    def sublayer(self, name: str, xs: list[Tensor], f) -> list[Tensor]:
        if self.config.norm == "pre":
            return [x + y for x, y in zip(xs, f([self.norm(f"{name}_residual.norm", x) for x in xs]), strict=True)]
        return [self.norm(f"{name}_residual.norm", x + y) for x, y in zip(xs, f(xs), strict=True)]

    def stack(self, name: str, ids: list[int], causal: bool, memory: list[Tensor] | None = None) -> list[Tensor]:
        xs = self.entering(ids)
        for layer in range(self.config.layers):
            at = f"{name}.{layer}"
            xs = self.sublayer(f"{at}.attention", xs, lambda x, at=at: self.attention(f"{at}.attention", x, x, causal))
            if memory is not None:
                xs = self.sublayer(
                    f"{at}.cross_attention",
                    xs,
                    lambda x, at=at: self.attention(f"{at}.cross_attention", x, memory, False),
                )
            xs = self.sublayer(
                f"{at}.feed_forward",
                xs,
                lambda x, at=at: [
                    self.linear(f"{at}.feed_forward.outer", self.linear(f"{at}.feed_forward.inner", v).clamp(min=0))
                    for v in x
                ],
            )
        return [self.norm(f"{name}_norm", x) for x in xs] if self.config.norm == "pre" else xs


def pad(rows: list[list[int]], width: int = 0) -> tuple[Tensor, Tensor]:
    """ids with token 0 at padding, and the mask."""
    longest = max(width, *map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    return ids, torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])


def encoded(model: Transformer, rows: list[list[int]], width: int = 0) -> Tensor:
    ids, real = pad(rows, width)
    return model.encode(model.embed(ids), real)


def decoded(model: Transformer, sources: list[list[int]], targets: list[list[int]], width: int = 0) -> Tensor:
    ids, real = pad(sources, width)
    memory = model.encode(model.embed(ids), real)
    target, target_real = pad(targets, width)
    return model.decode(model.embed(target), target_real, memory, real)


@pytest.mark.parametrize(("norm", "positions"), VARIANTS)
@pytest.mark.parametrize("shape", ["encoder", "decoder", "encoder-decoder"])
def test_states_equal_the_reference(shape: str, norm: str, positions: str) -> None:
    model = model_of(shape, norm, positions)
    reference = Reference(model)
    with torch.no_grad():
        states = encoded(model, SOURCES)
        for row, ids in enumerate(SOURCES):
            expected = reference.stack("encoder", ids, causal=shape == "decoder")
            torch.testing.assert_close(states[row, : len(ids)], torch.stack(expected), rtol=0, atol=1e-6)
        if shape == "encoder-decoder":
            states = decoded(model, SOURCES, TARGETS)
            for row, (source, target) in enumerate(zip(SOURCES, TARGETS, strict=True)):
                memory = reference.stack("encoder", source, causal=False)
                expected = reference.stack("decoder", target, causal=True, memory=memory)
                torch.testing.assert_close(states[row, : len(target)], torch.stack(expected), rtol=0, atol=1e-6)
                logits = model.logits(states[row, 0])
                for token in range(13):
                    expected_logit = float(expected[0] @ reference.w["tokens.weight"][token])
                    assert float(logits[token]) == pytest.approx(expected_logit, abs=1e-6)


@pytest.mark.parametrize("shape", ["encoder", "decoder", "encoder-decoder"])
def test_padding_changes_no_state(shape: str) -> None:
    model = model_of(shape)
    with torch.no_grad():
        narrow, wide = encoded(model, SOURCES), encoded(model, SOURCES, width=9)
        for row, ids in enumerate(SOURCES):
            torch.testing.assert_close(narrow[row, : len(ids)], wide[row, : len(ids)], rtol=0, atol=1e-12)
        if shape == "encoder-decoder":
            narrow, wide = decoded(model, SOURCES, TARGETS), decoded(model, SOURCES, TARGETS, width=9)
            for row, ids in enumerate(TARGETS):
                torch.testing.assert_close(narrow[row, : len(ids)], wide[row, : len(ids)], rtol=0, atol=1e-12)


def test_a_later_token_changes_no_earlier_state() -> None:
    decoder, both, encoder = model_of("decoder"), model_of("encoder-decoder"), model_of("encoder")
    before, after = [[5, 9, 3, 7]], [[5, 9, 12, 7]]
    with torch.no_grad():
        for first, second in (
            (encoded(decoder, before), encoded(decoder, after)),
            (decoded(both, SOURCES[:1], before), decoded(both, SOURCES[:1], after)),
        ):
            assert torch.equal(first[0, :2], second[0, :2])
            assert not torch.allclose(first[0, 2:], second[0, 2:])
        assert not torch.allclose(encoded(encoder, before)[0, 0], encoded(encoder, after)[0, 0])  # the test can fail


@pytest.mark.parametrize(("norm", "positions"), VARIANTS)
def test_cached_decoding_equals_uncached(norm: str, positions: str) -> None:
    model = model_of("encoder-decoder", norm, positions)
    decoder = Seq2SeqDecoder(model, bos=1, eos=2)
    target = [[1, 4, 6, 9], [1, 12, 5, 6], [1, 3, 3, 8]]
    with torch.no_grad():
        expected = model.logits(decoded(model, SOURCES, target))
        state, first = decoder.start(Docs.of(SOURCES))
        assert first.tolist() == [[1], [1], [1]]
        for position in range(4):
            logits, state = decoder.step(state, torch.tensor(target)[:, position : position + 1])
            torch.testing.assert_close(logits, expected[:, position], rtol=0, atol=1e-10)


@pytest.mark.parametrize(("norm", "positions"), VARIANTS)
def test_cached_causal_decoding_of_uneven_prompts_equals_uncached(norm: str, positions: str) -> None:
    model = model_of("decoder", norm, positions)
    decoder = CausalDecoder(model, pad=0, eos=2)
    more = [[7, 4], [10, 3], [6, 6]]
    with torch.no_grad():
        state, tokens = decoder.start(Docs.of(SOURCES))
        for step in range(3):
            logits, state = decoder.step(state, tokens)
            for row, prompt in enumerate(SOURCES):
                states = encoded(model, [prompt + more[row][:step]])
                torch.testing.assert_close(logits[row], model.logits(states[0, -1]), rtol=0, atol=1e-10)
            tokens = torch.tensor(more)[:, step : step + 1]


@pytest.mark.parametrize("shape", ["decoder", "encoder-decoder"])
def test_reordered_rows_go_on_as_themselves(shape: str) -> None:
    model = model_of(shape)
    decoder = Seq2SeqDecoder(model, bos=1, eos=2) if shape == "encoder-decoder" else CausalDecoder(model, 0, 2)
    rows = torch.tensor([2, 0, 0])
    with torch.no_grad():
        state, tokens = decoder.start(Docs.of(SOURCES))
        _, state = decoder.step(state, tokens)
        straight, _ = decoder.step(state, torch.tensor([[4], [5], [6]]))
        moved, _ = decoder.step(decoder.reorder(state, rows), torch.tensor([[6], [4], [4]]))
    torch.testing.assert_close(moved, straight[rows], rtol=0, atol=1e-12)


def test_rows_may_be_reordered_before_the_first_step() -> None:
    model = model_of("encoder-decoder")
    decoder = Seq2SeqDecoder(model, bos=1, eos=2)
    with torch.no_grad():
        state, tokens = decoder.start(Docs.of(SOURCES))
        straight, _ = decoder.step(state, tokens)
        moved, _ = decoder.step(decoder.reorder(state, torch.tensor([1, 1])), tokens[:2])
    torch.testing.assert_close(moved, straight[[1, 1]], rtol=0, atol=1e-12)


def test_same_seed_same_weights_whatever_was_drawn_before() -> None:
    config = Config("encoder-decoder", 8, 2, 12, 2, 13)
    models = [Transformer(config) for _ in range(3)]
    for model, seed in zip(models, (3, 3, 4), strict=True):
        torch.rand(7)
        model.initialise(seed)
    first, second, other = (torch.cat([p.flatten() for p in model.parameters()]) for model in models)
    assert torch.equal(first, second)
    assert not torch.allclose(first, other)


def test_embeddings_are_counted_once() -> None:
    config = Config("encoder-decoder", 8, 2, 12, 2, 13)
    attention, norm, feed = 4 * (8 * 8 + 8), 2 * 8, (8 * 12 + 12) + (12 * 8 + 8)
    expected = 13 * 8 + 2 * (attention + feed + 2 * norm) + 2 * (2 * attention + feed + 3 * norm) + 2 * norm
    assert sum(p.numel() for p in Transformer(config).parameters()) == expected


def test_a_width_that_heads_cannot_share_is_refused() -> None:
    with pytest.raises(UserError, match="multiple of 8"):
        Config("encoder", 70, 4, 128, 2, 100)
