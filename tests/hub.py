"""
A hub of models on loopback, as the client of the real one knows it, with faults to order.

Large files are kept elsewhere, as there: `resolve` redirects to a store under another host
name, which is shown no token.
"""

import hashlib
import json
import re
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

__all__ = [
    "Asked", "Cut", "Flipped", "Hub", "Longer", "Page", "Stalled", "Status", "environment", "point_to",
]  # fmt: skip

LARGE = (".safetensors", ".bin", ".spm", ".h5")
"""Kinds of files that are kept in the store."""

RESOLVE = re.compile(r"/(?P<repo>[^/]+(?:/[^/]+)?)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
API = re.compile(
    r"/api/models/(?P<repo>[^/]+(?:/[^/]+)?)(?:/(?P<what>revision|tree)/(?P<revision>[^/]+))?"
)


# -- faults: each lasts for so many answers


@dataclass
class Status:
    """Answer with this status instead."""

    status: int
    times: int = 999


@dataclass
class Cut:
    """Close the connection after so many bytes of the body."""

    after: int
    times: int = 1


@dataclass
class Stalled:
    """Send so many bytes of the body, and then nothing for some seconds."""

    after: int
    seconds: float
    times: int = 1


@dataclass
class Longer:
    """Say that there are so many bytes more than there are, and close."""

    by: int
    times: int = 999


@dataclass
class Page:
    """Send this instead, as a proxy does that wants a login."""

    content: bytes = b"<html>Please log in</html>"
    times: int = 999


@dataclass
class Flipped:
    """Send other bytes, as many."""

    times: int = 1


# -- what there is


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    range: str | None
    token: str | None
    file: str = ""


@dataclass(frozen=True)
class Blob:
    name: str
    content: bytes

    @property
    def large(self) -> bool:
        return self.name.endswith(LARGE)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def oid(self) -> str:
        """As git names it."""
        return hashlib.sha1(b"blob %d\0" % len(self.content) + self.content).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.oid


@dataclass
class Repo:
    commits: dict[str, dict[str, Blob]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    private: bool = False
    gated: bool = False


class Hub:
    """Serves while its `with` block lasts; `down()` ends it earlier. Fields may be changed meanwhile."""

    def __init__(self):
        self.repos = defaultdict(Repo)
        self.members = set()
        """Tokens that may see private and gated repos."""
        self.strangers = set()
        """Tokens that are valid, and see public repos only."""
        self.faults = {}
        """By the name of a file, for its content; or by "info", "tree" or "head"."""
        self.asked = []
        self.store = {}
        self.quit = threading.Event()

    def publish(self, repo, folder, branch="main"):
        """Make the files of a folder the newest commit of a branch, and give its hash."""
        paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        blobs = [Blob(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]
        told = "".join(f"{blob.name} {blob.oid}\n" for blob in blobs)
        commit = hashlib.sha1(f"{repo}\n{told}".encode()).hexdigest()
        self.repos[repo].commits[commit] = {blob.name: blob for blob in blobs}
        self.repos[repo].branches[branch] = commit
        self.store |= {blob.sha256: blob for blob in blobs}
        return commit

    def fetched(self):
        """The files whose content was asked for, in order."""
        return [asked.file for asked in self.asked if asked.method == "GET" and asked.file]

    def fault(self, key):
        """The fault to commit now, if there is one."""
        found = self.faults.get(key)
        if found is None or found.times == 0:
            return None
        found.times -= 1
        return found

    def __enter__(self):
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Bound", (_Handler,), {"hub": self})
        )
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self.down()

    def down(self):
        """Nobody answers at its address any more, on open connections neither."""
        if not self.quit.is_set():
            self.quit.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


class _Refused(Exception):
    def __init__(self, status, code="", message=""):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits for an acknowledgement
    timeout = 5
    hub: Hub

    def do_GET(self):
        self._answer()

    def do_HEAD(self):
        self._answer()

    def log_message(self, *_):
        """Nothing to standard error."""

    def _answer(self):
        if self.hub.quit.is_set():
            self.close_connection = True
            return
        try:
            self._direct(urlsplit(self.path).path)
        except _Refused as refused:
            self._refuse(refused)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _direct(self, path):
        if path.startswith("/store/"):
            self._send_stored(path.removeprefix("/store/"))
        elif found := RESOLVE.fullmatch(path):
            self._resolve(**{key: unquote(value) for key, value in found.groupdict().items()})
        elif found := API.fullmatch(path):
            revision = unquote(found["revision"] or "main")
            self._inform(found["repo"], found["what"] or "revision", revision)
        else:
            raise _Refused(404)

    def _refuse(self, refused):
        headers = {"X-Error-Code": refused.code, "X-Error-Message": refused.message}
        said = {name: value for name, value in headers.items() if value}
        self._send(json.dumps({"error": refused.message}).encode(), said, status=refused.status)

    def _note(self, file=""):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or None
        asked = Asked(self.command, self.path, self.headers.get("Range"), token, file)
        self.hub.asked.append(asked)
        return token

    # -- who may see what

    def _seen(self, repo, token):
        if token and token not in self.hub.members | self.hub.strangers:
            raise _Refused(401, message="Invalid credentials in Authorization header")
        known = repo in self.hub.repos
        if not known or (self.hub.repos[repo].private and token not in self.hub.members):
            raise _Refused(404 if token else 401, "RepoNotFound", "Repository not found")
        return self.hub.repos[repo]

    def _commit(self, repo, revision):
        commit = repo.branches.get(revision, revision)
        if commit not in repo.commits:
            raise _Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    # -- answers

    def _inform(self, name, what, revision):
        token = self._note()
        fault = self.hub.fault("info" if what == "revision" else what)
        if isinstance(fault, Status):
            raise _Refused(fault.status)
        repo = self._seen(name, token)
        commit = self._commit(repo, revision)
        tell = _tree if what == "tree" else _info
        sized = "blobs" in parse_qs(urlsplit(self.path).query)
        body = json.dumps(tell(name, commit, repo.commits[commit].values(), sized)).encode()
        self._send(body, {"Content-Type": "application/json"}, fault=fault)

    def _resolve(self, repo, revision, file):
        token = self._note(file)
        seen = self._seen(repo, token)
        commit = self._commit(seen, revision)
        if seen.gated and token not in self.hub.members and file != "README.md":
            raise _Refused(
                403 if token else 401, "GatedRepo", f"Access to model {repo} is restricted"
            )
        if (blob := seen.commits[commit].get(file)) is None:
            raise _Refused(404, "EntryNotFound", "Entry not found")
        if self.command == "HEAD" and isinstance(fault := self.hub.fault("head"), Status):
            raise _Refused(fault.status)
        headers = {"X-Repo-Commit": commit, "ETag": f'"{blob.etag}"'}
        if not blob.large:
            self._send_content(blob, headers)
            return
        headers["Location"] = f"http://localhost:{self.hub.port}/store/{blob.sha256}"
        linked = {"X-Linked-Size": str(len(blob.content)), "X-Linked-ETag": f'"{blob.sha256}"'}
        self._send(b"", headers | linked, status=302)

    def _send_stored(self, sha256):
        blob = self.hub.store[sha256]
        self._note(blob.name)
        self._send_content(blob, {"ETag": f'"{sha256}"'})

    def _send_content(self, blob, headers):
        fault = self.hub.fault(blob.name) if self.command == "GET" else None
        if isinstance(fault, Status):
            raise _Refused(fault.status)
        content = blob.content
        if isinstance(fault, Flipped):
            content = content[:-1] + bytes([content[-1] ^ 1])
        first = int((self.headers.get("Range") or "bytes=0-")[6:].split("-")[0])
        if not first:
            self._send(content, headers, fault=fault)
            return
        said = {"Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"}
        self._send(content[first:], headers | said, status=206, fault=fault)

    def _send(self, body, headers, *, status=200, fault=None):
        more = fault.by if isinstance(fault, Longer) else 0
        body = fault.content if isinstance(fault, Page) else body
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + more))
        self.end_headers()
        if self.command == "HEAD":
            return
        if isinstance(fault, Cut | Stalled):
            body = body[: fault.after]
        self.wfile.write(body)
        if isinstance(fault, Stalled):
            self.hub.quit.wait(fault.seconds)
        self.close_connection = fault is not None


