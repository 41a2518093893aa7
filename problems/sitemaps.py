"""The public pages, for search engines: what anybody may see and nothing else."""

from datetime import datetime
from typing import override

from django.contrib.auth.models import AnonymousUser
from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from problems.models import Paper, Problem

PAGES = ("home", "map", "papers", "calls", "codebook", "about")


class Pages(Sitemap):  # type: ignore[type-arg]  # generic for the type checker only
    """Pages that there is one of each."""

    @override
    def items(self) -> list[str]:
        return list(PAGES)

    @override
    def location(self, item: str) -> str:
        return reverse(item)


class Problems(Sitemap):  # type: ignore[type-arg]  # generic for the type checker only
    """Pages of problems."""

    @override
    def items(self) -> QuerySet[Problem]:
        return Problem.objects.all()


class Papers(Sitemap):  # type: ignore[type-arg]  # generic for the type checker only
    """Pages of public papers."""

    limit = 5000

    @override
    def items(self) -> QuerySet[Paper]:
        public: QuerySet[Paper] = Paper.objects.visible_to(AnonymousUser())
        return public.only("public_id", "title", "modified").order_by("pk")

    def lastmod(self, item: Paper) -> datetime:
        """When the record last changed."""
        return item.modified


SITEMAPS = {"pages": Pages, "problems": Problems, "papers": Papers}
