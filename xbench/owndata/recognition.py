"""Which columns are the built-in task types' fields: by their names in English and Chinese, then by their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from xbench.abilities import Column, Reading
from xbench.errors import UserError


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LABELS = _words("label labels gold_label class target y tag 标签 类别 分类 标记")  # of two of them, the first
SUBJECTS = _words("category sentiment intent topic emotion stars rating label_desc 类目 情感 意图 主题 极性")
TEXT = _words("text sentence 文本 句子")  # of two of them, the first
TEXTS = _words(
    "content review comment utterance tweet message document body question query description text_a "
    "内容 正文 评论 评价 问题 文章 新闻"
)
TITLES = _words("title headline 标题")  # the text where no other name is
PAIRS = (
    *(("sentence1", "sentence2"), ("sentence_1", "sentence_2"), ("text_a", "text_b"), ("text1", "text2")),
    *(("text", "text_pair"), ("premise", "hypothesis"), ("question1", "question2"), ("query1", "query2")),
    *(("s1", "s2"), ("sentence_a", "sentence_b"), ("question", "sentence"), ("question", "answer")),
    *(("question", "passage"), ("question", "context"), ("query", "passage"), ("query", "document")),
    *(("query", "title"), ("claim", "evidence"), ("text", "hypothesis")),
    *(("句子1", "句子2"), ("文本1", "文本2"), ("句子一", "句子二"), ("问题1", "问题2"), ("前提", "假设")),
)
INTO = (
    *(("source", "target"), ("src", "tgt"), ("src", "trg"), ("input", "output"), ("article", "highlights")),
    *(("article", "summary"), ("document", "summary"), ("text", "summary"), ("dialogue", "summary")),
    *(("content", "summary"), ("question", "answer"), ("context", "answer"), ("passage", "answer")),
    *(("input", "target"), ("instruction", "output"), ("instruction", "response"), ("prompt", "response")),
    *(("query", "response"), ("dialogue", "response"), ("context", "response")),
    *(("prompt", "completion"), ("content", "title"), ("input_text", "target_text")),
    *(("原文", "译文"), ("源文", "译文"), ("正文", "摘要"), ("文本", "摘要"), ("问题", "答案"), ("问题", "回答")),
    *(("上下文", "答案"), ("上下文", "回答"), ("内容", "摘要"), ("内容", "标题"), ("输入", "输出"), ("指令", "输出")),
)
IDS = frozenset(_words("id ids idx index guid uuid uid qid no number row key unnamed:_0 编号 序号 id号")) | {""}
ASIDE = frozenset(
    _words(
        "date time datetime timestamp url link user author source_url split fold partition subset lang language "
        "日期 时间 链接 用户 作者 语言"
    )
)
ASKED = frozenset(_words("question query 问题"))  # a text, however few there are
CHOICES = frozenset(_words("choice choices option options candidates 选项"))  # of which the label is one
TOKENS = _words("tokens words chars characters text 词 字 分词")
TAGS = _words("tags ner_tags ner labels bio tag label 标签 标注")
LANGUAGES = frozenset(
    _words(
        "ar bg bn ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv sw "
        "th tr uk ur vi zh"
    )
)

_ID = re.compile(r"(?:.*[_\s-])?(?:id|ID|Id)|.*[a-z](?:Id|ID)")  # sample_id, userId
_TAG = re.compile(r"O|[BI]-\S+")
_ROWS_A_LABEL = 5  # at least, on average, where no name says that a column is the label
_MOST_LABELS = 100  # likewise
_LONGEST_LABEL = 60  # characters, likewise
_PROSE = 1.5  # words on average, of a text that no name says is one: identifiers, paths and names of files are single
_MUCH_LONGER = 3.0  # a text column of so many times the length of the next one is the text
_CODES = frozenset({*map(str, range(-1, 21)), "true", "false"})  # classes by number; an age or a year is none


def plain(name: str) -> str:
    """A column's name as the lists above write it: the last part of a path, lower case, `_` for spaces and hyphens."""
    return re.sub(r"[\s-]+", "_", name.strip().rpartition(".")[2].casefold())


def _named(columns: Sequence[Column], names: Iterable[str]) -> Column | None:
    """The column of the first of these names that there is."""
    by_name = {plain(column.name): column for column in columns}
    return next((by_name[name] for name in names if name in by_name), None)


def _pair(columns: Sequence[Column], pairs: Iterable[tuple[str, str]]) -> tuple[Column, Column] | None:
    by_name = {plain(column.name): column for column in columns}
    return next(((by_name[a], by_name[b]) for a, b in pairs if a in by_name and b in by_name), None)


def _aside(column: Column) -> bool:
    """A name that says: neither text nor label."""
    return plain(column.name) in IDS | ASIDE or bool(_ID.fullmatch(column.name.strip()))


