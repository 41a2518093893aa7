"""Role by address, for every address there is: the table that test_access.py walks. A new address without a line here fails.

Each line: the route as Django knows it, an address of it, and the status that GET gives to anonymous, reader, contributor, reviewer, curator.
`{…}` stands for a row of the world that the test makes. What may not be seen is in LEAST_SEEN, method by method in METHODS.
"""

import re
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
    # feeds, and papers as files
    everybody("feeds/new.atom", "/feeds/new.atom"),
    everybody("feeds/problems/<int:key>.atom", "/feeds/problems/1.atom"),
    everybody("feeds/statements/<str:key>.atom", "/feeds/statements/P1.L1.atom"),
    everybody("feeds/calls/<str:key>.atom", "/feeds/calls/C1.atom"),
    everybody("feeds/statements/<str:key>.atom", "/feeds/statements/P9.L9.atom", 404),
    everybody("papers/", "/papers/?format=csv"),
    Line("papers/<slug:public_id>/<slug:slug>/", "{waiting}?format=bibtex", 404, 404, 200, 200, 200),
    Line("papers/<slug:public_id>/<slug:slug>/", "{restricted}?format=bibtex", 404, 404, 404, 200, 200),
    Line("api/v1/papers/<str:id>/", "/api/v1/papers/{restricted_id}/?format=ris", 404, 404, 404, 200, 200),
    # what waits and what is restricted: here the contributor is the one who logged it
    Line("papers/<slug:public_id>/<slug:slug>/", "{waiting}", 404, 404, 200, 200, 200),
    Line("papers/<slug:public_id>/<slug:slug>/", "{restricted}", 404, 404, 404, 200, 200),
    # one's account
    signed_in("account/", "/account/"),
    # people, invitations, tokens
    signed_in("account/data/", "/account/data/", 302),
    signed_in("account/delete/", "/account/delete/", 302),
    signed_in("account/tokens/", "/account/tokens/", 302),
    signed_in("account/tokens/<slug:public_id>/revoke/", "/account/tokens/aaaaaaaaaa/revoke/", 405),
    curators("people/", "/people/"),
    curators("people/<slug:public_id>/", "/people/{person_id}/"),
    curators("people/invitations/", "/people/invitations/"),
    curators("people/invitations/<slug:public_id>/withdraw/", "/people/invitations/aaaaaaaaaa/withdraw/", 404),
    everybody("invitations/<slug:secret>/", "/invitations/nonsense/", 404),
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
    # the API: what was handed in, the record of changes, and addresses that take writes only
    everybody("api/v1/searches/", "/api/v1/searches/"),
    Line("api/v1/searches/<str:id>/", "/api/v1/searches/{search_id}/", 404, 404, 200, 200, 200),
    everybody("api/v1/submissions/", "/api/v1/submissions/"),
    Line("api/v1/submissions/<str:id>/", "/api/v1/submissions/{submission_id}/", 404, 404, 200, 200, 200),
    Line("api/v1/submissions/<str:id>/", "/api/v1/submissions/{draft_id}/", 404, 404, 200, 404, 404),
    *(
        everybody(f"api/v1/{name}/<str:id>/history/", f"/api/v1/{name}/{key}/history/")
        for name, key in {"problems": "1", "statements": "P1.L1", "calls": "C1", "papers": "{paper_id}", "tags": "{tag_id}"}.items()
    ),
    Line("api/v1/submissions/<str:id>/history/", "/api/v1/submissions/{submission_id}/history/", 404, 404, 200, 200, 200),
    Line("api/v1/papers/<str:id>/history/", "/api/v1/papers/{restricted_id}/history/", 404, 404, 404, 200, 200),
    everybody("api/v1/papers/<str:id>/duplicates/", "/api/v1/papers/{paper_id}/duplicates/"),
    Line("api/v1/papers/<str:id>/duplicates/", "/api/v1/papers/{restricted_id}/duplicates/", 404, 404, 404, 200, 200),
    # merging
    curators("papers/merge/", "/papers/merge/"),
    curators("papers/merge/", "/papers/merge/?keep={paper_id}&merge={restricted_id}"),
    curators("papers/merges/<slug:public_id>/", "/papers/merges/aaaaaaaaaa/", 404),
    *(
        everybody(f"api/v1/{name}/<str:id>/{tail}/", f"/api/v1/{name}/{key}/{tail}/", 405)
        for name, key, tails in (
            ("papers", "{paper_id}", "restrict unrestrict merge unmerge"),
            ("tags", "{tag_id}", "restrict unrestrict"),
            ("submissions", "{submission_id}", "submit withdraw claim release undo appeal decision request-changes"),
        )
        for tail in tails.split()
    ),
    everybody("api/v1/lookups/", "/api/v1/lookups/", 405),
    # suggestions
    Line("suggestions/<str:code>/", "/suggestions/P1.L1/", 302, 403, 200, 200, 200),
    Line("suggestions/<str:code>/", "/suggestions/P9.L9/", 302, 403, 404, 404, 404),
    everybody("api/v1/suggestions/", "/api/v1/suggestions/", 405),
    everybody("api/v1/papers/<str:id>/suggestions/", "/api/v1/papers/{paper_id}/suggestions/"),
    Line("api/v1/papers/<str:id>/suggestions/", "/api/v1/papers/{waiting_id}/suggestions/", 404, 404, 200, 200, 200),
    Line("api/v1/papers/<str:id>/suggestions/", "/api/v1/papers/{restricted_id}/suggestions/", 404, 404, 404, 200, 200),
    everybody("api/v1/statements/<str:id>/suggestions/", "/api/v1/statements/P1.L1/suggestions/"),
    everybody("api/v1/statements/<str:id>/suggestions/", "/api/v1/statements/P9.L9/suggestions/", 404),
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


