"""Plugins made on the spot: distributions with real entry points in a folder that a test puts on the path."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

HEAD = """
from __future__ import annotations
import pluggy
from xbench.specs import DatasetRef, ModelSpec, Option, TaskSpec
hookimpl = pluggy.HookimplMarker("xbench")
"""


def install(site: Path, modules: Mapping[str, str], entries: Mapping[str, str], distribution: str = "made") -> Path:
    """Write modules (after `HEAD`) and a distribution that registers `entries` (name -> module); return the site."""
    site.mkdir(parents=True, exist_ok=True)
    for module, code in modules.items():
        (site / f"{module}.py").write_text(HEAD + textwrap.dedent(code), encoding="utf-8")
    info = site / f"{distribution}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n", encoding="utf-8")
    lines = ["[xbench]", *(f"{name} = {module}" for name, module in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return site


def a_task(name: str, more: str = "") -> str:
    """The source of a TaskSpec."""
    return (
        f'TaskSpec(name="{name}", version=1, type="classification", data=DatasetRef("made-reader", {{}}, {{}}, '
        f'{{"train": "train", "test": "test"}}), inputs=("text",), labels=("a", "b"), metrics=("made-metric",), '
        f'language=("en",), licence="CC0-1.0", citation="none"{more})'
    )


METRIC = '''
class MadeMetric:
    """The share of predictions that are the label, times `scale`."""
    name, result_version, higher_is_better = "made-metric", 1, True
    options = (Option("scale", "float", 1.0), Option("case", "str", "keep", choices=("keep", "fold")))
    def __init__(self, parameters=None): self.parameters = parameters or {}
    @property
    def bounds(self): return (0.0, self.parameters.get("scale", 1.0))
    def bind(self, parameters): return MadeMetric(parameters)
    def signature(self, task): return "made|1"
    def statistics(self, task, examples, predictions): raise NotImplementedError
    def score(self, sums): raise NotImplementedError
    def direct(self, task, examples, predictions): raise NotImplementedError

@hookimpl
def xbench_metrics():
    return [MadeMetric()]
'''

READER = '''
class MadeReader:
    """Thirty rows a split, of two labels."""
    name, result_version = "made-reader", 1
    def rows(self, ref, split, root, offline):
        for index in range(30):
            yield {"text": f"{split} {index}", "label": "ab"[index % 2]}
    def stamp(self, ref, root): return None

@hookimpl
def xbench_readers():
    return [MadeReader()]
'''


def backend(name: str, models: str, resolve: str = "return None") -> str:
    """The source of a backend `name` with these model names ("a b") that trains nothing."""
    return f'''
class Backend_{name}:
    name, result_version = "{name}", 1
    def models(self): return [ModelSpec("{name}", model, None, "none") for model in "{models}".split()]
    def resolve(self, text, offline=False):
        {resolve}
    def options(self, model): return ()
    def refuse(self, cell): return None
    def routes(self, model): return ()
    def estimate(self, cell, counts, device): return {{"seconds": 1.0, "memory_mib": 1}}
    def groups(self, cells): return [[cell] for cell in cells]
    def fit(self, jobs): raise NotImplementedError
    def load(self, cell, folder, context): raise NotImplementedError

@hookimpl
def xbench_backends():
    return [Backend_{name}()]
'''
