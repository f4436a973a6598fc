"""A fitted cell of a torch model: predictions, what it cost, and how it is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from xbench.errors import UserError
from xbench.specs import Cell, Example, Json, Prediction
from xbench_torch.contract import Labelled, Standard
from xbench_torch.loading import loading
from xbench_torch.predictor import Predictor
from xbench_torch.session import Session

CONFIG, HEAD, ADAPTER, BASE = "xbench.json", "head.safetensors", "adapter.safetensors", "base"
SCHEMA = 2


@dataclass(frozen=True, slots=True)
class Kept:
    """What `xbench.json` in a kept model's folder says.

    whole: the folder is the backbone; else it holds what a method added to a base.
    total_steps: of the training; some methods are built by it.
    base: name and revision of the checkpoint that it began from; "source" finds it on this machine, for an addition.
    """

    whole: bool
    total_steps: int
    flags: tuple[str, ...]
    base: Json

    @classmethod
    def read(cls, folder: Path) -> Kept:
        """Raises UserError where another version wrote it."""
        try:
            values: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            schema = values.pop("schema")
            if schema == SCHEMA:
                return cls(**{**values, "flags": tuple(values["flags"])})
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError) as problem:
            raise UserError(f"{folder / CONFIG}: no description of a kept model", "train it again") from problem
        raise UserError(
            f"{folder / CONFIG}: kept in format {schema}, and this xbench reads {SCHEMA}",
            "take the version that trained it, or train it again",
        )


class TorchLearner:
    """whole: the method left the backbone's parameters under their names, so that it is a checkpoint like any other.

    base: a folder with the untrained backbone, where only this cell knows how to make it again.
    """

    def __init__(
        self,
        session: Session,
        predictor: Predictor,
        cell: Cell,
        *,
        cost: Json,
        flags: Sequence[str],
        whole: bool,
        total_steps: int = 0,
        base: Path | None = None,
    ) -> None:
        self.session, self.predictor, self.cell = session, predictor, cell
        self.flags = tuple(flags)
        self._cost, self._whole, self._base, self._total_steps = dict(cost), whole, base, total_steps
        self._loaded_with_head = ""  # the library's class that reads backbone and head from the saved folder

    @property
    def cost(self) -> Json:
        return self._cost

    @property
    def counts(self) -> Json:
        return self.predictor.counts

    def predict(self, examples: Iterable[Example]) -> Iterator[Prediction]:
        return self.predictor.predict(examples)

    def save(self, folder: Path) -> None:
        """What `load` brings back whatever the seed, and plain `from_pretrained` (or peft) too.

        The whole backbone in its own format; where a method added to it, what it added (`adapter.safetensors`, and its
        library's own files), the tokenizer, and `base` where the backbone came from no checkpoint. Beside either, the
        head.
        """
        folder.mkdir(parents=True, exist_ok=True)
        session, model = self.session, self.cell.model
        backbone, head = session.backbone, session.head
        if self._whole:
            if session.module is not None and isinstance(head, Labelled) and isinstance(backbone, Standard):
                classes = head.classes(session.task)
                self._loaded_with_head = backbone.save_labelled(folder, session.module, classes, head.standard)
            else:
                backbone.save(folder)
        else:
            if self._base is not None:
                shutil.copytree(self._base, folder / BASE, dirs_exist_ok=True)
            backbone.tokenizer.save_pretrained(folder)
        if (not self._whole or session.applied.saved) and (kept := kept_state(session)):
            save_file(kept, folder / ADAPTER)
        if session.applied.export is not None:
            session.applied.export(folder)
        if session.module is not None:
            save_file(_contiguous(session.module.state_dict()), folder / HEAD)
        config = {
            "schema": SCHEMA,
            "whole": self._whole,
            "total_steps": self._total_steps,
            "flags": list(self.flags),
            "base": {
                "name": model.name,
                "revision": model.revision,
                **({} if self._whole else {"source": model.source}),
            },
        }
        (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")

    def loading(self) -> str:
        """See `xbench.abilities.TellsLoading`; of the folder that `save` wrote last."""
        model, base = self.cell.model, ""
        if self._base is not None:
            base = f'f"{{folder}}/{BASE}"'
        elif not self._whole and Path(model.source).is_absolute():
            base = json.dumps(f"the folder of {model.name}")
        elif not self._whole:
            base = f"{json.dumps(model.source)}, revision={json.dumps(model.revision)}"
        return loading(self.session, self.predictor, self._loaded_with_head, base)


def kept_state(session: Session) -> dict[str, Tensor]:
    """Trained backbone parameters and the method's further state, by name."""
    state = {**dict(session.backbone.module.named_buffers()), **dict(session.backbone.module.named_parameters())}
    names = {*session.applied.trained, *session.applied.saved}
    return _contiguous({name: state[name] for name in sorted(names)})


def read_weights(session: Session, folder: Path) -> None:
    """Loads head and adapter into a session that was built as the saved one was. Raises KeyError for a strange name."""
    if (folder / ADAPTER).exists():
        module = session.backbone.module
        own = {**dict(module.named_buffers()), **dict(module.named_parameters())}
        for name, value in load_file(folder / ADAPTER).items():
            own[name].data.copy_(value)
    if session.module is not None:
        session.module.load_state_dict(load_file(folder / HEAD))


def _contiguous(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().to("cpu").contiguous().clone() for name, value in state.items()}