class Write(NamedTuple):
    """A write, and what each role gets for it when nothing useful is sent: who may is told that the body (400) or the version (428) is wrong."""

    method: str
    route: str
    address: str
    anonymous: int
    reader: int
    contributor: int
    reviewer: int
    curator: int


def _api(method: str, address: str, *statuses: int) -> Write:
    route = re.sub(r"\{[a-z_]+\}", "<str:id>", f"api/v1/{address}")
    return Write(method, route, f"/api/v1/{address}", *statuses)


# The contributor is the one who handed in what waits; everything else is of others.
METHODS = [
    *(_api("POST", f"{name}/", 401, 403, 400, 400, 400) for name in ("papers", "tags", "searches")),
    _api("POST", "submissions/", 401, 400, 400, 400, 400),
    _api("POST", "lookups/", 401, 400, 400, 400, 400),
    _api("POST", "suggestions/", 400, 400, 400, 400, 400),
    _api("PATCH", "papers/{submitted_paper_id}/", 401, 404, 428, 403, 428),
    _api("PATCH", "papers/{paper_id}/", 401, 403, 403, 403, 428),
    _api("PATCH", "papers/{restricted_id}/", 401, 404, 404, 403, 428),
    _api("POST", "papers/{paper_id}/restrict/", 401, 403, 403, 400, 400),
    _api("POST", "papers/{restricted_id}/restrict/", 401, 404, 404, 400, 400),
    _api("POST", "papers/{paper_id}/unrestrict/", 401, 403, 403, 403, 400),
    _api("POST", "papers/{restricted_id}/unrestrict/", 401, 404, 404, 403, 400),
    _api("PATCH", "tags/{proposed_id}/", 401, 404, 428, 403, 428),
    _api("PATCH", "tags/{tag_id}/", 401, 403, 403, 403, 428),
    *(_api("POST", f"papers/{{paper_id}}/{move}/", 401, 403, 403, 403, 400) for move in ("merge", "unmerge")),
    *(_api("POST", f"papers/{{restricted_id}}/{move}/", 401, 404, 404, 403, 400) for move in ("merge", "unmerge")),
    *(_api("POST", f"tags/{{tag_id}}/{move}/", 401, 403, 403, 400, 400) for move in ("restrict", "unrestrict")),
    *(_api("POST", f"tags/{{hidden_tag_id}}/{move}/", 401, 404, 404, 400, 400) for move in ("restrict", "unrestrict")),
    *(_api(method, "submissions/{submission_id}/", 401, 404, 428, 403, 403) for method in ("PATCH", "DELETE")),
    *(_api(method, "submissions/{draft_id}/", 401, 404, 428, 404, 404) for method in ("PATCH", "DELETE")),
    *(_api("POST", f"submissions/{{submission_id}}/{move}/", 401, 404, 400, 403, 403) for move in ("submit", "withdraw", "appeal")),
    *(
        _api("POST", f"submissions/{{submission_id}}/{move}/", 401, 404, 403, 400, 400)
        for move in ("claim", "release", "decision", "request-changes", "undo")
    ),
]


