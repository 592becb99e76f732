"""Started as cron starts things: next to no environment, `/` as folder, a pipe that must not be held, no stdin."""

from __future__ import annotations

import shutil
import subprocess
import sys

from tests.e2e.begun import ROOT
from tests.e2e.place import until
from tests.e2e.scene import Scene

# As an installed `intake` would be found, without PYTHONPATH.
_INTAKE = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from issue_intake.cli.main import main; main()"


def test_cron_needs_nothing_but_the_env_file(scene: Scene) -> None:
    programs = scene.root / "bin"
    programs.mkdir()
    agent = programs / "my-agent"
    agent.write_text(f"#!/bin/sh\nset > {scene.ledger}/environment\necho work >> work.txt\n")
    agent.chmod(0o755)
    scene.configure(scene.project(agent={"command": ["my-agent", "{prompt_file}"]}))
    git = str(shutil.which("git")).rpartition("/")[0]
    with (scene.home / "env").open("a") as env_file:
        env_file.write(f"PATH={programs}:{git}:/usr/bin:/bin\nNO_PROXY=127.0.0.1\n")
    bare = {"HOME": scene.env["HOME"], "LOGNAME": "someone", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    scene.add_issue()

    def run() -> None:
        argv = [sys.executable, "-c", _INTAKE, "--home", str(scene.home), "run"]
        done = subprocess.run(argv, env=bare, cwd="/", capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done
        scene.wait()

    for _ in range(3):
        run()
    assert scene.stage() == "review"
    environment = (scene.ledger / "environment").read_text()
    assert f"PATH='{programs}:" in environment
    assert "GITHUB_TOKEN" not in environment


def _shell(scene: Scene, line: str) -> subprocess.CompletedProcess[str]:
    argv = ["sh", "-c", line]
    return subprocess.run(argv, env=scene.env, cwd="/", capture_output=True, text=True, timeout=30, check=False)


def test_the_proxy_to_github_is_read_from_the_env_file(scene: Scene) -> None:
    scene.configure(scene.project())
    with (scene.home / "env").open("a") as file:
        file.write("http_proxy=http://octocat:hunter2@127.0.0.1:9\nNO_PROXY=localhost\n")
    done = scene.tick(code=1)
    assert done.err.startswith("webshop: the proxy to GitHub at 127.0.0.1")
    assert "hunter2" not in done.err
    assert scene.standin.requests == []


def test_a_pipe_is_closed_when_the_tick_ends_and_not_when_the_worker_does(scene: Scene) -> None:
    scene.configure(scene.project("sleep"))
    scene.add_issue()
    scene.tick()
    scene.wait_for_clone()
    line = f'"{sys.executable}" -m issue_intake run 2>&1 | cat'
    shell = _shell(scene, line)
    assert "1 launched" in shell.stdout
    until(lambda: scene.runs() or None)
    assert scene.at_work()


def test_closed_streams_change_nothing(scene: Scene) -> None:
    scene.add_issue()
    for streams in ("<&-", "<&- >&- 2>&-", "<&- >&- 2>&-"):
        line = f'exec "{sys.executable}" -m issue_intake run {streams}'
        shell = subprocess.run(["sh", "-c", line], env=scene.env, cwd="/", timeout=60, check=False)
        assert shell.returncode == 0
        scene.wait()
    assert scene.stage() == "review"
    assert scene.repo.read("work.txt", branch="agent/issue-1") == "work"


def test_a_reader_that_leaves_early_is_no_fault(scene: Scene) -> None:
    scene.add_issue()
    line = f'"{sys.executable}" -m issue_intake run | true; "{sys.executable}" -m issue_intake status | head -n 1'
    shell = _shell(scene, line)
    assert shell.stderr == ""
    assert shell.stdout.startswith("ISSUE")


def test_a_reader_that_leaves_early_costs_no_exit_code(scene: Scene) -> None:
    scene.add_issue()
    scene.tick()
    for command in ("run", "status", "agents", "--help"):
        line = f'{{ "{sys.executable}" -m issue_intake {command}; echo "ended with $?" >&2; }} | true'
        shell = _shell(scene, line)
        assert shell.stderr == "ended with 0\n"


def test_output_that_cannot_be_written_is_told_in_a_sentence(scene: Scene) -> None:
    scene.add_issue()
    for command in ("run", "run --json", "status", "--help"):
        done = _shell(scene, f'"{sys.executable}" -m issue_intake {command} > /dev/full')
        assert done.returncode == 1
        assert done.stderr == "intake: what it tells cannot be written: No space left on device\n"


def test_a_problem_that_cannot_be_told_still_gives_its_exit_code(scene: Scene) -> None:
    assert _shell(scene, f'"{sys.executable}" -m issue_intake status nonsense 2> /dev/full').returncode == 2


def test_the_demonstration_asks_for_a_git_that_is_there_and_new_enough(scene: Scene) -> None:
    line = f'PATH={scene.root} "{sys.executable}" -m issue_intake demo'
    missing = _shell(scene, line)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.startswith("intake: git cannot be started: ")
    assert "install git" in missing.stderr
    program = scene.root / "git"
    for says, told in (("echo git version 2.30.2", "is too old"), ("exit 1", "git --version failed")):
        program.write_text(f"#!/bin/sh\n{says}\n")
        program.chmod(0o755)
        unfit = _shell(scene, line)
        assert (unfit.returncode, unfit.stderr.count("\n")) == (1, 1)
        assert told in unfit.stderr
        assert "(install git 2.39.4 or newer)" in unfit.stderr
