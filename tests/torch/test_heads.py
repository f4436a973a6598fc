"""What heads read of an example: the right token, and an honest count of what they could not read."""

from __future__ import annotations

import dataclasses
import math

import pytest
import tiny_models
import torch
from toy_jobs import TASKS, Split, ToyContext, backbone, task

from xbench.specs import ModelSpec
from xbench_torch.batch import collate
from xbench_torch.contract import Limits
from xbench_torch.heads.classification import ClassificationHead
from xbench_torch.heads.source import encode_source
from xbench_torch.heads.tagging import TaggingHead
from xbench_torch.heads.text import LabelTextHead, TextHead, read_text
from xbench_torch.limits import limits_of
from xbench_torch.prefix import prefix_of, with_prefix
from xbench_torch.settings import TrainingSettings
from xbench_torch.texts import TrainTexts


class Named:
    """As much of a backbone as an encoding head asks for."""

    def __init__(self, kind: str) -> None:
        self.tokenizer = tiny_models.tokenizer(kind)
        shapes = {**dict.fromkeys(tiny_models.DECODERS, "decoder"), **dict.fromkeys(tiny_models.ENCODERS, "encoder")}
        self.shape = shapes.get(kind, "encoder-decoder")

    def start_target(self, ids: list[int]) -> list[int]:
        return [0, *ids[:-1]]


TWO = task("classification", ["text", "text_pair"], ["no", "yes"])
PAIR = {"id": "a", "text": "the red house", "text_pair": "a small bridge", "label": "yes"}


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_the_pooled_token_is_the_first_the_last_or_all(kind: str) -> None:
    base = Named(kind)
    encoded = ClassificationHead(base).encode(PAIR, base.tokenizer, TWO, Limits(64, 8))
    (ids,) = encoded.docs
    everywhere = list(range(len(ids)))
    starts = base.tokenizer.cls_token_id is not None  # among the tiny tokenizers only BERT's has such a token
    expected = [len(ids) - 1] if base.shape == "decoder" else [0] if starts else everywhere
    assert [position for _, position in encoded.at["pool"]] == expected
    assert encoded.y["label"] == [1]
    text = base.tokenizer.decode(ids)
    assert "red house" in text
    assert "small bridge" in text


def test_two_texts_of_a_causal_model_are_told_apart() -> None:
    base = Named("gpt2")
    head = ClassificationHead(base)
    one = head.encode({**PAIR, "text": "red", "text_pair": "house dog"}, base.tokenizer, TWO, Limits(64, 8))
    two = head.encode({**PAIR, "text": "red house", "text_pair": "dog"}, base.tokenizer, TWO, Limits(64, 8))
    assert list(one.docs[0]) != list(two.docs[0])


def test_a_long_text_is_cut_and_keeps_its_special_tokens() -> None:
    words = tiny_models.tokenizer("bert")
    source = encode_source(words, "red " * 50, None, 12)
    assert len(source.ids) == 12
    assert source.truncated
    assert source.ids[0] == words.cls_token_id
    assert source.ids[-1] == words.sep_token_id
    assert not encode_source(words, "red", None, 12).truncated


def test_two_long_texts_are_both_still_there() -> None:
    words = tiny_models.tokenizer("bert")
    source = encode_source(words, "red " * 50, "dog " * 50, 21)
    assert len(source.ids) == 21
    (types,) = source.columns["token_type_ids"]
    assert min(types.count(0), types.count(1)) >= 9


def test_unknown_tokens_are_counted_and_an_end_token_is_none() -> None:
    base = backbone("encoder")
    source = encode_source(base.tokenizer, "red \u4f60\u597d blue", None, 64)
    assert source.unknown == source.ids.count(base.tokenizer.unk_token_id)
    assert source.unknown > 0
    words = tiny_models.tokenizer("gpt2")
    words.unk_token = words.eos_token
    assert encode_source(words, f"red {words.eos_token}", None, 64).unknown == 0


@pytest.mark.parametrize("kind", tiny_models.KINDS)
def test_a_word_is_read_at_its_first_piece(kind: str) -> None:
    base = Named(kind)
    words = ["unbelievable", "red", "Straße", "\U0001f600", "x"]
    example = {"id": "a", "tokens": words, "tags": ["O", "B-COLOUR", "O", "I-COLOUR", "O"]}
    encoded = TaggingHead(base).encode(example, base.tokenizer, TASKS["tagging"], Limits(64, 8))
    (ids,) = encoded.docs
    places = [position for _, position in encoded.at["word"]]
    assert encoded.y["tags"] == [0, 1, 0, 2, 0]
    assert encoded.unread == 0
    for place, after, word in zip(places, [*places[1:], None], words, strict=True):
        assert read_text(ids[place:after], base.tokenizer) == word


