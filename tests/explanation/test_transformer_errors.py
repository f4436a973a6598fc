"""Errors about the Transformer that tutorials repeat: xbench's own code does it right, and the wrong form differs.

docs/explanation/transformer.md cites each of these tests by its name.
"""

from __future__ import annotations

import math

import pytest
import torch
from attention_by_hand import (
    CPU,
    D_HEAD,
    HEADS,
    VOCABULARY,
    WIDTH,
    attend,
    attention_of,
    by_hand,
    decode,
    decode_under,
    draw,
    encode,
    head_outputs,
    model_of,
    right,
)
from torch import Tensor
from torch.nn import functional as F
from toy_translation import LIMITS, TASK, backbone_of, encoded

from xbench_metrics.texts import Bleu
from xbench_scratch.attention import causal_mask, padding_mask
from xbench_scratch.tokenizer import train_tokenizer
from xbench_torch.contract import Applied
from xbench_torch.device import Precision
from xbench_torch.heads.source import encode_source
from xbench_torch.heads.text import TextHead
from xbench_torch.session import Session


def test_scores_are_scaled_by_the_heads_width() -> None:
    attention, states = attention_of(), draw(5, WIDTH)
    torch.testing.assert_close(attend(attention, states), by_hand(attention, states, right))
    wrong = by_hand(attention, states, lambda q, k, v: (q @ k.T / math.sqrt(WIDTH)).softmax(-1) @ v)
    assert not torch.allclose(attend(attention, states), wrong, atol=1e-2)
    products = (draw(50_000, D_HEAD, seed=1) * draw(50_000, D_HEAD, seed=2)).sum(-1)
    assert float((products / math.sqrt(D_HEAD)).var()) == pytest.approx(1.0, rel=0.05)  # the reason
    assert float((products / math.sqrt(WIDTH)).var()) == pytest.approx(1 / HEADS, rel=0.05)


def test_the_scale_stands_inside_the_softmax() -> None:
    attention, states = attention_of(), draw(5, WIDTH)
    wrong = by_hand(attention, states, lambda q, k, v: (q @ k.T).softmax(-1) / math.sqrt(D_HEAD) @ v)
    assert not torch.allclose(attend(attention, states), wrong, atol=1e-2)
    attention.value.weight.zero_()  # each token has the same value: a mean of them is that value
    same = attention.out(attention.value.bias)
    torch.testing.assert_close(attend(attention, states), same.expand(5, -1))
    wrong = by_hand(attention, states, lambda q, k, v: (q @ k.T).softmax(-1) / math.sqrt(D_HEAD) @ v)
    assert not torch.allclose(wrong, same.expand(5, -1), atol=1e-2)  # its weights do not sum to one


