"""Role by address, for every address there is: the table that test_access.py walks. A new address without a line here fails.

Each line: the route as Django knows it, an address of it, and the status that GET gives to anonymous, reader, contributor, reviewer, curator.
`{…}` stands for a row of the world that the test makes. What may not be seen is in LEAST_SEEN, method by method in METHODS.
"""

from typing import NamedTuple

ROLES = ("anonymous", "reader", "contributor", "reviewer", "curator")


class Line(NamedTuple):
    """One address and what each role gets there."""

    route: str
    address: str
    anonymous: int
    reader: int
    contributor: int
    reviewer: int
    curator: int


def everybody(route: str, address: str, status: int = 200) -> Line:
    """The same for all."""
    return Line(route, address, status, status, status, status, status)


def signed_in(route: str, address: str, status: int = 200) -> Line:
    """For who is signed in; others are led to the log-in."""
    return Line(route, address, 302, status, status, status, status)


def curators(route: str, address: str, status: int = 200) -> Line:
    """For curators; visitors are led to the log-in, all others refused."""
    return Line(route, address, 302, 403, 403, 403, status)


TABLE = [
    # reading pages
    everybody("", "/"),
    everybody("problems/", "/problems/", 302),
    everybody("problems/<int:number>-<slug:slug>/", "{problem}"),
    everybody(r"^problems/(?P<number>[0-9]{1,9})(?:-(?P<slug>[^/]*))?/$", "/problems/1/", 301),
    everybody("map/", "/map/"),
    everybody("papers/", "/papers/"),
    everybody("papers/<slug:public_id>/<slug:slug>/", "{paper}"),
    everybody(r"^papers/(?P<public_id>[a-z0-9]{10})/(?:(?P<slug>[^/]*)/)?$", "/papers/{paper_id}/", 301),
    everybody("calls/", "/calls/"),
    everybody("codebook/", "/codebook/"),
    everybody("about/", "/about/"),
    everybody("components/", "/components/"),
    everybody("theme.css", "/theme.css"),
    everybody("robots.txt", "/robots.txt"),
    everybody(".well-known/security.txt", "/.well-known/security.txt"),
    everybody("sitemap.xml", "/sitemap.xml"),
    everybody("sitemap-<slug:section>.xml", "/sitemap-papers.xml"),
    # what waits and what is restricted: here the contributor is the one who logged it
    Line("papers/<slug:public_id>/<slug:slug>/", "{waiting}", 404, 404, 200, 200, 200),
    Line("papers/<slug:public_id>/<slug:slug>/", "{restricted}", 404, 404, 404, 200, 200),
    # one's account
    signed_in("account/", "/account/"),
]
