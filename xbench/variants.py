"""One model with one method under one recipe, whatever the task: effective values, label, part of the key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from xbench.abilities import KnowsDevices
from xbench.catalog import Catalog
from xbench.errors import UserError
from xbench.identity import Image, method_image, model_image, recipe_image
from xbench.names import labelled, unknown
from xbench.protocols import Backend, Method, Part
from xbench.recipes import Recipe, called, effective, qualified
from xbench.specs import Json, ModelSpec, Option, TaskSpec

SMALL_MIB = 4096  # what any machine has: below it nobody is asked, for the answer may take the import of a framework
MEMORY_SLACK = 1.25  # predictions are rough: only what is well above the machine's memory is hopeless
SIZES = "model."  # options of this prefix build the model, and reach `ModelSpec.options` without it


@dataclass(frozen=True, slots=True)
class Variant:
    """What every cell of a model, a method and a recipe has in common.

    Args:
        label: the recipe's name, with what `--set` moved: `quick[max_examples_seen=4000]`.
        values: effective values of the recipe, model and technique options.
        declared: all options that it reads, those of the method among them.
        images: parts of the key: "model", "method", "recipe".
    """

    backend: Backend
    model: ModelSpec
    method: Method
    method_options: Json
    label: str
    values: Json
    declared: tuple[Option, ...]
    images: Mapping[str, Image]


def variant(
    catalog: Catalog, backend: Backend, model: ModelSpec, method: Method, recipe: Recipe, sets: Json
) -> Variant:
    """Raises UserError where a value does not fit its option, or a technique is unknown."""
    own = tuple(backend.options(model))
    origin = f"{recipe.origin}:" if recipe.origin else f"recipe {recipe.name}:"
    chosen, _ = effective(own, method.defaults, recipe.values, sets, origin)
    techniques = [catalog.part("technique", name) for name in chosen.get("techniques") or ()]
    options = (*own, *(option for part in techniques for option in qualified(part.name, part.options)))
    values, _ = effective(options, method.defaults, recipe.values, sets, origin)
    methods = qualified(method.name, method.options)
    method_values, _ = effective(methods, {}, recipe.values, sets, origin)
    prefix = f"{method.name}."
    method_options = {name.removeprefix(prefix): value for name, value in method_values.items()}
    sizes = [replace(option, name=option.name.removeprefix(SIZES)) for option in own if option.name.startswith(SIZES)]
    model = replace(model, options=_built(model, sizes, values))
    return Variant(
        backend=backend,
        model=model,
        method=method,
        method_options=method_options,
        label=labelled(recipe.name, values, effective(options, method.defaults, recipe.values, {})[0]),
        values=values,
        declared=(*options, *methods),
        images={
            "model": model_image(model, backend, sizes),
            "method": method_image(method, method_options, method.options),
            "recipe": recipe_image(_trained(values), options, techniques),
        },
    )


def _built(model: ModelSpec, sizes: Iterable[Option], values: Json) -> Json:
    """The model's own options, under those that were asked for; None asks for nothing."""
    asked = {option.name: values[SIZES + option.name] for option in sizes}
    return {**model.options, **{name: value for name, value in asked.items() if value is not None}}


def _trained(values: Json) -> Json:
    """Values without those that build the model: they stand in its own part of the key."""
    return {name: value for name, value in values.items() if not name.startswith(SIZES)}


def route(catalog: Catalog, backend: Backend, model: ModelSpec, task: TaskSpec, wanted: str) -> tuple[str, Part | None]:
    """The route by which `model` solves `task`, and the head that serves it; ("", None) for a backend without heads.

    wanted: "auto", for the first route of the backend that some head serves, or a route.
    Raises LookupError that says why there is none.
    """
    routes = tuple(backend.routes(model))
    if not routes:
        return "", None
    for name in routes if wanted == "auto" else [wanted] if wanted in routes else []:
        for head in catalog.parts("head"):
            if _serves(head, task.type, model.shape, name):
                return name, head
    if wanted == "auto":
        raise LookupError(f"no head serves {task.type} for a model of shape {model.shape}")
    if wanted not in routes:
        raise LookupError(f"a model of shape {model.shape} has no route {wanted!r}, but {' and '.join(routes)}")
    raise LookupError(f"no head serves {task.type} by route {wanted!r} for a model of shape {model.shape}")


