"""Predict a number of stars from a text: everything that xbench has no word for, without an edit of it."""

from __future__ import annotations

from collections.abc import Iterable

from xbench.hookspecs import hookimpl
from xbench.protocols import Backend, Metric, Part, Reader, TaskType
from xbench.specs import TaskSpec
from xbench_ratings.median import MedianBackend
from xbench_ratings.metric import MeanAbsoluteError
from xbench_ratings.task import STARS, Rating, StarsReader


@hookimpl
def xbench_tasktypes() -> Iterable[TaskType]:
    return (Rating(),)


@hookimpl
def xbench_readers() -> Iterable[Reader]:
    return (StarsReader(),)


@hookimpl
def xbench_tasks() -> Iterable[TaskSpec]:
    return (STARS,)


@hookimpl
def xbench_metrics() -> Iterable[Metric]:
    return (MeanAbsoluteError(),)


@hookimpl
def xbench_backends() -> Iterable[Backend]:
    return (MedianBackend(),)


@hookimpl
def xbench_parts() -> Iterable[Part]:
    serves = {"task_type": "rating", "shapes": ["encoder", "encoder-decoder", "decoder"], "routes": ["head"]}
    return (Part("head", "rating-regression", "xbench_ratings.head:RatingHead", serves=serves),)
