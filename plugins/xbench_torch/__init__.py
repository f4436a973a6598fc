"""What every torch model shares: documents, heads, the engine, techniques, decoding. Torch is imported when used."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable

import pluggy

from xbench.protocols import Part
from xbench.specs import Option

hookimpl = pluggy.HookimplMarker("xbench")

SHAPES = ["encoder", "decoder", "encoder-decoder"]
WRITERS = ["decoder", "encoder-decoder"]


def _head(name: str, target: str, task_type: str, shapes: list[str], route: str) -> Part:
    serves = {"task_type": task_type, "shapes": shapes, "routes": [route]}
    return Part("head", name, f"xbench_torch.heads.{target}", serves=serves)


@hookimpl
def xbench_parts() -> Iterable[Part]:
    return (
        _head("classification", "classification:ClassificationHead", "classification", SHAPES, "head"),
        _head("tagging", "tagging:TaggingHead", "tagging", SHAPES, "head"),
        _head("text", "text:TextHead", "text-to-text", WRITERS, "text"),
        _head("label-text", "text:LabelTextHead", "classification", WRITERS, "text"),
        Part(
            "technique",
            "fgm",
            "xbench_torch.techniques.fgm:FGM",
            options=(Option("epsilon", "float", 1.0, doc="norm of the perturbation of a document's embeddings"),),
        ),
        Part(
            "technique",
            "ema",
            "xbench_torch.techniques.ema:EMA",
            options=(Option("decay", "float", 0.999, doc="weight of the average's past at a step, at most"),),
        ),
    )


@hookimpl
def xbench_recipes() -> Iterable[Traversable]:
    recipes = files(__name__) / "recipes"
    return sorted((one for one in recipes.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
