"""The one generation loop: greedy and beam search over the `Decoder` protocol, with the semantics of `generate`."""

from __future__ import annotations

import torch
from torch import Tensor

from xbench_torch.contract import Decoder
from xbench_torch.docs import Docs

NEVER = -1.0e9  # the log-probability of what cannot be, as in transformers


@torch.inference_mode()
def generate(
    decoder: Decoder, source: Docs, max_new_tokens: int, num_beams: int = 1, length_penalty: float = 1.0
) -> list[list[int]]:
    """Generated ids of each document, the end token included where it was reached."""
    if num_beams == 1:
        return _greedy(decoder, source, max_new_tokens)
    return _beams(decoder, source, max_new_tokens, num_beams, length_penalty)


def _greedy(decoder: Decoder, source: Docs, max_new_tokens: int) -> list[list[int]]:
    state, tokens = decoder.start(source)
    rows = torch.arange(len(tokens), device=tokens.device)  # documents still open
    out = torch.full((len(tokens), max_new_tokens), decoder.eos, dtype=torch.long, device=tokens.device)
    lengths = torch.full((len(tokens),), max_new_tokens, dtype=torch.long, device=tokens.device)
    for position in range(max_new_tokens):
        logits, state = decoder.step(state, tokens)
        chosen = logits.float().argmax(-1)
        out[rows, position] = chosen
        ended = chosen == decoder.eos
        lengths[rows[ended]] = position + 1
        going = (~ended).nonzero()[:, 0]
        if len(going) == 0 or position + 1 == max_new_tokens:
            break
        if len(going) < len(rows):
            state, rows, chosen = decoder.reorder(state, going), rows[going], chosen[going]
        tokens = chosen[:, None]
    return _lists(out, lengths)


def _beams(
    decoder: Decoder, source: Docs, max_new_tokens: int, num_beams: int, length_penalty: float
) -> list[list[int]]:
    """2 x beams candidates a step; scores of ended ones are divided by length ** penalty; `early_stopping=False`."""
    state, tokens = decoder.start(source)
    device, n = tokens.device, len(tokens)
    logits, state = decoder.step(state, tokens)
    best = torch.full((n, max_new_tokens), decoder.eos, dtype=torch.long, device=device)
    best_lengths = torch.full((n,), max_new_tokens, dtype=torch.long, device=device)
    documents = torch.arange(n, device=device)  # still open: each has `num_beams` rows in the state
    running = torch.full((n, num_beams, max_new_tokens), decoder.eos, dtype=torch.long, device=device)
    scores = torch.full((n, num_beams), NEVER, device=device)
    scores[:, 0] = 0.0  # the beams begin as one
    ended = running.clone()
    ended_scores = torch.full((n, num_beams), NEVER, device=device)
    ended_lengths = torch.zeros((n, num_beams), dtype=torch.long, device=device)
    is_ended = torch.zeros((n, num_beams), dtype=torch.bool, device=device)
    logits = logits.repeat_interleave(num_beams, 0)
    state = decoder.reorder(state, torch.arange(n, device=device).repeat_interleave(num_beams))
    for position in range(max_new_tokens):
        size = position + 1
        open_ = len(documents)
        vocabulary = logits.shape[-1]
        sums = logits.float().log_softmax(-1).view(open_, num_beams, vocabulary) + scores[:, :, None]
        candidates, flat = sums.view(open_, -1).topk(2 * num_beams)
        beam, token = flat // vocabulary, flat % vocabulary
        sequences = _rows(running, beam)
        sequences[:, :, position] = token
        at_end = token == decoder.eos
        if size == max_new_tokens:
            at_end = torch.ones_like(at_end)
        # ended candidates among the best `num_beams` compete with those that ended before
        counts = at_end.clone()
        counts[:, num_beams:] = False
        final = (candidates / size**length_penalty).masked_fill(~counts, NEVER)
        merged = torch.cat([ended_scores, final], 1)
        ended_scores, kept = merged.topk(num_beams)
        ended = _rows(torch.cat([ended, sequences], 1), kept)
        ended_lengths = torch.cat([ended_lengths, torch.full_like(token, size)], 1).gather(1, kept)
        is_ended = torch.cat([is_ended, counts], 1).gather(1, kept)
        # the others go on
        scores, chosen = (candidates + at_end * NEVER).topk(num_beams)
        running, beam, token = _rows(sequences, chosen), beam.gather(1, chosen), token.gather(1, chosen)
        hope = scores[:, :1] / size**length_penalty
        worst = ended_scores.amin(1, keepdim=True).masked_fill(~is_ended.all(1, keepdim=True), NEVER)
        closed = (hope <= worst)[:, 0]
        if size == max_new_tokens:
            closed = torch.ones_like(closed)
        if bool(closed.any()):
            best[documents[closed]] = ended[closed, 0]
            best_lengths[documents[closed]] = ended_lengths[closed, 0]
        keep = (~closed).nonzero()[:, 0]
        if len(keep) == 0:
            break
        rows = (keep[:, None] * num_beams + beam[keep]).view(-1)
        state = decoder.reorder(state, rows)
        documents, running, scores, token = documents[keep], running[keep], scores[keep], token[keep]
        ended, ended_scores = ended[keep], ended_scores[keep]
        ended_lengths, is_ended = ended_lengths[keep], is_ended[keep]
        logits, state = decoder.step(state, token.view(-1, 1))
    return _lists(best, best_lengths)


def _rows(values: Tensor, index: Tensor) -> Tensor:
    """(n, a, length), (n, b) -> (n, b, length)."""
    return values.gather(1, index[:, :, None].expand(-1, -1, values.shape[2]))


def _lists(ids: Tensor, lengths: Tensor) -> list[list[int]]:
    return [row[:length] for row, length in zip(ids.tolist(), lengths.tolist(), strict=True)]
