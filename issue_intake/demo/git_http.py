"""Git's smart HTTP protocol, answered by real upload-pack and receive-pack."""

from __future__ import annotations

import base64
import binascii
import gzip
import os
import re
import subprocess

from issue_intake.core.record import record
from issue_intake.demo.bare import Bare, environment
from issue_intake.demo.model import Token
from issue_intake.demo.wire import Reply, Request, text_reply
from issue_intake.demo.world import World

_PATH = re.compile(r"/(?P<owner>[^/]+)/(?P<name>[^/]+?)(?:\.git)?/(?P<tail>info/refs|git-upload-pack|git-receive-pack)")
_SERVICES = {"git-upload-pack": "upload-pack", "git-receive-pack": "receive-pack"}


@record(kw_only=False)
class _Errand:
    bare: Bare
    service: str
    protocol: str


def is_git(path: str) -> bool:
    """Whether a path belongs to git rather than to the API."""
    return _PATH.fullmatch(path) is not None


def answer_git(world: World, request: Request) -> Reply:
    """The answer to one of git's requests: 401 without a good credential where one is needed."""
    found = _PATH.fullmatch(request.path)
    service = request.query.get("service", "") if found and found["tail"] == "info/refs" else found and found["tail"]
    if not found or service not in _SERVICES:
        return text_reply("Please upgrade your git client.", 403)
    with world.lock:
        errand = _permitted(world, request, f"{found['owner']}/{found['name']}", service)
    if isinstance(errand, Reply):
        return errand
    return _advertise(errand) if found["tail"] == "info/refs" else _exchange(errand, request)


def _permitted(world: World, request: Request, full_name: str, service: str) -> _Errand | Reply:
    """What may be done, or the refusal. A stranger cannot tell a private repository from none."""
    token, given = _token(world, request.headers.get("authorization", ""))
    repository = world.by_name(full_name)
    writing = service == "git-receive-pack"
    if token is None and (given or writing or repository is None or repository.private):
        return _unauthorised(given)
    if repository is None:
        return _elsewhere(world, request, full_name)
    if writing and token and not token.write:
        return text_reply(f"Permission to {repository.full_name}.git denied to {token.login}.", 403)
    return _Errand(repository.bare, service, request.headers.get("git-protocol", ""))


def _token(world: World, authorization: str) -> tuple[Token | None, str]:
    """The token that came as a password, and what was given at all."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        _, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, authorization
    return (world.tokens.get(password) if scheme.lower() == "basic" else None), authorization


def _unauthorised(given: str) -> Reply:
    wrong = "Invalid username or token. Password authentication is not supported for Git operations."
    reply = text_reply(wrong if given else "Repository not found.", 401)
    return reply.with_headers({"WWW-Authenticate": 'Basic realm="GitHub"'})


def _elsewhere(world: World, request: Request, full_name: str) -> Reply:
    """A renamed repository is found again on the first request; git keeps to its new address by itself."""
    renamed = world.by_former_name(full_name)
    if renamed is None or not request.path.endswith("/info/refs"):
        return text_reply("Repository not found.", 404)
    target = f"{world.web}/{renamed.full_name}.git/info/refs?service={request.query['service']}"
    return text_reply("Moved Permanently", 301).with_headers({"Location": target})


def _advertise(errand: _Errand) -> Reply:
    output = _serve(errand, "--advertise-refs")
    if "version=2" not in errand.protocol:
        output = _packet(f"# service={errand.service}\n") + b"0000" + output
    return _git_reply(errand, "advertisement", output)


def _exchange(errand: _Errand, request: Request) -> Reply:
    body = request.body
    if request.headers.get("content-encoding") in {"gzip", "x-gzip"}:
        body = gzip.decompress(body)
    return _git_reply(errand, "result", _serve(errand, stdin=body))


def _serve(errand: _Errand, *options: str, stdin: bytes = b"") -> bytes:
    """What the service says. Its exit status says nothing here: refusals are part of the protocol."""
    argv = ["git", _SERVICES[errand.service], "--stateless-rpc", *options, os.fspath(errand.bare.path)]
    known = environment(GIT_PROTOCOL=errand.protocol) if errand.protocol else environment()
    return subprocess.run(argv, input=stdin, check=False, capture_output=True, env=known).stdout


def _git_reply(errand: _Errand, kind: str, body: bytes) -> Reply:
    headers = {"Content-Type": f"application/x-{errand.service}-{kind}", "Cache-Control": "no-cache"}
    return Reply(headers=headers, body=body)


def _packet(text: str) -> bytes:
    return f"{len(text) + 4:04x}{text}".encode()
