"""What happens to reviews and their comments. Raises RejectedError where GitHub would refuse."""

from __future__ import annotations

from typing import Literal

from issue_intake.core.record import record
from issue_intake.demo.diffs import changed_files, hunk_at
from issue_intake.demo.model import Issue, Pull, Repository
from issue_intake.demo.verdicts import Review, ReviewComment
from issue_intake.demo.wire import RejectedError, not_found
from issue_intake.demo.world import World

_ON_ONES_OWN = {"APPROVED": "approve", "CHANGES_REQUESTED": "request changes on"}


@record
class Remark:
    """A comment to be; `line` None is about the whole file."""

    path: str
    line: int | None
    text: str


@record
class NewReview:
    """A review to be; `sha` None is of the present head."""

    author: str | None
    state: str
    body: str = ""
    sha: str | None = None
    remarks: tuple[Remark, ...] = ()


def add_review(world: World, repository: Repository, issue: Issue, pull: Pull, new: NewReview) -> Review:
    """Submit a review. 422: an empty one, a verdict on one's own pull request, a line that is not in the diff."""
    verb = _ON_ONES_OWN.get(new.state)
    if verb and new.author == issue.author:
        raise unprocessable(f"Review Can not {verb} your own pull request")
    if new.state != "APPROVED" and not (new.body.strip() or new.remarks):
        raise unprocessable("Review Body can't be blank")
    world.meet(new.author)
    review = Review(
        id=world.next_id(),
        author=new.author,
        state=new.state,
        body=new.body,
        sha=new.sha or pull.head_sha,
        at=world.now(),
    )
    comments = [_comment(world, repository, pull, review, remark) for remark in new.remarks]
    pull.reviews.append(review)
    pull.comments.extend(comments)
    issue.updated_at = world.now()
    return review


def reply(
    world: World, issue: Issue, pull: Pull, root: ReviewComment, *, author: str | None, text: str
) -> ReviewComment:
    """Answer in a thread; as on GitHub, that is a review too."""
    world.meet(author)
    now = issue.updated_at = world.now()
    review = Review(id=world.next_id(), author=author, state="COMMENTED", body="", sha=pull.head_sha, at=now)
    comment = ReviewComment(
        id=world.next_id(),
        review=review.id,
        author=author,
        body=text,
        path=root.path,
        line=root.line,
        sha=root.sha,
        hunk=root.hunk,
        created_at=now,
        updated_at=now,
        reply_to=root.id,
    )
    pull.reviews.append(review)
    pull.comments.append(comment)
    return comment


def unresolvable(repository: Repository, pull: Pull, sha: str, remark: Remark) -> Literal["path", "line"] | None:
    """What of a comment's place is no part of the diff."""
    bare = repository.bare
    if remark.path not in {one.path for one in changed_files(bare, pull.base_sha, sha)}:
        return "path"
    part = remark.line is None or hunk_at(bare, pull.base_sha, sha, remark.path, remark.line) is not None
    return None if part else "line"


def find_review(pull: Pull, key: int) -> Review:
    """A review by its id; 404 for none."""
    found = next((one for one in pull.reviews if one.id == key), None)
    if found is None:
        raise not_found()
    return found


def find_thread(pull: Pull, key: int) -> ReviewComment:
    """The first comment of the thread that a comment belongs to; 404 for none."""
    found = next((one for one in pull.comments if one.id == key), None)
    if found is None:
        raise not_found()
    return find_thread(pull, found.reply_to) if found.reply_to else found


def unprocessable(*errors: str) -> RejectedError:
    """422 with plain sentences."""
    return RejectedError(422, "Unprocessable Entity", errors=list(errors))


def _comment(world: World, repository: Repository, pull: Pull, review: Review, remark: Remark) -> ReviewComment:
    wrong = unresolvable(repository, pull, review.sha, remark)
    if wrong:
        raise unprocessable(f"{wrong.capitalize()} could not be resolved")
    hunk = hunk_at(repository.bare, pull.base_sha, review.sha, remark.path, remark.line)
    return ReviewComment(
        id=world.next_id(),
        review=review.id,
        author=review.author,
        body=remark.text,
        path=remark.path,
        line=remark.line,
        sha=review.sha,
        hunk=hunk or "",
        created_at=review.at,
        updated_at=review.at,
    )
