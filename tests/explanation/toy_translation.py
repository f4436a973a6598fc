"""Three pairs of sentences, and a tiny model with a tokenizer of their own."""

from __future__ import annotations

from attention_by_hand import model_of

from xbench.specs import DatasetRef, TaskSpec
from xbench_scratch.backbone import ScratchBackbone
from xbench_scratch.tokenizer import train_tokenizer
from xbench_torch.contract import Encoded, Limits
from xbench_torch.heads.text import TextHead

TASK = TaskSpec(
    "toy", 1, "text-to-text", DatasetRef("memory", {}, {}, {}), ("source",), (), ("bleu",), ("en",), "CC0-1.0", ""
)
LIMITS = Limits(32, 32)
PAIRS = (("the red house", "das rote Haus"), ("a cat", "eine Katze auf dem alten Haus"), ("the old cat", "die Katze"))


def backbone_of(shape: str) -> ScratchBackbone:
    """Random weights in float64; the tokenizer as the scratch backend makes it."""
    texts = [text for pair in PAIRS for text in pair]
    tokenizer = train_tokenizer(texts * 5, 200, begin=shape != "encoder-decoder")
    return ScratchBackbone(model_of(shape, len(tokenizer)), tokenizer)


def encoded(backbone: ScratchBackbone, head: TextHead) -> list[Encoded]:
    """The pairs as the text head sees them."""
    examples = [{"id": str(i), "source": source, "target": target} for i, (source, target) in enumerate(PAIRS)]
    return [head.encode(example, backbone.tokenizer, TASK, LIMITS) for example in examples]
