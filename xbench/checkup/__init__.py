"""Trying cards, tasks and plugins before anybody relies on them: `xbench check`."""

from xbench.checkup.findings import Finding
from xbench.checkup.plugin import check_plugin
from xbench.checkup.targets import Target, find
from xbench.checkup.task import check_card, check_spec

__all__ = ["Finding", "Target", "check_card", "check_plugin", "check_spec", "find"]
