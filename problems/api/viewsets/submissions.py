"""Submissions: written, handed in, reviewed."""

import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPMethod, HTTPStatus
from typing import Any, ClassVar, override

from django.db.models import Prefetch
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies, parsers
from problems.api.operations import Operation
from problems.api.serializers.submissions import SubmissionSerializer
from problems.api.viewsets.reviewing import reviewer
from problems.api.viewsets.writing import Writing, fields, placed
from problems.choices import Passing, Role, SubmissionKind, Verdict
from problems.errors import Invalid, Refused
from problems.filters import SubmissionFilter
from problems.handed_in import CONTENT, Data, read_fields
from problems.models import RestrictedText, Submission
from problems.models.submissions import SubmissionQuerySet
from problems.permissions import Action, require, role_of, why_not
from problems.queries import fairness, turns
from problems.queries import opinions as told
from problems.queries.submissions import with_parts, withhold
from problems.services import assignments, import_reviews, opinions, queue, reviews, submissions
from problems.services.idempotency import Answer
from problems.services.reviews import Ruling, Rulings

REVIEWERS = " For reviewers."


class SubmissionViewSet(Writing[Submission]):
    """Submissions that you may know of: your own; those of your team, for reviewers all, once they were handed in."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "submission", "submissions"
    filters, serializer = SubmissionFilter, SubmissionSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "create": Operation(
            "Write a submission",
            "Keep a draft, or with submit hand it in at once. A correction needs an account, the rest the role contributor.",
            bodies.SUBMISSION,
            SubmissionSerializer,
            HTTPStatus.CREATED,
            version="",
        ),
        "edit": Operation(
            "Change a submission",
            "Replace what you wrote, while it is a draft, withdrawn, or changes are requested.",
            bodies.SUBMISSION_CHANGES,
            SubmissionSerializer,
            version="required",
        ),
        "discard": Operation("Delete a draft", "Delete a draft of yours.", None, None, HTTPStatus.NO_CONTENT, version="required"),
        "submit": Operation(
            "Hand in a submission", "From now on its record waits, its tags are proposed, and reviewers see it.", bodies.NOTHING, SubmissionSerializer
        ),
        "withdraw": Operation(
            "Withdraw a submission",
            "What it proposed leaves the queue; what you wrote stays, and can be handed in again.",
            bodies.NOTHING,
            SubmissionSerializer,
        ),
        "appeal": Operation("Appeal a decision", "Ask once that somebody else decides on what was declined.", bodies.APPEAL, SubmissionSerializer),
        "claim": Operation(
            "Claim a submission", "Hold it for 48 hours, so that nobody else reviews it meanwhile." + REVIEWERS, bodies.NOTHING, SubmissionSerializer
        ),
        "release": Operation("End a claim", "Let others review it." + REVIEWERS, bodies.NOTHING, SubmissionSerializer),
        "decide": Operation(
            "Decide on a submission",
            "One decision on every part that waits. Of an import, on some of its records or on all: what is left waits on." + REVIEWERS,
            bodies.DECISION,
            SubmissionSerializer,
        ),
        "request_changes": Operation(
            "Ask for changes", "Hand it back with what should change." + REVIEWERS, bodies.CHANGES_REQUEST, SubmissionSerializer
        ),
        "undo": Operation(
            "Undo a decision",
            "Take back your own answer within ten minutes." + REVIEWERS,
            bodies.NOTHING,
            SubmissionSerializer,
        ),
        "ask_opinion": Operation(
            "Ask for a second opinion",
            "Your decision on every part is kept back until another reviewer has decided without seeing it. Where both agree, it is the decision; "
            "else the difference is settled." + REVIEWERS,
            bodies.OPINION,
            SubmissionSerializer,
        ),
        "withdraw_opinion": Operation(
            "Take the question back",
            "Ask for no second opinion after all, while nobody has given it. For who asked.",
            None,
            None,
            HTTPStatus.NO_CONTENT,
            version="required",
        ),
        "settle": Operation(
            "Settle a difference",
            "A curator who gave neither opinion decides. One of the two proposes a decision on every part, and the other confirms it.",
            bodies.SETTLING,
            SubmissionSerializer,
        ),
        "skip": Operation(
            "Skip a submission",
            "Leave it to others for today, without a reason; what you hold of it is released. Nobody is told." + REVIEWERS,
            bodies.NOTHING,
            SubmissionSerializer,
        ),
        "abstain": Operation(
            "Abstain from a submission",
            "Leave it to others for good, without a reason; what you hold of it is released. Nobody is told." + REVIEWERS,
            bodies.NOTHING,
            SubmissionSerializer,
        ),
        "resume": Operation(
            "Take a submission back", "Have in your queue again what you skipped or abstained from." + REVIEWERS, bodies.NOTHING, SubmissionSerializer
        ),
        "hand_over": Operation(
            "Hand a submission over",
            "Leave it for good, without a reason: to whoever comes next, or to a reviewer who may decide on it." + REVIEWERS,
            bodies.HAND_OVER,
            SubmissionSerializer,
        ),
        "assign": Operation(
            "Assign a submission",
            "Ask a reviewer who may decide on it; for 7 days it stays out of the queues of others. An empty id: nobody." + REVIEWERS,
            bodies.ASSIGNING,
            SubmissionSerializer,
        ),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> SubmissionQuerySet:
        rows = with_parts(Submission.objects.visible_to(user))
        return rows.prefetch_related(restricted_texts(user, "tags__")) if role_of(user) >= Role.REVIEWER else rows

    @override
    def complete(self, rows: Sequence[Submission]) -> None:
        withhold(rows, self.request.user)
        fairness.look(self.request.user, rows)
        turns.look(self.request.user, rows)
        told.look(self.request.user, rows)

    @override
    def retrieve(self, request: Request, id: str) -> HttpResponseBase:
        """One submission. An advised one that a reviewer reads counts towards what their queue offers them a day, as on the site."""
        answer = super().retrieve(request, id)
        if request.method == HTTPMethod.GET and role_of(request.user) >= Role.REVIEWER:
            advised = Submission.objects.visible_to(request.user).exclude(contributor=self.user).filter(public_id=id, paper__advisory__gt=0)
            for row in advised:
                queue.opened(submission=row, by=self.user)
        return answer

    def create(self, request: Request) -> Response:
        """A draft, or one that is handed in at once."""
        self.refuse_parameters(request)
        require(request.user, Action.HAND_IN, Submission(contributor=self.user, kind=SubmissionKind.CORRECTION))
        raw = parsers.read(request)
        kind = raw.get("kind", SubmissionKind.PAPER)
        if kind == SubmissionKind.IMPORT:
            raise Invalid({"kind": ["An import begins with its file: send that to imports/."]})
        kind = SubmissionKind(kind) if isinstance(kind, str) and kind in SubmissionKind.values else SubmissionKind.PAPER
        plain = {name: bodies.SUBMISSION.readers[name] for name in ("kind", "submit", "team", "message")}
        given = read_fields(raw, {**plain, **CONTENT[kind]})
        if given.get("kind") == "":
            raise Invalid({"kind": [f"Choose among: {', '.join(SubmissionKind.values)}."]})
        make = submissions.hand_in if given.get("submit") else submissions.create
        content = {name: given[name] for name in CONTENT[kind] if name in given}

        def work() -> Answer:
            made = make(by=self.user, kind=kind, content=content, message=given.get("message", ""), team=given.get("team", ""))
            return self.now(request, made.public_id, HTTPStatus.CREATED)

        return self.write(request, work)

    def edit(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """Replace what was written."""
        submission = self.found(request, id)
        require(request.user, Action.CHANGE_SUBMISSION, submission)
        seen = self.seen(request, submission, required=True)
        readers = CONTENT[SubmissionKind(submission.kind)]
        given = fields(request, {**{name: bodies.SUBMISSION.readers[name] for name in ("team", "message")}, **readers})
        written = Submission.objects.values_list("content", flat=True).get(pk=submission.pk)  # what was shown may lack what is withheld
        content = {name: given.get(name, written.get(name)) for name in readers if name in given or name in written}
        for name, other in (("paper", "record"), ("record", "paper")):
            if name in given and other not in given:
                content.pop(other, None)  # what it is about is said in one of the two ways
        seen = seen or submission.modified  # with any version too: fields that are not sent stay as they are now
        submissions.edit(submission=submission, by=self.user, content=content, message=given.get("message"), team=given.get("team"), seen=seen)
        return self.answer(self.now(request, id))

    def discard(self, request: Request, id: str) -> Response:  # noqa: A002
        """Delete a draft."""
        submission = self.found(request, id)
        require(request.user, Action.CHANGE_SUBMISSION, submission)
        seen = self.seen(request, submission, required=True)
        submissions.discard(submission=submission, by=self.user, seen=seen)
        return Response(status=HTTPStatus.NO_CONTENT)

    def submit(self, request: Request, id: str) -> Response:  # noqa: A002
        """Hand it in."""
        return self.move(
            request, id, Action.HAND_IN, bodies.NOTHING, lambda row, _, seen: submissions.submit(submission=row, by=self.user, seen=seen)
        )

    def withdraw(self, request: Request, id: str) -> Response:  # noqa: A002
        """Take it back."""
        return self.move(
            request, id, Action.CHANGE_SUBMISSION, bodies.NOTHING, lambda row, _, seen: submissions.withdraw(submission=row, by=self.user, seen=seen)
        )

    def appeal(self, request: Request, id: str) -> Response:  # noqa: A002
        """Ask somebody else to decide."""
        return self.move(
            request,
            id,
            Action.APPEAL,
            bodies.APPEAL,
            lambda row, given, seen: submissions.appeal(submission=row, by=self.user, text=given["text"], seen=seen),
        )

    def claim(self, request: Request, id: str) -> Response:  # noqa: A002
        """Hold it."""
        return self.move(request, id, Action.REVIEW, bodies.NOTHING, lambda row, _given, _seen: reviews.claim(submission=row, by=self.user))

    def release(self, request: Request, id: str) -> Response:  # noqa: A002
        """Let others have it."""
        return self.move(request, id, Action.RELEASE_CLAIM, bodies.NOTHING, lambda row, _given, _seen: reviews.release(submission=row, by=self.user))

    def decide(self, request: Request, id: str) -> Response:  # noqa: A002
        """One decision on all of it."""
        return self.move(
            request,
            id,
            Action.REVIEW,
            bodies.DECISION,
            self._decide,
        )

    def _decide(self, submission: Submission, given: Data, seen: Any) -> None:
        if submission.kind == SubmissionKind.IMPORT:
            self._decide_import(submission, given, seen)
            return
        if "records" in given:
            raise Invalid({"records": ["This submission is no import."]})
        with placed(lambda place: CHANGED.sub(r"\1.changes.\2", place)):
            opinions.decide(submission=submission, by=self.user, rulings=_rulings(given), note=given.get("note", ""), seen=seen)

    def _decide_import(self, submission: Submission, given: Data, seen: Any) -> None:
        if others := sorted(given.keys() - {"records", "note"}):
            raise Invalid({name: ["Of an import only records are decided on."] for name in others})
        rulings = {key: _ruling(f"records.{key}", data) for key, data in given.get("records", {}).items()}
        everything = rulings.pop(import_reviews.ALL, None)
        note = given.get("note", "")
        import_reviews.decide_rows(submission=submission, by=self.user, rulings=rulings, everything=everything, note=note, seen=seen)

    def ask_opinion(self, request: Request, id: str) -> Response:  # noqa: A002
        """Keep it back until another has decided."""
        return self.move(request, id, Action.ASK_OPINION, bodies.OPINION, self._ask_opinion)

    def _ask_opinion(self, submission: Submission, given: Data, seen: Any) -> None:
        with placed(lambda place: CHANGED.sub(r"\1.changes.\2", place)):
            wanted, note = given.get("wanted", ""), given.get("note", "")
            opinions.ask(submission=submission, by=self.user, rulings=_rulings(given), note=note, wanted=wanted, seen=seen)

    def withdraw_opinion(self, request: Request, id: str) -> Response:  # noqa: A002
        """Ask for none."""
        submission = self.found(request, id)
        require(request.user, Action.LEAVE, submission)
        seen = self.seen(request, submission, required=True)
        opinions.withdraw(submission=submission, by=self.user, seen=seen)
        return Response(status=HTTPStatus.NO_CONTENT)

    def settle(self, request: Request, id: str) -> Response:  # noqa: A002
        """Settle what two differ on."""
        return self.move(request, id, Action.LEAVE, bodies.SETTLING, self._settle)

    def _settle(self, submission: Submission, given: Data, seen: Any) -> None:
        if given.get("confirm"):
            if others := sorted(given.keys() - {"confirm"}):
                raise Invalid({name: ["To confirm, send nothing else."] for name in others})
            opinions.confirm(submission=submission, by=self.user, seen=seen)
            return
        with placed(lambda place: CHANGED.sub(r"\1.changes.\2", place)):
            opinions.settle(submission=submission, by=self.user, rulings=_rulings(given), note=given.get("note", ""), seen=seen)

    def request_changes(self, request: Request, id: str) -> Response:  # noqa: A002
        """Hand it back."""
        return self.move(
            request,
            id,
            Action.REVIEW,
            bodies.CHANGES_REQUEST,
            lambda row, given, seen: reviews.request_changes(
                submission=row, by=self.user, note=given.get("note", ""), asks=given.get("tags", {}), method=given.get("method", ""), seen=seen
            ),
        )

    def undo(self, request: Request, id: str) -> Response:  # noqa: A002
        """Take back a decision."""
        return self.move(request, id, Action.UNDO_REVIEW, bodies.NOTHING, lambda row, _given, _seen: self._undo(row))

    def skip(self, request: Request, id: str) -> Response:  # noqa: A002
        """Leave it for today."""
        return self._leave(request, id, Passing.SKIPPED)

    def abstain(self, request: Request, id: str) -> Response:  # noqa: A002
        """Leave it for good."""
        return self._leave(request, id, Passing.ABSTAINED)

    def _leave(self, request: Request, key: str, how: Passing) -> Response:
        return self.move(request, key, Action.LEAVE, bodies.NOTHING, lambda row, _given, _seen: queue.leave(submission=row, by=self.user, how=how))

    def resume(self, request: Request, id: str) -> Response:  # noqa: A002
        """Have it again."""
        return self.move(request, id, Action.LEAVE, bodies.NOTHING, lambda row, _given, _seen: queue.take_back(submission=row, by=self.user))

    def hand_over(self, request: Request, id: str) -> Response:  # noqa: A002
        """Leave it to others, or to one of them."""
        return self.move(
            request,
            id,
            Action.LEAVE,
            bodies.HAND_OVER,
            lambda row, given, _seen: queue.hand_over(submission=row, by=self.user, to=reviewer(self.user, given, "to")),
        )

    def assign(self, request: Request, id: str) -> Response:  # noqa: A002
        """Ask somebody to review it."""
        return self.move(
            request,
            id,
            Action.ASSIGN,
            bodies.ASSIGNING,
            lambda row, given, seen: assignments.assign(submission=row, to=reviewer(self.user, given, "to"), by=self.user, seen=seen),
        )

    def _undo(self, submission: Submission) -> None:
        (import_reviews if submission.kind == SubmissionKind.IMPORT else reviews).undo(submission=submission, by=self.user)

    def move(self, request: Request, key: str, action: Action, body: bodies.Body, do: Callable[[Submission, Data, Any], object]) -> Response:
        """Ask whether they may, read what is sent, and make a move with it."""
        submission = self.found(request, key)
        if action in OF_A_REVIEW:  # the service asks about the claim, or the review, that it finds
            if reason := why_not(request.user, Action.RESTRICT, submission):
                title = f"You may not {action.value}."
                raise Refused(title, reason)
        else:
            require(request.user, action, submission)
        given = fields(request, body.readers, *body.required)

        def work() -> Answer:
            seen = self.seen(request, submission, required=False)
            do(submission, given, seen)
            return self.now(request, key)

        return self.write(request, work)


CHANGED = re.compile(r"^(tags\.[a-z0-9]+)\.(target|relation|rationale|locator|basis)$")
OF_A_REVIEW = {Action.RELEASE_CLAIM, Action.UNDO_REVIEW}


def restricted_texts(user: Any, to: str = "") -> "Prefetch[Any]":
    """The restricted texts of tags, as far as `user` may read them."""
    return Prefetch(f"{to}restricted", RestrictedText.objects.visible_to(user), to_attr="restricted_text")


def _ruling(place: str, data: Data) -> Ruling:
    if not data.get("verdict"):
        raise Invalid({f"{place}.verdict": ["Choose a verdict."]})
    return Ruling(
        verdict=Verdict(data["verdict"]),
        reason=data.get("reason", ""),
        words=data.get("words", ""),
        changes=data.get("changes", {}),
        restrict_text=data.get("restrict_text", ""),
    )


def _rulings(given: Data) -> Rulings:
    return Rulings(
        record=_ruling("record", given["record"]) if "record" in given else None,
        tags={key: _ruling(f"tags.{key}", data) for key, data in given.get("tags", {}).items()},
        searches={key: _ruling(f"searches.{key}", data) for key, data in given.get("searches", {}).items()},
        correction=_ruling("correction", given["correction"]) if "correction" in given else None,
        method=_ruling("method", given["method"]) if "method" in given else None,
    )
