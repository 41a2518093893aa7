"""All models, by their words."""

from problems.models.catalogue import Agenda, CallToAction, ChallengeType, Phase, Problem, Statement, StateStep
from problems.models.events import AuditEvent
from problems.models.papers import Authorship, Paper, PaperIdentifier
from problems.models.people import ApiToken, IdempotencyKey, Invitation, Membership, Team, User
from problems.models.submissions import Decision, Review, Submission
from problems.models.tags import RestrictedText, Search, Tag

__all__ = [
    "Agenda",
    "ApiToken",
    "AuditEvent",
    "Authorship",
    "CallToAction",
    "ChallengeType",
    "Decision",
    "IdempotencyKey",
    "Invitation",
    "Membership",
    "Paper",
    "PaperIdentifier",
    "Phase",
    "Problem",
    "RestrictedText",
    "Review",
    "Search",
    "StateStep",
    "Statement",
    "Submission",
    "Tag",
    "Team",
    "User",
]