def _info(name, commit, blobs, sized):
    return {"id": name, "sha": commit, "siblings": [_sibling(blob, sized) for blob in blobs]}


def _sibling(blob, sized):
    if not sized:
        return {"rfilename": blob.name}
    size = len(blob.content)
    lfs = {"lfs": {"sha256": blob.sha256, "size": size, "pointerSize": 134}} if blob.large else {}
    return {"rfilename": blob.name, "size": size, "blobId": blob.oid, **lfs}


def _tree(_name, _commit, blobs, _sized):
    return [_leaf(blob) for blob in blobs]


def _leaf(blob):
    size = len(blob.content)
    lfs = {"lfs": {"oid": blob.sha256, "size": size, "pointerSize": 134}} if blob.large else {}
    return {"type": "file", "path": blob.name, "size": size, "oid": blob.oid, **lfs}


# -- the client


def environment(url, home):
    """What a fresh process needs to have this hub for the real one, and nothing of this machine's."""
    return {
        "HF_ENDPOINT": url,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "NO_PROXY": "*",
    }


def point_to(url, home, monkeypatch):
    """
    The same for this process, where the client may be imported already.

    It reads its environment at import, and then its constants at each call.
    """
    from huggingface_hub import constants, file_download
    from huggingface_hub.utils import _http

    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_OIDC_RESOURCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    settings = {
        "ENDPOINT": url,
        "HUGGINGFACE_CO_URL_TEMPLATE": url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_TOKEN_PATH": str(home / "token"),
        "HF_STORED_TOKENS_PATH": str(home / "stored_tokens"),
        "AGENT_HARNESSES_PATH": str(home / "harnesses.json"),
        "HF_HUB_OFFLINE": False,
    }
    for name, value in settings.items():
        monkeypatch.setattr(constants, name, value, raising=False)
    hasty = SimpleNamespace(**{**vars(time), "sleep": lambda _seconds: None})
    for module in (file_download, _http):  # they sleep for seconds between attempts
        monkeypatch.setattr(module, "time", hasty)