def _countable(column: Column) -> bool:
    """A set of values, each of which stands twice on average, at least."""
    return column.kind in ("text", "number", "decimal") and 2 <= len(column.values) <= column.rows / 2


def _like_labels(column: Column) -> bool:
    """Values that look like labels though no name says so; whole numbers, where they are few and small."""
    return (
        _countable(column)
        and (column.kind == "text" or (column.kind == "number" and column.values.keys() <= _CODES))
        and not _aside(column)
        and plain(column.name) not in ASKED
        and len(column.values) <= min(_MOST_LABELS, column.rows / _ROWS_A_LABEL)
        and max(map(len, column.values)) <= _LONGEST_LABEL
    )


def _label_columns(columns: Sequence[Column]) -> tuple[list[Column], bool]:
    """What may be the label, and whether a name says so. What names say two things of is all of them."""
    countable = [column for column in columns if _countable(column)]
    named = _named(countable, LABELS)
    subjects = [column for column in countable if plain(column.name) in SUBJECTS]
    if named or subjects:
        return ([named] if named else subjects), True
    return [column for column in columns if _like_labels(column)], False


def _texts_named(columns: Sequence[Column]) -> list[Column]:
    """The text by its name; where several names may be meant, all of them."""
    named = _named(columns, TEXT)
    if named:
        return [named]
    return [column for column in columns if plain(column.name) in TEXTS] or [
        column for column in columns if plain(column.name) in TITLES
    ]


def _text_columns(columns: Sequence[Column]) -> list[Column]:
    """Columns of free text: no identifiers, dates or labels, and more than one value."""
    return [
        column
        for column in columns
        if column.kind == "text" and not _aside(column) and not _like_labels(column) and len(column.values) != 1
    ]


def _longest(texts: Sequence[Column]) -> Sequence[Column]:
    """The one that is much longer than the others, or else all of them."""
    by_length = sorted(texts, key=lambda column: -column.length)
    if len(by_length) > 1 and by_length[0].length >= _MUCH_LONGER * by_length[1].length:
        return by_length[:1]
    return texts


def in_order(values: Iterable[str]) -> tuple[str, ...]:
    """Labels in order: as numbers where all are numbers."""
    values = list(values)
    numbers = all(re.fullmatch(r"-?\d{1,15}", value, re.ASCII) for value in values)
    return tuple(sorted(values, key=lambda value: (int(value), value) if numbers else (0, value)))


def classification(columns: Sequence[Column]) -> Iterator[Reading]:
    """A label column, and one or two texts. Raises UserError where a column is meant as a label and cannot be one."""
    labels, label_named = _label_columns(columns)
    doubtful = not labels
    if doubtful:
        _refuse_label(columns)
        labels = [column for column in _text_columns(columns) if _countable(column)]
    for label in labels:
        rest = [column for column in columns if column is not label]
        unsure = doubtful or _told_from_more(label, rest)
        for certainty, chosen in _inputs(rest, label_named):
            texts_by_field = dict(zip(("text", "text_pair"), (column.name for column in chosen), strict=False))
            yield Reading(
                fields={**texts_by_field, "label": label.name},
                labels=in_order(label.values),
                metrics=("accuracy", "macro_f1"),
                sure=0 if unsure else certainty,
            )


def _told_from_more(label: Column, rest: Sequence[Column]) -> bool:
    """Than texts: it is one of the choices that are listed or have a column each, or is about a nested `target`."""
    nested = {plain(column.name) for column in rest if column.kind in ("texts", "other")}
    names = {plain(column.name) for column in rest}
    return bool(nested & {*CHOICES, "target"}) or len(names & {value.casefold() for value in label.values}) > 2


def _refuse_label(columns: Sequence[Column]) -> None:
    """Where there is a text, and a column whose name or values say what it is meant for."""
    texts = _text_columns(columns)
    scores = [column for column in columns if column.kind == "decimal" and not _aside(column)]
    scored = len(scores) == 1 and (len(texts) == 1 or _pair(texts, PAIRS))
    meant = _named(columns, (*LABELS, *SUBJECTS)) or (scores[0] if scored else None)
    if meant is None or texts in ([], [meant]):
        return
    name = f"column {meant.name!r}"
    if meant.kind == "texts":
        if plain(meant.name) != "target" and not all(map(_TAG.fullmatch, meant.values)):
            raise UserError(f"{name} holds lists: several labels a row are not supported", "keep one label a row")
        return
    if not meant.rows:
        raise UserError(f"{name} is empty", "a label is needed in each row")
    if len(meant.values) == 1:
        told = f"{name} has one value only, {next(iter(meant.values))[:_LONGEST_LABEL]!r}: nothing to learn"
        raise UserError(told, "add rows with another label")
    if meant.kind == "decimal":
        told = f"{name} holds decimals: a score is no label, and regression is not supported"
        raise UserError(told, "make classes of it, such as low and high, in a column called label")
    if meant.kind == "text" and not _pair(texts, INTO):
        many = f"{len(meant.values)} values" if meant.values else "very many values"
        told = f"{name} holds {many} in {meant.rows:,} rows: a label stands in several rows"
        raise UserError(told, "give more rows; where one text is written from another, name them source and target")
    if meant.kind == "number":
        told = f"{name} holds nearly as many numbers as rows: they are no classes, and regression is not supported"
        raise UserError(told, "make classes of it, such as low and high, in a column called label")


