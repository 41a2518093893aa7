"""Which addresses of a network may be asked: none inside the installation's own, in whatever spelling."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label starts with a letter: what ends in a number is an address in one of its many spellings (127.1, 0x7f000001, 2130706433).
_HOST = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?", re.ASCII)
_INNER_NAMES = ("localhost", "local", "internal", "home.arpa", "localdomain")
_LOOPBACK_NAMES = ("localhost",)
_CARRIERS = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))  # NAT64, and the old way to write an IPv4 address as one of IPv6
_LOCAL_CARRIER = IPv6Network("64:ff9b:1::/48")


def is_public(text: str) -> bool:
    """Whether `text` is an address that everybody reaches in the same way. What carries another address inside is judged by both."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(_is_public(each) for each in (found, *_carried(found)))


def is_loopback(text: str) -> bool:
    """Whether `text` is an address of this machine itself."""
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return found.is_loopback


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    site_local = isinstance(address, IPv6Address) and address.is_site_local
    inner = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_private or site_local
    if isinstance(address, IPv6Address) and _carried(address) and address not in _LOCAL_CARRIER:
        return not (address.is_multicast or address.is_unspecified or address.is_loopback)  # what it carries says the rest
    return address.is_global and not inner


def _carried(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """IPv4 addresses inside: mapped, 6to4, Teredo (server and client), NAT64, compatible."""
    if isinstance(address, IPv4Address):
        return []
    found = [each for each in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if each is not None]
    if any(address in network for network in (*_CARRIERS, _LOCAL_CARRIER)):
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return found


def base_address(text: str, *, on_loopback: bool = False) -> str:
    """`text` as the address of a service that may be asked: https and a host that is not inside; with `on_loopback` this machine too, by http.

    Raises ValueError, with the reason.
    """
    if text != text.strip() or not text.isascii() or not text.isprintable() or "\\" in text:
        raise ValueError("it is not a plain origin")
    parts = urlsplit(text)
    host = parts.hostname or ""
    _ = parts.port  # a ValueError where it is none
    extra = parts.path.strip("/") or "?" in text or "#" in text or "@" in parts.netloc or "%" in parts.netloc
    if parts.scheme not in {"http", "https"} or not host or extra or parts.netloc.endswith(":"):
        raise ValueError("it is not a plain origin")
    if on_loopback and (host in _LOOPBACK_NAMES or is_loopback(host)):
        return text.rstrip("/")
    literal = "[" in parts.netloc or is_public(host)
    if (literal and not is_public(host)) or (not literal and not _HOST.fullmatch(host)):
        raise ValueError("its host is no public name or address")
    if any(host == name or host.endswith(f".{name}") for name in _INNER_NAMES):
        raise ValueError("its host is inside the installation's own network")
    if parts.scheme != "https":
        raise ValueError("plain http is for this machine only")
    return text.rstrip("/")
