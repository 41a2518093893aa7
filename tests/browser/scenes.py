"""The shipped map with something going on: what reviewers and curators have on their pages, for tests and pictures."""

from django.urls import reverse

from problems.choices import Role, Verdict
from problems.models import Problem, Statement, Tag, User
from problems.services import (
    assignments,
    bulk_changes,
    catalogue_changes,
    duplicates,
    flags,
    following,
    interests,
    messages,
    notifications,
    opinions,
    trash,
)
from problems.services.reviews import Ruling, Rulings
from tests.browser.served import CURATORS, tagged_paper
from tests.factories import make_paper, make_search, make_submission, make_user, tag_data

ABSTRACT = "We ask how often the mark is found again after the weights were tuned.\n\nIt is found in most cases, in none after distillation."
ACCEPT, DECLINE = Ruling(Verdict.ACCEPT), Ruling(Verdict.DECLINE, reason="other", words="It says so of text alone.")


def person(name: str) -> User:
    """One of the cast."""
    found: User = User.objects.get(email=f"{name}@example.org")
    return found


def reviewing() -> dict[str, str]:
    """Make it, and answer with the pages that show it to a curator, by a short name."""
    paper, curator, reviewer, contributor = tagged_paper(), person("curator"), person("reviewer"), person("contributor")
    statement, other = Statement.objects.get(code="P5.L1"), Statement.objects.get(code="P5.L2")
    for year in (2024, 2025):
        make_paper(title="Marks that outlive the tuning of models", year=year)
    duplicates.find()
    flagged, _ = flags.flag(thing=paper, by=person("reader"), reason="wrong", text="The year is another one.")
    flags.flag(thing=Tag.objects.on_map().order_by("pk")[0], by=curator, reason="duplicate", text="It says the same as another.")
    for thing in (Tag.objects.on_map().order_by("-pk")[0], make_paper(title="No work of its own, as it turned out"), make_search(statement)):
        trash.throw(thing=thing, by=curator, reason="It is on record twice.")

    record = {"abstract": ABSTRACT, "authors": [{"family": "Lovelace", "given": "Ada"}], "date": "2025-05", "venue": "Journal of Tests"}
    waits = [
        make_submission(contributor, tag_data(statement), tag_data(other), record={"title": title, "advisory": level, **record})
        for title, level in (
            ("Marks in tuned weights", 0),
            ("What is left after distillation", 1),
            ("Three marks compared", 0),
            ("A mark for sound", 0),
        )
    ]
    differs = make_submission(contributor, tag_data(statement), record={"title": "One mark, two readings", **record})
    whole = Rulings(record=ACCEPT, tags={tag.public_id: ACCEPT for tag in differs.tags.all()})
    opinions.ask(submission=differs, by=reviewer, rulings=whole)
    opinions.decide(
        submission=differs, by=make_user(Role.REVIEWER), rulings=Rulings(record=ACCEPT, tags={tag.public_id: DECLINE for tag in differs.tags.all()})
    )
    many = bulk_changes.apply(by=curator, act="accept", public_ids=[each.public_id for each in waits[2:]], options=bulk_changes.Options())

    assignments.stand(reviewer=curator, problem=Problem.objects.get(number=5), by=curator)
    assignments.assign(submission=waits[0], to=curator, by=reviewer)
    following.follow(thing=statement, by=curator)
    interests.declare(by=curator, kind="paper", what=make_paper(title="Not for this curator").public_id)
    messages.write(submission=waits[0], by=curator, audience="contributor", text="Is it Section 4?")
    messages.write(submission=waits[0], by=contributor, audience="contributor", text="Section 4.2, and Table 3.")
    reworded = catalogue_changes.propose(
        kind="wording", target=statement.code, values={"text": f"{statement.text} In tuned weights, too."}, reason="As the paper says.", by=reviewer
    )
    catalogue_changes.publish(change=reworded, by=curator)
    proposed = catalogue_changes.propose(
        kind="retirement", target=other.code, values={"successor": statement.code}, reason="It says the same.", by=reviewer
    )
    return CURATORS | {
        "review": waits[0].get_review_url(),
        "review-advised": waits[1].get_review_url(),
        "settle": reverse("review-settle", args=[differs.public_id]),
        "bulk-done": reverse("bulk-change", args=[many.public_id]),
        "discussion": reverse("message", args=[waits[0].public_id]),
        "catalogue-change": reverse("catalogue-change", args=[proposed.public_id]),
        "catalogue-propose": f"{reverse('catalogue-propose')}?kind=wording&on={statement.code}",
        "versions": reverse("versions", args=[statement.code]),
        "flag-answer": f"/review/flags/{flagged.public_id}/",
        "trash-paper": f"/review/papers/{paper.public_id}/trash/",
        "advisory": f"/papers/{paper.public_id}/advisory/",
        "roles": "/people/roles/",
        "unsubscribe": reverse("unsubscribe", args=[notifications.token(curator, ["message"])]),
        "flag": f"/flag/?paper={paper.public_id}",
    }
