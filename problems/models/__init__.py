"""All models, by their words."""

from problems.models.capture import Lookup, SuggestionModel
from problems.models.catalogue import Agenda, CallToAction, ChallengeType, Phase, Problem, Statement, StateStep
from problems.models.declarations import Declaration
from problems.models.events import AuditEvent
from problems.models.imports import ImportRow, ImportRun
from problems.models.papers import Authorship, Merge, Paper, PaperIdentifier
from problems.models.people import ApiToken, IdempotencyKey, Invitation, Membership, Team, TeamInvitation, User
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
    "Declaration",
    "IdempotencyKey",
    "ImportRow",
    "ImportRun",
    "Invitation",
    "Lookup",
    "Membership",
    "Merge",
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
    "SuggestionModel",
    "Tag",
    "Team",
    "TeamInvitation",
    "User",
]