# pages for reviewers
def reviewers(route: str, address: str, status: int = 200) -> Line:
    """For reviewers and curators; visitors are led to the log-in, all others refused, whether it is there or not."""
    return Line(route, address, 302, 403, 403, status, status)


TABLE += [
    reviewers("review/", "/review/"),
    reviewers("review/<slug:public_id>/", "/review/{submission_id}/"),
    reviewers("review/<slug:public_id>/", "/review/{draft_id}/", 404),
    reviewers("review/<slug:public_id>/undo/", "/review/{submission_id}/undo/", 405),
    reviewers("review/papers/<slug:public_id>/restrict/", "/review/papers/{restricted_id}/restrict/"),
    Line("review/papers/<slug:public_id>/lift/", "/review/papers/{restricted_id}/lift/", 302, 403, 403, 403, 200),
    reviewers("review/tags/<slug:public_id>/restrict/", "/review/tags/{hidden_tag_id}/restrict/"),
    reviewers("review/tags/<slug:public_id>/lift/", "/review/tags/{hidden_tag_id}/lift/"),
]
TABLE = [
    *TABLE,
    # handing in, my work: here the contributor is the one who handed it in; what waits is seen by reviewers, a draft by nobody else
    Line("log/", "/log/", 302, 403, 200, 200, 200),
    signed_in("log/find/", "/log/find/"),
    signed_in("log/lookup/", "/log/lookup/"),
    Line("log/search/", "/log/search/", 302, 403, 200, 200, 200),
    signed_in("papers/<slug:public_id>/correct/", "/papers/{paper_id}/correct/"),
    Line("papers/<slug:public_id>/correct/", "/papers/{waiting_id}/correct/", 302, 404, 200, 200, 200),
    Line("papers/<slug:public_id>/correct/", "/papers/{restricted_id}/correct/", 302, 404, 404, 200, 200),
    signed_in("tags/<slug:public_id>/correct/", "/tags/{tag_id}/correct/"),
    Line("tags/<slug:public_id>/correct/", "/tags/{proposed_id}/correct/", 302, 404, 200, 200, 200),
    Line("tags/<slug:public_id>/correct/", "/tags/{hidden_tag_id}/correct/", 302, 404, 404, 200, 200),
    signed_in("my/", "/my/"),
    signed_in("^my/(?P<tab>tags|searches|team)/$", "/my/tags/"),
    signed_in("^my/(?P<tab>tags|searches|team)/$", "/my/searches/"),
    Line("^my/(?P<tab>tags|searches|team)/$", "/my/team/", 302, 404, 200, 404, 404),
    Line("my/submissions/<slug:public_id>/", "/my/submissions/{submission_id}/", 302, 404, 200, 200, 200),
    Line("my/submissions/<slug:public_id>/", "/my/submissions/{draft_id}/", 302, 404, 200, 404, 404),
    Line("my/submissions/<slug:public_id>/edit/", "/my/submissions/{draft_id}/edit/", 302, 404, 200, 404, 404),
    Line("my/submissions/<slug:public_id>/edit/", "/my/submissions/{submission_id}/edit/", 302, 404, 303, 303, 303),
    Line("my/submissions/<slug:public_id>/withdraw/", "/my/submissions/{submission_id}/withdraw/", 302, 404, 200, 303, 303),
    Line("my/submissions/<slug:public_id>/discard/", "/my/submissions/{draft_id}/discard/", 302, 404, 200, 404, 404),
    Line("my/submissions/<slug:public_id>/appeal/", "/my/submissions/{submission_id}/appeal/", 302, 404, 303, 303, 303),
]
TABLE = [
    *TABLE,
    # other accounts to log in by: none is set up
    *(
        everybody(f"accounts/{name}/login/{tail}", f"/accounts/{name}/login/{tail}", 404)
        for name in ("orcid", "github")
        for tail in ("", "callback/")
    ),
    signed_in("accounts/providers/", "/accounts/providers/", 404),
    everybody("accounts/providers/cancelled/", "/accounts/providers/cancelled/", 404),
    everybody("api/v1/teams/", "/api/v1/teams/"),
    everybody("api/v1/teams/<str:id>/", "/api/v1/teams/{team_slug}/"),
    # teams: here the contributor is a member, who leads nothing; nobody else knows of its people but curators
    everybody("teams/", "/teams/"),
    everybody("teams/<slug:slug>/", "/teams/{team_slug}/"),
    everybody("teams/<slug:slug>/", "/teams/no-such-team/", 404),
    curators("teams/new/", "/teams/new/"),
    Line("teams/<slug:slug>/people/", "/teams/{team_slug}/people/", 302, 404, 200, 404, 200),
    Line("teams/<slug:slug>/contact/", "/teams/{team_slug}/contact/", 302, 403, 200, 200, 200),
    signed_in("team-invitations/<slug:secret>/", "/team-invitations/nonsense/", 404),
    Line("declare/", "/declare/", 302, 403, 200, 403, 403),
    Line("declarations/<slug:public_id>/", "/declarations/{declaration_id}/", 302, 404, 200, 404, 200),
]
TABLE = [
    *TABLE,
    # imports: here the contributor is the one who sent the files; reviewers see the one whose records were handed in, nobody else the other one
    Line("imports/", "/imports/", 302, 403, 200, 200, 200),
    *(
        line
        for tail in ("", "progress/", "report.csv", "report.jsonl")
        for line in (
            Line(f"imports/<slug:public_id>/{tail}", f"/imports/{{import_id}}/{tail}", 302, 404, 200, 200, 200),
            Line(f"imports/<slug:public_id>/{tail}", f"/imports/{{running_id}}/{tail}", 302, 404, 200, 404, 404),
        )
    ),
    everybody("api/v1/imports/", "/api/v1/imports/"),
    *(
        line
        for tail in ("", "rows/")
        for line in (
            Line(f"api/v1/imports/<str:id>/{tail}", f"/api/v1/imports/{{import_id}}/{tail}", 404, 404, 200, 200, 200),
            Line(f"api/v1/imports/<str:id>/{tail}", f"/api/v1/imports/{{running_id}}/{tail}", 404, 404, 200, 404, 404),
        )
    ),
    *(everybody(f"api/v1/imports/<str:id>/{tail}/", f"/api/v1/imports/{{import_id}}/{tail}/", 405) for tail in ("cancel", "settle")),
]
METHODS = [
    *METHODS,
    _api("POST", "imports/", 401, 403, 202, 202, 202),  # any text is taken in, and a worker finds that there is no entry in it
    *(_api("POST", f"imports/{{import_id}}/{move}/", 401, 404, 400, 403, 403) for move in ("cancel", "settle")),
    *(_api("POST", f"imports/{{running_id}}/{move}/", 401, 404, 400, 404, 404) for move in ("cancel", "settle")),
]
# Addresses of the second factor that ask for the password once more, or are for who is in the middle of a log-in: 302 or 404 for a plain session.
SECOND_FACTOR = "accounts/2fa/"
# Below these, forms are sent: who may send which is said by tests of their own.
FORMS = (
    *("accounts/", "account/", "people/", "invitations/", "review/", "log/", "my/", "papers/<slug:public_id>/correct/", "papers/merge", "tags/"),
    *("imports/", "teams/", "team-invitations/", "declare/", "declarations/"),
)
# Every address below it: visitors are led to the log-in, all but curators refused.
ADMIN = "admin/"
