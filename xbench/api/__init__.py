"""What the command line and a notebook call."""

from xbench.api.boards import compare, leaderboard, load, rescore, write_board
from xbench.api.check import check
from xbench.api.doctor import doctor
from xbench.api.fetch import Fetched, fetch
from xbench.api.newplugin import new_plugin
from xbench.api.places import cache_folder, portable
from xbench.api.predictions import Model, load_model, predict
from xbench.api.protocol import explain_protocol
from xbench.api.running import run
from xbench.api.tasks import describe, new_task

__all__ = [
    "Fetched",
    "Model",
    "cache_folder",
    "check",
    "compare",
    "describe",
    "doctor",
    "explain_protocol",
    "fetch",
    "leaderboard",
    "load",
    "load_model",
    "new_plugin",
    "new_task",
    "portable",
    "predict",
    "rescore",
    "run",
    "write_board",
]
