"""Tiny random checkpoints made on the spot, one of each family, with a tokenizer trained on a few words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

KINDS = ("bert", "roberta", "gpt2", "llama", "t5", "bart")
ENCODERS, DECODERS, ENCODER_DECODERS = ("bert", "roberta"), ("gpt2", "llama"), ("t5", "bart")
TEXTS = (
    "the quick brown fox jumps over the lazy dog",
    "a small red house stands by the old stone bridge",
    "translate English to German: good morning, how are you today?",
    "der schnelle braune Fuchs springt über den faulen Hund",
    "ein kleines rotes Haus steht an der alten Brücke",
    "she bought three green apples and two yellow pears in Berlin on Monday",
    "0 1 2 3 4 5 6 7 8 9 good bad great awful happy sad",
)
SPECIALS = {  # in the order of their ids
    "bert": {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"},
    "roberta": {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>", "mask": "<mask>"},
    "gpt2": {"unk": "<unk>", "bos": "<|start|>", "eos": "<|endoftext|>"},  # like GPT-2, no padding token
    "llama": {"unk": "<unk>", "bos": "<s>", "eos": "</s>"},
    "t5": {"pad": "<pad>", "eos": "</s>", "unk": "<unk>"},
    "bart": {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>", "mask": "<mask>"},
}
FRAMES = {  # what the tokenizer puts around one text and around two
    "bert": ("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"),
    "roberta": ("<s> $A </s>", "<s> $A </s> </s> $B </s>"),
    "gpt2": ("$A", "$A $B"),
    "llama": ("<s> $A", "<s> $A $B"),
    "t5": ("$A </s>", "$A </s> $B </s>"),
    "bart": ("<s> $A </s>", "<s> $A </s> </s> $B </s>"),
}


def tokenizer(kind: str, texts: Iterable[str] = TEXTS, size: int = 200) -> Any:
    """A byte-level BPE tokenizer with the special tokens and frames of that family."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from tokenizers.processors import ByteLevel as Offsets
    from tokenizers.processors import Sequence, TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    specials = SPECIALS[kind]
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    backend.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size + len(alphabet), special_tokens=list(specials.values()), initial_alphabet=alphabet
    )
    backend.train_from_iterator(texts, trainer)
    single, pair = FRAMES[kind]
    ids = [(token, backend.token_to_id(token)) for token in specials.values()]
    frame = TemplateProcessing(single=single, pair=pair, special_tokens=ids)
    backend.post_processor = Sequence([Offsets(trim_offsets=True), frame])
    inputs = ["input_ids", "token_type_ids", "attention_mask"] if kind == "bert" else ["input_ids", "attention_mask"]
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        model_max_length=64,
        model_input_names=inputs,
        clean_up_tokenization_spaces=False,
        **{f"{role}_token": token for role, token in specials.items()},
    )


def config(kind: str, vocabulary: int, width: int = 32, **changes: Any) -> Any:
    """Two layers, four heads, no dropout unless asked for."""
    import transformers as hf

    shared = {"vocab_size": vocabulary, "num_attention_heads": 4, "num_hidden_layers": 2, "hidden_size": width}
    encoder = {
        **shared,
        "intermediate_size": 2 * width,
        "max_position_embeddings": 64,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    if kind == "bert":
        return hf.BertConfig(**{**encoder, "pad_token_id": 0, **changes})
    if kind == "roberta":
        ids = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
        return hf.RobertaConfig(**{**encoder, **ids, "type_vocab_size": 1, "max_position_embeddings": 66, **changes})
    if kind == "gpt2":
        sizes = {"vocab_size": vocabulary, "n_embd": width, "n_layer": 2, "n_head": 4, "n_positions": 64}
        dropout = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
        return hf.GPT2Config(**{**sizes, **dropout, "bos_token_id": 1, "eos_token_id": 2, **changes})
    if kind == "llama":
        sizes = {**shared, "num_key_value_heads": 2, "intermediate_size": 2 * width, "max_position_embeddings": 64}
        return hf.LlamaConfig(**{**sizes, "bos_token_id": 1, "eos_token_id": 2, **changes})
    if kind == "t5":
        sizes = {"d_model": width, "d_kv": width // 4, "d_ff": 2 * width, "num_layers": 2, "num_heads": 4}
        buckets = {"relative_attention_num_buckets": 8, "relative_attention_max_distance": 16}
        ids = {"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
        return hf.T5Config(**{"vocab_size": vocabulary, "dropout_rate": 0.0, **sizes, **buckets, **ids, **changes})
    if kind == "bart":
        sizes = {"encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 4}
        ffn = {"d_model": width, "encoder_ffn_dim": 2 * width, "decoder_ffn_dim": 2 * width, "dropout": 0.0}
        ids = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 2}
        rest = {"vocab_size": vocabulary, "max_position_embeddings": 64, "scale_embedding": True}
        return hf.BartConfig(**{**sizes, **ffn, **ids, **rest, "forced_eos_token_id": None, **changes})
    raise ValueError(kind)


def model(kind: str, vocabulary: int, seed: int = 0, **changes: Any) -> Any:
    """With its language-model head, random weights."""
    import torch
    import transformers as hf

    classes = {
        "bert": hf.BertForMaskedLM,
        "roberta": hf.RobertaForMaskedLM,
        "gpt2": hf.GPT2LMHeadModel,
        "llama": hf.LlamaForCausalLM,
        "t5": hf.T5ForConditionalGeneration,
        "bart": hf.BartForConditionalGeneration,
    }
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return classes[kind](config(kind, vocabulary, **changes)).eval()


def make(kind: str, folder: Path, seed: int = 0, **changes: Any) -> Path:
    """A checkpoint of that kind under `folder` (made once); returns its own folder."""
    name = "-".join([kind, str(seed), *(f"{k}={v}" for k, v in changes.items())])
    target = folder / name
    if not (target / "config.json").exists():
        tokens = tokenizer(kind)
        model(kind, len(tokens), seed, **changes).save_pretrained(target)
        tokens.save_pretrained(target)
    return target
