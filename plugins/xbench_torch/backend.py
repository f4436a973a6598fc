"""What every torch backend shares; a backend adds its models and how their backbone is loaded."""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xbench.abilities import Diagnosis
from xbench.errors import CellError, UserError
from xbench.protocols import Context, Job, Learner
from xbench.specs import Cell, Json, ModelSpec, Option, TaskSpec
from xbench_torch.options import recipe_options
from xbench_torch.prefix import prefix_of
from xbench_torch.settings import problem
from xbench_torch.texts import TrainTexts

if TYPE_CHECKING:  # declaring a backend imports no framework; what runs a cell is imported where it runs
    from xbench_torch.contract import Backbone
    from xbench_torch.learner import Kept, TorchLearner

ROUTES: Mapping[str, Sequence[str]] = {
    "encoder": ("head",),
    "decoder": ("head", "text"),
    "encoder-decoder": ("text", "head"),
}
PREFIXED_FAMILIES = frozenset({"t5"})  # trained with a prefix for every task (Raffel et al. 2020)


class TorchBackend(ABC):
    """Subclasses give `name`, `result_version`, `models`, `resolve`, `load_backbone`, and what differs of the rest."""

    name: str
    result_version: int = 1
    # Does a backbone come from no checkpoint, so that a saved cell must keep the untrained one too?
    keeps_base: bool = False

    @abstractmethod
    def models(self) -> Iterable[ModelSpec]:
        """Named models; imports nothing heavy."""

    @abstractmethod
    def resolve(self, text: str, offline: bool = False) -> ModelSpec | None:
        """A name that nobody declared."""

    @abstractmethod
    def load_backbone(
        self,
        spec: ModelSpec,
        route: str,
        task: TaskSpec,
        train_texts: Iterable[str],
        options: Json,
        seed: int,
        context: Context,
    ) -> Backbone:
        """The model before training. Raises CellError("failed", "load", ...) where it cannot be.

        Args:
            spec: `source` may be a folder that `Backbone.save` wrote: then everything comes from there.
            route: "head" needs no LM head, and of an encoder-decoder the encoder alone; "text" needs both.
            train_texts: every text of the train split, re-iterable; empty when a saved cell is loaded.
            options: the cell's recipe values, "model.*" among them.
            seed: for whatever is random in it.
        """

    def recipe_defaults(self, model: ModelSpec) -> Mapping[str, Any]:
        """Recipe fields whose default differs from `options.FIELDS`."""
        return {}

    def model_options(self, model: ModelSpec) -> Sequence[Option]:
        """Options named "model.*"."""
        return ()

    def parameter_count(self, model: ModelSpec) -> int:
        """Roughly, for estimates only; imports nothing heavy."""
        return 100_000_000

    def options(self, model: ModelSpec) -> Sequence[Option]:
        return (*recipe_options(self.recipe_defaults(model)), *self.model_options(model))

    def refuse(self, cell: Cell) -> str | None:
        return problem(cell.recipe_values)

    def routes(self, model: ModelSpec) -> Sequence[str]:
        return ROUTES.get(model.shape, ())

    def estimate(self, cell: Cell, counts: Json, device: str) -> Json:
        from xbench_torch.estimate import estimate

        return estimate(cell, counts, device, self.parameter_count(cell.model))

    def diagnose(self, offline: bool) -> Iterable[Diagnosis]:
        from xbench_torch.diagnosis import diagnose

        return (diagnose(),)

    def lacks(self, device: str) -> str | None:
        if device in ("auto", "cpu"):
            return None
        from xbench_torch.device import lacking

        return lacking(device)

    def memory_mib(self, device: str) -> float | None:
        from xbench_torch.estimate import host_memory_mib, on_cpu

        if on_cpu(device):
            return host_memory_mib()
        from xbench_torch.device import total_memory_mib

        return total_memory_mib(device)

    def groups(self, cells: Sequence[Cell]) -> Iterable[Sequence[Cell]]:
        return [(cell,) for cell in cells]

    def fit(self, jobs: Sequence[Job]) -> Iterator[tuple[Cell, Learner | CellError]]:
        from accelerate.utils.memory import should_reduce_batch_size

        for job in jobs:
            try:
                yield job.cell, self._fit(job)
            except CellError as error:
                yield job.cell, error
            except UserError as error:
                yield job.cell, CellError("refused", "load", error.message, error.hint, "UserError")
            except RuntimeError as error:
                if not should_reduce_batch_size(error):
                    raise
                yield job.cell, CellError("out_of_memory", "load", str(error), kind="OutOfMemoryError")

    def _fit(self, job: Job) -> TorchLearner:
        import torch
        from accelerate.utils.memory import clear_device_cache

        from xbench_torch.fitting import fit

        clear_device_cache(garbage_collection=True)  # a model before this one lives on in cycles, and in the peak
        cell, context = job.cell, job.context
        tasktype = context.declared("tasktype", cell.task.type)
        texts = TrainTexts(job.train, cell.task, tasktype, cell.route)
        torch.manual_seed(cell.seed)
        backbone = self.load_backbone(cell.model, cell.route, cell.task, texts, cell.recipe_values, cell.seed, context)
        if not self.keeps_base or cell.method == "full":
            return fit(job, backbone, None, self.flags(cell))
        base = Path(tempfile.mkdtemp(prefix="xbench-base-"))
        try:
            backbone.save(base)
            learner = fit(job, backbone, base, self.flags(cell))
        except BaseException:
            shutil.rmtree(base, ignore_errors=True)
            raise
        weakref.finalize(learner, shutil.rmtree, base, ignore_errors=True)
        return learner

    def flags(self, cell: Cell) -> tuple[str, ...]:
        """What is doubtful about the cell before it runs."""
        flags = []
        prefix = prefix_of(cell.task, cell.model, cell.route)
        if cell.route == "text" and cell.model.family in PREFIXED_FAMILIES and not prefix:
            flags.append("missing-prefix")
        return tuple(flags)

    def load(self, cell: Cell, folder: Path, context: Context) -> Learner:
        from safetensors import SafetensorError

        try:
            return self._load(cell, folder, context)
        except (SafetensorError, FileNotFoundError) as problem:
            raise UserError(f"{folder}: its weights cannot be read: {problem}", "train it again") from problem

    def _load(self, cell: Cell, folder: Path, context: Context) -> TorchLearner:
        import torch

        from xbench_torch.fitting import open_session
        from xbench_torch.learner import BASE, Kept, TorchLearner, read_weights

        kept = Kept.read(folder)
        source = folder if kept.whole else folder / BASE if (folder / BASE).exists() else None
        spec = dataclasses.replace(cell.model, source=os.fspath(source)) if source else self._base(cell, kept, context)
        torch.manual_seed(cell.seed)
        backbone = self.load_backbone(spec, cell.route, cell.task, (), cell.recipe_values, cell.seed, context)
        session, predictor = open_session(backbone, cell, context, kept.total_steps)
        read_weights(session, folder)
        session.eval_mode()
        return TorchLearner(
            session,
            predictor,
            cell,
            cost={},
            flags=kept.flags,
            whole=kept.whole,
            total_steps=kept.total_steps,
            base=None if kept.whole else source,
        )

    def _base(self, cell: Cell, kept: Kept, context: Context) -> ModelSpec:
        """The checkpoint that an adapter was trained on. Raises UserError where it is gone, or another by now."""
        source, revision = kept.base["source"], kept.base["revision"]
        if not source:  # declared by name
            return cell.model
        gone = f"{cell.model.name}: what it was trained on is not at {source}"
        named = source if Path(source).is_absolute() or not revision else f"{source}@{revision}"
        try:
            spec = self.resolve(named, context.offline)
        except UserError as problem:
            raise UserError(f"{gone}: {problem.message}", problem.hint) from problem
        if spec is None:
            raise UserError(gone, 'put it back, or write where it is as "source" in xbench.json')
        if spec.revision != revision:
            raise UserError(
                f"{source} is another checkpoint by now ({spec.revision}) than was trained on ({revision})",
                'write where the old one is as "source" in xbench.json',
            )
        return dataclasses.replace(cell.model, source=spec.source)
