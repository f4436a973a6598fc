"""Cell keys and protocols: digests of declared pre-images, never of Python objects.

A pre-image is strict JSON in one canonical form. A cell's key is the digest of its parts' digests, so that a part that
many cells share (a task's fingerprints, a recipe's values) is written out and hashed once.
"""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xbench.protocols import Declared, Part
from xbench.specs import Cell, Json, ModelSpec, Option, TaskSpec

ABSENT = "(absent)"


@dataclass(frozen=True, slots=True)
class Image:
    """One part of a pre-image in canonical form, with its digest."""

    values: Any
    digest: str


def canonical(value: Any) -> Any:
    """`value` in the one form that is hashed: NFC text, sorted keys, lists for tuples, 3 for 3.0.

    Raises ValueError on NaN and infinities, TypeError on what is no JSON.
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} cannot stand in an identity")
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("an identity has string keys only")
        return dict(sorted((unicodedata.normalize("NFC", key), canonical(item)) for key, item in value.items()))
    raise TypeError(f"{type(value).__name__} cannot stand in an identity")


def _hash(canonical_value: Any) -> str:
    text = json.dumps(canonical_value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return _hash(canonical(value))


def image(values: Any) -> Image:
    """A part of a pre-image, written out and hashed once."""
    form = canonical(values)
    return Image(form, _hash(form))


def key_of(identity: Json) -> str:
    """The key of a whole pre-image: the digest of its parts' digests. What `make_cell` computes from shared parts."""
    return digest({name: digest(part) for name, part in identity.items()})


def effective(values: Json, options: Sequence[Option]) -> Json:
    """`values` without those at their option's neutral value, so that an option added later moves no key."""
    neutral = {option.name: canonical(option.neutral) for option in options}
    kept = {}
    for name, value in values.items():
        form = canonical(value)
        if name in neutral and form == neutral[name] and isinstance(form, bool) == isinstance(neutral[name], bool):
            continue
        kept[name] = form
    return kept


def component(declared: Declared | Part) -> str:
    """A component as a pre-image names it: "lora@1", with the result version that it had."""
    return f"{declared.name}@{declared.result_version}"


def task_image(
    task: TaskSpec,
    tasktype: Declared,
    fingerprints: Mapping[str, str],
    limit_train: int | None,
    limit_eval: int | None,
) -> Image:
    """The task's side: all that makes two scores comparable. It is the protocol's pre-image too.

    fingerprints: content hash by split, of the carved splits before any limit.
    """
    return image(
        {
            "name": task.name,
            "version": task.version,
            "result_version": task.result_version,
            "type": component(tasktype),
            "data": dict(fingerprints),
            "split": "test",
            "inputs": task.inputs,
            "labels": task.labels,
            "limits": {"train": limit_train, "eval": limit_eval},
        }
    )


def model_image(model: ModelSpec, backend: Declared, options: Sequence[Option]) -> Image:
    """Which weights, built how. Where they lie (`ModelSpec.source`) is no part of it."""
    return image(
        {
            "backend": component(backend),
            "id": model.name,
            "revision": model.revision,
            "options": effective(model.options, options),
        }
    )


def method_image(method: Declared, values: Json, options: Sequence[Option]) -> Image:
    """What is trained."""
    return image({"name": component(method), "options": effective(values, options)})


def recipe_image(values: Json, options: Sequence[Option], techniques: Sequence[Part] = ()) -> Image:
    """How it is trained: effective values, and the techniques by result version. A recipe's name is a label only."""
    return image({"values": effective(values, options), "techniques": [component(part) for part in techniques]})


def make_cell(
    task: TaskSpec,
    model: ModelSpec,
    method: str,
    method_options: Json,
    recipe: str,
    recipe_values: Json,
    route: str,
    seed: int,
    images: Mapping[str, Image],
    limit_train: int | None = None,
    limit_eval: int | None = None,
    needs: Sequence[str] = (),
) -> Cell:
    """A cell with its key and protocol.

    images: the shared parts: "task" (from `task_image`), "model", "method", "recipe", "reader", "head" where one is
    used. The selection metric enters by name alone: a metric whose arithmetic changed re-scores stored predictions and
    trains nothing.
    """
    run: dict[str, Any] = {"route": route, "seed": seed, "select_by": task.metrics[0]}
    prefix = task.prefixes.get(model.family)
    if prefix and route == "text":  # a head reads the source as it stands
        run["prefix"] = prefix
    if needs:
        run["needs"] = sorted(needs)
    parts = {**images, "run": image(run)}
    return Cell(
        task=task,
        model=model,
        method=method,
        method_options=method_options,
        recipe=recipe,
        recipe_values=recipe_values,
        route=route,
        seed=seed,
        limit_train=limit_train,
        limit_eval=limit_eval,
        needs=tuple(needs),
        identity={name: part.values for name, part in parts.items()},
        protocol_of=images["task"].values,
        key=digest({name: part.digest for name, part in parts.items()}),
        protocol=images["task"].digest,
    )


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    else:
        yield path, value


def explain(a: Json, b: Json) -> list[tuple[str, Any, Any]]:
    """The paths at which two pre-images differ: (path, value in a, value in b), "(absent)" where there is none."""
    left, right = dict(_leaves(canonical(a))), dict(_leaves(canonical(b)))
    return [
        (path, left.get(path, ABSENT), right.get(path, ABSENT))
        for path in sorted(left.keys() | right.keys())
        if left.get(path, ABSENT) != right.get(path, ABSENT)
    ]
