"""Which addresses may be asked: hole 33, every spelling of an inner one."""

import pytest

from problems.networks import base_address, is_loopback, is_public

PUBLIC = ("8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::")
INNER = (
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1"),  # noqa: S104
    *("192.0.2.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00::1", "fec0::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::808:808"),
    *("2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "2001:db8::1", "nonsense", "", "127.1", "2130706433"),
)


def test_public_addresses() -> None:
    assert [address for address in (*PUBLIC, *INNER) if is_public(address)] == list(PUBLIC)


def test_loopback() -> None:
    assert [address for address in (*PUBLIC, *INNER, "::1", "127.0.0.1") if is_loopback(address)] == [
        *("127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::1", "127.0.0.1"),
    ]


@pytest.mark.parametrize(
    "text",
    ["https://api.crossref.org", "https://api.crossref.org/", "https://api.crossref.org:8443", "https://93.184.216.34", "https://[2606:4700::1111]"],
)
def test_a_service_stands_at_a_public_origin(text: str) -> None:
    assert base_address(text) == text.rstrip("/")


SPELLINGS = (
    *(
        "https://127.0.0.1",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0x7f.0.0.1",
        "https://0177.0.0.1",
        "https://127.0.0.1.",
    ),
    *(
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[64:ff9b::7f00:1]",
        "https://[2002:7f00:1::]",
        "https://[::127.0.0.1]",
        "https://[fe80::1%25a]",
    ),
    *(
        "https://localhost",
        "https://LOCALHOST",
        "https://localhost.",
        "https://a.localhost",
        "https://printer.local",
        "https://db.internal",
        "https://db",
    ),
    *(
        "https://10.0.0.1:443",
        "https://169.254.169.254/latest",
        "https://1.example.123",
        "https://example.org@127.0.0.1",
        "https://user:pw@example.org",
    ),
    *(
        "https://example.org#@127.0.0.1",
        "https://example.org?x",
        "https://example.org#",
        "https://example.org\\@127.0.0.1",
        "https://example.org:port",
    ),
    *(
        "https://exa mple.org",
        "https://example.org\n",
        " https://example.org",
        "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
        "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11",
        "https://127\u30020\u30020\u30021",
    ),
    *(
        "https://%31%32%37.0.0.1",
        "https://example.org:",
        "https://",
        "https:///x",
        "http://example.org",
        "ftp://example.org",
        "//example.org",
        "example.org",
        "",
    ),
    *(
        "https://-a.example.org",
        "https://a..example.org",
        "https://example.org:99999",
        "file:///etc/hostname",
        "https://example.org/api",
        "http://10.0.0.1",
    ),
)


@pytest.mark.parametrize("text", SPELLINGS)
@pytest.mark.parametrize("on_loopback", [False, True])
def test_it_stands_nowhere_else(text: str, *, on_loopback: bool) -> None:
    if on_loopback and text in {"https://127.0.0.1", "https://[::1]", "https://localhost", "https://LOCALHOST", "https://[::ffff:127.0.0.1]"}:
        assert base_address(text, on_loopback=True) == text
        return
    with pytest.raises(ValueError, match=r"\w"):
        base_address(text, on_loopback=on_loopback)


@pytest.mark.parametrize("text", ["http://127.0.0.1:8001", "http://localhost:8001", "http://[::1]:8001"])
def test_on_this_machine_with_the_setting_only(text: str) -> None:
    assert base_address(text, on_loopback=True) == text
    with pytest.raises(ValueError, match="host"):
        base_address(text)
