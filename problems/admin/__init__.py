"""The admin, for curators: it writes through the services, and so keeps the same rules and leaves the same record as all else."""

from problems.admin import catalogue, events, papers, people, submissions, tags
from problems.admin.site import site

__all__ = ["catalogue", "events", "papers", "people", "site", "submissions", "tags"]