def test_words_without_a_token_are_o_and_counted() -> None:
    base = backbone("encoder")  # splits on white space: a no-break space alone leaves nothing
    head = TaggingHead(base)
    tokens = ["red", "\u00a0", "dog", "\u3000"]
    example = {"id": "a", "tokens": tokens, "tags": ["B-COLOUR", "I-COLOUR", "O", "O"]}
    encoded = head.encode(example, base.tokenizer, TASKS["tagging"], Limits(64, 8))
    assert encoded.unread == 2
    assert encoded.y["tags"] == [1, 0]
    batch = collate([encoded], head.weight([encoded]))
    logits = torch.zeros(2, 3)
    logits[:, 1] = 1.0  # every word that was read: B-COLOUR
    (prediction,) = head.decode(logits, batch, TASKS["tagging"])
    sure = round(math.e / (math.e + 2), 6)  # what was not read has no probability of its own
    assert prediction == {
        "id": "a",
        "prediction": ["B-COLOUR", "O", "B-COLOUR", "O"],
        "scores": [pytest.approx(sure), 0.0, pytest.approx(sure), 0.0],
    }


def test_words_that_fell_to_truncation_are_o_and_counted() -> None:
    base = Named("bert")
    head = TaggingHead(base)
    example = {"id": "a", "tokens": ["red"] * 50, "tags": ["B-COLOUR"] * 50}
    encoded = head.encode(example, base.tokenizer, TASKS["tagging"], Limits(12, 8))
    (ids,) = encoded.docs
    assert (len(ids), ids[0], ids[-1]) == (12, base.tokenizer.cls_token_id, base.tokenizer.sep_token_id)
    assert encoded.truncated
    read = len(encoded.at["word"])
    assert 0 < read <= 10
    assert encoded.unread == 50 - read
    assert head.weight([encoded]) == read


def test_a_sentence_of_which_nothing_is_left_is_predicted_o() -> None:
    base = backbone("encoder")
    head = TaggingHead(base)
    encoded = head.prompt({"id": "a", "tokens": ["\u3000"]}, base.tokenizer, TASKS["tagging"], Limits(64, 8))
    batch = collate([encoded], 0)
    assert head.decode(torch.zeros(0, 3), batch, TASKS["tagging"]) == [
        {"id": "a", "prediction": ["O"], "scores": [0.0]}
    ]


def test_byte_level_words_carry_the_space_before_them_but_not_between_chinese() -> None:
    from tokenizers import pre_tokenizers

    base = Named("gpt2")
    base.tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    head = TaggingHead(base)
    english = {"id": "a", "tokens": ["the", "red", "dog"]}
    encoded = head.prompt(english, base.tokenizer, TASKS["tagging"], Limits(64, 8))
    assert list(encoded.docs[0]) == base.tokenizer("the red dog")["input_ids"]
    chinese = {"id": "a", "tokens": ["红", "色", "A", "狗"]}
    encoded = head.prompt(chinese, base.tokenizer, TASKS["tagging"], Limits(64, 8))
    assert list(encoded.docs[0]) == [i for c in "红色A狗" for i in base.tokenizer(c)["input_ids"]]


def test_an_encoder_decoder_writes_the_shifted_target() -> None:
    base = Named("t5")
    example = {"id": "a", "source": "the red house", "target": "das rote Haus"}
    encoded = TextHead(base).encode(example, base.tokenizer, TASKS["text-to-text"], Limits(64, 16))
    labels = base.tokenizer("das rote Haus")["input_ids"]
    assert labels[-1] == base.tokenizer.eos_token_id
    assert list(encoded.y["target"]) == labels
    assert list(encoded.target or ()) == [0, *labels[:-1]]
    assert [position for _, position in encoded.at["target"]] == list(range(len(labels)))
    assert list(encoded.docs[0]) == base.tokenizer("the red house")["input_ids"]


def test_a_cut_target_still_ends() -> None:
    base = Named("t5")
    example = {"id": "a", "source": "x", "target": "das rote Haus " * 9}
    encoded = TextHead(base).encode(example, base.tokenizer, TASKS["text-to-text"], Limits(64, 8))
    assert len(encoded.y["target"]) == 8
    assert encoded.y["target"][-1] == base.tokenizer.eos_token_id
    assert encoded.truncated


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_a_causal_model_answers_for_the_target_alone(kind: str) -> None:
    base = Named(kind)
    head = TextHead(base)
    example = {"id": "a", "source": "the red house", "target": "das Haus"}
    encoded = head.encode(example, base.tokenizer, TASKS["text-to-text"], Limits(64, 16))
    prompt = head.prompt(example, base.tokenizer, TASKS["text-to-text"], Limits(64, 16))
    (ids,), (asked,) = encoded.docs, prompt.docs
    answer = [*base.tokenizer("das Haus", add_special_tokens=False)["input_ids"], base.tokenizer.eos_token_id]
    assert list(encoded.y["target"]) == answer
    assert list(ids) == [*asked, *answer[:-1]]
    places = [position for _, position in encoded.at["answer"]]
    assert places[0] == len(asked) - 1  # the separator's state says the answer's first token
    for place, token in zip(places, answer, strict=True):
        assert place + 1 == len(ids) or ids[place + 1] == token
    assert base.tokenizer.eos_token_id not in asked


