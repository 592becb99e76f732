"""What a worker would see and may do, at 80 columns and for programs."""

from __future__ import annotations

import json
from pathlib import Path

from issue_intake.core.sandbox import Link, Mount, Prospect, Sandbox
from issue_intake.view.sandbox import sandbox_json, sandbox_lines

HOME = Path("/home/octo")
SANDBOX = Sandbox(
    kind="bwrap",
    home=HOME,
    mounts=(
        Mount(path=HOME, access="empty", what="an empty folder"),
        Mount(path=HOME / "intake" / "acme-webshop" / "issue-<n>", access="write", what="the worktree"),
        Mount(path=HOME / ("long" * 20), access="read", what="a bind\x1b[31m"),
        Mount(path=HOME / ".claude", source=Path("/dot/claude"), access="read", what="the agent's settings"),
        Mount(path=Path("/etc/shadow"), access="hidden", what="the system's"),
    ),
    links=(Link(path=HOME / "l", target="m"),),
    network=("a.org", "b.org"),
    environment=tuple(f"VARIABLE_{number}" for number in range(12)),
    memory=2**30,
    processes=64,
)
PROSPECT = Prospect(project="webshop", sandbox=SANDBOX, timeout=7200.0, stall=1200.0, problem="bwrap is missing")


def test_a_person_reads_it_in_80_columns_and_paths_whole() -> None:
    lines = list(sandbox_lines(PROSPECT))
    assert [line for line in lines if len(line) > 80] == [f"  ~/{'long' * 20}"]
    assert lines[0] == "webshop: sandbox bwrap"
    assert f"  ~/intake/acme-webshop/issue-<n>{'the worktree':>47}" in lines
    assert "  ~/.claude (which is /dot/claude)" + f"{'the agent' + chr(39) + 's settings':>46}" in lines
    assert "network    a.org, b.org alone, by a proxy" in lines
    assert "no worker can start now: bwrap is missing" in lines
    text = "\n".join(lines)
    limits = "limits time 2 hours, without a sign of work 20 minutes, memory 1024 MiB, processes 64"
    assert limits in " ".join(text.split())
    assert {*SANDBOX.environment, "HTTP_PROXY"} <= set(text[text.index("variables") :].replace(",", "").split())
    assert "\x1b" not in text
    for title in ("may change", "may read", "finds empty", "does not see"):
        assert text.count(f"the agent {title}") == 1


def test_where_there_is_no_boundary_one_line_says_so() -> None:
    bare = Prospect(project="api", sandbox=Sandbox(kind="none", home=HOME), timeout=60.0, stall=60.0)
    assert list(sandbox_lines(bare))[:2] == [
        "api: sandbox none",
        "no boundary: the agent may read and change all that you may",
    ]


def test_a_command_and_an_image_are_named() -> None:
    command = Sandbox(kind="command", home=HOME, command=("jail", "--\n"))
    assert "command    jail --" in list(sandbox_lines(Prospect(project="a", sandbox=command, timeout=1.0, stall=1.0)))
    image = Sandbox(kind="podman", home=HOME, image="node:22", network="off")
    first, *_ = sandbox_lines(Prospect(project="a", sandbox=image, timeout=1.0, stall=1.0))
    assert first == "a: sandbox podman, image node:22"


def test_programs_read_the_same_record() -> None:
    told = json.loads(sandbox_json(PROSPECT))
    assert (told["schema_version"], told["project"], told["sandbox"]) == (1, "webshop", "bwrap")
    assert told["network"] == ["a.org", "b.org"]
    assert told["limits"] == {"memory": 2**30, "processes": 64, "timeout": 7200.0, "stall": 1200.0}
    assert {mount["access"] for mount in told["mounts"]} == {"empty", "write", "read", "hidden"}
    assert told["links"] == [{"path": "/home/octo/l", "target": "m"}]
    assert (told["problem"], told["image"]) == ("bwrap is missing", None)
