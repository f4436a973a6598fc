"""What cannot be had of a hub: a line that names the thing and the mend."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from hub.commands import TOKEN, refused, xbench
from hub.repositories import Repository
from hub.server import Hub

NOBODY = "http://127.0.0.1:9"  # the discard port: refused at once


def test_an_id_that_the_hub_does_not_know(hub: Hub, tmp_path: Path) -> None:
    line = refused(xbench(hub, tmp_path, "run", "-m", "nobody/nothing", "-t", "demo-sentiment"))
    assert line == (
        "unknown model 'nobody/nothing': no plugin declares it, and it is no folder, and no id that the hub "
        f"{hub.endpoint} shows (a private one needs a token: hf auth login)"
    )
    line = refused(xbench(hub, tmp_path, "fetch", "-m", "t5-base@v9"))
    assert line == "model t5-base: the hub has no revision 'v9' of it (name a branch, tag or commit)"


def test_a_gated_repository_is_one_line_with_the_mend(hub: Hub, tmp_path: Path) -> None:
    for repository in list(hub.repositories.values()):
        hub.serve(Repository(repository.kind, repository.name, repository.files, gated=True, readers={"another"}))
    # 403 to one who has not accepted the terms, 401 to a stranger
    line = refused(xbench(hub, tmp_path, "run", "-m", "t5-base", "-t", "demo-sentiment", HF_TOKEN=TOKEN))
    mend = "then log in: hf auth login, or HF_TOKEN"
    assert line == f"model t5-base: the hub asks for your consent (accept its terms on {hub.endpoint}/t5-base, {mend})"
    line = refused(xbench(hub, tmp_path, "run", "-m", "copy", "-t", "wmt14"))
    assert line == (
        "task wmt14-en-de: no data at hand: hub data set wmt/wmt14 (de-en): the hub asks for your consent "
        f"(accept its terms on {hub.endpoint}/datasets/wmt/wmt14, {mend})"
    )


def test_a_token_that_has_expired_is_told_as_such(hub: Hub, tmp_path: Path) -> None:
    hub.expired.add(TOKEN)
    said = xbench(hub, tmp_path, "fetch", "-m", "t5-base", HF_TOKEN=TOKEN)
    mend = f"HF_TOKEN, or that of hf auth login, is wrong or has expired: {hub.endpoint}/settings/tokens gives another"
    assert refused(said) == f"model t5-base: the hub {hub.endpoint} does not accept the token ({mend})"
    said = xbench(hub, tmp_path, "fetch", "-t", "wmt14", HF_TOKEN=TOKEN)
    assert refused(said).startswith(
        "task wmt14-en-de: hub data set wmt/wmt14 (de-en): the hub does not accept the token"
    )
    assert TOKEN not in said.err


def test_what_one_cannot_have_keeps_nothing_else_from_being_fetched(hub: Hub, tmp_path: Path) -> None:
    gated = hub.repositories["datasets", "wmt/wmt14"]
    hub.serve(Repository(gated.kind, gated.name, gated.files, gated=True))
    said = xbench(hub, tmp_path, "fetch", "-t", "wmt14", "-t", "tnews", "-t", "demo-sentiment")
    assert said.code == 2
    assert said.out.splitlines() == ["task demo-sentiment: nothing to fetch, reader demo finds it on this machine"]
    last = said.err.splitlines()[-1]
    assert last.startswith("xbench: 2 of 3 could not be fetched: task wmt14-en-de: hub data set wmt/wmt14 (de-en): ")
    assert f"the hub {hub.endpoint} has no data set clue/clue" in last


def test_without_a_network_one_line_comes_soon(hub: Hub, tmp_path: Path) -> None:
    for arguments in (("-m", "t5-base", "-t", "demo-sentiment"), ("-m", "copy", "-t", "wmt14")):
        line = refused(xbench(hub, tmp_path, "run", *arguments, HF_ENDPOINT=NOBODY))
        assert f"the hub {NOBODY} d" in line  # "does not answer", "did not give it"
        assert "did you mean" not in line
        assert "Connection refused" in line
        assert "check the network, or name a mirror by HF_ENDPOINT" in line


def test_a_checkpoint_of_pickles_alone_is_refused(hub: Hub, tmp_path: Path) -> None:
    t5 = hub.repositories["models", "google-t5/t5-base"]
    files = {path: file for path, file in t5.files.items() if not path.endswith(".safetensors")}
    hub.serve(Repository("models", "some/pickle", files))
    line = refused(xbench(hub, tmp_path, "fetch", "-m", "some/pickle"))
    assert line.startswith("some/pickle: the hub has only pytorch_model.bin, which may run code when it is read")


def test_a_program_that_reads_json_is_told_nothing_else(hub: Hub, tmp_path: Path) -> None:
    said = xbench(hub, tmp_path, "run", "-m", "copy", "-t", "wmt14", "--dry-run", "--json")
    assert said.code == 0, said.err
    assert [json.loads(line)["event"] for line in said.out.splitlines()] == ["entry", "plan"]
    assert said.err == ""


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HF_ENDPOINT", "http://localhost:abc", "HF_ENDPOINT 'http://localhost:abc' is no address"),
        ("HF_ENDPOINT", "http://me:verysecret@[::1", "HF_ENDPOINT 'http://[::1' is no address"),
        ("HF_HUB_ETAG_TIMEOUT", "soon", "HF_HUB_ETAG_TIMEOUT 'soon'"),
        ("HF_TOKEN", "hf_ü", "holds characters that no token has"),
        ("HF_ENDPOINT", "", "HF_ENDPOINT '' is no address"),
        ("HF_ENDPOINT", "hub.example.org", "HF_ENDPOINT 'hub.example.org' is no address"),
        ("ALL_PROXY", "socks://me:verysecret@127.0.0.1:1080", "ALL_PROXY 'socks://127.0.0.1:1080' is no address of a"),
        ("https_proxy", "me:verysecret@::::", "HTTPS_PROXY '::::' is no address of a proxy"),
    ],
)
def test_a_variable_that_the_libraries_cannot_read_is_named(
    hub: Hub, tmp_path: Path, name: str, value: str, told: str
) -> None:
    """The first three keep `huggingface_hub` from being imported at all."""
    said = xbench(hub, tmp_path, "fetch", "-m", "t5-base", **{name: value})
    assert told in refused(said)
    assert "verysecret" not in said.err
    line = refused(xbench(hub, tmp_path, "run", "-m", "majority", "-t", "wmt14", **{name: value}))
    assert told in line or "`xbench doctor` names it" in line


@pytest.mark.skipif(find_spec("socksio") is not None, reason="socksio is installed here")
def test_a_socks_proxy_names_the_package_that_it_needs(hub: Hub, tmp_path: Path) -> None:
    proxy = {"ALL_PROXY": "socks5://127.0.0.1:1080"}
    line = refused(xbench(hub, tmp_path, "run", "-m", "t5-base", "-t", "wmt14", **proxy))
    assert line.startswith("model t5-base: ALL_PROXY 'socks5://127.0.0.1:1080' needs the package socksio (pip install ")
    line = refused(xbench(hub, tmp_path, "run", "-m", "copy", "-t", "wmt14", **proxy))
    assert "'socksio' package is not installed (a variable like ALL_PROXY is wrong: `xbench doctor` names it)" in line
    assert xbench(hub, tmp_path, "fetch", "-m", "t5-base", **proxy, NO_PROXY="localhost, *").code == 0


def test_a_cache_that_cannot_be_used_is_not_the_hubs_fault(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = refused(xbench(hub, tmp_path, "fetch", "-m", "t5-base", HF_HOME=str(tmp_path / "file")))
    assert line.startswith(f"model t5-base: the cache {tmp_path / 'file' / 'hub'} cannot be used ([Errno 20] Not a dir")
    assert line.endswith("(HF_HOME names another folder)")
    line = refused(xbench(hub, tmp_path, "fetch", "-t", "wmt14", HF_HOME=str(tmp_path / "file")))
    assert "the cache cannot be written: [Errno 20] Not a dir" in line


def test_an_address_where_no_hub_is(hub: Hub, tmp_path: Path) -> None:
    """Its store knows nothing of models, as any other server: it does answer."""
    line = refused(xbench(hub, tmp_path, "fetch", "-m", "t5-base", HF_ENDPOINT=hub.store))
    assert f"the hub {hub.store} did not give it (Client error '404 Not Found' for url " in line


def test_a_copy_that_is_here_serves_where_the_hub_does_not_answer_and_that_is_told(hub: Hub, tmp_path: Path) -> None:
    assert xbench(hub, tmp_path, "fetch", "-m", "t5-base").code == 0
    asked = ("run", "-m", "t5-base", "-t", "demo-translation", "--dry-run")
    said = xbench(hub, tmp_path, *asked, HF_ENDPOINT=NOBODY)
    told = f"model t5-base: the hub {NOBODY} does not answer ([Errno 111] Connection refused); its copy here is used\n"
    assert (said.code, said.err) == (0, told)
    assert xbench(hub, tmp_path, *asked, "--offline", HF_ENDPOINT=NOBODY).err == ""


def test_a_wrong_token_keeps_nobody_from_what_is_here(hub: Hub, tmp_path: Path) -> None:
    assert xbench(hub, tmp_path, "fetch", "-m", "t5-base").code == 0
    asked = ("run", "-m", "t5-base", "-t", "demo-translation", "--dry-run", "--offline")
    assert xbench(hub, tmp_path, *asked, HF_TOKEN="hf_ü").code == 0