def test_a_long_causal_prompt_keeps_its_separator() -> None:
    base = Named("llama")
    head = TextHead(base)
    example = {"id": "a", "source": "the red house " * 20, "target": "x"}
    short = head.prompt({**example, "source": "dog"}, base.tokenizer, TASKS["text-to-text"], Limits(64, 16))
    long = head.prompt(example, base.tokenizer, TASKS["text-to-text"], Limits(20, 16))
    assert len(long.docs[0]) == 20
    assert long.truncated
    assert long.docs[0][-1] == short.docs[0][-1]


def test_a_label_is_recognised_through_what_the_tokenizer_does_to_it() -> None:
    base = backbone("encoder-decoder")
    labels = task("classification", ["text"], ["red  dog", "cat"])
    head = LabelTextHead(base)
    assert head.answer("red dog", base.tokenizer, labels) == "red  dog"
    assert head.answer("cat", base.tokenizer, labels) == "cat"
    assert head.answer("a cat", base.tokenizer, labels) == "a cat"
    twins = task("classification", ["text"], ["red  dog", "red   dog"])  # both come back as "red dog"
    assert LabelTextHead(base).answer("red dog", base.tokenizer, twins) == "red  dog"


def test_the_familys_prefix_stands_before_the_source_on_the_text_route_alone() -> None:
    spec = task("text-to-text", ["source"], prefixes={"t5": "summarize: "})
    model = ModelSpec("hf", "t5-small", None, "encoder-decoder", family="t5")
    assert prefix_of(spec, model, "text") == "summarize: "
    assert prefix_of(spec, model, "head") == ""
    assert prefix_of(spec, dataclasses.replace(model, family="bart"), "text") == ""
    example = {"id": "a", "source": "red dog", "target": "x"}
    base = Named("t5")
    read = TextHead(base).prompt(with_prefix(example, "summarize: "), base.tokenizer, spec, Limits(64, 8))
    assert list(read.docs[0]) == base.tokenizer("summarize: red dog")["input_ids"]
    assert with_prefix(example, "") is example


def test_a_prefix_stands_before_the_names_of_two_texts() -> None:
    """Raffel et al. (2020), appendix D: "mrpc sentence1: ... sentence2: ..."."""
    base = Named("t5")
    read = LabelTextHead(base).prompt(with_prefix(PAIR, "mrpc "), base.tokenizer, TWO, Limits(64, 8))
    expected = f"mrpc sentence1: {PAIR['text']} sentence2: {PAIR['text_pair']}"
    assert list(read.docs[0]) == base.tokenizer(expected)["input_ids"]


def test_lengths_stay_within_a_models_positions() -> None:
    settings = dataclasses.replace(TrainingSettings.of({}), max_length=256, max_target_length=128)

    class Short(Named):
        max_length = 64

    assert limits_of(settings, Short("bert"), "head") == Limits(64, 64)
    assert limits_of(settings, Short("gpt2"), "text") == Limits(32, 32)  # prompt and answer share 64 positions
    assert limits_of(settings, Short("gpt2"), "head") == Limits(64, 64)
    Short.max_length = 200
    assert limits_of(settings, Short("gpt2"), "text") == Limits(100, 100)
    Short.max_length = None
    assert limits_of(settings, Short("t5"), "text") == Limits(256, 128)


def test_a_train_splits_texts_are_what_the_route_writes_and_reads() -> None:
    context = ToyContext()
    labelled = Split([{"id": "a", "text": "red", "label": "pos"}])
    spec, kind = TASKS["classification"], context.declared("tasktype", "classification")
    assert list(TrainTexts(labelled, spec, kind, "head")) == ["red"]
    assert list(TrainTexts(labelled, spec, kind, "text")) == ["red", "pos"]
    tagged = Split([{"id": "a", "tokens": ["red", "dog"], "tags": ["O", "O"]}])
    assert list(TrainTexts(tagged, TASKS["tagging"], context.declared("tasktype", "tagging"), "head")) == ["red dog"]


def test_classification_scores_are_a_distribution_over_the_labels() -> None:
    base = backbone("encoder")
    head = ClassificationHead(base)
    spec = TASKS["classification"]
    rows = [head.prompt({"id": str(i), "text": "red dog"}, base.tokenizer, spec, Limits(64, 8)) for i in range(2)]
    first, second = head.decode(torch.tensor([[0.0, 2.0], [1.0, 1.0]]), collate(rows, 0), spec)
    assert first["prediction"] == "pos"
    assert first["scores"]["pos"] == pytest.approx(1 / (1 + torch.e**-2), abs=1e-6)
    assert second["scores"] == {"neg": 0.5, "pos": 0.5}
