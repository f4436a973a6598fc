"""Brings a data set of the hub into the cache of `datasets`."""

from __future__ import annotations

import errno
import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain
from pathlib import Path
from urllib.parse import unquote, urlsplit

from xbench.abilities import FETCHING
from xbench.errors import MissingData, UserError
from xbench.hubfiles import bring
from xbench.specs import DatasetRef
from xbench_data.hubcache import chosen, hub_id, kept, title

HUB_SECONDS = 5.0  # HF_HUB_ETAG_TIMEOUT, where it is set, stands instead
TRIES = 3
PAUSE_SECONDS = 1.0
HUB_FILE = re.compile(r"hf://datasets/(?P<name>[^@]+)@(?P<revision>[^/]+)/(?P<path>.+)")
_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)


def fetch(ref: DatasetRef, offline: bool) -> Path:
    """Download and build the data set; its folder. Files that are there whole are not asked for again.

    Raises MissingData where that cannot be, with the mend.
    """
    import datasets
    import datasets.config

    refused = f"hub data set {title(ref)} is not in the cache {datasets.config.HF_DATASETS_CACHE}"
    revision, others = ref.location.get("revision"), [folder.name for folder in kept(ref)]
    if revision is not None:
        refused += f" at the pinned revision {revision}"
        refused += f" (it holds {', '.join(others)})" if others else ""
    if offline or datasets.config.HF_HUB_OFFLINE:
        if offline:
            raise MissingData(f"{refused}, and offline forbids the hub", "`xbench fetch`, or a run without --offline")
        raise MissingData(f"{refused}, and HF_HUB_OFFLINE forbids the hub", "unset it")
    _can_ask()
    try:
        commit = _commit(ref)
        logging.getLogger(FETCHING).info("data set %s: fetching from %s", title(ref), address())
        _build(ref, commit or revision)
    except (*_unanswered(), datasets.exceptions.DatasetsError, ValueError, RuntimeError) as problem:
        raise _refusal(ref, refused, problem) from problem
    folder = chosen(ref)
    if folder is None:
        raise MissingData(f"{refused}, though it was built there", "check that the cache folder can be written")
    return folder


def _can_ask() -> None:
    """Raises UserError where an address in the environment, the hub's or a proxy's, is none."""
    from huggingface_hub import get_session

    if not address().startswith(("http://", "https://")):
        raise UserError(f"HF_ENDPOINT {address()!r} is no address", "write it as https://HOST, or unset it")
    try:
        get_session()
    except Exception as problem:  # its client has several kinds for a proxy that it cannot use
        mend = "a variable like ALL_PROXY is wrong: `xbench doctor` names it"
        raise UserError(f"the hub cannot be asked: {_first_line(problem)}", mend) from problem


def address() -> str:
    """Where the hub is, without a user and a password, which an address may hold."""
    from huggingface_hub import constants

    parts = urlsplit(constants.ENDPOINT)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _commit(ref: DatasetRef) -> str | None:
    """What revision the hub serves; None where it does not say.

    One short question: the library's own would take half a minute to find that nobody answers. It waits where the hub
    says 429 with Retry-After. A commit that is named to `datasets` also spares it questions about exported copies,
    whose types may differ from the files'.
    """
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.errors import RemoteEntryNotFoundError
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_backoff

    seconds = constants.HF_HUB_ETAG_TIMEOUT if "HF_HUB_ETAG_TIMEOUT" in os.environ else HUB_SECONDS
    answer = http_backoff(
        "HEAD",
        hf_hub_url(hub_id(ref), "README.md", repo_type="dataset", revision=ref.location.get("revision")),
        headers=build_hf_headers(),
        timeout=seconds,
        retry_on_exceptions=(),
        retry_on_status_codes=429,
    )
    with suppress(RemoteEntryNotFoundError):  # no card: the hub says all the same which commit that is true of
        hf_raise_for_status(answer)
    commit = answer.headers.get(constants.HUGGINGFACE_HEADER_X_REPO_COMMIT)
    return commit if isinstance(commit, str) else None


