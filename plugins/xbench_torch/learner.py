"""A fitted cell of a torch model: predictions, what it cost, and how it is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from xbench.specs import Example, Json, Prediction
from xbench_torch.predictor import Predictor
from xbench_torch.session import Session

CONFIG, HEAD, ADAPTER, BASE = "xbench.json", "head.safetensors", "adapter.safetensors", "base"
SCHEMA = 1


class TorchLearner:
    """base: a folder with the untrained backbone, where only this cell knows how to make it again."""

    def __init__(
        self,
        session: Session,
        predictor: Predictor,
        *,
        cost: Json,
        flags: Sequence[str],
        whole: bool,
        total_steps: int = 0,
        base: Path | None = None,
    ) -> None:
        self.session, self.predictor = session, predictor
        self.flags = tuple(flags)
        self._cost, self._whole, self._base, self._total_steps = dict(cost), whole, base, total_steps

    @property
    def cost(self) -> Json:
        return self._cost

    @property
    def counts(self) -> Json:
        return self.predictor.counts

    def predict(self, examples: Iterable[Example]) -> Iterator[Prediction]:
        return self.predictor.predict(examples)

    def save(self, folder: Path) -> None:
        """Weights that `load` brings back whatever the seed.

        All of them in the backbone's own format where all were trained; else what the method trained and what it
        needs (`adapter.safetensors`), beside `base` where the backbone came from no checkpoint.
        """
        folder.mkdir(parents=True, exist_ok=True)
        session = self.session
        if self._whole:
            session.backbone.save(folder)
        else:
            if self._base is not None:
                shutil.copytree(self._base, folder / BASE, dirs_exist_ok=True)
            if kept := kept_state(session):
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
        }
        (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def kept_state(session: Session) -> dict[str, Tensor]:
    """Trained backbone parameters and the method's further state, by name."""
    state = {**dict(session.backbone.module.named_buffers()), **dict(session.backbone.module.named_parameters())}
    names = {*session.applied.trained, *session.applied.saved}
    return _contiguous({name: state[name] for name in sorted(names)})


def read_config(folder: Path) -> dict[str, Any]:
    """What `TorchLearner.save` wrote beside the weights."""
    config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    return config


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