def refuse_unknown_route(catalog: Catalog, wanted: str) -> None:
    """Raises UserError for a route that no installed head serves."""
    known = {"auto", *(name for head in catalog.parts("head") for name in head.serves.get("routes", ()))}
    if wanted not in known:
        raise unknown("--route", wanted, known)


def refuse_absent_device(variants: Iterable[Variant], device: str) -> None:
    """Raises UserError, before any data are read: a device is asked for by a flag, so its absence fails no cell."""
    for backend in {one.backend.name: one.backend for one in variants}.values():
        why = backend.lacks(device) if isinstance(backend, KnowsDevices) else None
        if why is not None:
            raise UserError(f"--device {device}: {why}", "use --device auto, which takes what there is")


def short_of_memory(backend: Backend, needed: float, device: str) -> str | None:
    """Why a cell that needs so many MiB cannot run on `device`, or None where it may."""
    if needed <= SMALL_MIB or not isinstance(backend, KnowsDevices):
        return None
    there = backend.memory_mib(device)
    if there is None or needed <= MEMORY_SLACK * there:
        return None
    return (
        f"it needs about {needed / 1024:,.0f} GiB of memory, and there are {there / 1024:,.0f} GiB "
        "(take a smaller model, or a method that trains less of it)"
    )


def _serves(head: Part, task_type: str, shape: str, route: str) -> bool:
    serves = head.serves
    return (
        serves.get("task_type") == task_type and shape in serves.get("shapes", ()) and route in serves.get("routes", ())
    )


def refuse_unread(catalog: Catalog, variants: Sequence[Variant], recipe: Recipe, sets: Iterable[str]) -> None:
    """Raises UserError for a `--set` key that nothing of the plan reads, and a recipe's that nothing installed does.

    Deterministic models alone (baselines under `default`) are trained by no recipe: its keys are then no mistake.
    """
    options = [option for one in variants for option in one.declared]
    read = frozenset(option.name for option in options)
    unread = [key for key in sets if key not in read]
    trained = any(not one.model.deterministic for one in variants)
    stray = [key for key in recipe.values if key not in read] if trained else []
    if not unread and not stray:
        return
    installed = {option.name: reader for option, *reader in declared_options(catalog)}
    for key in unread:
        if key in installed:
            owner, mend = installed[key]
            raise UserError(f"--set key {key!r}: only {owner} reads it, which is no part of this run", mend)
        meant = called((*options, *(option for option, *_ in declared_options(catalog))), key)
        if meant is not None:
            raise UserError(f"unknown --set key {key!r}", f"did you mean {meant}?")
        raise unknown("--set key", key, read)
    for key in stray:
        if key not in installed:
            raise unknown(f"{recipe.origin or recipe.name}: key", key, read | installed.keys())


def declared_options(catalog: Catalog) -> Iterator[tuple[Option, str, str]]:
    """Every option of an installed component, as `--set` names it: who reads it, and what makes it part of a run."""
    seen: set[str] = set()
    for name in catalog.names("model"):
        for _, (backend, model) in catalog.owned("model", name):
            for option in backend.options(model):
                if option.name not in seen:
                    seen.add(option.name)
                    yield option, f"backend {backend.name}", f"add one of its models: -m {name}"
    for name in catalog.names("method"):
        for _, method in catalog.owned("method", name):
            for option in qualified(name, method.options):
                yield option, f"method {name}", f"add --method {name}"
    for part in catalog.parts("technique"):
        for option in qualified(part.name, part.options):
            yield option, f"technique {part.name}", f"add --set techniques={part.name}"
