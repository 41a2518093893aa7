"""All models, by their words."""

from problems.models.capture import Lookup, SuggestionModel
from problems.models.catalogue import Agenda, CallToAction, ChallengeType, Phase, Problem, Statement, StateStep
from problems.models.curating import CatalogueChange, Flag, ProbableDuplicate, Trashed
from problems.models.declarations import Declaration
from problems.models.events import AuditEvent, RestrictedRead
from problems.models.fairness import Interest, SecondOpinion
from problems.models.imports import ImportRow, ImportRun
from problems.models.papers import Authorship, Merge, Paper, PaperIdentifier
from problems.models.people import ApiToken, IdempotencyKey, Invitation, Membership, Team, TeamInvitation, User
from problems.models.reviewing import Assignment, BulkChange, Care, Opened, Passed
from problems.models.submissions import Decision, Review, Submission
from problems.models.tags import RestrictedText, Search, Tag
from problems.models.talk import FollowingFeed, Message, Notification, NotificationPace, Watch

__all__ = [
    "Agenda",
    "ApiToken",
    "Assignment",
    "AuditEvent",
    "Authorship",
    "BulkChange",
    "CallToAction",
    "Care",
    "CatalogueChange",
    "ChallengeType",
    "Decision",
    "Declaration",
    "Flag",
    "FollowingFeed",
    "IdempotencyKey",
    "ImportRow",
    "ImportRun",
    "Interest",
    "Invitation",
    "Lookup",
    "Membership",
    "Merge",
    "Message",
    "Notification",
    "NotificationPace",
    "Opened",
    "Paper",
    "PaperIdentifier",
    "Passed",
    "Phase",
    "ProbableDuplicate",
    "Problem",
    "RestrictedRead",
    "RestrictedText",
    "Review",
    "Search",
    "SecondOpinion",
    "StateStep",
    "Statement",
    "Submission",
    "SuggestionModel",
    "Tag",
    "Team",
    "TeamInvitation",
    "Trashed",
    "User",
    "Watch",
]