def _build(ref: DatasetRef, revision: str | None) -> None:
    """Download and prepare. A connection that broke in a way the libraries give up on is tried again.

    The files come first: `datasets` would begin one anew after an interruption.
    """
    import datasets

    with _bars():
        for attempt in range(1, TRIES + 1):
            try:
                builder = datasets.load_dataset_builder(hub_id(ref), ref.location.get("config"), revision=revision)
                for location in chain.from_iterable((builder.config.data_files or {}).values()):
                    if found := HUB_FILE.fullmatch(location):
                        bring("dataset", found["name"], found["path"], unquote(found["revision"]))
                builder.download_and_prepare()
                return
            except _unanswered() as problem:
                if attempt == TRIES or _disk(problem) or isinstance(problem, FileNotFoundError):
                    raise
                logging.getLogger(FETCHING).info("data set %s: %s; once more", title(ref), _first_line(problem))
                time.sleep(PAUSE_SECONDS)


def _refusal(ref: DatasetRef, refused: str, problem: Exception) -> UserError:
    """What the hub or the disk refuses, as a line with its mend."""
    import datasets.config
    from datasets.exceptions import DatasetsError
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    name, chain = hub_id(ref), list(_chain(problem))

    def is_a(kind: type[Exception]) -> bool:
        return any(isinstance(link, kind) for link in chain)

    if is_a(GatedRepoError):
        mend = f"accept its terms on {address()}/datasets/{name}, then log in: hf auth login, or HF_TOKEN"
        return MissingData(f"hub data set {title(ref)}: the hub asks for your consent", mend)
    if is_a(RepositoryNotFoundError):
        mend = "check location.id in the card; a private one needs a token: hf auth login, or HF_TOKEN"
        return MissingData(f"the hub {address()} has no data set {name}", mend)
    if any(isinstance(link, HfHubHTTPError) and link.response.status_code == 401 for link in chain):
        mend = f"HF_TOKEN, or that of hf auth login, is wrong or has expired: {address()}/settings/tokens gives another"
        return MissingData(f"hub data set {title(ref)}: the hub does not accept the token", mend)
    if is_a(UnicodeEncodeError):
        mend = "set HF_TOKEN anew, or hf auth login"
        return MissingData(f"hub data set {title(ref)}: the token of the hub holds characters that no token has", mend)
    if is_a(RevisionNotFoundError):
        missing = f"hub data set {title(ref)}: the hub has no revision {ref.location.get('revision')!r}"
        return UserError(missing, "check location.revision in the card")
    if _disk(problem) in _FULL:
        return UserError(f"no space left under {datasets.config.HF_DATASETS_CACHE}", "HF_HOME names another folder")
    if _disk(problem):
        return UserError(f"the cache cannot be written: {_first_line(chain[-1])}", "HF_HOME names another folder")
    if isinstance(problem, (DatasetsError, *_unanswered())):
        mend = "check the network, or name a mirror by HF_ENDPOINT; the same command goes on from there"
        return MissingData(f"{refused}, and the hub {address()} did not give it: {_first_line(chain[-1])}", mend)
    # an unknown configuration; a loading script, which is never run
    return UserError(f"hub data set {title(ref)}: {problem}", "check location.id and location.config")


def _unanswered() -> tuple[type[Exception], ...]:
    """What the libraries raise where nothing answers, or not to the end."""
    from huggingface_hub.errors import HTTPError  # that of its HTTP client

    return (HTTPError, OSError)


def _chain(problem: BaseException) -> Iterator[BaseException]:
    """The problem and what it came of: `datasets` wraps what the hub's client raises, which wraps its client's."""
    link: BaseException | None = problem
    while link is not None:
        yield link
        link = link.__cause__


def _disk(problem: BaseException) -> int | None:
    """The errno, where the disk is at fault."""
    numbers = [getattr(link, "errno", None) for link in _chain(problem)]
    return next((number for number in numbers if number in (*_FULL, *_CLOSED)), None)


def _first_line(problem: BaseException) -> str:
    """The first sentence of what it says."""
    return (str(problem).strip() or type(problem).__name__).splitlines()[0].partition(". ")[0]


@contextmanager
def _bars() -> Iterator[None]:
    """The libraries' own progress bars, where somebody looks; no warnings that show addresses, which may be signed."""
    import datasets
    import huggingface_hub.utils as hub

    watched = sys.stderr.isatty() and logging.getLogger(FETCHING).isEnabledFor(logging.INFO)
    with ExitStack() as after:
        for handler in logging.getLogger("huggingface_hub").handlers:
            handler.addFilter(_shows_no_address)
            after.callback(handler.removeFilter, _shows_no_address)
        for library in (datasets, hub):
            if not watched and not library.are_progress_bars_disabled():
                library.disable_progress_bars()
                after.callback(library.enable_progress_bars)
        yield


def _shows_no_address(record: logging.LogRecord) -> bool:
    return "://" not in record.getMessage()
