"""A step in bubblewrap's sandbox: what it finds, what it may do, and what is left of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from issue_intake.core.work import Lost, Order, Ref, Step
from issue_intake.errors import UnavailableError
from issue_intake.workers.agents import resolve
from issue_intake.workers.local import LocalWorker
from issue_intake.workers.outcome.result import read_end
from issue_intake.workers.presets.choice import AgentChoice
from issue_intake.workers.process import marked
from tests.e2e.place import until
from tests.sandboxes import needs_bwrap
from tests.wiring.cell import SECRET, Cell, write
from tests.workers.network.loopback import server

pytestmark = needs_bwrap


def test_the_agent_reads_its_prompt_and_writes_its_worktree_and_report(cell: Cell) -> None:
    out = cell.site.places.result_file
    assert cell.says(f"cat {cell.site.places.prompt_file}; echo a > new; echo b > {out}; echo c > $TMPDIR/d") == "do it"
    assert ((cell.worktree / "new").read_text(), out.read_text()) == ("a\n", "b\n")


def test_the_agent_can_commit_with_objects_that_it_cannot_write(cell: Cell) -> None:
    said = cell.says("echo a > new; git add new; git commit --quiet -m second; git log --format='%s %an'")
    assert said == "second Octo Cat\nfirst Test Person\n"
    assert "Read-only" in cell.says(f"touch {cell.clone}/objects/x")
    assert cell.says(f"ls {cell.clone}") == "objects\n"


def test_nothing_private_is_to_be_seen(cell: Cell) -> None:
    places = (
        *(cell.home / name for name in (".ssh", ".config", ".aws", "notes.txt", ".gitconfig")),
        *(cell.installation / name for name in ("state.json", "env", "sessions/shop/2", "repos/shop.git/HEAD")),
        *(cell.session / "publish.git", cell.root / "trees" / "shop" / "issue-2", cell.root / "elsewhere.yaml"),
        *(Path("/run/user"), Path("/run/docker.sock"), Path("/tmp/.X11-unix"), Path("/run/dbus")),
    )
    script = "; ".join(f"test -e {place} && echo {place}" for place in places)
    assert cell.says(script) == ""
    assert cell.says(f"grep -rls {SECRET} {cell.root} {cell.home}; ls -A $HOME") == ""


def test_nothing_outside_can_be_written(cell: Cell) -> None:
    # The kernel's settings above all: a user named root may write them without any privilege.
    places = ("/etc/x", "/usr/x", "/x", "/var/lib/x", "/proc/sys/kernel/core_pattern", "/proc/mtrr", "/sys/x")
    assert cell.says("; ".join(f"(: >> {place}) 2>/dev/null && echo {place}" for place in places)) == ""
    cell.says("echo > $HOME/mine; echo > /tmp/mine-5d1e; echo > /var/tmp/mine-5d1e")
    assert not any(
        (cell.home / "mine").exists() or (Path(place) / "mine-5d1e").exists() for place in ("/tmp", "/var/tmp")
    )


def test_the_agent_sees_its_own_processes_alone(cell: Cell) -> None:
    programs = set(cell.says("cat /proc/[0-9]*/comm").split())
    assert programs <= {"bwrap", "sh", "cat"}
    environ = cell.says("cat /proc/[0-9]*/environ | tr '\\0' '\\n'")
    assert "INTAKE_RUN=shop/1/1" in environ
    assert "PYTEST" not in environ
    assert cell.run("sh", "-c", f"kill -0 {os.getpid()}").returncode != 0


def test_the_agent_has_namespaces_of_its_own(cell: Cell) -> None:
    names = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
    inside = cell.says(f"cd /proc/self/ns; readlink {' '.join(names)}", keys="network: off").split()
    outside = [str(Path(f"/proc/self/ns/{name}").readlink()) for name in names]
    assert len(inside) == len(names)
    assert set(inside).isdisjoint(outside)


def test_the_agent_is_in_no_session_of_the_users_whose_terminal_it_could_type_into(cell: Cell) -> None:
    session = cell.says("cut -d' ' -f6 /proc/self/stat")
    assert int(session) > 0, "one of outside has no number here"


def test_the_agent_has_no_privileges_and_gets_none(cell: Cell) -> None:
    status = dict(line.split(":\t", 1) for line in cell.says("cat /proc/self/status").splitlines() if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")} == {0}
    lines = (f"mount -t tmpfs none {cell.worktree}", "umount /tmp", "hostname other")
    assert cell.says("; ".join(f"{line} 2>/dev/null && echo {line}" for line in lines)) == ""


def test_a_namespace_of_its_own_uncovers_nothing(cell: Cell) -> None:
    said = cell.says(f"unshare -Urm sh -c 'umount -l {cell.home}; umount -l /tmp; mount -o remount,rw,bind /; :> /x'")
    assert (cell.says("test -e /x; echo $?"), SECRET in said) == ("1\n", False)
    assert not Path("/x").exists()


def test_without_a_network_there_is_only_loopback(cell: Cell) -> None:
    inside = cell.says("cut -d: -f1 -s /proc/net/dev | tr -d ' '", keys="network: off")
    assert inside.splitlines()[-1] == "lo"
    assert len(inside.split()) == len({"lo"} | set(inside.split()[:-1]))


def test_with_hosts_named_those_are_reached_and_no_others(cell: Cell) -> None:
    get = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).read())"
    with server("listed") as listed, server("other") as other:
        keys = f'network: ["127.0.0.1:{listed.port}"]'
        reached, refused = (
            cell.run(sys.executable, "-c", get, f"http://127.0.0.1:{port}/", keys=keys)
            for port in (listed.port, other.port)
        )
    assert "from listed" in reached.stdout + reached.stderr
    assert ("403" in refused.stderr, listed.heard != [], other.heard) == (True, True, [])


def test_a_link_planted_in_the_worktree_gives_nothing_more(cell: Cell) -> None:
    for name, target in (("key", cell.home / ".ssh" / "id_ed25519"), ("state", cell.installation / "state.json")):
        (cell.worktree / name).symlink_to(target)
    assert SECRET not in cell.says("cat key state; ln -s / root; cat root" + str(cell.home / "notes.txt"))


def test_alternates_that_an_agent_plants_are_not_followed(cell: Cell) -> None:
    other = cell.root / "other"
    subprocess.run(("git", "init", "--quiet", str(other)), check=True)
    alternates = cell.session / "repo.git" / "objects" / "info" / "alternates"
    alternates.write_text(f"{alternates.read_text()}{other}/.git/objects\n")
    assert cell.run("test", "-e", f"{other}/.git/objects").returncode == 1


def test_a_worktree_that_became_a_link_starts_nothing(cell: Cell) -> None:
    cell.worktree.rename(cell.root / "moved")
    cell.worktree.symlink_to(cell.home)
    with pytest.raises(UnavailableError, match="is a link, not the folder intake made"):
        cell.step("true")


def test_binds_show_what_they_name(cell: Cell) -> None:
    data, cache = cell.home / "data", cell.home / "cache"
    write(data / "file", "shown")
    cache.mkdir()
    (cell.home / "link").symlink_to(data)
    keys = f"binds: {{read: {cell.home}/link, write: {cache}}}"
    said = cell.says(f"cat {cell.home}/link/file; touch {data}/x; touch {cache}/made", keys=keys)
    assert said.startswith("shown")
    assert "Read-only" in said
    assert (cache / "made").exists()
    assert not (data / "x").exists()


def test_a_bind_that_became_a_link_to_keys_starts_nothing(cell: Cell) -> None:
    later = cell.home / "later"
    keys = f"binds: {{read: {later}}}"
    with pytest.raises(UnavailableError, match="later is not there"):
        cell.step("true", keys=keys)
    project = cell.project(keys)
    later.symlink_to(cell.home / ".ssh")
    with pytest.raises(UnavailableError, match=r"later lies in .*/\.ssh, which is kept from agents"):
        cell.confine(project)


def test_agents_settings_can_be_read_their_login_renewed_and_nothing_else_kept(cell: Cell, tmp_path: Path) -> None:
    own = cell.home / ".claude"
    for name in ("settings.json", ".credentials.json", "history.jsonl"):
        write(own / name, name)
    write(cell.home / ".claude.json", "{}")
    claude = Cell(cell.root, cell.home, resolve(AgentChoice(preset="claude")))
    said = claude.says(
        "cd ~; cat .claude/settings.json; ls -A .claude; echo x > .claude.json; cat .claude.json;"
        "echo new > .claude/.credentials.json; echo mine > .claude/projects/talk; mkdir .claude/todos;"
        "echo '{hooks}' > .claude/settings.json"
    )
    assert said.startswith("settings.json.credentials.json\nprojects\nsettings.json\nx\n")
    assert "Read-only" in said
    kept = {path.relative_to(cell.home).as_posix(): path.read_text() for path in own.rglob("*") if path.is_file()}
    assert kept == {
        ".claude/settings.json": "settings.json",
        ".claude/.credentials.json": "new\n",
        ".claude/history.jsonl": "history.jsonl",
        ".claude/projects/talk": "mine\n",
    }
    assert (cell.home / ".claude.json").read_text() == "{}"


def test_an_agent_leaves_no_program_that_its_user_would_start_outside(cell: Cell) -> None:
    for name in (".gemini/tmp/bin/rg", ".gemini/settings.json", ".cache/copilot/pkg/index.js"):
        write(cell.home / name, "genuine")
    gemini = Cell(cell.root, cell.home, resolve(AgentChoice(preset="gemini")))
    gemini.says("cd ~/.gemini; echo planted > tmp/bin/rg; mkdir -p tmp/issue-1/chats; echo talk > tmp/issue-1/chats/a")
    copilot = Cell(cell.root, cell.home, resolve(AgentChoice(preset="copilot")))
    assert "Read-only" in copilot.says("cat ~/.cache/copilot/pkg/index.js; echo x > ~/.cache/copilot/pkg/index.js")
    assert (cell.home / ".gemini/tmp/bin/rg").read_text() == "genuine"
    assert (cell.home / ".gemini/tmp/issue-1/chats/a").read_text() == "talk\n"
    assert (cell.home / ".cache/copilot/pkg/index.js").read_text() == "genuine"


def test_what_opencode_keeps_together_outlasts_it(cell: Cell) -> None:
    write(cell.home / ".local/share/opencode/auth.json", "old")
    write(cell.home / ".config/opencode/opencode.json", "{}")
    opencode = Cell(cell.root, cell.home, resolve(AgentChoice(preset="opencode", model="a/b")))
    said = opencode.says(
        "cd ~; cat .config/opencode/opencode.json; echo new > .local/share/opencode/auth.json;"
        "mkdir -p .cache/opencode/bin; touch .cache/opencode/bin/rg; touch .config/opencode/opencode.json"
    )
    assert said.startswith("{}")
    assert "Read-only" in said
    assert (cell.home / ".local/share/opencode/auth.json").read_text() == "new\n"
    assert not (cell.home / ".cache").exists()


def test_a_program_below_the_home_is_found_with_what_it_was_installed_with(
    cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = cell.home / ".nvm" / "v20"
    write(node / "lib" / "node_modules" / "agent" / "cli.sh", f"#!/bin/sh\n. {node}/lib/node_modules/agent/part\n")
    write(node / "lib" / "node_modules" / "agent" / "part", "echo whole\n")
    (node / "lib" / "node_modules" / "agent" / "cli.sh").chmod(0o755)
    (cell.home / ".local" / "bin").mkdir(parents=True)
    (cell.home / ".local" / "bin" / "my-agent").symlink_to(node / "lib" / "node_modules" / "agent" / "cli.sh")
    write(cell.home / ".local" / "share" / "keyrings" / "login")
    monkeypatch.setenv("PATH", f"{cell.home}/.local/bin:{os.environ['PATH']}")
    agent = resolve(AgentChoice(command=("my-agent",)))
    assert Cell(cell.root, cell.home, agent).says(f"my-agent; ls {cell.home}/.local/share").startswith("whole\nls: ")


def test_setuid_programs_have_no_effect(cell: Cell) -> None:
    if os.getuid() == 0:
        pytest.skip("root gains nothing by them")
    code = (
        "import subprocess as s, time; p = s.Popen(['su'], stdin=s.PIPE); time.sleep(0.2);"
        "print(open(f'/proc/{p.pid}/status').read())"
    )
    status = cell.run("python3", "-I", "-S", "-c", code).stdout
    assert f"Uid:\t{os.getuid()}\t{os.getuid()}" in status


@pytest.mark.parametrize("keys", ["network: on", "network: [example.org]"])
def test_sigterm_reaches_the_step_and_leaves_it_time_to_end(cell: Cell, keys: str) -> None:
    script = (
        "import signal,sys,time\n"
        "def end(*_):\n    signal.signal(15, signal.SIG_IGN); time.sleep(0.3); print('ending'); sys.exit(5)\n"
        "signal.signal(15, end)\nprint('up', flush=1)\n"
    )
    step = cell.step(sys.executable, "-I", "-S", "-c", script + "time.sleep(60)", keys=keys)
    with subprocess.Popen(step.argv, cwd=step.cwd, env=cell.environment, stdout=subprocess.PIPE, text=True) as outer:
        assert outer.stdout is not None
        assert outer.stdout.readline() == "up\n"
        for process in (psutil.Process(outer.pid), *psutil.Process(outer.pid).children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        assert (outer.stdout.read(), outer.wait(20)) == ("ending\n", 5)


@pytest.mark.parametrize("kind", ["plain", "bare"])
def test_nothing_survives_the_death_of_the_supervisor(cell: Cell, kind: str) -> None:
    environment = "env -i " if kind == "bare" else ""
    step = cell.step("sh", "-c", f"cd /; setsid {environment}sleep 599.25 & echo up; wait")
    _order(cell, step)
    ref = _ref(cell)
    until(lambda: _children(ref) or None)
    pid = _started(ref)
    until(lambda: _with(pid, "599.25") or None)
    found = psutil.Process(pid).children(recursive=True)
    os.kill(pid, signal.SIGKILL)
    assert psutil.wait_procs(found, timeout=10)[1] == []
    worker = LocalWorker(read_end, grace=1.0)
    assert isinstance(worker.look(ref), Lost)
    assert worker.end_leftovers(ref)


def test_a_step_is_found_by_its_mark_from_outside(cell: Cell) -> None:
    step = cell.step("sleep", "60")
    with subprocess.Popen(step.argv, cwd=step.cwd, env=cell.environment) as outer:
        until(lambda: len(psutil.Process(outer.pid).children(recursive=True)) > 1 or None)
        found = {identity.pid for identity in marked("shop/1/1", cell.worktree)}
        assert found >= {p.pid for p in psutil.Process(outer.pid).children(recursive=True)}
        outer.kill()


def _order(cell: Cell, step: Step) -> None:
    folder = _ref(cell).folder
    order = Order(
        run="shop/1/9", folder=folder, worktree=cell.worktree, prompt="", steps=(step,), reader="command",
        timeout=60, stall=None, env=cell.environment,
    )  # fmt: skip
    LocalWorker(read_end, grace=1.0).start(order)


def _ref(cell: Cell) -> Ref:
    return Ref(run="shop/1/9", folder=cell.session / "9", worktree=cell.worktree, handle=None)


def _started(ref: Ref) -> int:
    start: dict[str, Any] = json.loads((ref.folder / "start.json").read_text())
    return int(start["pid"])


def _with(pid: int, word: str) -> bool:
    """Whether a process below has that in its arguments."""
    with suppress(psutil.Error):
        return any(word in " ".join(process.cmdline()) for process in psutil.Process(pid).children(recursive=True))
    return False


def _children(ref: Ref) -> bool:
    return (ref.folder / "worker.log").exists() and "up" in (ref.folder / "worker.log").read_text()
