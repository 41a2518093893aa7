"""The tables as they began."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import problems.models.base
import problems.models.catalogue
import problems.models.papers
import problems.models.tags


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="ChallengeType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                (
                    "slug",
                    models.CharField(
                        max_length=60,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9]+(?:-[a-z0-9]+)*\\Z", "Use lower-case letters, digits and hyphens, for example watermark-robustness."
                            )
                        ],
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("label", problems.models.base.TextField(max_length=40)),
                ("title", problems.models.base.TextField(max_length=200)),
                ("text", problems.models.base.ProseField(max_length=1000)),
                (
                    "icon",
                    models.CharField(
                        max_length=60,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9]+(?:-[a-z0-9]+)*\\Z", "Write the name of a Lucide icon, for example database."
                            ),
                            problems.models.catalogue.known_icon,
                        ],
                    ),
                ),
                (
                    "colour",
                    problems.models.catalogue.ColourField(
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A#[0-9A-Fa-f]{6}\\Z", "Write the colour as # and six hexadecimal digits, for example #3D4E9E."
                            )
                        ],
                    ),
                ),
                (
                    "colour_dark",
                    problems.models.catalogue.ColourField(
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A#[0-9A-Fa-f]{6}\\Z", "Write the colour as # and six hexadecimal digits, for example #3D4E9E."
                            )
                        ],
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Phase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                (
                    "slug",
                    models.CharField(
                        max_length=60,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9]+(?:-[a-z0-9]+)*\\Z", "Use lower-case letters, digits and hyphens, for example watermark-robustness."
                            )
                        ],
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(unique=True)),
                ("title", problems.models.base.TextField(max_length=200)),
                ("label", problems.models.base.TextField(help_text="The short name on a chip.", max_length=40)),
                ("scope", problems.models.base.TextField(help_text="What of the life cycle it covers.", max_length=200)),
                (
                    "icon",
                    models.CharField(
                        max_length=60,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9]+(?:-[a-z0-9]+)*\\Z", "Write the name of a Lucide icon, for example database."
                            ),
                            problems.models.catalogue.known_icon,
                        ],
                    ),
                ),
                (
                    "colour",
                    problems.models.catalogue.ColourField(
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A#[0-9A-Fa-f]{6}\\Z", "Write the colour as # and six hexadecimal digits, for example #3D4E9E."
                            )
                        ],
                    ),
                ),
                (
                    "colour_dark",
                    problems.models.catalogue.ColourField(
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A#[0-9A-Fa-f]{6}\\Z", "Write the colour as # and six hexadecimal digits, for example #3D4E9E."
                            )
                        ],
                    ),
                ),
                (
                    "soft",
                    problems.models.catalogue.ColourField(
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A#[0-9A-Fa-f]{6}\\Z", "Write the colour as # and six hexadecimal digits, for example #3D4E9E."
                            )
                        ],
                    ),
                ),
                (
                    "soft_dark",
                    problems.models.catalogue.ColourField(
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A#[0-9A-Fa-f]{6}\\Z", "Write the colour as # and six hexadecimal digits, for example #3D4E9E."
                            )
                        ],
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "public_id",
                    problems.models.base.PublicIdField(
                        default=problems.models.base.public_id, editable=False, max_length=10, unique=True, verbose_name="id"
                    ),
                ),
                (
                    "email",
                    models.EmailField(
                        blank=True,
                        help_text="The log-in. Empty for a contributor who cannot log in.",
                        max_length=254,
                        null=True,
                        verbose_name="e-mail address",
                    ),
                ),
                (
                    "display_name",
                    problems.models.base.TextField(
                        blank=True, help_text="Shown beside what they hand in. Empty: shown as “a contributor”.", max_length=100
                    ),
                ),
                (
                    "role",
                    models.PositiveSmallIntegerField(choices=[(10, "Reader"), (20, "Contributor"), (30, "Reviewer"), (40, "Curator")], default=10),
                ),
                (
                    "is_active",
                    models.BooleanField(default=True, help_text="A closed account cannot log in and keeps what it handed in.", verbose_name="open"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("email",), name="user_email_unique", violation_error_message="There is an account with this address."
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", None), ("email", django.db.models.functions.text.Lower("email")), _connector="OR"),
                        name="user_email_lower",
                    ),
                    models.CheckConstraint(condition=models.Q(("role__in", [10, 20, 30, 40])), name="user_role_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Agenda",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                ("title", problems.models.base.TextField(max_length=300)),
                ("authors", models.JSONField(help_text="List of {family, given}, in order.")),
                ("organisations", models.JSONField(blank=True, default=list, help_text="List of names.")),
                ("year", models.PositiveSmallIntegerField()),
                ("url", models.URLField(max_length=2000, verbose_name="address")),
                ("headline", problems.models.base.TextField(max_length=200)),
                ("introduction", problems.models.base.ProseField(max_length=4000)),
                ("constraints_heading", problems.models.base.TextField(help_text="Stands over the challenge types.", max_length=200)),
                ("bibtex", problems.models.base.ProseField(help_text="How to cite the paper.", max_length=4000, verbose_name="BibTeX")),
                ("only", models.BooleanField(default=True, editable=False, unique=True)),
            ],
            options={
                "verbose_name_plural": "agenda",
                "constraints": [models.CheckConstraint(condition=models.Q(("only", True)), name="agenda_only_one")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                ("is_lead", models.BooleanField(default=False, verbose_name="lead")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Paper",
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
                ("title", problems.models.base.TextField(max_length=1000)),
                ("abstract", problems.models.base.ProseField(blank=True, max_length=10000)),
                (
                    "year",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1000, "%(value)s is not a year. Write four digits, for example 2024."),
                            django.core.validators.MaxValueValidator(2100, "%(value)s is not a year. Write four digits, for example 2024."),
                        ],
                    ),
                ),
                (
                    "month",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(12)]
                    ),
                ),
                (
                    "day",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)]
                    ),
                ),
                ("venue", problems.models.base.TextField(blank=True, max_length=1000)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("article", "Journal article"),
                            ("conference", "Conference paper"),
                            ("preprint", "Preprint"),
                            ("report", "Report"),
                            ("news", "News"),
                            ("web_page", "Web page"),
                            ("book", "Book"),
                            ("chapter", "Chapter"),
                            ("thesis", "Thesis"),
                            ("software", "Software"),
                            ("dataset", "Data set"),
                            ("legal", "Legal text"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=20,
                    ),
                ),
                ("url", problems.models.papers.AddressField(blank=True, max_length=2000, verbose_name="address")),
                (
                    "title_key",
                    models.CharField(
                        db_index=True,
                        editable=False,
                        help_text="Letters and digits of the title, to find the same one again; kept by services.papers.",
                        max_length=200,
                    ),
                ),
                (
                    "names",
                    models.TextField(
                        blank=True, editable=False, help_text="Author names as words to search, with and without accents; kept by services.papers."
                    ),
                ),
                ("is_retracted", models.BooleanField(default=False, verbose_name="retracted")),
                ("is_corrected", models.BooleanField(default=False, verbose_name="corrected")),
                (
                    "advisory",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "None"),
                            (1, "Names harmful concepts in general terms"),
                            (2, "Discusses harm or methods of abuse in some detail"),
                            (3, "Hard to read"),
                        ],
                        default=0,
                        help_text="From level 1 on the abstract is folded.",
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("public", "Public"), ("restricted", "Restricted")],
                        db_index=True,
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.CombinedSearchVector(
                            django.contrib.postgres.search.CombinedSearchVector(
                                django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector("title", config="english", weight="A"),
                                    "||",
                                    django.contrib.postgres.search.SearchVector("names", config="english", weight="B"),
                                    django.contrib.postgres.search.SearchConfig("english"),
                                ),
                                "||",
                                django.contrib.postgres.search.SearchVector("venue", config="english", weight="C"),
                                django.contrib.postgres.search.SearchConfig("english"),
                            ),
                            "||",
                            django.contrib.postgres.search.SearchVector("abstract", config="english", weight="D"),
                            django.contrib.postgres.search.SearchConfig("english"),
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "logged_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: by a command.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="papers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Authorship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("family", problems.models.base.TextField(blank=True, max_length=300)),
                ("given", problems.models.base.TextField(blank=True, max_length=300)),
                ("particle", problems.models.base.TextField(blank=True, help_text="As in van der Berg.", max_length=100)),
                ("suffix", problems.models.base.TextField(blank=True, help_text="As in Jr.", max_length=100)),
                ("literal", problems.models.base.TextField(blank=True, help_text="An organisation, or a name that has no parts.", max_length=300)),
                (
                    "orcid",
                    models.CharField(
                        blank=True,
                        max_length=19,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A\\d{4}-\\d{4}-\\d{4}-\\d{3}[\\dX]\\Z", "Write the ORCID as in 0000-0002-1825-0097."
                            )
                        ],
                        verbose_name="ORCID",
                    ),
                ),
                ("paper", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="authorships", to="problems.paper")),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="PaperIdentifier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scheme",
                    models.CharField(
                        choices=[
                            ("doi", "DOI"),
                            ("arxiv", "arXiv"),
                            ("ssrn", "SSRN"),
                            ("openreview", "OpenReview"),
                            ("openalex", "OpenAlex"),
                            ("semantic_scholar", "Semantic Scholar"),
                            ("pubmed", "PubMed"),
                            ("isbn", "ISBN"),
                        ],
                        max_length=20,
                    ),
                ),
                ("value", models.CharField(max_length=255)),
                ("paper", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="identifiers", to="problems.paper")),
            ],
            options={
                "ordering": ["scheme", "value"],
            },
        ),
        migrations.CreateModel(
            name="Problem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                ("number", models.PositiveSmallIntegerField(unique=True)),
                (
                    "slug",
                    models.CharField(
                        max_length=80,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z0-9]+(?:-[a-z0-9]+)*\\Z", "Use lower-case letters, digits and hyphens, for example watermark-robustness."
                            )
                        ],
                    ),
                ),
                ("title", problems.models.base.TextField(max_length=200)),
                ("question", problems.models.base.ProseField(max_length=1000)),
                ("summary", problems.models.base.ProseField(max_length=2000)),
                ("challenges", models.ManyToManyField(related_name="problems", to="problems.challengetype")),
                ("phase", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="problems", to="problems.phase")),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                (
                    "code",
                    models.CharField(
                        max_length=12,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator("\\AP[1-9][0-9]{0,2}\\.[EL][1-9][0-9]{0,2}\\Z", "Write the code as in P5.L2.")
                        ],
                    ),
                ),
                ("section", models.CharField(choices=[("existing_work", "Existing Work"), ("limitation", "Limitation")], max_length=20)),
                ("position", models.PositiveSmallIntegerField()),
                ("text", problems.models.base.ProseField(max_length=1000)),
                ("retired_on", models.DateField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("untouched", "Untouched"),
                            ("confirmed", "Confirmed"),
                            ("contested", "Contested"),
                            ("narrowed", "Narrowed"),
                            ("addressed", "Addressed"),
                        ],
                        default="untouched",
                        editable=False,
                        help_text="Derived from the tags; of limitations only.",
                        max_length=20,
                    ),
                ),
                ("state_since", models.DateTimeField(blank=True, editable=False, null=True)),
                ("problem", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="problems.problem")),
                (
                    "successor",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="predecessors", to="problems.statement"
                    ),
                ),
            ],
            options={
                "ordering": ["problem__number", "section", "position"],
            },
        ),
        migrations.CreateModel(
            name="Search",
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
                    "where",
                    problems.models.base.TextField(
                        help_text="For example arXiv and Semantic Scholar.", max_length=300, verbose_name="where they looked"
                    ),
                ),
                ("query", problems.models.base.TextField(max_length=300)),
                ("searched_on", models.DateField(validators=[problems.models.tags.not_to_come], verbose_name="when")),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "Proposed"), ("accepted", "Accepted"), ("declined", "Declined")], default="proposed", max_length=10
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="searches", to=settings.AUTH_USER_MODEL)),
                (
                    "problem",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="searches", to="problems.problem"
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="searches", to="problems.statement"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "searches",
                "ordering": ["-searched_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CallToAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                (
                    "code",
                    models.CharField(
                        max_length=5,
                        unique=True,
                        validators=[django.core.validators.RegexValidator("\\AC[1-9][0-9]{0,2}\\Z", "Write the code as in C3.")],
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("text", problems.models.base.ProseField(max_length=1000)),
                ("phase", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="calls", to="problems.phase")),
                (
                    "serves",
                    models.ManyToManyField(
                        blank=True, limit_choices_to={"retired_on": None, "section": "limitation"}, related_name="calls", to="problems.statement"
                    ),
                ),
            ],
            options={
                "verbose_name": "call to action",
                "verbose_name_plural": "calls to action",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Tag",
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
                    "relation",
                    models.CharField(
                        choices=[
                            ("contributes", "Contributes"),
                            ("surveys", "Surveys"),
                            ("challenges", "Challenges"),
                            ("addresses", "Addresses"),
                            ("narrows", "Narrows"),
                            ("confirms", "Confirms"),
                            ("disputes", "Disputes"),
                            ("responds_to", "Responds To"),
                            ("relevant", "Relevant"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "rationale",
                    problems.models.base.ProseField(
                        max_length=500,
                        validators=[
                            django.core.validators.MinLengthValidator(20, "Write at least %(limit_value)d characters: what in the paper bears on it.")
                        ],
                    ),
                ),
                ("locator", problems.models.base.TextField(blank=True, help_text="Page, section or figure.", max_length=100)),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("other_modality", "Other Modality"),
                            ("general_proxy", "General Proxy"),
                            ("related_benign_concept", "Related Benign Concept"),
                            ("validated_by_authorised_body", "Validated By Authorised Body"),
                            ("not_applicable", "Not Applicable"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("proposed", "Proposed"), ("accepted", "Accepted"), ("declined", "Declined")], default="proposed", max_length=10
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "call",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="tags", to="problems.calltoaction"
                    ),
                ),
                ("contributor", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="tags", to=settings.AUTH_USER_MODEL)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("paper", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="tags", to="problems.paper")),
                (
                    "problem",
                    models.ForeignKey(
                        blank=True,
                        help_text="Only where the statement is not decided yet.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tags",
                        to="problems.problem",
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="tags", to="problems.statement"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="StateStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "before",
                    models.CharField(
                        choices=[
                            ("untouched", "Untouched"),
                            ("confirmed", "Confirmed"),
                            ("contested", "Contested"),
                            ("narrowed", "Narrowed"),
                            ("addressed", "Addressed"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "after",
                    models.CharField(
                        choices=[
                            ("untouched", "Untouched"),
                            ("confirmed", "Confirmed"),
                            ("contested", "Contested"),
                            ("narrowed", "Narrowed"),
                            ("addressed", "Addressed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("statement", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="problems.statement")),
                ("tag", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="problems.tag")),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "kind",
                    models.CharField(
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
                        ],
                        max_length=20,
                    ),
                ),
                ("face", models.CharField(choices=[("site", "Site"), ("api", "API"), ("admin", "Admin"), ("command", "Command")], max_length=10)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("object_type", models.CharField(max_length=40)),
                ("object_id", models.BigIntegerField()),
                ("object_name", models.CharField(help_text="Public id, code, number or slug.", max_length=60)),
                ("about_catalogue", models.BooleanField(default=False)),
                (
                    "before",
                    models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, help_text="Changed values as they were."),
                ),
                (
                    "after",
                    models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, help_text="Changed values as they are."),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "paper",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="problems.paper"
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="problems.tag"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("modified", models.DateTimeField(auto_now=True, db_index=True)),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", problems.models.base.TextField(max_length=200)),
                ("members", models.ManyToManyField(related_name="teams", through="problems.Membership", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="team",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="problems.team"),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="paper_search"),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=django.contrib.postgres.indexes.HashIndex(fields=["url"], name="paper_url"),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper("title"), name="gin_trgm_ops"),
                name="paper_title_trigrams",
            ),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=models.Index(
                models.OrderBy(django.db.models.functions.comparison.Coalesce("year", 0), descending=True), models.F("public_id"), name="paper_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="paper",
            index=models.Index(django.db.models.functions.comparison.Coalesce("year", 0), models.F("public_id"), name="paper_oldest"),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="paper_title_given"),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(("year", None), ("year__range", (1000, 2100)), _connector="OR"), name="paper_year_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("month", None), models.Q(("month__range", (1, 12)), ("year__isnull", False)), _connector="OR"),
                    models.Q(("day", None), models.Q(("day__range", (1, 31)), ("month__isnull", False)), _connector="OR"),
                ),
                name="paper_date_parts",
                violation_error_message="A month needs its year, and a day its month.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.CheckConstraint(
                condition=models.Q(("visibility__in", ["waiting", "public", "restricted"])), name="paper_visibility_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="authorship",
            constraint=models.UniqueConstraint(fields=("paper", "position"), name="authorship_position_unique"),
        ),
        migrations.AddConstraint(
            model_name="authorship",
            constraint=models.CheckConstraint(
                condition=models.Q(("family", ""), ("literal", ""), _negated=True),
                name="authorship_named",
                violation_error_message="An author needs a family name or a literal name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="paperidentifier",
            constraint=models.UniqueConstraint(fields=("scheme", "value"), name="identifier_unique"),
        ),
        migrations.AddConstraint(
            model_name="problem",
            constraint=models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="problem_number_positive"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(fields=("problem", "section", "position"), name="statement_position_unique"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(condition=models.Q(("section__in", ["existing_work", "limitation"])), name="statement_section_known"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["untouched", "confirmed", "contested", "narrowed", "addressed"])), name="statement_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(("successor", None), ("retired_on__isnull", False), _connector="OR"), name="statement_successor_of_retired"
            ),
        ),
        migrations.AddConstraint(
            model_name="search",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("problem", None), ("statement__isnull", False)),
                    models.Q(("problem__isnull", False), ("statement", None)),
                    _connector="OR",
                ),
                name="search_one_target",
                violation_error_message="Choose one: a statement, or a problem as a whole.",
            ),
        ),
        migrations.AddIndex(
            model_name="tag",
            index=models.Index(
                condition=models.Q(("status", "accepted")), fields=["statement", "relation", "paper"], name="tag_accepted_by_statement"
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(
                fields=("paper", "statement", "call", "problem", "relation"),
                name="tag_once",
                nulls_distinct=False,
                violation_error_message="This paper is tagged there with this relation already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("call", None), ("problem", None), ("statement__isnull", False)),
                    models.Q(("call__isnull", False), ("problem", None), ("statement", None)),
                    models.Q(("call", None), ("problem__isnull", False), ("statement", None)),
                    _connector="OR",
                ),
                name="tag_one_target",
                violation_error_message="Choose one: a statement, a call, or a problem as a whole.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("relation__in", ("contributes", "surveys", "challenges", "addresses", "narrows", "confirms", "disputes")),
                        ("statement__isnull", False),
                    ),
                    models.Q(("call__isnull", False), ("relation__in", ("responds_to",))),
                    models.Q(("problem__isnull", False), ("relation__in", ("relevant",))),
                    _connector="OR",
                ),
                name="tag_relation_fits_target",
                violation_error_message="This relation does not fit this target.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at", None), ("status", "proposed")),
                    models.Q(models.Q(("status", "proposed"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="tag_decided_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("basis__in", ["other_modality", "general_proxy", "related_benign_concept", "validated_by_authorised_body", "not_applicable"]),
                    ("status__in", ["proposed", "accepted", "declined"]),
                ),
                name="tag_words_known",
            ),
        ),
        migrations.AddIndex(
            model_name="statestep",
            index=models.Index(fields=["-at", "-id"], name="step_latest"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["object_type", "object_id", "-id"], name="event_by_object"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("team", "user"), name="membership_once"),
        ),
    ]
