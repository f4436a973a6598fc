"""What heads, backbones, decoders, techniques and torch methods are to each other. No behaviour here.

The one idea: nothing but a layout knows padding. Batches are flat documents; embeddings are computed flat and handed on
as `inputs_embeds`; a head reads rows of states by index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn

from xbench.protocols import Method
from xbench.specs import Example, Json, Prediction, TaskSpec
from xbench_torch.docs import Docs


@dataclass(frozen=True)
class Limits:
    """Longest document and longest target, in tokens, special tokens included."""

    max_length: int
    max_target_length: int


@dataclass(frozen=True)
class Encoded:
    """One example; deterministic, cached. Positions are local to a document.

    Keys of `at` that begin with "target" index the target document (document 0 of the target), all others `docs`.
    """

    docs: Sequence[Sequence[int]]  # several: windows of a long text, choices of a question
    columns: Mapping[str, Sequence[Sequence[int]]]
    target: Sequence[int] | None  # decoder input
    at: Mapping[str, Sequence[tuple[int, int]]]  # name -> (document, position)
    y: Mapping[str, Sequence[float]]
    keep: Any = None  # what decode needs (the id, offsets); never on the device
    truncated: bool = False
    unknown: int = 0  # unknown tokens among the source tokens
    unread: int = 0  # words of the input that no token stands for


@dataclass(frozen=True)
class Batch:
    """n encoded examples, flat, in D source documents. objective: what it is trained by: "task"."""

    objective: str
    n: int  # examples
    weight: int  # units that the loss sums over, known before the forward
    source: Docs
    target: Docs | None
    owner: Tensor  # (D,) example of each source document
    at: Mapping[str, Tensor]  # flat token indices
    at_owner: Mapping[str, Tensor]  # example of each of these
    y: Mapping[str, Tensor]
    keep: Sequence[Any]


@dataclass(frozen=True)
class Loss:
    """Of one batch, before it is divided by its weight."""

    total: Tensor  # a sum over units, not a mean
    logits: Tensor  # what R-Drop, distillation and ensembles read


class Head(Protocol):
    """How a shape solves a task type; looked up by (task type, shape, route). Never sees padding.

    The target of a "head" part is called with the loaded backbone and gives one.
    """

    @property
    def reads(self) -> tuple[str, str]:
        """("encoder" | "decoder", key of Batch.at)."""

    @property
    def generates(self) -> bool:
        """True: predictions come from the decoding loop, not from `decode`."""

    def encode(self, example: Example, tokenizer: Any, task: TaskSpec, limits: Limits) -> Encoded: ...
    def prompt(self, example: Example, tokenizer: Any, task: TaskSpec, limits: Limits) -> Encoded:
        """What is known before the target is: the input of generation (text heads only).

        The example may hold "_prefix": what the model's family expects before all that it reads (see `prefix`).
        """

    def build(self, backbone: Backbone, task: TaskSpec) -> nn.Module | None:
        """The head's own parameters; None: it uses backbone.vocab_logits."""

    def weight(self, encoded: Sequence[Encoded]) -> int:
        """Units that the loss of these examples sums over."""

    def logits(self, module: nn.Module | None, states: Tensor, batch: Batch, backbone: Backbone) -> Tensor:
        """states (n, width), rows in the order of at[reads[1]]."""

    def loss(self, logits: Tensor, batch: Batch, label_smoothing: float) -> Tensor:
        """Summed over units."""

    def decode(self, logits: Tensor, batch: Batch, task: TaskSpec) -> list[Prediction]:
        """One prediction an example, in order."""

    def answer(self, text: str, tokenizer: Any, task: TaskSpec) -> Any:
        """A generated text as the value of "prediction" (text heads only)."""


@runtime_checkable
class Labelled(Protocol):
    """A head whose logits stand for named classes: what a kept model says of itself. Not every head does."""

    @property
    def standard(self) -> str:
        """What the same head is called in transformers: "TokenClassification"; "" where its heads compute otherwise."""

    @property
    def pooling(self) -> str:
        """Which token's state it reads, in words."""

    def classes(self, task: TaskSpec) -> Sequence[str]:
        """In the order of the logits."""


