"""A BPE tokenizer (Sennrich et al. 2016) trained on the task's own training texts, and on nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

SPECIALS = ("[PAD]", "[BOS]", "[EOS]", "[SEP]", "[UNK]")
ALPHABET = 6000  # most frequent characters kept; rarer ones are [UNK], and counted as such
SHARE_OF_ALPHABET = 0.75  # of the vocabulary at most, so that merges have room


def _alphabet(texts: Iterable[str], vocab_size: int) -> list[str]:
    counts = Counter(character for text in texts for character in text if not character.isspace())
    limit = min(ALPHABET, int(vocab_size * SHARE_OF_ALPHABET))
    return sorted(sorted(counts, key=lambda character: (-counts[character], character))[:limit])


def train_tokenizer(texts: Iterable[str], vocab_size: int, begin: bool = True) -> Any:
    """A `transformers` fast tokenizer of at most `vocab_size` entries; the same texts give the same tokenizer.

    Words carry a leading "▁" and punctuation stands alone, so that text split into words beforehand meets the same
    pieces. One text becomes `[BOS] a [EOS]`, a pair `[BOS] a [SEP] b [EOS]`; without `[BOS]` where `begin` is False.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    texts = list(texts)
    # The trainer's own cut of the alphabet breaks ties at random; a given alphabet of exactly its size leaves it none.
    alphabet = ["▁", *(character for character in _alphabet(texts, vocab_size) if character != "▁")]
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()]
    )
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        special_tokens=list(SPECIALS),
        initial_alphabet=alphabet,
        limit_alphabet=len(alphabet),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    first = "[BOS] " if begin else ""
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first}$A [EOS]",
        pair=f"{first}$A [SEP] $B [EOS]",
        special_tokens=[(token, SPECIALS.index(token)) for token in ("[BOS]", "[SEP]", "[EOS]")],
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        bos_token="[BOS]",
        eos_token="[EOS]",
        sep_token="[SEP]",
        unk_token="[UNK]",
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
    )
