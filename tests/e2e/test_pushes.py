"""Nobody but intake pushes: neither an agent nor a command that the repository names has anything to do it with."""

from __future__ import annotations

import json

from tests.e2e.scene import Scene

_WORKFLOW = """---
verify:
  - name: publish
    run: {line}
    required: false
---
Do what the issue asks.
"""


def test_what_pushes_by_itself_is_handed_no_credential_and_fails(scene: Scene) -> None:
    (scene.ledger / "remote").write_text(scene.repo.git_url)
    line = f"git push --force {scene.repo.git_url} HEAD:refs/heads/main || echo $? >> {scene.ledger}/pushes"
    scene.repo.commit({"WORKFLOW.md": _WORKFLOW.format(line=json.dumps(line))})
    before = scene.repo.branches()
    hooks = {"after_run": f"git push {scene.repo.git_url} HEAD:refs/heads/main || echo $? >> {scene.ledger}/pushes"}
    scene.configure(scene.project("push", verify_from_workflow=True, workspace={"hooks": hooks}))
    number = scene.add_issue()
    scene.launch()
    scene.wait()
    assert scene.repo.branches() == before
    ends = (scene.ledger / "pushes").read_text().split()
    assert (len(ends), "0" in ends) == (8, False), "six of the agent's, one of a verify command, one of a hook"
    scene.reach("review")
    assert scene.branches() == [f"agent/issue-{number}"]
    assert scene.repo.branches()["main"] == before["main"]
