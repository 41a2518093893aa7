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
            ("papers", "{paper_id}", "restrict unrestrict merge unmerge trash"),
            ("tags", "{tag_id}", "restrict unrestrict trash"),
            ("submissions", "{submission_id}", "submit withdraw claim release undo appeal decision request-changes"),
            ("submissions", "{submission_id}", "skip abstain resume hand-over assign second-opinion settle"),
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
        for move in (
            "claim",
            "release",
            "decision",
            "request-changes",
            "undo",
            "skip",
            "abstain",
            "resume",
            "hand-over",
            "assign",
            "second-opinion",
            "settle",
        )
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
    *(reviewers(f"review/<slug:public_id>/{act}/", f"/review/{{submission_id}}/{act}/", 302) for act in ("leave", "assign")),
    reviewers("review/claim/", "/review/claim/", 405),
    curators("review/assignments/", "/review/assignments/"),
    signed_in("review/assignments/<slug:public_id>/end/", "/review/assignments/aaaaaaaaaa/end/", 405),
    *(everybody(f"api/v1/{name}/", f"/api/v1/{name}/") for name in ("reviewers", "assignments")),
    *(everybody(f"api/v1/{name}/<str:id>/", f"/api/v1/{name}/aaaaaaaaaa/", 404) for name in ("reviewers", "assignments")),
    reviewers("review/<slug:public_id>/", "/review/{asked_id}/"),
    *(
        Line(f"api/v1/submissions/<str:id>/{tail}", f"/api/v1/submissions/{{asked_id}}/{tail}", 404, 404, 200, 200, 200)
        for tail in ("", "history/", "messages/")
    ),
    reviewers("review/bulk/", "/review/bulk/"),
    reviewers("review/bulk/<slug:public_id>/", "/review/bulk/{bulk_id}/"),
    reviewers("review/bulk/<slug:public_id>/", "/review/bulk/aaaaaaaaaa/", 404),
    everybody("api/v1/bulk-changes/", "/api/v1/bulk-changes/"),
    Line("api/v1/bulk-changes/<str:id>/", "/api/v1/bulk-changes/{bulk_id}/", 404, 404, 404, 200, 200),
    everybody("api/v1/bulk-changes/<str:id>/undo/", "/api/v1/bulk-changes/{bulk_id}/undo/", 405),
    everybody("api/v1/bulk-changes/preview/", "/api/v1/bulk-changes/preview/", 405),
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
    _api("POST", "assignments/", 401, 403, 403, 403, 400),
    _api("DELETE", "assignments/{paper_id}/", 401, 404, 404, 404, 404),
    _api("POST", "imports/", 401, 403, 202, 202, 202),  # any text is taken in, and a worker finds that there is no entry in it
    *(_api("POST", f"imports/{{import_id}}/{move}/", 401, 404, 400, 403, 403) for move in ("cancel", "settle")),
    *(_api("POST", f"imports/{{running_id}}/{move}/", 401, 404, 400, 404, 404) for move in ("cancel", "settle")),
]
METHODS = [
    *METHODS,
    *(_api("POST", f"bulk-changes/{tail}", 401, 403, 403, 400, 400) for tail in ("", "preview/")),
    _api("POST", "bulk-changes/{bulk_id}/undo/", 401, 404, 404, 400, 403),
]
# Fairness: conflicts of interest, second opinions. Everybody reads their own interests, reviewers how far they agree.
TABLE += [
    reviewers("review/conflicts/", "/review/conflicts/"),
    reviewers("review/agreement/", "/review/agreement/"),
    reviewers("review/<slug:public_id>/settle/", "/review/{submission_id}/settle/"),
    reviewers("review/<slug:public_id>/settle/", "/review/{draft_id}/settle/", 404),
    signed_in("review/<slug:public_id>/opinion/", "/review/{submission_id}/opinion/", 405),
    everybody("api/v1/interests/", "/api/v1/interests/"),
    everybody("api/v1/interests/<str:id>/", "/api/v1/interests/aaaaaaaaaa/", 404),
    everybody("api/v1/agreement/", "/api/v1/agreement/"),
]
METHODS += [
    _api("POST", "interests/", 401, 403, 403, 400, 400),
    _api("DELETE", "interests/{paper_id}/", 401, 404, 404, 404, 404),
    _api("DELETE", "submissions/{submission_id}/second-opinion/", 401, 404, 403, 428, 428),
]
# How one reads, advisories, links, the log of restricted reads
TABLE += [
    signed_in("account/care/", "/account/care/"),
    curators("review/reads/", "/review/reads/"),
    curators("review/reads.csv", "/review/reads.csv"),
    reviewers("papers/<slug:public_id>/advisory/", "/papers/{paper_id}/advisory/"),
    reviewers("papers/<slug:public_id>/advisory/", "/papers/{restricted_id}/advisory/"),
    reviewers("papers/<slug:public_id>/advisory/", "/papers/aaaaaaaaaa/advisory/", 404),
    Line("papers/<slug:public_id>/approve-link/", "/papers/{paper_id}/approve-link/", 403, 403, 403, 405, 405),
    everybody("api/v1/care/", "/api/v1/care/"),
    everybody("api/v1/restricted-reads/", "/api/v1/restricted-reads/"),
    *(everybody(f"api/v1/papers/<str:id>/{tail}/", f"/api/v1/papers/{{paper_id}}/{tail}/", 405) for tail in ("advisory", "approve-link")),
]
METHODS += [
    *(_api("POST", f"papers/{{paper_id}}/{tail}/", 401, 403, 403, 400, 400) for tail in ("advisory", "approve-link")),
    *(_api("POST", f"papers/{{restricted_id}}/{tail}/", 401, 404, 404, 400, 400) for tail in ("advisory", "approve-link")),
    _api("PATCH", "care/", 401, 428, 428, 428, 428),
]
# Talk: messages, notifications, what somebody follows
TABLE += [
    Line("my/discussions/<slug:public_id>/", "/my/discussions/{submission_id}/", 302, 404, 200, 200, 200),
    Line("my/discussions/<slug:public_id>/", "/my/discussions/{draft_id}/", 302, 404, 404, 404, 404),
    signed_in("my/notifications/", "/my/notifications/"),
    signed_in("account/notifications/", "/account/notifications/"),
    signed_in("my/following/", "/my/following/"),
    signed_in("my/follow/", "/my/follow/?follow=P1.L1"),
    signed_in("my/follow/", "/my/follow/?follow=P9.L9", 404),
    everybody("unsubscribe/<str:token>/", "/unsubscribe/nonsense/", 404),
    everybody("feeds/teams/<slug:key>.atom", "/feeds/teams/{team_slug}.atom"),
    everybody("api/v1/following/feed/", "/api/v1/following/feed/", 405),
    everybody("api/v1/flags/follow/<str:id>/", "/api/v1/flags/follow/nonsense/", 404),
    everybody("feeds/following/<slug:key>.atom", "/feeds/following/nonsense.atom", 404),
    *(everybody(f"api/v1/{name}/", f"/api/v1/{name}/") for name in ("notifications", "following", "notification-paces")),
    *(everybody(f"api/v1/{name}/<str:id>/", f"/api/v1/{name}/aaaaaaaaaa/", 404) for name in ("notifications", "following")),
    everybody("api/v1/notifications/<str:id>/read/", "/api/v1/notifications/aaaaaaaaaa/read/", 405),
    Line("api/v1/submissions/<str:id>/messages/", "/api/v1/submissions/{submission_id}/messages/", 404, 404, 200, 200, 200),
]
METHODS += [
    _api("POST", "submissions/{submission_id}/messages/", 401, 404, 400, 400, 400),
    _api("POST", "submissions/{draft_id}/messages/", 401, 404, 400, 404, 404),
    _api("POST", "notifications/{paper_id}/read/", 401, 404, 404, 404, 404),
    _api("POST", "following/feed/", 401, 400, 400, 400, 400),
    _api("DELETE", "following/feed/", 401, 204, 204, 204, 204),
    _api("POST", "following/", 401, 400, 400, 400, 400),
    _api("DELETE", "following/{paper_id}/", 401, 404, 404, 404, 404),
    _api("PATCH", "notification-paces/", 401, 428, 428, 428, 428),
]
# Changes of the catalogue: the one there is was proposed by a reviewer. Versions are public.
TABLE += [
    reviewers("catalogue/", "/catalogue/"),
    reviewers("catalogue/propose/", "/catalogue/propose/"),
    reviewers("catalogue/propose/", "/catalogue/propose/?on=P1.L1&kind=wording"),
    reviewers("catalogue/changes/<slug:public_id>/", "/catalogue/changes/{change_id}/"),
    reviewers("catalogue/changes/<slug:public_id>/", "/catalogue/changes/aaaaaaaaaa/", 404),
    *(everybody("catalogue/<str:code>/versions/", f"/catalogue/{code}/versions/") for code in ("P1", "P1.L1", "C1")),
    everybody("catalogue/<str:code>/versions/", "/catalogue/P9.L9/versions/", 404),
    reviewers("review/still-true/", "/review/still-true/"),
    everybody("api/v1/catalogue-changes/", "/api/v1/catalogue-changes/"),
    Line("api/v1/catalogue-changes/<str:id>/", "/api/v1/catalogue-changes/{change_id}/", 404, 404, 404, 200, 200),
    *(
        everybody(f"api/v1/catalogue-changes/<str:id>/{act}/", f"/api/v1/catalogue-changes/{{change_id}}/{act}/", 405)
        for act in ("publish", "decline", "withdraw", "undo")
    ),
    *(
        everybody(f"api/v1/{name}/<str:id>/versions/", f"/api/v1/{name}/{key}/versions/")
        for name, key in {"problems": "1", "statements": "P1.L1", "calls": "C1"}.items()
    ),
    everybody("api/v1/statements/<str:id>/still-true/", "/api/v1/statements/P1.L1/still-true/", 405),
]
METHODS += [
    _api("POST", "catalogue-changes/", 401, 403, 403, 400, 400),
    *(_api("POST", f"catalogue-changes/{{change_id}}/{act}/", 401, 404, 404, 403, 400) for act in ("publish", "decline", "undo")),
    _api("POST", "catalogue-changes/{change_id}/withdraw/", 401, 404, 404, 400, 403),
    Write("POST", "api/v1/statements/<str:id>/still-true/", "/api/v1/statements/P1.L1/still-true/", 401, 403, 403, 400, 400),
]
TABLE = [
    *TABLE,
    # the record of changes; flags: here nothing was flagged but by the contributor; the trash and probable duplicates
    *(everybody(f"changes{tail}", f"/changes{tail}") for tail in ("/", ".csv", ".jsonl")),
    everybody("changes/", "/changes/?person={person_id}&problem=1&kind=created"),
    everybody("flag/", "/flag/", 404),
    everybody("flag/", "/flag/?paper={paper_id}"),
    everybody("flag/", "/flag/?tag={tag_id}"),
    everybody("flag/", "/flag/?statement=P1.L1"),
    Line("flag/", "/flag/?paper={waiting_id}", 404, 404, 200, 200, 200),
    Line("flag/", "/flag/?paper={restricted_id}", 404, 404, 404, 200, 200),
    Line("flag/", "/flag/?tag={hidden_tag_id}", 404, 404, 404, 200, 200),
    everybody("flags/<slug:secret>/", "/flags/nonsense/", 404),
    signed_in("my/flags/", "/my/flags/"),
    reviewers("review/flags/", "/review/flags/"),
    reviewers("review/flags/<slug:public_id>/", "/review/flags/{flag_id}/"),
    reviewers("review/probable-duplicates/", "/review/probable-duplicates/"),
    reviewers("review/probable-duplicates/<slug:public_id>/", "/review/probable-duplicates/{pair_id}/"),
    curators("review/trash/", "/review/trash/"),
    reviewers("review/trash/<slug:public_id>/restore/", "/review/trash/{trashed_id}/restore/", 405),
    curators("review/papers/<slug:public_id>/trash/", "/review/papers/{restricted_id}/trash/"),
    curators("review/papers/<slug:public_id>/trash/", "/review/papers/{trashed_paper_id}/trash/", 404),
    curators("review/tags/<slug:public_id>/trash/", "/review/tags/{hidden_tag_id}/trash/"),
    curators("review/searches/<slug:public_id>/trash/", "/review/searches/{search_id}/trash/"),
    curators("people/roles/", "/people/roles/"),
    everybody("papers/<slug:public_id>/<slug:slug>/", "{trashed}", 404),
    everybody("papers/<slug:public_id>/<slug:slug>/", "{trashed}?format=bibtex", 404),
    everybody("api/v1/papers/<str:id>/", "/api/v1/papers/{trashed_paper_id}/", 404),
    everybody("api/v1/papers/<str:id>/history/", "/api/v1/papers/{trashed_paper_id}/history/", 404),
    everybody("api/v1/tags/<str:id>/", "/api/v1/tags/{trashed_tag_id}/", 404),
    everybody("api/v1/changes/", "/api/v1/changes/"),
    *(everybody(f"api/v1/{name}/", f"/api/v1/{name}/") for name in ("duplicates", "trash", "flags")),
    Line("api/v1/duplicates/<str:id>/", "/api/v1/duplicates/{pair_id}/", 404, 404, 404, 200, 200),
    Line("api/v1/trash/<str:id>/", "/api/v1/trash/{trashed_id}/", 404, 404, 404, 404, 200),
    Line("api/v1/flags/<str:id>/", "/api/v1/flags/{flag_id}/", 404, 404, 200, 200, 200),
    everybody("api/v1/duplicates/<str:id>/dismiss/", "/api/v1/duplicates/{pair_id}/dismiss/", 405),
    everybody("api/v1/trash/<str:id>/restore/", "/api/v1/trash/{trashed_id}/restore/", 405),
    everybody("api/v1/flags/<str:id>/answer/", "/api/v1/flags/{flag_id}/answer/", 405),
    everybody("api/v1/searches/<str:id>/trash/", "/api/v1/searches/{search_id}/trash/", 405),
    everybody("api/v1/people/<str:id>/role/", "/api/v1/people/{person_id}/role/", 405),
]
METHODS = [
    *METHODS,
    _api("POST", "papers/{paper_id}/trash/", 401, 403, 403, 403, 400),
    _api("POST", "papers/{restricted_id}/trash/", 401, 404, 404, 403, 400),
    _api("POST", "papers/{trashed_paper_id}/trash/", 401, 404, 404, 404, 404),
    _api("POST", "tags/{hidden_tag_id}/trash/", 401, 404, 404, 403, 400),
    _api("POST", "searches/{search_id}/trash/", 401, 404, 403, 403, 400),
    _api("POST", "duplicates/{pair_id}/dismiss/", 401, 404, 404, 400, 400),
    _api("POST", "trash/{trashed_id}/restore/", 401, 404, 404, 404, 400),
    _api("POST", "flags/", 400, 400, 400, 400, 400),
    _api("POST", "flags/{flag_id}/answer/", 401, 404, 403, 400, 400),
    _api("POST", "people/{person_id}/role/", 401, 403, 403, 403, 400),
]
# Addresses of the second factor that ask for the password once more, or are for who is in the middle of a log-in: 302 or 404 for a plain session.
SECOND_FACTOR = "accounts/2fa/"
# Below these, forms are sent: who may send which is said by tests of their own.
FORMS = (
    *("accounts/", "account/", "people/", "invitations/", "review/", "log/", "my/", "papers/<slug:public_id>/correct/", "papers/merge", "tags/"),
    *("papers/<slug:public_id>/advisory/", "papers/<slug:public_id>/approve-link/"),
    *("flag/", "imports/", "teams/", "team-invitations/", "declare/", "declarations/", "unsubscribe/"),
    *("catalogue/propose/", "catalogue/changes/"),
)
# Every address below it: visitors are led to the log-in, all but curators refused.
ADMIN = "admin/"
