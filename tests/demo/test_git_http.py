"""Real git against the stand-in: clone, fetch and push, with a credential and without."""

from __future__ import annotations

from pathlib import Path

import pytest

from issue_intake.demo.hosted import Hosted
from issue_intake.demo.standin import StandIn
from tests.demo.client import git


@pytest.fixture
def clone(standin: StandIn, webshop: Hosted, tmp_path: Path) -> Path:
    done = git("clone", "--quiet", webshop.git_url, "clone", cwd=tmp_path, token=standin.token)
    assert done.returncode == 0, done.stderr
    return tmp_path / "clone"


def commit(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    git("add", ".", cwd=folder)
    git("commit", "--quiet", "-m", f"Add {name}", cwd=folder)
    return git("rev-parse", "HEAD", cwd=folder).stdout.strip()


def test_a_private_repository_is_not_cloned_without_a_credential(webshop: Hosted, tmp_path: Path) -> None:
    done = git("clone", webshop.git_url, "clone", cwd=tmp_path)
    assert done.returncode != 0
    assert "could not read Username" in done.stderr


def test_a_bad_credential_is_refused_even_for_a_public_repository(standin: StandIn, tmp_path: Path) -> None:
    public = standin.add_repository("acme", "public", private=False)
    assert git("clone", public.git_url, "clone", cwd=tmp_path).returncode == 0
    done = git("clone", public.git_url, "again", cwd=tmp_path, token="wrong")
    assert done.returncode != 0
    assert standin.requests[-1].status == 401


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_what_is_pushed_is_there_and_can_be_fetched(clone: Path, standin: StandIn, webshop: Hosted, size: int) -> None:
    sha = commit(clone, "new.bin", bytes(range(256)) * (size // 256 + 1))
    done = git("push", "--quiet", "origin", "HEAD:refs/heads/agent/issue-1", cwd=clone, token=standin.token)
    assert done.returncode == 0, done.stderr
    assert webshop.branches()["agent/issue-1"] == sha

    later = webshop.commit({"README.md": "# newer\n"})
    assert git("fetch", "--quiet", "origin", cwd=clone, token=standin.token).returncode == 0
    assert git("rev-parse", "origin/main", cwd=clone).stdout.strip() == later


def test_a_push_in_chunks_arrives_whole(clone: Path, standin: StandIn, webshop: Hosted) -> None:
    sha = commit(clone, "new.bin", bytes(range(256)) * 64)
    many = ("-c", "http.postBuffer=1024", "push", "--quiet", "origin", "HEAD:refs/heads/x")
    assert git(*many, cwd=clone, token=standin.token).returncode == 0
    assert webshop.branches()["x"] == sha
    assert "chunked" in standin.sent("POST", "*/git-receive-pack")[-1].headers["transfer-encoding"]


def test_nobody_pushes_without_a_token_that_may_write(clone: Path, standin: StandIn, webshop: Hosted) -> None:
    commit(clone, "new", b"new")
    before = webshop.branches()
    reader = standin.add_token("reader", "read")
    assert git("push", "origin", "HEAD:refs/heads/x", cwd=clone).returncode != 0
    refused = git("push", "origin", "HEAD:refs/heads/x", cwd=clone, token=reader)
    assert "403" in refused.stderr
    assert git("ls-remote", "origin", cwd=clone, token=reader).returncode == 0
    assert webshop.branches() == before


def test_a_protected_branch_and_a_lost_race_are_refused_by_git_itself(
    clone: Path, standin: StandIn, webshop: Hosted
) -> None:
    webshop.protect("main")
    commit(clone, "new", b"new")
    done = git("push", "origin", "HEAD:refs/heads/main", cwd=clone, token=standin.token)
    assert "GH006: Protected branch update failed for refs/heads/main" in done.stderr
    webshop.commit({"other": "x"}, branch="x")
    done = git("push", "origin", "HEAD:refs/heads/x", cwd=clone, token=standin.token)
    assert "rejected" in done.stderr


def test_a_renamed_repository_is_found_under_its_old_name(clone: Path, standin: StandIn, webshop: Hosted) -> None:
    webshop.rename("shop")
    done = git("ls-remote", "origin", cwd=clone, token=standin.token)
    assert done.returncode == 0
    assert "redirecting to" in done.stderr
    assert webshop.git_url.endswith("/acme/shop.git")


def test_what_never_was_is_not_found(webshop: Hosted, standin: StandIn, tmp_path: Path) -> None:
    address = webshop.git_url.replace("webshop", "nothing")
    assert "not found" in git("ls-remote", address, cwd=tmp_path, token=standin.token).stderr
