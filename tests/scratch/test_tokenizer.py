"""The tokenizer: from the training texts alone, the same for the same texts, whole after a round trip."""

from __future__ import annotations

import subprocess
import sys

import pytest

from xbench_scratch.tokenizer import SPECIALS, train_tokenizer

ENGLISH = ["the cat sat, on the mat.", "a cat ate the hat.", "the mat is flat."] * 5
CHINESE = ["今天天气很好,我们去公园。", "公园里的花很好看。"] * 5


def test_special_tokens_come_first_and_frame_the_text() -> None:
    tokenizer = train_tokenizer(ENGLISH, 200)
    assert tokenizer.convert_ids_to_tokens([0, 1, 2, 3, 4]) == list(SPECIALS)
    assert (tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id) == (0, 1, 2)
    assert (tokenizer.sep_token_id, tokenizer.unk_token_id) == (3, 4)
    single, pair = tokenizer("the cat")["input_ids"], tokenizer("the cat", "the mat")["input_ids"]
    assert tokenizer.convert_ids_to_tokens(single) == ["[BOS]", "▁the", "▁cat", "[EOS]"]
    assert tokenizer.convert_ids_to_tokens(pair) == ["[BOS]", "▁the", "▁cat", "[SEP]", "▁the", "▁mat", "[EOS]"]
    unbegun = train_tokenizer(ENGLISH, 200, begin=False)
    assert unbegun.convert_ids_to_tokens(unbegun("the cat")["input_ids"]) == ["▁the", "▁cat", "[EOS]"]


@pytest.mark.parametrize(("texts", "text"), [(ENGLISH, "the hat sat, on a cat."), (CHINESE, "今天去公园看花。")])
def test_text_comes_back_to_the_letter(texts: list[str], text: str) -> None:
    tokenizer = train_tokenizer(texts, 200)
    assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text


def test_split_words_meet_the_pieces_of_running_text() -> None:
    tokenizer = train_tokenizer(ENGLISH, 200)
    text = "the cat sat , on a mat ."
    split = tokenizer(text.split(), is_split_into_words=True)
    assert split["input_ids"] == tokenizer(text)["input_ids"]
    words = [word for word in split.word_ids() if word is not None]
    assert sorted(set(words)) == list(range(8))


def test_characters_of_chinese_are_words_of_their_own() -> None:
    tokenizer = train_tokenizer([" ".join(text) for text in CHINESE], 200)
    split = tokenizer(list("今天去公园"), is_split_into_words=True)
    assert split.word_ids() == [None, 0, 1, 2, 3, 4, None]
    assert tokenizer.unk_token_id not in split["input_ids"]


def test_what_training_never_saw_is_unknown_and_counted() -> None:
    tokenizer = train_tokenizer(ENGLISH, 200)
    ids = tokenizer("the xyz 公园")["input_ids"]
    assert ids.count(tokenizer.unk_token_id) == 5


def test_rare_characters_yield_to_merges_in_a_small_vocabulary() -> None:
    rare = "".join(chr(0x4E00 + number) for number in range(300))
    tokenizer = train_tokenizer([*ENGLISH, rare], 100)
    assert len(tokenizer) <= 100
    assert "▁the" in tokenizer.get_vocab()
    assert "a" in tokenizer.get_vocab()


def test_the_vocabulary_ends_where_the_data_does() -> None:
    assert len(train_tokenizer(ENGLISH, 16000)) < 60


def test_same_texts_same_tokenizer_in_another_process() -> None:
    """Ties of frequency are broken by the data, never by a hash: here all characters but few are equally rare."""
    program = (
        "from xbench_scratch.tokenizer import train_tokenizer\n"
        "rare = ''.join(chr(0x4E00 + n) for n in range(400))\n"
        "print(sorted(train_tokenizer([rare, rare[::-1], 'ab cd ef gh'], 150).get_vocab().items()))\n"
    )
    runs = [subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True) for _ in "ab"]
    assert runs[0].stdout == runs[1].stdout
    assert runs[0].stdout.startswith("[(")
