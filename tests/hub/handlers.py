"""How a hub answers: its own pages and files, and the large files on a host of their own."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from hub.repositories import File, Repository

if TYPE_CHECKING:
    from hub.server import Hub

PAGE = 4  # entries of a tree's page: few, so that clients must turn pages
_RESOLVE = re.compile(r"/(?:(datasets)/)?([^/]+(?:/[^/]+)??)/resolve/([^/]+)/(.+)")
_API = re.compile(r"/api/(models|datasets)/([^/]+(?:/[^/]+)??)(?:/(revision|tree|paths-info)/([^/]+)(?:/(.+))?)?")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, handler: type[Handler], hub: Hub) -> None:
        super().__init__((host, 0), handler)
        self.hub = hub
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests look at `Hub.requests`."""

    def do_HEAD(self) -> None:
        self._do()

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def _do(self) -> None:
        self.hub = self.server.hub
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        self.token = token
        self.hub.note(self.command, self.path, token, self.headers.get("Range"))
        limited = self.hub.fault("limit", self.path)
        if limited is not None:
            self.send(429, b"slow down", **{"Retry-After": str(limited.seconds)})
            return
        self.answer()

    def answer(self) -> None:
        raise NotImplementedError

    def send(self, status: int, body: bytes = b"", kind: str = "text/plain", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_json(self, told: Any, **headers: str) -> None:
        self.send(200, json.dumps(told).encode(), "application/json", **headers)

    def send_file(self, file: File, **headers: str) -> None:
        """Whole, or from where a Range asks; half of it where a fault says so."""
        start, status = 0, 200
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        data = file.data
        if asked:
            start, status = int(asked[1]), 206
            data = data[start : int(asked[2]) + 1 if asked[2] else None]
            headers["Content-Range"] = f"bytes {start}-{start + len(data) - 1}/{len(file.data)}"
        broken = self.command == "GET" and (self.hub.fault("cut", file.path) or self.hub.fault("stall", file.path))
        if not broken:
            self.send(status, data, "application/octet-stream", **headers)
            return
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        self.wfile.flush()
        if broken.kind == "stall":
            self.hub.stalled.set()
            self.hub.closed.wait()
        self.close_connection = True


class StoreHandler(Handler):
    """Large files by their SHA-256, to whoever asks: on huggingface.co the address is signed."""

    def answer(self) -> None:
        wanted = self.path.lstrip("/").partition("?")[0]
        for repository in self.hub.repositories.values():
            for file in repository.files.values():
                if file.large and file.sha256 == wanted:
                    self.send_file(file, ETag=f'"{file.sha256}"')
                    return
        self.send(404)


class HubHandler(Handler):
    def answer(self) -> None:
        place = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        self.form = parse_qs(self.rfile.read(length).decode())
        self.query = parse_qs(place.query)
        path = place.path
        if not path.startswith(self.hub.prefix):
            self.send(404, b"no such page")
            return
        path = path.removeprefix(self.hub.prefix)
        if path in ("", "/"):
            self.send(200, b"a hub")
        elif self.token in self.hub.expired:
            self.send(401, **{"X-Error-Message": "Invalid credentials in Authorization header"})
        elif found := _API.fullmatch(path):
            kind, name, what, revision, rest = found.groups()
            if repository := self._repository(kind, unquote(name), f"/api/{kind}/"):
                self._api(repository, what, unquote(revision or "main"), unquote(rest or ""))
        elif found := _RESOLVE.fullmatch(path):
            kind, name, revision, rest = found.groups()
            start = f"/{kind}/" if kind else "/"
            if repository := self._repository(kind or "models", unquote(name), start):
                self._resolve(repository, unquote(revision), unquote(rest))
        else:
            self.send(404, b"no such page")

    def _refuse(self, status: int, code: str, message: str, **headers: str) -> None:
        body = json.dumps({"error": message}).encode()
        told = {"X-Error-Code": code, "X-Error-Message": message, **headers}
        self.send(status, body, "application/json", **told)

    def _repository(self, kind: str, name: str, start: str) -> Repository | None:
        """What the name stands for; otherwise the answer is given: 307 for an old name, 401 or 404 for none."""
        if new := self.hub.renamed.get((kind, name)):
            target = self.path.replace(f"{start}{quote(name)}", f"{start}{new}", 1)
            self.send(307, f"Temporary Redirect. Redirecting to {target}".encode(), Location=target)
            return None
        if found := self.hub.repositories.get((kind, name)):
            return found
        # to a stranger the hub does not tell what is private from what is not
        self._refuse(404 if self.token else 401, "RepoNotFound", "Repository not found")
        return None

    def _known(self, repository: Repository, revision: str) -> bool:
        if not repository.holds(revision):
            self._refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return repository.holds(revision)

    def _api(self, repository: Repository, what: str | None, revision: str, rest: str) -> None:
        if not self._known(repository, revision):
            return
        match what:
            case "tree":
                entries = repository.tree(rest, self.query.get("recursive", ["false"])[0].lower() == "true")
                if entries is None:
                    self._refuse(404, "EntryNotFound", f"{rest} does not exist")
                    return
                begin = int(self.query.get("cursor", ["0"])[0])
                more = {}
                if begin + PAGE < len(entries):
                    base, _, query = self.path.partition("?")
                    kept = "&".join(part for part in query.split("&") if part and not part.startswith("cursor="))
                    url = f"http://{self.headers['Host']}{base}?{kept}&cursor={begin + PAGE}"
                    more["Link"] = f'<{url}>; rel="next"'
                self.send_json(entries[begin : begin + PAGE], **more)
            case "paths-info":
                self.send_json(repository.paths(self.form.get("paths", [])))
            case _:
                self.send_json(repository.info())

    def _resolve(self, repository: Repository, revision: str, path: str) -> None:
        if repository.gated and self.token not in repository.readers:
            message = f"Access to {repository.kind[:-1]} {repository.name} is restricted."
            self._refuse(403 if self.token else 401, "GatedRepo", message)
            return
        if not self._known(repository, revision):
            return
        commit = {"X-Repo-Commit": repository.commit}
        file = repository.files.get(path)
        if file is None:
            self._refuse(404, "EntryNotFound", "Entry not found", **commit)
        elif file.large:
            linked = {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(len(file.data))}
            location = f"{self.hub.store}/{file.sha256}?signed=1&name={quote(path)}"
            self.send(302, b"Found", Location=location, **linked, **commit)
        else:
            self.send_file(file, ETag=f'"{file.blob}"', **commit)
