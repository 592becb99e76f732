"""Acts are sent once and exactly so; what has happened already is success, and a refusal carries GitHub's reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issue_intake.core.names import branch_name
from issue_intake.core.review import Check, CheckState, Merging
from issue_intake.errors import RefusedError, UnavailableError
from issue_intake.github.steering import _OURS
from tests.github.builders import API, Row, open_pull, repository, steering
from tests.github.served import DENIED, GRAPHQL, REPO, SHA, Served, serving

RERUN = f"{REPO}/actions/jobs/11/rerun"
MERGE = f"{REPO}/pulls/3/merge"
BRANCH = "agent/issue-7"
REF = f"{REPO}/git/ref/heads/{BRANCH}"
REFS = f"{REPO}/git/refs/heads/{BRANCH}"
FAILED = Check(name="test", state=CheckState.FAILED, job=11)
MERGING = Merging(number=3, sha=SHA, method="squash", title="Fix\nthe cart (#3)")


@pytest.fixture
def github() -> Iterator[Served]:
    with serving() as served:
        yield served


class TestRerun:
    def test_a_job_is_run_again(self, github: Served, tmp_path: Path) -> None:
        github.mock.post(API + RERUN, status=201, json={})
        assert steering(tmp_path).rerun(FAILED)
        assert github.written == [("POST", RERUN, None)]

    @pytest.mark.parametrize("status", [403, 404])
    def test_where_the_token_may_not_it_is_not(self, github: Served, tmp_path: Path, status: int) -> None:
        github.mock.post(API + RERUN, status=status, json=DENIED)
        assert not steering(tmp_path).rerun(FAILED)

    def test_a_check_without_a_job_cannot_be(self, github: Served, tmp_path: Path) -> None:
        assert not steering(tmp_path).rerun(Check(name="ci", state=CheckState.BROKEN_OFF))
        assert github.asked == []

    @pytest.mark.parametrize(("status", "headers"), [(401, {}), (429, {"Retry-After": "9"}), (500, {})])
    def test_trouble_is_no_answer(self, github: Served, tmp_path: Path, status: int, headers: dict[str, str]) -> None:
        github.mock.post(API + RERUN, status=status, json={}, headers=headers)
        with pytest.raises(UnavailableError):
            steering(tmp_path).rerun(FAILED)
        assert len(github.written) == 1


class TestMarkReady:
    @pytest.fixture(autouse=True)
    def _draft(self, github: Served) -> None:
        github.get(f"{REPO}/pulls/3", open_pull(3, draft=True))

    def _answered(self, github: Served, answer: Row, status: int = 200) -> None:
        github.mock.post(GRAPHQL, status=status, json=answer)

    def test_a_draft_is_marked_by_its_id(self, github: Served, tmp_path: Path) -> None:
        self._answered(github, {"data": {"markPullRequestReadyForReview": {"pullRequest": {"isDraft": False}}}})
        steering(tmp_path).mark_ready(3)
        ((method, path, sent),) = github.written
        body: Any = sent
        assert (method, path, body["variables"]) == ("POST", "/graphql", {"id": "PR_3"})
        assert "markPullRequestReadyForReview(input:{pullRequestId:$id})" in body["query"]

    def test_one_that_is_no_draft_costs_no_write(self, github: Served, tmp_path: Path) -> None:
        github.get(f"{REPO}/pulls/3", open_pull(3))
        steering(tmp_path).mark_ready(3)
        assert github.written == []

    @pytest.mark.parametrize(("status", "answer"), [(502, {}), (200, {"errors": [{"message": "is not a draft"}]})])
    def test_one_that_turns_out_to_be_ready_is_success(
        self, github: Served, tmp_path: Path, status: int, answer: Row
    ) -> None:
        def ready(_: object) -> tuple[int, dict[str, str], str]:
            github.get(f"{REPO}/pulls/3", open_pull(3))
            return status, {}, str(answer).replace("'", '"')

        github.mock.add_callback("POST", GRAPHQL, ready)
        steering(tmp_path).mark_ready(3)
        assert len(github.written) == 1

    def test_a_refusal_carries_the_reason(self, github: Served, tmp_path: Path) -> None:
        self._answered(github, {"data": {"x": None}, "errors": [{"type": "FORBIDDEN", "message": "not\nyours"}]})
        with pytest.raises(RefusedError, match="GitHub refuses: not yours"):
            steering(tmp_path).mark_ready(3)

    def test_a_server_without_graphql_cannot(self, github: Served, tmp_path: Path) -> None:
        self._answered(github, {"message": "Not Found"}, 404)
        with pytest.raises(RefusedError, match="by hand"):
            steering(tmp_path).mark_ready(3)

    def test_a_stumble_is_no_refusal_and_is_sent_once(self, github: Served, tmp_path: Path) -> None:
        self._answered(github, {}, 502)
        with pytest.raises(UnavailableError):
            steering(tmp_path).mark_ready(3)
        assert len(github.written) == 1


class TestMerge:
    def test_it_names_the_head_the_method_and_the_title(self, github: Served, tmp_path: Path) -> None:
        github.mock.put(API + MERGE, json={"merged": True, "sha": "d" * 40, "message": "done"})
        steering(tmp_path).merge(MERGING)
        body = {"sha": SHA, "merge_method": "squash", "commit_title": "Fix the cart (#3)"}
        assert github.written == [("PUT", MERGE, body)]

    def test_without_a_title_github_chooses_one(self, github: Served, tmp_path: Path) -> None:
        github.mock.put(API + MERGE, json={})
        steering(tmp_path).merge(Merging(number=3, sha=SHA, method="rebase"))
        assert github.written == [("PUT", MERGE, {"sha": SHA, "merge_method": "rebase"})]

    @pytest.mark.parametrize("status", [405, 409, 422])
    def test_a_refusal_carries_the_reason(self, github: Served, tmp_path: Path, status: int) -> None:
        github.get(f"{REPO}/pulls/3", open_pull(3))
        github.mock.put(API + MERGE, status=status, json={"message": "At least 1 approving review is required"})
        with pytest.raises(RefusedError, match="At least 1 approving review is required"):
            steering(tmp_path).merge(MERGING)

    @pytest.mark.parametrize("status", [405, 502])
    def test_one_that_is_merged_by_then_is_success(self, github: Served, tmp_path: Path, status: int) -> None:
        github.get(f"{REPO}/pulls/3", open_pull(3, state="closed", merged=True))
        github.mock.put(API + MERGE, status=status, json={"message": "Pull Request is not mergeable"})
        steering(tmp_path).merge(MERGING)

    def test_a_broken_connection_is_asked_about_and_not_repeated(self, github: Served, tmp_path: Path) -> None:
        github.get(f"{REPO}/pulls/3", open_pull(3))
        github.mock.put(API + MERGE, body=ConnectionError())
        with pytest.raises(UnavailableError):
            steering(tmp_path).merge(MERGING)
        assert github.asked[1:] == [("PUT", MERGE), ("GET", f"{REPO}/pulls/3")]


class TestDeleteBranch:
    def _at(self, github: Served, sha: str, ref: str = f"refs/heads/{BRANCH}") -> None:
        github.get(REF, {"ref": ref, "object": {"type": "commit", "sha": sha}})

    def test_one_that_is_where_it_should_be_is_deleted(self, github: Served, tmp_path: Path) -> None:
        self._at(github, SHA)
        github.mock.delete(API + REFS, status=204)
        steering(tmp_path).delete_branch(BRANCH, SHA)
        assert github.written == [("DELETE", REFS, None)]

    def test_one_that_has_another_commit_is_kept(self, github: Served, tmp_path: Path) -> None:
        self._at(github, "b" * 40)
        with pytest.raises(RefusedError, match="is at bbbbbbbbbbbb by now"):
            steering(tmp_path).delete_branch(BRANCH, SHA)
        assert github.written == []

    def test_one_that_is_gone_is_success(self, github: Served, tmp_path: Path) -> None:
        github.get(REF, {"message": "Not Found"}, 404)
        steering(tmp_path).delete_branch(BRANCH, SHA)
        assert github.written == []

    @pytest.mark.parametrize(("status", "message"), [(422, "Reference does not exist"), (404, "Not Found")])
    def test_one_that_goes_meanwhile_is_success(
        self, github: Served, tmp_path: Path, status: int, message: str
    ) -> None:
        self._at(github, SHA)
        github.mock.delete(API + REFS, status=status, json={"message": message})
        steering(tmp_path).delete_branch(BRANCH, SHA)

    def test_another_422_is_a_refusal(self, github: Served, tmp_path: Path) -> None:
        self._at(github, SHA)
        github.mock.delete(API + REFS, status=422, json={"message": "Cannot delete this branch"})
        with pytest.raises(RefusedError, match="Cannot delete this branch"):
            steering(tmp_path).delete_branch(BRANCH, SHA)

    def test_another_ref_in_the_answer_is_not_ours(self, github: Served, tmp_path: Path) -> None:
        self._at(github, SHA, "refs/heads/agent/issue-77")
        with pytest.raises(UnavailableError, match="no such ref"):
            steering(tmp_path).delete_branch(BRANCH, SHA)

    @pytest.mark.parametrize(
        "branch",
        [
            "main",
            "agent/issue-",
            "agent/issue-0",
            "agent/issue-7/x",
            "agent/issue-7-",
            "agent/issue-7\n",
            "Agent/issue-7",
        ],
    )
    def test_no_other_branch_is_touched(self, github: Served, tmp_path: Path, branch: str) -> None:
        with pytest.raises(RefusedError, match="no branch of intake's"):
            steering(tmp_path).delete_branch(branch, SHA)
        assert github.asked == []

    @given(st.integers(1, 10**9), st.integers(1, 99))
    def test_every_branch_that_intake_makes_is_its_own(self, number: int, branch_round: int) -> None:
        assert _OURS.fullmatch(branch_name(number, branch_round))


def test_after_a_move_the_present_name_is_written_to(github: Served, tmp_path: Path) -> None:
    github.get(REPO, repository(full_name="newco/store"))
    github.mock.put(f"{API}/repos/newco/store/pulls/3/merge", json={})
    steering(tmp_path).merge(MERGING)
    assert [path for _, path, _ in github.written] == ["/repos/newco/store/pulls/3/merge"]