class Decoder(Protocol):
    """What the one decoding loop (greedy, beam) drives; rows are sequences in the making.

    The state is opaque to the loop and holds the key-value cache.
    """

    @property
    def bos(self) -> int | None: ...
    @property
    def eos(self) -> int: ...
    @property
    def vocabulary(self) -> int: ...
    def start(self, source: Docs) -> tuple[Any, Tensor]:
        """State and first tokens (D, 1) (encoder-decoder) or (D, prompt) (causal: left-padded by the decoder)."""

    def step(self, state: Any, tokens: Tensor) -> tuple[Tensor, Any]:
        """tokens (n, k) not yet seen -> next-token logits (n, vocabulary)."""

    def reorder(self, state: Any, rows: Tensor) -> Any:
        """Keep these rows, in this order (may repeat): beams; also drops finished rows."""


class Backbone(Protocol):
    """A model without its task: Hugging Face, scratch, or a third party's."""

    @property
    def module(self) -> nn.Module:
        """Holds every parameter."""

    @property
    def shape(self) -> str: ...
    @property
    def width(self) -> int:
        """Of the states that heads read."""

    @property
    def tokenizer(self) -> Any:
        """A transformers PreTrainedTokenizerFast."""

    @property
    def max_length(self) -> int | None:
        """Longest document that its positions allow."""

    @property
    def sites(self) -> Mapping[str, Sequence[str]]:
        """Module names by role: qkv, attn_out, ffn_in, ffn_out, norm, attention, layers; from one traced forward."""

    def embed(self, ids: Tensor, stack: str) -> Tensor:
        """(T,) -> (T, width); stack: "encoder" | "decoder" (a decoder-only model has "encoder" alone)."""

    def encode(self, embeds: Tensor, docs: Docs, at: Tensor | None) -> Tensor:
        """(T, width) -> (len(at), width), all tokens where `at` is None. Causal for a decoder."""

    def decode(self, embeds: Tensor, docs: Docs, memory: Tensor, source: Docs, at: Tensor | None) -> Tensor:
        """memory: (T_source, width), flat. Encoder-decoders only."""

    def vocab_logits(self, states: Tensor) -> Tensor:
        """(n, width) -> (n, vocabulary): the checkpoint's own LM head; tied embedding if it has none."""

    def decoder(self) -> Decoder: ...
    def start_target(self, ids: Sequence[int]) -> list[int]:
        """Target ids -> decoder input: shifted right, beginning with the start token. Encoder-decoders only."""

    def save(self, folder: Path) -> None:
        """Weights (safetensors), config and tokenizer; plain `from_pretrained` loads it where the family allows."""


@runtime_checkable
class Standard(Protocol):
    """A backbone that its own library can load: how, and how with a head on it. Not every backbone has one."""

    @property
    def loader(self) -> tuple[str, str, str]:
        """Module, class, and what follows `from_pretrained(...)`: ("transformers", "AutoModel", ".get_encoder()")."""

    @property
    def checkpoint(self) -> tuple[str | None, str | None]:
        """The folder or hub id that it was read from, and the commit; None where there is none."""

    def save_labelled(self, folder: Path, module: nn.Module, classes: Sequence[str], standard: str) -> str:
        """As `save`, with the classes' names in the config, and with the head where the library has the same.

        Args:
            module: the head, ending in a linear layer.
            standard: see `Labelled`.

        Returns the class that loads both, or "".
        """


@dataclass(frozen=True)
class Applied:
    """What a method did to a backbone. Names are those of `backbone.module.named_parameters()`."""

    trained: Sequence[str]  # the only backbone parameters that may change
    saved: Sequence[str] = ()  # further state that a reload needs
    head_trained: bool = True  # the task head's own parameters
    techniques: Sequence[Technique] = field(default_factory=tuple)
    export: Callable[[Path], None] | None = None  # writes the trained part in its own library's format too


class TorchMethod(Method, Protocol):
    """A method that torch backends can apply. Its task head is always trained (but by `none`)."""

    def apply(self, backbone: Backbone, options: Json, total_steps: int, seed: int) -> Applied:
        """In place, through backbone.sites, never by model type. Same base, options and seed: the same modules."""


LossFn = Callable[[Batch, "Tensor | None"], Loss]  # second argument: perturbed source embeddings (T, width)
GradFn = Callable[[Batch, float], Loss]  # adds the gradients of scale * total


class Technique(Protocol):
    """Three wrap points; the loop knows none by name.

    The target of a "technique" part is called with its options and gives one.
    """

    @property
    def name(self) -> str: ...
    def wrap_loss(self, loss: LossFn, session: Any) -> LossFn: ...
    def wrap_grad(self, grad: GradFn, loss: LossFn, session: Any) -> GradFn: ...
    def after_step(self, session: Any, step: int, total: int) -> None:
        """After optimizer.step, before zero_grad."""

    def evaluating(self, session: Any) -> AbstractContextManager[None]:
        """EMA swaps its weights in."""

    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...