def test_softmax_comes_before_the_product_with_the_values() -> None:
    attention, states = attention_of(), draw(5, WIDTH)

    def wrong(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return (q @ k.T @ v / math.sqrt(D_HEAD)).softmax(-1)

    torch.testing.assert_close(attend(attention, states), by_hand(attention, states, right))
    assert not torch.allclose(attend(attention, states), by_hand(attention, states, wrong), atol=1e-2)
    attention.out.weight.copy_(torch.eye(WIDTH))
    attention.out.bias.zero_()
    values = attention.value(states)
    low, high = values.min(0).values, values.max(0).values

    def within(mixed: Tensor) -> bool:
        return bool(((mixed >= low - 1e-9) & (mixed <= high + 1e-9)).all())

    assert within(attend(attention, states))  # a weighted mean of the values lies among them
    assert not within(by_hand(attention, states, wrong))


def test_heads_are_concatenated_and_projected() -> None:
    attention, states = attention_of(), draw(5, WIDTH)
    heads = head_outputs(attention, states, right)
    actual = attend(attention, states)
    blocks = attention.out.weight.split(D_HEAD, dim=1)  # W_O's part for each head
    summed = sum((head @ block.T for head, block in zip(heads, blocks, strict=True)), attention.out.bias)
    torch.testing.assert_close(actual, summed)
    assert not torch.allclose(actual, torch.cat(heads, -1), atol=1e-2)  # without W_O
    assert sum(heads[1:], heads[0]).shape == (5, D_HEAD)  # summed or averaged, they have not even the width of a state
    attention.value.weight[:D_HEAD] += 1.0  # another first head alone
    assert not bool(torch.isclose(actual, attend(attention, states)).all(0).any())  # W_O hands it to every coordinate
    changed = torch.cat(head_outputs(attention, states, right), -1)
    assert torch.equal(changed[:, D_HEAD:], torch.cat(heads, -1)[:, D_HEAD:])  # without W_O it stays in its own


def test_the_encoder_hands_on_a_state_for_each_token() -> None:
    model, ids = model_of("encoder-decoder"), [5, 9, 3, 7, 6]
    memory, real = encode(model, ids), torch.ones(1, 5)
    assert [keys.shape for keys, _ in model.memory(memory)] == [(1, HEADS, 5, D_HEAD)] * 2
    cross, queries = model.decoder[0].cross_attention, draw(1, 3, WIDTH)
    mixed = cross(queries, cross.keys_values(memory), padding_mask(real))[0]
    assert not torch.allclose(mixed[0], mixed[1], atol=1e-2)  # each target position looks where it wants
    one = memory.mean(1, keepdim=True)
    mixed = cross(queries, cross.keys_values(one), padding_mask(real[:, :1]))[0]
    torch.testing.assert_close(mixed, mixed[:1].expand(3, -1))  # one vector: the only weight is 1, whatever is asked
    whole, pooled = (decode(model, [1, 4, 8], states, real[:, : states.shape[1]]) for states in (memory, one))
    assert not torch.allclose(whole, pooled, atol=1e-2)


def test_targets_are_shifted_by_one() -> None:
    backbone = backbone_of("encoder-decoder")
    row = encoded(backbone, TextHead(backbone))[1]
    bos, eos = backbone.tokenizer.bos_token_id, backbone.tokenizer.eos_token_id
    labels = [int(label) for label in row.y["target"]]
    assert labels[-1] == eos
    assert row.target == [bos, *labels[:-1]]
    model, memory = backbone.module, encode(backbone.module, list(row.docs[0]))
    place = 2
    other = [*labels[:place], labels[place] + 1, *labels[place + 1 :]]

    def states(read: list[int]) -> Tensor:
        return decode(model, read, memory, torch.ones(1, memory.shape[1]))

    before, after = states(backbone.start_target(labels)), states(backbone.start_target(other))
    assert torch.equal(before[: place + 1], after[: place + 1])  # what predicts a label has not seen it
    assert not torch.allclose(before[place + 1], after[place + 1], atol=1e-2)  # the next one has
    assert not torch.allclose(states(labels)[place], states(other)[place], atol=1e-2)  # unshifted, the answer is read


def test_a_causal_models_labels_are_the_next_tokens() -> None:
    backbone = backbone_of("decoder")
    row = encoded(backbone, TextHead(backbone))[1]
    (document,), labels = row.docs, row.y["target"]
    places = [position for _, position in row.at["answer"]]
    assert [document[position + 1] for position in places[:-1]] == labels[:-1]
    assert document[places[0]] == backbone.tokenizer.sep_token_id  # the prompt's last token predicts the first label
    assert [document[position] for position in places] != labels


@pytest.mark.parametrize("shifted", [True, False])
def test_unshifted_targets_teach_copying(shifted: bool) -> None:
    """Labels drawn at random from 8 tokens: nobody can predict them better than with a loss of log 8."""
    model = model_of("decoder").float().requires_grad_(True)
    optimizer, draws, losses = torch.optim.Adam(model.parameters(), 1e-2), torch.Generator().manual_seed(0), []
    for _ in range(80):
        labels = torch.randint(5, VOCABULARY, (32, 6), generator=draws)
        read = torch.cat((torch.ones_like(labels[:, :1]), labels[:, :-1]), 1) if shifted else labels
        logits = model.logits(model.encode(model.embed(read), torch.ones_like(read)))
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert (losses[-1] > 0.95 * math.log(8)) is shifted
    assert (losses[-1] < 0.1) is not shifted


def test_padding_is_masked_in_the_encoder_and_in_cross_attention() -> None:
    model, real, nothing_masked = model_of("encoder-decoder"), [1, 1, 1, 0, 0], [1, 1, 1, 1, 1]
    alone, padded = encode(model, [5, 9, 3]), encode(model, [5, 9, 3, 0, 0], real)
    torch.testing.assert_close(padded[:, :3], alone)
    assert not torch.allclose(encode(model, [5, 9, 3, 0, 0], nothing_masked)[:, :3], alone, atol=1e-2)
    expected = decode(model, [1, 4], alone, torch.ones(1, 3))
    torch.testing.assert_close(decode(model, [1, 4], padded, torch.tensor([real])), expected)
    unmasked = decode(model, [1, 4], padded, torch.tensor([nothing_masked]))
    assert not torch.allclose(unmasked, expected, atol=1e-2)


def test_the_decoder_is_causal_and_the_encoder_is_not() -> None:
    model, everything = model_of("encoder-decoder"), torch.ones(1, 1, 3, 3, dtype=torch.bool)
    memory, other_memory, real = encode(model, [5, 9, 3]), encode(model, [5, 9, 7]), torch.ones(1, 3)
    first, second = [1, 4, 8], [1, 4, 11]  # only the last token differs, as in the two sources
    states = [decode(model, target, memory, real) for target in (first, second)]
    assert torch.equal(states[0][:2], states[1][:2])
    states = [decode_under(everything, model, target, memory, real) for target in (first, second)]
    assert not torch.allclose(states[0][:2], states[1][:2], atol=1e-2)  # without the mask the future is read
    assert not torch.allclose(memory[0, 0], other_memory[0, 0], atol=1e-2)  # the encoder reads to both sides
    cross, queries, causal = model.decoder[0].cross_attention, draw(1, 3, WIDTH), causal_mask(3, 3, CPU)
    blinded = cross(queries, cross.keys_values(memory), causal)[0, 0]
    torch.testing.assert_close(blinded, cross.out(cross.value(memory[0, 0])))  # all that a causal mask would leave
    last = memory.clone()
    last[0, 2] += 1.0
    whole = [decode(model, first, states, real)[0] for states in (memory, last)]
    assert not torch.allclose(*whole, atol=1e-2)  # the first target position does read the last source state


def test_the_decoders_mask_is_causal_and_padding_together() -> None:
    real = torch.tensor([[1, 1, 1], [1, 1, 0]])
    together = padding_mask(real) & causal_mask(3, 3, CPU)
    assert together.int()[:, 0].tolist() == [[[1, 0, 0], [1, 1, 0], [1, 1, 1]], [[1, 0, 0], [1, 1, 0], [1, 1, 0]]]
    either = padding_mask(real) | causal_mask(3, 3, CPU)
    assert either.int()[0, 0, 0].tolist() == [1, 1, 1]  # "or" lets the first token read the last one
    model, memory = model_of("encoder-decoder"), encode(model_of("encoder-decoder"), [5, 9, 3]).expand(2, -1, -1)
    targets, memory_real = torch.tensor([[1, 4, 8], [1, 4, 0]]), torch.ones(2, 3)
    states = model.decode(model.embed(targets), real, memory, memory_real)
    for mask, same in ((together, True), (either, False)):
        placed = model.place(model.embed(targets), torch.arange(3)[None])
        under = model.run_decoder(placed, mask, model.memory(memory), padding_mask(memory_real))[0]
        assert torch.allclose(states, under, atol=1e-2) is same


def test_padding_is_no_part_of_the_loss() -> None:
    backbone = backbone_of("encoder-decoder")
    head = TextHead(backbone)
    session = Session(backbone, head, TASK, LIMITS, Applied(trained=()), Precision("fp32", CPU))
    rows = encoded(backbone, head)
    lengths = [len(row.y["target"]) for row in rows]
    assert len(set(lengths)) > 1
    batch = session.batch(rows)
    loss = float(session.loss(batch, None).total) / batch.weight
    assert batch.weight == sum(lengths)
    sums = [float(session.loss(session.batch([row]), None).total) for row in rows]  # one at a time: no padding at all
    assert loss == pytest.approx(sum(sums) / sum(lengths), rel=1e-12)
    assert batch.target is not None
    mask = backbone.layout.mask(batch.target)
    states = backbone.module.decode(
        backbone.layout.arrange(backbone.embed(batch.target.ids, "decoder"), batch.target),
        mask,
        backbone.layout.arrange(backbone.encode(session.embed(batch), batch.source, None), batch.source),
        backbone.layout.mask(batch.source),
    )
    labels = backbone.layout.arrange(batch.y["target"], batch.target, fill=backbone.tokenizer.pad_token_id)
    everywhere = float(F.cross_entropy(backbone.vocab_logits(states).flatten(0, 1), labels.flatten()))
    assert everywhere != pytest.approx(loss, rel=1e-3)  # padding counted as text
    of_means = sum(total / length for total, length in zip(sums, lengths, strict=True)) / len(rows)
    assert of_means != pytest.approx(loss, rel=1e-3)  # a mean of means: short sentences weigh too much
    of_pieces = (sums[0] / lengths[0] + sum(sums[1:]) / sum(lengths[1:])) / 2
    assert of_pieces != pytest.approx(loss, rel=1e-3)  # of two micro-batches' means: it hangs on how they were cut


def test_an_english_vocabulary_reads_chinese_as_unknown() -> None:
    english = train_tokenizer(["the cat sat on the mat", "a cat ate the hat"] * 5, 200)
    chinese = train_tokenizer(["今天天气很好", "我想学习英语", "今天我想学习"] * 5, 200)
    first, second = "今天天气很好", "我想学习英语"
    assert [encode_source(english, text, None, 64).unknown for text in (first, second)] == [6, 6]
    assert english(first)["input_ids"] == english(second)["input_ids"]  # two sentences, one input
    assert [encode_source(chinese, text, None, 64).unknown for text in (first, second)] == [0, 0]
    assert chinese.decode(chinese(first)["input_ids"], skip_special_tokens=True) == first


def test_without_positions_attention_does_not_see_order() -> None:
    model, ids, order = model_of("encoder"), [5, 9, 3, 7], [2, 0, 3, 1]
    shuffled, everything = [ids[place] for place in order], torch.ones(1, 1, 4, 4, dtype=torch.bool)
    bare = [model.run_encoder(model.embed(torch.tensor([row])), everything)[0][0] for row in (ids, shuffled)]
    torch.testing.assert_close(bare[1], bare[0][order])  # the same states in another order
    placed = [encode(model, row)[0] for row in (ids, shuffled)]
    assert not torch.allclose(placed[1], placed[0][order], atol=1e-2)
    embeds, causal = (model.embed(torch.tensor([row])) for row in (ids, shuffled)), causal_mask(4, 4, CPU)
    bare = [model.run_encoder(states, causal)[0][0] for states in embeds]
    assert not torch.allclose(bare[1], bare[0][order], atol=1e-2)  # a causal mask lets some of the order through


def test_embedding_and_output_layer_are_part_of_the_model() -> None:
    model = model_of("encoder-decoder").requires_grad_(True)
    names = [name for name, _ in model.named_parameters()]
    assert [name for name in names if not name.startswith(("encoder", "decoder"))] == ["tokens.weight"]
    states = encode(model, [5, 9, 3])
    assert (states.shape, model.logits(states).shape) == (
        (1, 3, WIDTH),
        (1, 3, VOCABULARY),
    )  # a state is no distribution yet
    torch.testing.assert_close(model.logits(states), states @ model.tokens.weight.T)
    F.cross_entropy(model.logits(states)[0], torch.tensor([9, 3, 2])).backward()
    assert model.tokens.weight.grad is not None
    assert bool(model.tokens.weight.grad[11].any())  # tied: a token that stands nowhere in the text is trained too
    untied = model.embed(torch.tensor([5, 9, 3]))
    assert not bool(torch.autograd.grad(untied.sum(), model.tokens.weight)[0][11].any())  # as an input alone it is not


def test_f1_is_no_measure_of_translation() -> None:
    def token_f1(text: list[str], reference: list[str]) -> float:
        common = sum(min(text.count(token), reference.count(token)) for token in set(text))
        return 2 * common / (len(text) + len(reference))

    def bleu(metric: Bleu, text: str, reference: str) -> float:
        return metric.direct(TASK, [{"id": "0", "target": reference}], [{"id": "0", "prediction": text}])

    reference = "the dog bit the old man who had fed it near the river this morning"
    wrong = "the old man near it had bit the river who this dog fed the morning"
    assert token_f1(wrong.split(), reference.split()) == 1.0
    assert bleu(Bleu(), wrong, reference) < 20
    assert bleu(Bleu(), reference, reference) == pytest.approx(100)
    reference = "那只狗今天早上在河边咬了老人"
    swapped, scrambled = "老人今天早上在河边咬了那只狗", "狗在人今边老河了上咬天那早只"
    assert [token_f1(list(text), list(reference)) for text in (swapped, scrambled)] == [1.0, 1.0]
    assert bleu(Bleu(tokenize="zh"), scrambled, reference) < 20
    assert 20 < bleu(Bleu(tokenize="zh"), swapped, reference) < 80  # who bit whom: BLEU sees it, though not how grave
