"""Predictions of a session, fast and in order, with what was cut or not understood on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

from xbench.errors import CellError
from xbench.specs import Example, Prediction
from xbench_torch.batch import length
from xbench_torch.contract import Encoded
from xbench_torch.decoding import generate
from xbench_torch.heads.text import read_text
from xbench_torch.order import micro_batches
from xbench_torch.prefix import with_prefix
from xbench_torch.session import Session

CHUNK = 4096  # examples encoded and sorted together
MOST_TOKENS = (131072, 16384)  # padded tokens at once: on a GPU, on a CPU
MOST_GENERATED = (262144, 32768)  # the same where beams are in the making, their answers at full length counted
MOST_WASTE = (16384, 128)


class Predictor:
    """Decodes by the head, or by the generation loop where the head generates."""

    def __init__(self, session: Session, prefix: str, num_beams: int, length_penalty: float) -> None:
        self.session, self.prefix = session, prefix
        self.num_beams, self.length_penalty = num_beams, length_penalty
        self.gpu = session.device.type == "cuda"
        self.most_tokens = (MOST_GENERATED if session.head.generates else MOST_TOKENS)[0 if self.gpu else 1]
        self.counts: dict[str, float] = {}

    def predict(self, examples: Iterable[Example]) -> Iterator[Prediction]:
        """In order. `counts` describes the examples of the last call."""
        seen = truncated = unknown = tokens = unread = cut = 0
        session = self.session
        session.eval_mode()
        stream = iter(examples)
        while chunk := list(islice(stream, CHUNK)):
            rows = [self.encode(example) for example in chunk]
            seen += len(rows)
            truncated += sum(row.truncated for row in rows)
            unknown += sum(row.unknown for row in rows)
            unread += sum(row.unread for row in rows)
            tokens += sum(len(doc) for row in rows for doc in row.docs)
            found: list[Prediction] = [{}] * len(rows)
            for group in self._groups(rows):
                predictions, cut_here = self._guarded([rows[place] for place in group])
                cut += cut_here
                for place, prediction in zip(group, predictions, strict=True):
                    found[place] = prediction
            yield from found
        self.counts = {"truncated": truncated, "unknown_tokens": unknown / max(tokens, 1)}
        if session.head.generates:
            self.counts["generation_cut"] = cut / max(seen, 1)
        if unread:
            self.counts["unread_words"] = unread

    def encode(self, example: Example) -> Encoded:
        """What is known of an example before its target is."""
        session = self.session
        return session.head.prompt(
            with_prefix(example, self.prefix), session.backbone.tokenizer, session.task, session.limits
        )

    def _groups(self, rows: Sequence[Encoded]) -> list[list[int]]:
        lengths = [length(row) for row in rows]
        if not self.session.head.generates:
            return micro_batches(lengths, self.most_tokens, MOST_WASTE[0 if self.gpu else 1])
        each = self.session.limits.max_target_length
        lengths = [(one + each) * self.num_beams for one in lengths]
        return micro_batches(lengths, self.most_tokens, self.most_tokens)  # few steps matter more than padding

    def _guarded(self, rows: Sequence[Encoded]) -> tuple[list[Prediction], int]:
        """Halves the batch where memory runs out. Raises CellError where one example is too much."""
        try:
            return self._decode(rows)
        except RuntimeError as error:
            if not should_reduce_batch_size(error):
                raise
            if len(rows) == 1:
                raise CellError("out_of_memory", "predict", str(error), kind="OutOfMemoryError") from error
        clear_device_cache(garbage_collection=True)
        self.most_tokens = max(self.most_tokens // 2, 1)
        middle = len(rows) // 2
        first, second = self._guarded(rows[:middle]), self._guarded(rows[middle:])
        return first[0] + second[0], first[1] + second[1]

    @torch.inference_mode()
    def _decode(self, rows: Sequence[Encoded]) -> tuple[list[Prediction], int]:
        session = self.session
        batch = session.inputs(rows)
        if not session.head.generates:
            return session.head.decode(session.logits(batch), batch, session.task), 0
        decoder = session.backbone.decoder()
        limit = session.limits.max_target_length
        with session.precision.autocast():
            ids = generate(decoder, batch.source, limit, self.num_beams, self.length_penalty)
        tokenizer = session.backbone.tokenizer
        predictions: list[Prediction] = [
            {"id": name, "prediction": session.head.answer(read_text(row, tokenizer), tokenizer, session.task)}
            for name, row in zip(batch.keep, ids, strict=True)
        ]
        return predictions, sum(row[-1] != decoder.eos for row in ids)
