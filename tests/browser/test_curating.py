"""The pages of reviewers and curators in Chromium, flags and the trash among them: no barriers, wide and narrow, in light and dark."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Browser, expect

from problems.models import Problem, Tag, User
from problems.services import assignments, duplicates, flags, following, interests, messages, notifications, trash
from tests.browser.served import CURATORS, LOOKS, Visitor, tagged_paper
from tests.factories import make_paper, make_search, make_statement, make_submission, tag_data

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=20_000)  # on a busy machine


def something_to_see() -> list[str]:
    """A pair, flags and things in the trash; the addresses of pages that show them."""
    try:
        paper, curator = tagged_paper(), User.objects.get(email="curator@example.org")
        for year in (2024, 2025):
            make_paper(title="Marks that outlive the tuning of models", year=year)
        duplicates.find()
        flagged, _ = flags.flag(thing=paper, by=User.objects.get(email="reader@example.org"), reason="wrong", text="The year is another one.")
        flags.flag(thing=Tag.objects.on_map().order_by("pk")[0], by=curator, reason="duplicate", text="It says the same as another.")
        statement = make_statement()
        for thing in (Tag.objects.on_map().order_by("-pk")[0], make_paper(title="No work of its own, as it turned out"), make_search(statement)):
            trash.throw(thing=thing, by=curator, reason="It is on record twice.")
        submission = make_submission(User.objects.get(email="contributor@example.org"), tag_data(statement))
        assignments.stand(reviewer=curator, problem=Problem.objects.get(number=5), by=curator)
        following.follow(thing=statement, by=curator)
        interests.declare(by=curator, kind="paper", what=make_paper(title="Not for this curator").public_id)
        messages.write(submission=submission, by=curator, audience="contributor", text="Is it Section 4?")
        assignments.assign(submission=submission, to=curator, by=User.objects.get(email="reviewer@example.org"))
        unsubscribing = reverse("unsubscribe", args=[notifications.token(curator, ["message"])])
        more = (f"/review/flags/{flagged.public_id}/", f"/review/papers/{paper.public_id}/trash/", "/people/roles/", unsubscribing)
        return [*CURATORS.values(), *more, reverse("message", args=[submission.public_id]), f"/flag/?paper={paper.public_id}"]
    finally:
        connections.close_all()


def test_pages_have_no_barriers_and_a_flag_is_followed(browser: Browser, map_site: str) -> None:
    with ThreadPoolExecutor(1) as pool:  # outside the transaction of the test, so that the served site sees it
        pages = pool.submit(something_to_see).result()
    for width, colours in LOOKS:
        with Visitor.arrives(browser, map_site, color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
            page = visitor.page
            visitor.logs_in()
            for address in pages:
                visitor.goes(address)
                visitor.finds_no_barrier(f"{address} {width} {colours}")
            page.get_by_label("Something in it is wrong").check()
            page.get_by_label("In words").fill("The year is another one.")
            page.get_by_role("button", name="Send the flag").click()
            expect(page.get_by_role("heading", name="Your flag")).to_be_visible()
            visitor.finds_no_barrier(f"flag {width} {colours}")
            visitor.saw_nothing_wrong()
