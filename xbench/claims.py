"""A model that no plugin declares: which backend claims its name, as a folder or the id of a hub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from xbench.errors import MissingModel, UserError
from xbench.names import alike, nearest, unknown
from xbench.protocols import Backend
from xbench.specs import ModelSpec


def claimed(
    text: str, offline: bool, backends: Sequence[Backend], declared: Iterable[str], broken: str
) -> tuple[Backend, ModelSpec]:
    """The one backend that takes the name, and what it takes it for.

    Args:
        declared: the models that plugins declare: one of them may be meant.
        broken: a hint about plugins that could not be imported; may be empty.

    Raises:
        MissingModel: it may be the id of a hub that lacks it, is not asked or does not answer.
        UserError: nobody takes it, two do, or the one who knows it cannot load it.
    """
    claims: list[tuple[Backend, ModelSpec]] = []
    missing: list[MissingModel] = []
    refusals: list[UserError] = []
    failures: list[str] = []
    for backend in backends:
        try:
            spec = backend.resolve(text, offline)
        except MissingModel as refusal:
            missing.append(refusal)
        except UserError as refusal:
            refusals.append(refusal)
        except Exception as mistake:  # noqa: BLE001 - a plugin's; another backend may know the name
            failures.append(f"{backend.name} failed: {type(mistake).__name__}: {mistake}")
        else:
            claims += [] if spec is None else [(backend, spec)]
    if len(claims) == 1:
        return claims[0]
    if claims:
        readings = [f"{backend.name}:{text}" for backend, _ in claims]
        raise UserError(f"model {text!r} is claimed by more than one backend", f"say {' or '.join(readings)}")
    if refusals:  # somebody knows it
        raise UserError(f"model {refusals[0].message}", refusals[0].hint)
    if Path(text).is_absolute() or text.startswith((".", "~")):  # a path: no name is near it
        lacks = "has no config.json" if Path(text).is_dir() else "is no folder"
        raise UserError(f"model {text}: it {lacks}", "name a checkpoint's folder")
    names = list(declared)
    error = unknown("model", text, names, broken, "xbench list models")
    if missing and not failures:
        best = nearest(text, names)
        slip = best and alike(text, best) and alike(_family(text), _family(best))
        guess = f"did you mean {best}? No" if slip else "no"
        why = "; ".join(one.message for one in missing)
        raise MissingModel(f"{error.message}: {guess} plugin declares it, and {why}", missing[0].hint)
    readings = failures or ["it is no folder or hub id that a backend takes"]
    raise UserError(f"{error.message}: no plugin declares it, and {'; '.join(readings)}", error.hint)


def _family(name: str) -> str:
    """`t5` of `t5-base`, which is no slip of `scratch-base`."""
    return name.partition("-")[0]
