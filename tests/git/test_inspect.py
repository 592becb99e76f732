"""What a commit would bring to the remote is read from its objects, whatever an agent put into them."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from issue_intake.core.judge import judge
from issue_intake.core.leaving import Barred, Extent, Guarded, Leaving
from issue_intake.core.model import Session
from issue_intake.core.ports import CommitText
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.git import inspect, secrets
from tests.git.places import NOW, TEXT, Origin, Place, a_place, git, make_origin
from tests.leaving_contract import CONTRACT, TOKEN, Look, Work

GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def place(tmp_path: Path, origin: Origin) -> Place:
    made = a_place(tmp_path / "home", origin)
    return replace(made, worktrees=replace(made.worktrees, secrets=(TOKEN, "short", "postgres")))


def _write(place: Place, work: Work, number: int = 7) -> None:
    for name, content in work.items():
        path = place.worktree(number) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.symlink_to(content)


def _looked(place: Place, session: Session, extent: Extent | None = None, text: CommitText = TEXT) -> Leaving:
    sha = place.worktrees.commit(session, text).sha
    base = place.clone.last_seen(None)
    assert base is not None
    return place.worktrees.inspect(session, base, sha, extent or Extent())


def _look(place: Place, work: Work, extent: Extent | None = None) -> Leaving:
    session = place.prepared()
    _write(place, work)
    return _looked(place, session, extent)


def _reasons(leaving: Leaving, extent: Extent | None = None) -> list[str]:
    verdict = judge(extent or Extent(), (".github/**",), leaving)
    return list(verdict.reasons) if isinstance(verdict, Barred) else []


@pytest.mark.parametrize("check", CONTRACT)
def test_it_tells_what_every_look_tells(place: Place, check: Callable[[Look], None]) -> None:
    numbers = iter(range(1, 9))

    def look(work: Work, extent: Extent) -> Leaving:
        session = place.prepared(number := next(numbers))
        _write(place, work, number)
        return _looked(place, session, extent)

    check(look)


def test_a_bare_repository_among_the_files_does_not_leave(place: Place, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "--template=", "planted")
    (tmp_path / "planted" / "refs" / "x").touch()
    (tmp_path / "planted" / "objects" / "x").touch()
    files = [path for path in (tmp_path / "planted").rglob("*") if path.is_file()]
    work = {f"sub/{path.relative_to(tmp_path)}": path.read_bytes() for path in files}
    assert _reasons(_look(place, work)) == ["sub/planted is a git repository of its own"]


def test_what_a_protected_link_of_the_base_shows_is_protected(place: Place) -> None:
    (place.origin.desk / ".github").symlink_to("ci")
    place.origin.commit({"ci/a.yml": "on: push\n"})
    verdict = judge(Extent(), (".github/**",), _look(place, {"ci/a.yml": b"on: [push]\n"}))
    assert isinstance(verdict, Guarded)
    assert verdict.paths == ("ci/a.yml",)


def test_looking_again_tells_the_same(place: Place) -> None:
    session = place.prepared()
    _write(place, {"a": TOKEN.encode(), "l": PurePosixPath("/etc")})
    assert _looked(place, session) == _looked(place, session)


SHAPES = {
    "GitHub Token": GITHUB,
    "Private Key": "-----BEGIN RSA PRIVATE KEY-----",
    "AWS Access Key": "AKIA" + "Q3EGRT4KW2NVXB7M",
    "Basic Auth Credentials": "https://octo:hunter2@example.org/",
    "JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "Slack Token": "xoxb-" + "2345678901-abcdefghij",
    "Anthropic API Key": "sk-ant-api03-" + "a1B2c3D4" * 5,
}


def test_known_shapes_are_found_and_no_word_of_the_agents_exempts_a_line(place: Place) -> None:
    allowed = "  # pragma: allowlist secret, noqa, nosec, gitleaks:allow"
    lines = [f"key{number} = '{shape}'{allowed}" for number, shape in enumerate(SHAPES.values())]
    fine = "github_pat_" + "11ABCDEFG0" * 8
    work = {"conf.py": "\n".join([f"# {allowed}nextline", *lines]).encode(), ".secrets.baseline": fine.encode()}

    leaving = _look(place, work)

    found = {secret.line: secret.kind for secret in leaving.secrets if secret.where == "conf.py"}
    assert found == dict(enumerate(SHAPES, start=2))
    assert [secret.kind for secret in leaving.secrets if secret.where == ".secrets.baseline"] == ["GitHub Token"]
    assert "conf.py line 2 holds a secret (GitHub Token)" in _reasons(leaving)


def test_a_known_token_is_found_encoded_in_binaries_and_in_the_message(place: Place) -> None:
    header = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    work = {
        "header": f"Authorization: basic {header}".encode(),
        "url": base64.urlsafe_b64encode(f"ab{TOKEN}".encode()),
        "wide": f"\ufeff{TOKEN}".encode("utf-16-le"),
        "image.png": b"\x89PNG\0\xff\n\xfe" + TOKEN.encode() + b"\0",
        "harmless": b"a short postgres word",
    }
    session = place.prepared()
    _write(place, work)

    leaving = _looked(place, session, text=CommitText(message=f"Say it\n\nIt is {TOKEN}.", at=NOW))

    where = {(secret.where, secret.line) for secret in leaving.secrets}
    assert where == {("header", 1), ("url", 1), ("wide", 1), ("image.png", 2), ("the commit message", 3)}


def test_a_token_over_two_lines_is_not_found(place: Place) -> None:
    """A limit, named in SECURITY.md: who wants to hide a token from a scanner can."""
    assert _look(place, {"a": f"{TOKEN[:10]}\n{TOKEN[10:]}".encode()}).secrets == ()


def test_what_the_base_holds_is_no_news_wherever_it_is_moved(place: Place) -> None:
    place.origin.commit({"old.py": f"a\nkey = '{GITHUB}'\n", "moved.py": f"b = '{GITHUB}'\n", "big": "x" * 2000})
    session = place.prepared()
    (place.worktree() / "moved.py").rename(place.worktree() / "there.py")
    (place.worktree() / "old.py").write_text(f"first\na\nkey = '{GITHUB}'\n")
    (place.worktree() / "big").write_text("y" * 3000)

    extent = Extent(max_file=1999, max_files=3)

    leaving = _looked(place, session, extent)

    assert leaving.secrets == ()
    assert [each.path for each in leaving.paths if each.moved] == ["moved.py"]
    assert _reasons(leaving, extent) == []
    (place.worktree() / "old.py").write_text(f"a\nother = '{GITHUB}'\n")
    assert [(secret.where, secret.line) for secret in _looked(place, session).secrets] == [("old.py", 2)]


def test_names_of_any_kind_are_told_in_one_line(place: Place) -> None:
    names = ["with\nnewline", "-rf", "--force", "ünï\u202e", "a\\b", ":(glob)*"]
    leaving = _look(place, {name: f"{name!r} {GITHUB}".encode() for name in names} | {"\udcff raw": b"x"})

    assert {each.path for each in leaving.paths} == {*names, "\udcff raw"}
    assert all(each.shown.isprintable() for each in leaving.paths)
    assert "with newline line 1 holds a secret (GitHub Token)" in _reasons(leaving)
    assert len(leaving.secrets) == len(names)


def test_a_link_out_is_told(place: Place) -> None:
    work: Work = {
        "passwd": PurePosixPath("/etc/passwd"),
        "docs/up": PurePosixPath("../../x"),
        "git": PurePosixPath(".git/config"),
        "src/to": PurePosixPath("../docs"),
        "docs/x": b"x",
    }
    assert sorted(_reasons(_look(place, work))) == [
        "the link docs/up leads out of the repository",
        "the link git leads out of the repository",
        "the link passwd leads out of the repository",
    ]


def test_a_link_that_only_another_link_of_the_base_leads_out_is_told(place: Place) -> None:
    (place.origin.desk / "a").mkdir()
    (place.origin.desk / "a" / "top").symlink_to("../docs")
    place.origin.commit({"docs/x": "x"})

    leaving = _look(place, {"a/evil": PurePosixPath("top/../../etc")})

    assert _reasons(leaving) == ["the link a/evil leads out of the repository"]


def _submodule(origin: Origin, path: str) -> None:
    sha = git(origin.desk, "rev-parse", "HEAD")
    git(origin.desk, "update-index", "--add", "--cacheinfo", f"160000,{sha},{path}")
    git(origin.desk, "commit", "-q", "-m", "a submodule")
    git(origin.desk, "push", "-q", "origin", "main")


def test_submodules_are_told_unless_they_are_the_bases(place: Place) -> None:
    _submodule(place.origin, "libs/inner")
    session = place.prepared()
    _write(place, {"new": b"x"})
    assert _reasons(_looked(place, session)) == []
    (place.worktree() / "libs" / "inner").rmdir()
    _write(place, {".gitmodules": b"[submodule]\n"})

    assert sorted(_reasons(_looked(place, session))) == [
        ".gitmodules changes a submodule",
        "libs/inner changes a submodule",
    ]


def test_a_submodule_that_is_added_is_told(place: Place) -> None:
    session = place.prepared()
    _write(place, {"new": b"x"})
    sha = place.worktrees.commit(session, TEXT).sha
    folder, env = place.session_folder() / "publish.git", {"GIT_INDEX_FILE": str(place.home / "other-index")}
    git(folder, "read-tree", sha, env=env)
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{sha},inner", env=env)
    tree = git(folder, "write-tree", env=env)
    planted = git(folder, "commit-tree", "-m", "x", "-p", session.base_sha or "", tree)

    leaving = place.worktrees.inspect(session, place.base(), planted, Extent())

    assert _reasons(leaving) == ["inner changes a submodule"]


def test_too_much_is_told_by_each_measure(place: Place) -> None:
    work: Work = {f"f/{number}": b"x" * 41_000 for number in range(101)} | {"large": b"x" * 1_000_001}

    assert _reasons(_look(place, work)) == [
        "large has 1.0 MB (publish.max_file)",
        "102 files are changed, 100 may be (publish.max_files)",
        "the changed files have 5.1 MB together (publish.max_bytes)",
    ]


def test_beyond_all_bounds_paths_are_only_counted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect, "PATHS_LIMIT", 2)

    assert _look(place, {"a": b"1", "b": b"2", "c": b"3"}) == Leaving(count=3)


def test_protected_paths_are_those_a_reviewer_would_see(place: Place) -> None:
    place.origin.commit({".github/workflows/ci.yml": "on: push\n"})
    session = place.prepared()
    _write(place, {"new": b"x"})
    first = place.worktrees.commit(session, TEXT).sha
    place.worktrees.push(session, first)
    session = replace(session, pushed_sha=first)
    place.origin.commit({".github/workflows/ci.yml": "on: [push]\n", ".gitmodules": "[submodule]\n"})
    base = place.base()
    merged = place.worktrees.merge(session, base, CommitText(message="Merge", at=NOW)).sha
    assert merged is not None

    leaving = place.worktrees.inspect(session, base, merged, Extent())

    assert [each.path for each in leaving.paths] == ["new"]
    _write(place, {".github/workflows/ci.yml": b"on: push\nevil: yes\n"})
    verdict = judge(Extent(), (".github/**",), _looked(place, session))
    assert isinstance(verdict, Guarded)
    assert verdict.paths == (".github/workflows/ci.yml",)


def test_attributes_and_drivers_of_the_tree_are_not_looked_at(place: Place, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    session = place.prepared()
    _write(place, {".gitattributes": b"* diff=evil -text binary export-ignore\n", "a.py": GITHUB.encode()})
    repo = place.session_folder() / "repo.git"
    for key in ("diff.external", "diff.evil.textconv", "diff.evil.command"):
        git(repo, "config", key, f"touch {canary}")

    assert [secret.where for secret in _looked(place, session).secrets] == ["a.py"]
    assert not canary.exists()


def test_what_is_not_looked_through_in_time_is_not_known(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "SECONDS", -1.0)
    with pytest.raises(UnavailableError, match="in time"):
        _look(place, {"a": b"x"})


def test_a_commit_without_a_common_history_is_refused(place: Place, tmp_path: Path) -> None:
    other = make_origin(tmp_path / "other", {"x": "y"})
    strange = git(other.desk, "rev-parse", "HEAD")
    session = place.prepared()
    git(place.session_folder(), "-C", str(place.clone.folder), "fetch", "-q", str(other.path), strange)
    base = place.base()
    with pytest.raises(RefusedError, match="no history in common"):
        place.worktrees.inspect(session, base, strange, Extent())


def test_contents_are_read_in_pieces(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from issue_intake.git import objects  # noqa: PLC0415

    monkeypatch.setattr(objects, "_AT_ONCE", 10)
    work: Work = {f"f{number}": f"{number}\n{os.linesep}{TOKEN}".encode() for number in range(5)}
    assert len(_look(place, work).secrets) == 5
