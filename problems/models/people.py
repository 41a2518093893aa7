"""Accounts and teams."""

import re
from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from problems import once
from problems.choices import Role, TokenScope
from problems.models.base import ProseField, PublicIdField, TextField, TimeStamped, VisibleQuerySet
from problems.permissions import visible_teams


class UserManager(BaseUserManager["User"]):
    """Accounts are found by e-mail address, whatever its case."""

    def create_user(self, email: str | None, password: str | None = None, **fields: Any) -> "User":
        """Make an account; without a password nobody can log in to it."""
        user = self.model(email=email.strip().lower() if email else None, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """Account with this address."""
        return self.get(email=(username or "").strip().lower())


class User(TimeStamped, AbstractBaseUser):
    """Somebody with an account, or a named contributor without log-in (no address). E-mail is the log-in and is never shown to others."""

    public_id = PublicIdField()
    email = models.EmailField(
        "e-mail address", null=True, blank=True, max_length=254, help_text="The log-in. Empty for a contributor who cannot log in."
    )
    display_name = TextField(max_length=100, blank=True, help_text="Shown beside what they hand in. Empty: shown as “a contributor”.")
    hide_name = models.BooleanField(
        "hide my name",
        default=False,
        db_default=False,
        help_text="Shown as “a contributor” to everybody but yourself and curators, on every page, in the API and in exports.",
    )
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.READER)
    is_active = models.BooleanField("open", default=True, help_text="A closed account cannot log in and keeps what it handed in.")

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """One account per address; addresses are kept in lower case."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["email"], name="user_email_unique", violation_error_message="There is an account with this address."),
            models.CheckConstraint(condition=Q(email=None) | Q(email=Lower("email")), name="user_email_lower"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
        ]

    def __str__(self) -> str:
        """Their display name, never their address."""
        return self.display_name or "a contributor"

    def clean(self) -> None:
        """Keep addresses in lower case, so that one address is one account."""
        self.email = self.email.strip().lower() if self.email else None

    @property
    def is_staff(self) -> bool:
        """Whether they may open the admin."""
        return self.is_active and self.role >= Role.CURATOR

    def has_perm(self, _perm: str, _obj: object = None) -> bool:
        """Curators see the whole admin; what they may write is decided by the services."""
        return self.is_staff

    def has_module_perms(self, _app_label: str) -> bool:
        """Curators see the whole admin."""
        return self.is_staff

    def submitted_papers(self) -> models.QuerySet[Any]:
        """Keys of the papers that they, or somebody of their teams, have handed in and not withdrawn, as a queryset to use inside another."""
        submission = self.submissions.model
        return submission.objects.filter(contributor__in=self.colleagues(), kind="paper", paper__isnull=False).values("paper")

    def colleagues(self) -> models.QuerySet["User"]:
        """They and everybody of their teams, as a queryset to use inside another."""
        return User.objects.filter(Q(pk=self.pk) | Q(teams__in=Team.objects.filter(members=self.pk)))

    def declared(self) -> list[dict[str, Any]]:
        """Their conflicts of interest as keys and names. One query, once a request that reads."""
        rows = self.interests.values("paper", "paper__merged_into", "team", "orcid", "family", "given")
        return once.read(("declared", self.pk), lambda: [dict(row) for row in rows])

    def known_as(self) -> list[tuple[str, str, str]]:
        """As whom papers may name them: verified ORCIDs, and names that a verified address spells out; each (ORCID, family name, given names).

        An ORCID is verified by logging in with it. Of jane.doe@example.org the first part spells Jane Doe, or Doe Jane.
        Two queries, once a request that reads.
        """
        return once.read(("known as", self.pk), self._known_as)

    def _known_as(self) -> list[tuple[str, str, str]]:
        accounts = apps.get_model("socialaccount", "SocialAccount").objects.filter(user=self, provider="orcid")
        found = [(orcid, "", "") for orcid in accounts.order_by("pk").values_list("uid", flat=True)]
        verified = apps.get_model("account", "EmailAddress").objects.filter(user=self, verified=True)
        for address in verified.order_by("pk").values_list("email", flat=True):
            parts = [part for part in re.split(r"[._-]", address.partition("@")[0].partition("+")[0]) if part.isalpha() and len(part) > 1]
            if len(parts) == 2:  # noqa: PLR2004  # a given and a family name
                found += [("", parts[1], parts[0]), ("", parts[0], parts[1])]
        return found


class TeamQuerySet(VisibleQuerySet["Team"]):
    """Teams."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_teams(user)


class Team(TimeStamped):
    """A lab or group whose members see each other's work before it is public."""

    slug = models.SlugField(unique=True, max_length=60)
    about = ProseField(max_length=500, blank=True, help_text="A sentence or two on what it works on, shown to everybody.")
    name = TextField(max_length=200)
    members: "models.ManyToManyField[User, Membership]" = models.ManyToManyField(User, through="Membership", related_name="teams")

    class Meta:
        """By name."""

        ordering: ClassVar[list[str]] = ["name"]

    leads: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()
    """Keys of its leads and of all its members, where a service has put them on it for the rules of permissions.py."""

    objects = TeamQuerySet.as_manager()

    def __str__(self) -> str:
        """Its name."""
        return str(self.name)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("team", args=[self.slug])


class TeamInvitation(TimeStamped):
    """An offer to join a team, by a link that works once and expires. Only a hash of the link's secret is kept."""

    public_id = PublicIdField()
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    as_lead = models.BooleanField("lead", default=False)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    expires = models.DateTimeField()
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: by a command.")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None) | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="team_invitation_accepted_whole",
            ),
        ]

    def __str__(self) -> str:
        """Its id."""
        return f"Invitation {self.public_id}"


class Membership(TimeStamped):
    """Somebody in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    is_lead = models.BooleanField("lead", default=False)

    class Meta:
        """Once in each team."""

        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["team", "user"], name="membership_once")]

    def __str__(self) -> str:
        """Who, where."""
        return f"{self.user} in {self.team}"


class Invitation(TimeStamped):
    """An offer of an account with a role, by a link that works once and expires. Only a hash of the link's secret is kept."""

    public_id = PublicIdField()
    email = models.EmailField("e-mail address", max_length=254)
    role = models.PositiveSmallIntegerField(choices=Role.choices, default=Role.CONTRIBUTOR)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    expires = models.DateTimeField()
    invited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations", help_text="Empty: by a command."
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.OneToOneField(User, on_delete=models.PROTECT, null=True, blank=True, related_name="invitation")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None) | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_whole",
            ),
        ]

    def __str__(self) -> str:
        """Its id; never the address."""
        return f"Invitation {self.public_id}"


class ApiToken(TimeStamped):
    """A personal token for the API. It is shown once; only a hash of it is kept."""

    public_id = PublicIdField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = TextField(max_length=100, help_text="What it is for.")
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    scope = models.CharField(max_length=10, choices=TokenScope.choices, default=TokenScope.READ)
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        """Its name."""
        return str(self.name)


class IdempotencyKey(models.Model):
    """The answer to a write that a client marked with a key, for when it asks again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.BinaryField(max_length=32, help_text="Of method, address and body.")
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        """Once a person."""

        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        """The key."""
        return self.key
