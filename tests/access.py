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
    everybody("problems/", "/problems/", 301),
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
TABLE = [
    *TABLE,
    # the API, read-only
    *(everybody(f"api/{name}", f"/api/{name}") for name in ("", "docs/", "v1/", "v1/schema/", "v1/agenda/")),
    everybody("api/errors/<slug:kind>/", "/api/errors/not_found/"),
    *(
        line
        for name, key in {
            "phases": "{phase_slug}",
            "challenges": "{challenge_slug}",
            "problems": "1",
            "statements": "P1.L1",
            "calls": "C1",
            "papers": "{paper_id}",
            "tags": "{tag_id}",
        }.items()
        for line in (everybody(f"api/v1/{name}/", f"/api/v1/{name}/"), everybody(f"api/v1/{name}/<str:id>/", f"/api/v1/{name}/{key}/"))
    ),
    Line("api/v1/papers/<str:id>/", "/api/v1/papers/{waiting_id}/", 404, 404, 200, 200, 200),
    Line("api/v1/papers/<str:id>/", "/api/v1/papers/{restricted_id}/", 404, 404, 404, 200, 200),
    Line("api/v1/tags/<str:id>/", "/api/v1/tags/{proposed_id}/", 404, 404, 200, 200, 200),
    Line("api/v1/tags/<str:id>/", "/api/v1/tags/{hidden_tag_id}/", 404, 404, 404, 200, 200),
    # log-in and what belongs to it
    Line("accounts/login/", "/accounts/login/", 200, 302, 302, 302, 302),
    signed_in("accounts/logout/", "/accounts/logout/"),
    everybody("accounts/inactive/", "/accounts/inactive/"),
    Line("accounts/signup/", "/accounts/signup/", 200, 302, 302, 302, 302),
    signed_in("accounts/reauthenticate/", "/accounts/reauthenticate/"),
    everybody("accounts/confirm-email/", "/accounts/confirm-email/"),
    everybody(r"accounts/^confirm-email/(?P<key>[-:\w]+)/$", "/accounts/confirm-email/nonsense/"),
    signed_in("accounts/password/change/", "/accounts/password/change/"),
    signed_in("accounts/password/set/", "/accounts/password/set/", 302),
    everybody("accounts/password/reset/", "/accounts/password/reset/"),
    everybody("accounts/password/reset/done/", "/accounts/password/reset/done/"),
    everybody("accounts/password/reset/key/done/", "/accounts/password/reset/key/done/"),
    everybody(r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$", "/accounts/password/reset/key/1-nonsense/"),
    signed_in("accounts/2fa/", "/accounts/2fa/"),
    everybody("accounts/2fa/authenticate/", "/accounts/2fa/authenticate/", 302),
]
# Addresses of the second factor that ask for the password once more, or are for who is in the middle of a log-in: 302 or 404 for a plain session.
SECOND_FACTOR = "accounts/2fa/"
# Every address below it: visitors are led to the log-in, all but curators refused.
ADMIN = "admin/"
