"""All models, by their words."""

from problems.models.catalogue import Agenda, CallToAction, ChallengeType, Phase, Problem, Statement, StateStep
from problems.models.events import AuditEvent
from problems.models.papers import Authorship, Paper, PaperIdentifier
from problems.models.people import Membership, Team, User
from problems.models.tags import Search, Tag

__all__ = [
    "Agenda",
    "AuditEvent",
    "Authorship",
    "CallToAction",
    "ChallengeType",
    "Membership",
    "Paper",
    "PaperIdentifier",
    "Phase",
    "Problem",
    "Search",
    "StateStep",
    "Statement",
    "Tag",
    "Team",
    "User",
]
