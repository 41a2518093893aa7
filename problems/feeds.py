"""Atom feeds: what is new on the map, on a problem, a statement or a call, of a team, on what somebody follows. Public rows only, nobody's name."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, override
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import quote_etag

from problems.codebook import codebook
from problems.models import Agenda, CallToAction, Problem, Statement, Tag, Team
from problems.permissions import on_map
from problems.queries.following import tags_of
from problems.services.following import reader_of
from problems.templatetags.house import cited_as

ENTRIES = 100
SITE = "Open Problems"
KEY = re.compile(r"[A-Z0-9.]{0,12}", re.ASCII)
SLUG = re.compile(r"[A-Za-z0-9_-]{1,60}", re.ASCII)
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

type Subject = Agenda | Problem | Statement | CallToAction | Team | None


class Dated(Atom1Feed):
    """Atom 1.0. A feed without entries is as old as what it is about: a reader who asks twice gets the same bytes."""

    @override
    def latest_post_date(self) -> datetime:
        latest: datetime = max([*(item["updateddate"] for item in self.items), self.feed["changed"]])
        return latest


class TagFeed(Feed):  # type: ignore[type-arg]  # generic for the type checker only
    """Accepted tags on one subject, newest first."""

    feed_type = Dated
    author_name = "Open Problems Tracker"
    subtitle = f"Accepted tags, newest first, {ENTRIES} at most."

    def __init__(
        self, address: str, find: Callable[[str], Subject], tags: Callable[[Any], Q], about: Callable[[Any], str], keys: re.Pattern[str] = KEY
    ) -> None:
        """With the name of its address, how its subject is found, which tags are on it, its title, and what a key looks like."""
        super().__init__()
        self.address, self.find, self.tags, self.about, self.keys = address, find, tags, about, keys

    @override
    def get_object(self, request: HttpRequest, key: int | str | None = None) -> Subject:
        found = self.find(str(key)) if key is not None and self.keys.fullmatch(str(key)) else None
        if found is None and key is not None:
            raise Http404
        return found

    def title(self, obj: Subject) -> str:
        """Title of the feed."""
        return f"{SITE}: {self.about(obj)}"

    def link(self, obj: Subject) -> str:
        """The page that it is about."""
        return _absolute(obj.get_absolute_url() if obj and not isinstance(obj, Agenda) else reverse("home"))

    def feed_url(self, obj: Subject) -> str:
        """Its own address."""
        return _absolute(reverse(self.address, args=[] if obj is None or isinstance(obj, Agenda) else [_key(obj)]))

    def feed_guid(self, obj: Subject) -> str:
        """Its lasting id."""
        return _tag_uri("feed", "new" if obj is None or isinstance(obj, Agenda) else _key(obj))

    def feed_extra_kwargs(self, obj: Subject) -> dict[str, Any]:
        """When what it is about last changed; of a team that would tell when somebody joined or left."""
        return {"changed": obj.modified if obj and not isinstance(obj, Team) else BEGINNING}

    def items(self, obj: Subject) -> list[Tag]:
        """The tags."""
        return list(Tag.objects.filter(self.tags(obj)).for_lists().order_by("-decided_at", "-pk")[:ENTRIES])

    @override
    def item_title(self, item: Tag) -> str:
        return f"{item.code} {_relation(item)}: {item.paper.title}"

    @override
    def item_description(self, item: Tag) -> str:
        target = item.statement.text if item.statement else item.call.text if item.call else item.problem.question if item.problem else ""
        return f"{cited_as(item.paper)} {_relation(item)} {item.code}: {target}"

    @override
    def item_link(self, item: Tag) -> str:
        return _absolute(item.get_absolute_url())

    def item_guid(self, item: Tag) -> str:
        """Its lasting id."""
        return _tag_uri("tag", item.public_id)

    def item_pubdate(self, item: Tag) -> datetime | None:
        """When it was accepted."""
        return item.decided_at

    def item_updateddate(self, item: Tag) -> datetime:
        """When it last changed."""
        return item.modified

    def item_categories(self, item: Tag) -> list[str]:
        """Target and relation."""
        return [item.code, item.relation]

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]  # it may be 304
        """Answer with the feed, or 304 to who has it."""
        response: HttpResponse = super().__call__(request, *args, **kwargs)
        response.headers.pop("Last-Modified", None)  # a tag that is taken back makes a feed older
        etag = quote_etag(sha256(response.content).hexdigest())
        response.headers["ETag"] = etag
        return get_conditional_response(request, etag=etag, response=response) or response


def _absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _tag_uri(kind: str, key: str | int) -> str:
    """A tag URI (RFC 4151): it stays when addresses change."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{kind}/{key}"


def _key(obj: Problem | Statement | CallToAction | Team) -> str:
    return str(obj.number if isinstance(obj, Problem) else obj.slug if isinstance(obj, Team) else obj.code)


def _relation(tag: Tag) -> str:
    return codebook().relations[tag.relation].label


new = TagFeed("feed", lambda _: Agenda.objects.first(), lambda _: on_map(), lambda _: "new on the map")
problem = TagFeed(
    "feed-problem",
    lambda key: Problem.objects.filter(number=int(key)).first(),
    lambda each: on_map() & (Q(statement__problem=each) | Q(problem=each)),
    lambda each: f"P{each.number} {each.title}",
)
statement = TagFeed(
    "feed-statement",
    lambda key: Statement.objects.filter(code=key).select_related("problem").first(),
    lambda each: on_map(retired=each.retired_on is not None) & Q(statement=each),
    lambda each: f"{each.code}{' (retired)' if each.retired_on else ''} {each.text}",
)
call = TagFeed(
    "feed-call",
    lambda key: CallToAction.objects.filter(code=key).first(),
    lambda each: on_map() & Q(call=each),
    lambda each: f"{each.code} {each.text}",
)
team = TagFeed(
    "feed-team",
    lambda key: Team.objects.filter(slug=key).first(),
    lambda each: on_map() & Q(submission__team=each),
    lambda each: each.name,
    SLUG,
)


class FollowingFeed(TagFeed):
    """Accepted tags on what somebody follows, at an address that only they know. It says nothing of who that is."""

    @override
    def get_object(self, request: HttpRequest, key: int | str | None = None) -> Any:
        reader = reader_of(str(key))
        if reader is None:
            raise Http404
        return reader

    @override
    def link(self, obj: Any) -> str:
        return _absolute(reverse("following"))

    @override
    def feed_url(self, obj: Any) -> str:
        return _absolute(reverse("following"))

    @override
    def feed_guid(self, obj: Any) -> str:
        return _tag_uri("feed", sha256(bytes(obj.following_feed.digest)).hexdigest()[:20])

    @override
    def feed_extra_kwargs(self, obj: Any) -> dict[str, Any]:
        return {"changed": BEGINNING}

    @override
    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]  # as above
        response = super().__call__(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["X-Robots-Tag"] = "noindex"
        return response


following = FollowingFeed("feed-following", lambda _: None, tags_of, lambda _: "what you follow")
