"""What the command line and a notebook call."""

from xbench.api.boards import compare, leaderboard, load, rescore, write_board
from xbench.api.places import cache_folder, portable
from xbench.api.running import run

__all__ = ["cache_folder", "compare", "leaderboard", "load", "portable", "rescore", "run", "write_board"]
