"""Which addresses are links at once."""

import pytest
from django.test import override_settings

from problems.choices import Scheme
from problems.identifiers import url_for
from problems.links import host_of, is_link

KNOWN = (
    "https://doi.org/10.1000/1",
    "http://www.arxiv.org/abs/1",
    "https://proceedings.mlr.press/v1/",
    "HTTPS://DL.ACM.ORG/x",
    "https://link.springer.com/x",
)
OTHERS = (
    *("https://example.org/", "https://doi.org.example.net/", "https://notdoi.org/", "https://doi.org@example.net/", "https://example.net/doi.org"),
    *(
        "https://xn--dio-org.example/",
        "https://org/",
        "javascript:alert(1)//doi.org",
        "data:text/html,doi.org",
        "ftp://doi.org/",
        "//doi.org/x",
        "",
        "https://[x",
    ),
)


@pytest.mark.parametrize("url", KNOWN)
def test_hosts_of_scholarly_publishing_and_those_below_them(url: str) -> None:
    assert is_link(url)


@pytest.mark.parametrize("url", OTHERS)
def test_every_other_address_is_words(url: str) -> None:
    assert not is_link(url)


def test_an_approved_address_is_a_link_if_it_is_one_of_the_web() -> None:
    assert is_link("https://example.org/", approved=True)
    assert not any(is_link(url, approved=True) for url in ("javascript:alert(1)", "data:text/html,x", "ftp://example.org/", ""))


@override_settings(LINK_HOSTS=["example.org"])
def test_an_installation_adds_hosts() -> None:
    assert [is_link(url) for url in ("https://www.example.org/", "https://a.example.org/", "https://example.net/")] == [True, True, False]


@pytest.mark.parametrize("scheme", Scheme)
def test_every_identifier_leads_to_a_known_host(scheme: Scheme) -> None:
    url = url_for(scheme, "1")
    assert (is_link(url), bool(host_of(url))) == (True, True)
