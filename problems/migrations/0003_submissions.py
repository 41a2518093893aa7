"""Submissions and their reviews, restricted texts, twins, invitations, tokens, keys of writes, hidden names."""

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import problems.models.base


class Migration(migrations.Migration):
    dependencies = [
        ("problems", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                (
                    "public_id",
                    problems.models.base.PublicIdField(
                        default=problems.models.base.public_id, editable=False, max_length=10, unique=True, verbose_name="id"
                    ),
                ),
                ("name", problems.models.base.TextField(help_text="What it is for.", max_length=100)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("scope", models.CharField(choices=[("read", "Read"), ("write", "Read and write")], default="read", max_length=10)),
                ("expires", models.DateTimeField()),
                ("last_used", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "part",
                    models.CharField(
                        choices=[("record", "Record"), ("tag", "Tag"), ("search", "Search"), ("correction", "Correction")], max_length=20
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[("accept", "Accepted"), ("decline", "Declined"), ("restrict", "Restricted"), ("change", "To change")], max_length=20
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_said", "not_said"),
                            ("other_statement", "other_statement"),
                            ("other_relation", "other_relation"),
                            ("on_record", "on_record"),
                            ("out_of_scope", "out_of_scope"),
                            ("not_found", "not_found"),
                            ("unclear", "unclear"),
                            ("other", "other"),
                        ],
                        max_length=20,
                    ),
                ),
                ("words", problems.models.base.ProseField(blank=True, max_length=5000)),
                ("edited", models.BooleanField(default=False, help_text="Whether the reviewer changed the tag, or moved it, before accepting it.")),
                ("text_restricted", models.BooleanField(default=False)),
                ("before", models.JSONField(blank=True, default=dict, help_text="The part as it was, to undo.")),
                (
                    "left_at",
                    models.DateTimeField(
                        blank=True, help_text="When the part was last changed by this decision: later changes keep it from being undone.", null=True
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=255)),
                ("digest", models.BinaryField(help_text="Of method, address and body.", max_length=32)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, null=True)),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                (
                    "public_id",
                    problems.models.base.PublicIdField(
                        default=problems.models.base.public_id, editable=False, max_length=10, unique=True, verbose_name="id"
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                (
                    "role",
                    models.PositiveSmallIntegerField(choices=[(10, "Reader"), (20, "Contributor"), (30, "Reviewer"), (40, "Curator")], default=20),
                ),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("expires", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="RestrictedText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                ("rationale", problems.models.base.ProseField(max_length=500)),
                ("locator", problems.models.base.TextField(blank=True, max_length=100)),
                ("reason", problems.models.base.ProseField(max_length=5000)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("outcome", models.CharField(choices=[("decided", "Decided"), ("changes_requested", "Changes requested")], max_length=20)),
                ("note", problems.models.base.ProseField(blank=True, max_length=5000, verbose_name="note to the contributor")),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                (
                    "public_id",
                    problems.models.base.PublicIdField(
                        default=problems.models.base.public_id, editable=False, max_length=10, unique=True, verbose_name="id"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("paper", "Paper and tags"), ("search", "Search"), ("correction", "Correction")], default="paper", max_length=20
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("submitted", "Submitted"),
                            ("changes_requested", "Changes requested"),
                            ("withdrawn", "Withdrawn"),
                            ("decided", "Decided"),
                        ],
                        default="draft",
                        max_length=20,
                    ),
                ),
                ("message", problems.models.base.ProseField(blank=True, max_length=5000, verbose_name="message to reviewers")),
                ("content", models.JSONField(blank=True, default=dict)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "appeal",
                    problems.models.base.ProseField(
                        blank=True, help_text="Why the contributor asks somebody else to decide once more.", max_length=5000
                    ),
                ),
                ("appealed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="paper",
            name="paper_visibility_known",
        ),
        migrations.RemoveConstraint(
            model_name="paperidentifier",
            name="identifier_unique",
        ),
        migrations.RemoveConstraint(
            model_name="tag",
            name="tag_once",
        ),
        migrations.AddField(
            model_name="paper",
            name="twin_of",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                help_text="The restricted record that this one stands for, towards who handed it in; reviewers decide on both as one.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="twins",
                to="problems.paper",
            ),
        ),
        migrations.AddField(
            model_name="paperidentifier",
            name="shadow",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, help_text="Of a twin: the record that it stands for has the identifier itself."
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="text_restricted",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Its rationale and locator are kept apart, for reviewers only: see RestrictedText.",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="hide_name",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Shown as “a contributor” to everybody but yourself and curators, on every page, in the API and in exports.",
                verbose_name="hide my name",
            ),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Created"),
                    ("changed", "Changed"),
                    ("deleted", "Deleted"),
                    ("accepted", "Accepted"),
                    ("declined", "Declined"),
                    ("restricted", "Restricted"),
                    ("published", "Published"),
                    ("retired", "Retired"),
                    ("role_changed", "Role Changed"),
                    ("submitted", "Submitted"),
                    ("withdrawn", "Withdrawn"),
                    ("claimed", "Claimed"),
                    ("released", "Released"),
                    ("decided", "Decided"),
                    ("changes_requested", "Changes Requested"),
                    ("undone", "Undone"),
                    ("appealed", "Appealed"),
                    ("text_restricted", "Text Restricted"),
                    ("invited", "Invited"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="paper",
            name="visibility",
            field=models.CharField(
                choices=[("waiting", "Waiting"), ("public", "Public"), ("restricted", "Restricted"), ("declined", "Declined")],
                db_index=True,
                default="waiting",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="tag",
            name="rationale",
            field=problems.models.base.ProseField(
                blank=True,
                max_length=500,
                validators=[
                    django.core.validators.MinLengthValidator(20, "Write at least %(limit_value)d characters: what in the paper bears on it.")
                ],
            ),
        ),
        migrations.AddIndex(
            model_name="paperidentifier",
            index=models.Index(fields=["scheme", "value"], name="identifier_value"),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(("visibility__in", ["waiting", "public", "restricted", "declined"])), name="paper_visibility_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(("twin_of", None), models.Q(("visibility", "public"), _negated=True), _connector="OR"),
                name="paper_twin_not_public",
            ),
        ),
        migrations.AddConstraint(
            model_name="paperidentifier",
            constraint=models.UniqueConstraint(condition=models.Q(("shadow", False)), fields=("scheme", "value"), name="identifier_unique"),
        ),
        migrations.AddConstraint(
            model_name="paperidentifier",
            constraint=models.UniqueConstraint(fields=("paper", "scheme", "value"), name="identifier_once"),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="user",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="decision",
            name="search",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="decisions", to="problems.search"
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="tag",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="decisions", to="problems.tag"),
        ),
        migrations.AddField(
            model_name="idempotencykey",
            name="user",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="invitation",
            name="accepted_by",
            field=models.OneToOneField(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="invitation", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="invited_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: by a command.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invitations",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="restrictedtext",
            name="by",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="restrictedtext",
            name="tag",
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="restricted", to="problems.tag"),
        ),
        migrations.AddField(
            model_name="review",
            name="reviewer",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="decision",
            name="review",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="problems.review"),
        ),
        migrations.AddField(
            model_name="submission",
            name="appealed_against",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="claimed_by",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="claims", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="contributor",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="submissions", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="submission",
            name="corrected_tag",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="corrections", to="problems.tag"
            ),
        ),
        migrations.AddField(
            model_name="submission",
            name="paper",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="submissions", to="problems.paper"
            ),
        ),
        migrations.AddField(
            model_name="review",
            name="submission",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="problems.submission"),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="submission",
            field=models.ForeignKey(
                db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="problems.submission"
            ),
        ),
        migrations.AddField(
            model_name="search",
            name="submission",
            field=models.ForeignKey(
                blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="searches", to="problems.submission"
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="submission",
            field=models.ForeignKey(
                blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="tags", to="problems.submission"
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["actor", "-at"], name="event_by_actor"),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "accepted")),
                fields=("paper", "statement", "call", "problem", "relation"),
                name="tag_once",
                nulls_distinct=False,
                violation_error_message="This paper is tagged there with this relation already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "proposed")),
                fields=("paper", "statement", "call", "problem", "relation", "contributor"),
                name="tag_proposed_once",
                nulls_distinct=False,
                violation_error_message="You have proposed this tag already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.CheckConstraint(
                condition=models.Q(("text_restricted", False), models.Q(("locator", ""), ("rationale", "")), _connector="OR"),
                name="tag_restricted_text_apart",
                violation_error_message="The text of this tag is restricted. Lift the restriction first, or decline.",
            ),
        ),
        migrations.AddConstraint(
            model_name="idempotencykey",
            constraint=models.UniqueConstraint(fields=("user", "key"), name="idempotency_key_once"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(condition=models.Q(("role__in", [10, 20, 30, 40])), name="invitation_role_known"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted_at", None), ("accepted_by", None)),
                    models.Q(("accepted_at__isnull", False), ("accepted_by__isnull", False)),
                    _connector="OR",
                ),
                name="invitation_accepted_whole",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(condition=models.Q(("state", "submitted")), fields=["submitted_at", "public_id"], name="submission_queue"),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["contributor", "-id"], name="submission_by_contributor"),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["paper", "search", "correction"]),
                    ("state__in", ["draft", "submitted", "changes_requested", "withdrawn", "decided"]),
                ),
                name="submission_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("claimed_at", None), ("claimed_by", None)),
                    models.Q(("claimed_at__isnull", False), ("claimed_by__isnull", False)),
                    _connector="OR",
                ),
                name="submission_claim_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(("claimed_by", None), ("state", "submitted"), _connector="OR"), name="submission_claim_while_submitted"
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "draft"), ("submitted_at__isnull", False), _connector="OR"), name="submission_handed_in_has_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "decided"), _negated=True), ("decided_at__isnull", False), _connector="OR"),
                name="submission_decided_has_time",
            ),
        ),
    ]
