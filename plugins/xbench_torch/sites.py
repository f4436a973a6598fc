"""Which modules do what: found by one traced forward pass, without a table of architectures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from xbench_torch.contract import Backbone
from xbench_torch.docs import Docs

ROLES = ("qkv", "attn_out", "ffn_in", "ffn_out", "norm", "attention", "layers")


class _Trace(TorchFunctionMode):
    """What a forward pass called: modules without children, and the innermost modules that called `product`."""

    def __init__(self, product: Any) -> None:
        super().__init__()
        self.product = product
        self.running: list[nn.Module] = []
        self.leaves: dict[nn.Module, int] = {}  # in the order of their first call
        self.attentions: dict[nn.Module, int] = {}  # -> number of leaves called before the product

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is self.product and self.running:
            self.attentions.setdefault(self.running[-1], len(self.leaves))
        return func(*args, **(kwargs or {}))

    def enter(self, module: nn.Module, args: Any) -> None:
        self.running.append(module)
        if not list(module.children()):
            self.leaves.setdefault(module, len(self.leaves))

    def leave(self, module: nn.Module, args: Any, output: Any) -> None:
        self.running.pop()


@contextmanager
def _watched(module: nn.Module, trace: _Trace) -> Iterator[None]:
    """Hooks on every module, taken off again; in eval mode, so that no random number is drawn."""
    training = {m: m.training for m in module.modules()}
    hooks = [hook for m in training for hook in _hooks(m, trace)]
    module.eval()
    try:
        with torch.no_grad(), trace:
            yield
    finally:
        for hook in hooks:
            hook.remove()
        for m, mode in training.items():
            m.training = mode


def _hooks(module: nn.Module, trace: _Trace) -> tuple[Any, Any]:
    return module.register_forward_pre_hook(trace.enter), module.register_forward_hook(trace.leave)


def _traced(backbone: Backbone, decodes: bool, product: Any) -> _Trace:
    trace = _Trace(product)
    device = next(backbone.module.parameters()).device
    docs = Docs.of([[3, 2, 1], [1, 2]]).to(device)
    with _watched(backbone.module, trace):
        states = backbone.encode(backbone.embed(docs.ids, "encoder"), docs, None)
        if decodes:
            backbone.decode(backbone.embed(docs.ids, "decoder"), docs, states, docs, None)
    return trace


def _is_linear(module: nn.Module) -> bool:
    """A matrix product: nn.Linear, GPT-2's Conv1D, a home-made one."""
    weight = getattr(module, "weight", None)
    return isinstance(weight, torch.Tensor) and weight.dim() == 2 and not isinstance(module, nn.Embedding)


def _layers(names: Mapping[nn.Module, str]) -> dict[nn.Module, str]:
    """Module -> name of the outermost element of a module list that holds it."""
    lists = [name for module, name in names.items() if isinstance(module, (nn.ModuleList, nn.Sequential))]
    layers = {}
    for module, name in names.items():
        above = [prefix for prefix in lists if name.startswith(f"{prefix}.")]
        if above:
            prefix = min(above, key=len)
            layers[module] = ".".join((prefix, name.removeprefix(f"{prefix}.").split(".")[0]))
    return layers


def find_sites(backbone: Backbone, decodes: bool) -> Mapping[str, list[str]]:
    """Names in `backbone.module` by role, in the order in which the modules are defined.

    decodes: is there a second stack (`backbone.decode`) in `module`?

    attention: modules that call `scaled_dot_product_attention` (or `softmax`, where none does). layers: the list
    elements that hold them. Of a layer's linear maps, by the order of their first calls: those of an attention before
    its product are qkv; of the others, the first one after an attention is attn_out, the last one before the next
    attention is ffn_out, those between are ffn_in. norm: called modules whose class bears the word.
    """
    trace = _traced(backbone, decodes, F.scaled_dot_product_attention)
    if not trace.attentions:
        trace = _traced(backbone, decodes, F.softmax)
    names = {module: name for name, module in backbone.module.named_modules()}
    layer_of = _layers(names)
    inside = {attention: set(attention.modules()) for attention in trace.attentions}
    roles: dict[nn.Module, str] = dict.fromkeys(trace.attentions, "attention")
    following: dict[nn.Module, list[nn.Module]] = {attention: [] for attention in trace.attentions}
    for module, at in trace.leaves.items():
        if "Norm" in type(module).__name__:
            roles[module] = "norm"
        elif _is_linear(module) and module in layer_of:
            if any(at < product and module in inside[attention] for attention, product in trace.attentions.items()):
                roles[module] = "qkv"
                continue
            same = [
                a for a, product in trace.attentions.items() if product <= at and layer_of.get(a) == layer_of[module]
            ]
            if same:
                following[max(same, key=trace.attentions.__getitem__)].append(module)
    for maps in following.values():
        roles.update(dict.fromkeys(maps[1:-1], "ffn_in"))
        roles.update(dict.fromkeys(maps[1:][-1:], "ffn_out"))
        roles.update(dict.fromkeys(maps[:1], "attn_out"))
    sites: dict[str, list[str]] = {role: [] for role in ROLES}
    for module, name in names.items():
        if module in roles:
            sites[roles[module]].append(name)
    sites["layers"] = list(dict.fromkeys(layer_of[m] for m in names if m in trace.attentions and m in layer_of))
    return sites
