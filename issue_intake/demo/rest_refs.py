"""The REST calls on git's refs."""

from __future__ import annotations

from issue_intake.demo.bodies import node_id, repository_address
from issue_intake.demo.call import RepositoryCall
from issue_intake.demo.pulls import keep_in_step
from issue_intake.demo.wire import RejectedError, Reply, json_reply, not_found


def get_ref(call: RepositoryCall) -> Reply:
    """GET /git/ref/heads/{branch}."""
    branch = call.names["ref"].removeprefix("heads/")
    sha = call.repository.bare.branches().get(branch)
    if sha is None or branch == call.names["ref"]:
        raise not_found()
    base = f"{repository_address(call.world, call.repository)}/git"
    target = {"type": "commit", "sha": sha, "url": f"{base}/commits/{sha}"}
    address = f"{base}/refs/heads/{branch}"
    key = node_id("REF", call.repository.id)
    return json_reply({"ref": f"refs/heads/{branch}", "node_id": key, "url": address, "object": target})


def delete_ref(call: RepositoryCall) -> Reply:
    """DELETE /git/refs/heads/{branch}: 422 for none, and for a protected one."""
    branch = call.names["branch"]
    if branch not in call.repository.bare.branches():
        raise RejectedError(422, "Reference does not exist")
    if call.repository.bare.protects(branch):
        raise RejectedError(422, "Cannot delete this protected branch")
    call.repository.bare.run("update-ref", "-d", f"refs/heads/{branch}")
    keep_in_step(call.world, call.repository, by=call.token.login)
    return Reply(status=204)
