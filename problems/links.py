"""Which addresses are shown as links: those on hosts of scholarly publishing, and those that a reviewer approved. No address is ever fetched."""

from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

SCHOLARLY = frozenset(
    {
        # identifiers, archives and indexes
        *("doi.org", "arxiv.org", "openreview.net", "aclanthology.org", "ssrn.com", "osf.io", "zenodo.org", "hal.science", "biorxiv.org"),
        *("medrxiv.org", "pubmed.ncbi.nlm.nih.gov", "ncbi.nlm.nih.gov", "europepmc.org", "openalex.org", "crossref.org", "datacite.org", "orcid.org"),
        *("semanticscholar.org", "dblp.org", "eprint.iacr.org", "philpapers.org", "philarchive.org", "jstor.org", "core.ac.uk", "econstor.eu"),
        *("worldcat.org", "openlibrary.org", "hdl.handle.net", "nber.org", "repec.org"),
        # publishers, societies, conferences
        *("acm.org", "ieee.org", "computer.org", "springer.com", "springernature.com", "nature.com", "sciencedirect.com", "elsevier.com"),
        *(
            "wiley.com",
            "tandfonline.com",
            "sagepub.com",
            "oup.com",
            "cambridge.org",
            "science.org",
            "pnas.org",
            "plos.org",
            "frontiersin.org",
            "mdpi.com",
        ),
        *("bmj.com", "thelancet.com", "jamanetwork.com", "cell.com", "royalsocietypublishing.org", "emerald.com", "degruyter.com", "brill.com"),
        *("mitpress.mit.edu", "iospress.com", "usenix.org", "aaai.org", "ijcai.org", "neurips.cc", "nips.cc", "icml.cc", "iclr.cc", "mlr.press"),
        *("jmlr.org", "thecvf.com", "isca-speech.org", "isca-archive.org", "petsymposium.org", "ndss-symposium.org", "dagstuhl.de", "ceur-ws.org"),
        *("informs.org", "apa.org", "aps.org", "rsc.org", "acs.org", "aeaweb.org", "firstmonday.org", "journals.uchicago.edu", "policyreview.info"),
    }
)
"""Hosts; those below them count too. An installation adds its own by LINK_HOSTS."""


def host_of(url: str) -> str:
    """Host of an address of the web, without www; empty for any other address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.") if parts.scheme in {"http", "https"} else ""


def is_link(url: str, *, approved: bool = False) -> bool:
    """Whether `url` is shown as a link: its host is a scholarly one, or a reviewer has approved it."""
    host = host_of(url)
    return bool(host) and (approved or _is_scholarly(host, tuple(settings.LINK_HOSTS)))


@cache
def _listed(more: tuple[str, ...]) -> frozenset[str]:
    return SCHOLARLY | frozenset(host.lower().removeprefix("www.") for host in more)


def _is_scholarly(host: str, more: tuple[str, ...]) -> bool:
    known, parts = _listed(more), host.lower().rstrip(".").split(".")
    return any(".".join(parts[start:]) in known for start in range(len(parts) - 1))
