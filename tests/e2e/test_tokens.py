"""Where the token is found after a whole life: in the env file, and nowhere else."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import psutil

from tests.e2e.scene import Scene

_NEVER = (
    *("GH_TOKEN", "INTAKE_OTHER_TOKEN", "GITHUB_PAT", "SSH_AUTH_SOCK", "GIT_ASKPASS", "GIT_CONFIG_COUNT"),
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_CLIENT_SECRET", "KUBECONFIG"),
    *("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_ACCESS_TOKEN", "NPM_TOKEN", "DOCKER_AUTH_CONFIG"),
)


class _Arguments:
    """Collects the arguments of all processes while the `with` block lasts."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._over = Event()
        self._thread = Thread(target=self._collect, daemon=True)

    def __enter__(self) -> _Arguments:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _collect(self) -> None:
        while not self._over.wait(0.002):
            for process in psutil.process_iter():
                with suppress(psutil.Error):
                    self.seen.add(" ".join(process.cmdline()))


def _holding(root: Path, secret: bytes) -> list[str]:
    """The files below `root` with the secret in their content or path."""
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path.name for path in files if secret in path.read_bytes() or secret.decode() in str(path)]


def test_the_token_is_in_no_file_argument_or_environment_of_a_worker(scene: Scene) -> None:
    token = scene.standin.token
    scene.configure(scene.project("tell"))
    scene.add_issue()
    with _Arguments() as arguments:
        scene.launch()
        scene.wait()
        assert _holding(scene.root, token.encode()) == ["env"], "while the worktree is there"
        scene.reach("review")
        scene.standin.revoke(token)
        scene.tick(code=1)
        scene.run("status")
    seen = (scene.ledger / "seen").read_text()
    assert "INTAKE_RUN" in seen
    assert token not in seen
    assert [words for words in arguments.seen if "supervise.py" in words]
    assert [words for words in arguments.seen if token in words] == []
    assert _holding(scene.root, token.encode()) == ["env"]


def test_a_token_in_intakes_own_environment_does_not_reach_the_agent(scene: Scene) -> None:
    token = scene.standin.token
    scene.configure(scene.project(agent={"command": scene.agent("tell"), "pass_env": ["HELPFUL"]}), token="none")
    (scene.home / "env").unlink()
    scene.env |= {"GITHUB_TOKEN": token, "HELPFUL": f"https://x:{token}@example.org"}
    scene.env |= dict.fromkeys(_NEVER, "credential-of-the-users")
    scene.add_issue()
    scene.launch()
    scene.wait()
    seen = (scene.ledger / "seen").read_text().splitlines()
    own = seen[0]
    assert token not in own
    assert not [name for name in _NEVER if name in own]
    assert "credential-of-the-users" not in own
    supervisor = next(line.split()[0] for line in seen if "cmdline" in line and "supervise.py" in line)
    (above,) = (line for line in seen if line.startswith(f"{supervisor} environ:"))
    assert "INTAKE_HOME" in above or "PATH" in above
    assert token not in above
    assert "credential-of-the-users" not in above
    assert _holding(scene.home, token.encode()) == []