def _inputs(columns: Sequence[Column], label_named: bool) -> Iterator[tuple[int, Sequence[Column]]]:
    """What a label may be told from, and how sure that is."""
    texts = [column for column in columns if column.kind == "text"]
    pair, named, free = _pair(texts, PAIRS), _texts_named(texts), _text_columns(columns)
    prose = [column for column in free if column.words >= _PROSE]
    if pair:
        yield 2 + label_named, pair
    elif named:
        if len(named) == 2:
            yield 2 + label_named, named
        yield from ((2 + label_named, [column]) for column in named)
    elif not prose or any(column.kind in ("texts", "other") and not _aside(column) for column in columns):
        yield from ((0, [column]) for column in free)  # codes, or a part of what the label is told from
    elif len(prose) == 2:  # both are input, or else one of them
        yield 1 + label_named, prose
        yield from ((0, [column]) for column in prose)
    else:
        yield from ((1 + label_named, [column]) for column in _longest(prose))


def tagging(columns: Sequence[Column]) -> Iterator[Reading]:
    """A list of BIO tags beside a list of tokens."""
    lists = [column for column in columns if column.kind == "texts"]
    tagged = [c for c in lists if c.values and any(v != "O" for v in c.values) and all(map(_TAG.fullmatch, c.values))]
    words = [column for column in lists if column not in tagged]
    odd = _named([column for column in columns if column.kind in ("texts", "other")], TAGS)
    if not tagged and odd and any(column is not odd for column in words):
        raise UserError(f"column {odd.name!r} holds lists that are no BIO tags", "write O, B-x and I-x, not numbers")
    named_tags, named_words = _named(tagged, TAGS), _named(words, TOKENS)
    for tags in [named_tags] if named_tags else tagged:
        for tokens in [named_words] if named_words else words:
            yield Reading(
                fields={"tokens": tokens.name, "tags": tags.name},
                labels=in_order({value[2:] for value in tags.values if value != "O"}),
                metrics=("entity_f1",),
                sure=1 + bool(named_tags) + bool(named_words),
            )


def text_to_text(columns: Sequence[Column]) -> Iterator[Reading]:
    """Two texts, of which the second is written from the first."""
    texts = _text_columns(columns)
    labels, label_named = _label_columns(columns)
    codes = [column for column in texts if plain(column.name) in LANGUAGES]
    named, pair = _pair(texts, INTO), (codes[0], codes[1]) if len(codes) == 2 else None
    if named or pair:
        pairs = list(_into(texts, named[1])) if named else [pair] if pair else []
        sure = 2 if label_named else 3
    elif len(texts) == 2 and not labels and not _pair(texts, PAIRS) and not _named(texts, (*LABELS, *SUBJECTS)):
        pairs = [(texts[0], texts[1])]
        sure = int(_like_source_and_target(*texts) and not any(map(_is_score, columns)))
    else:
        return
    for source, target in pairs:
        languages = (plain(source.name), plain(target.name)) if len(codes) == 2 else ()
        into = languages[1] if languages else target.language
        yield Reading(
            fields={"source": source.name, "target": target.name},
            labels=(),
            metrics=_text_metrics(into),
            sure=sure,
            language=languages,
        )


def _into(texts: Sequence[Column], target: Column) -> Iterator[tuple[Column, Column]]:
    """Every text that the target is written from by its name: an instruction and an input are a question."""
    for source in texts:
        if (plain(source.name), plain(target.name)) in INTO:
            yield source, target


def _is_score(column: Column) -> bool:
    return column.kind == "decimal" and not _aside(column)


def _like_source_and_target(source: Column, target: Column) -> bool:
    """Running text on both sides, the second not much the longer; a label that is too rich is no text to be written."""
    prose = min(source.words, target.words) >= _PROSE
    few = _countable(source) or _countable(target)
    return prose and not few and target.length < _MUCH_LONGER * source.length


def _text_metrics(language: str) -> tuple[str, ...]:
    """BLEU counts words, so that it needs a tokeniser where none are set apart; chrF does not."""
    if language == "zh":
        return ("bleu(tokenize=zh)", "chrf")
    return ("chrf",) if language in ("ja", "ko", "th") else ("bleu", "chrf")
