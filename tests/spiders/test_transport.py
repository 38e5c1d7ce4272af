"""How requests leave: guarded, polite, under an honest name."""

import asyncio
import datetime as dt
import socket
import ssl

import pytest
from aiohttp.abc import AbstractResolver

import spiders.transport
from spiders.crawl import CollectOptions, crawl
from spiders.fetching import user_agent
from spiders.items import Outcome
from spiders.transport import is_public


class Resolver(AbstractResolver):
    """Says of every name what it was told to say."""

    def __init__(self, address):
        self._address = address

    async def resolve(self, host, port=0, family=socket.AF_INET):
        plain = {"hostname": host, "host": self._address, "port": port, "family": family, "proto": 0}
        return [plain | {"flags": socket.AI_NUMERICHOST}]

    async def close(self):
        pass


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_private_address_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:8.8.8.8"])
def test_public_address_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "2130706433", "0x7f.1"])
async def test_source_cannot_point_at_a_private_address(host, web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(1))
    result = await look(source_of(url=f"http://{host}:{web.port}/feed"), gateway=None)
    assert result.outcome is Outcome.FAILED
    assert any(words in result.note for words in ("private address", "not a canonical IPv4 address"))
    assert web.asked == []


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1"])
async def test_name_that_resolves_to_a_private_address_is_refused(address, monkeypatch, web, look, source_of):
    monkeypatch.setattr(spiders.transport, "make_resolver", lambda: Resolver(address))
    result = await look(source_of(url=f"http://innocent.test:{web.port}/feed"), gateway=None)
    assert result.note.startswith(f"Leads to the private address {address}")
    assert web.asked == []


async def test_redirect_to_a_private_address_is_not_followed(web, look, source_of, reply):
    for target in ("http://169.254.169.254/latest/meta-data", "http://localhost/admin", "http://[::1]/"):
        web.pages["/feed"] = reply(302, headers={"Location": target})
        result = await look(source_of())
        assert (result.outcome, web.paths("localhost")) == (Outcome.MOVED, [])


async def test_redirect_within_the_name_is_checked_at_the_socket(monkeypatch, web, look, source_of, feed_of, reply):
    """The name is public at first and private the second time: the second connection must not be made."""
    web.pages["/feed"] = reply(302, headers={"Location": "/inside", "Connection": "close"})
    web.pages["/inside"] = reply(body=feed_of(1))
    opened = []
    real = spiders.transport._public_socket
    allowed = ["127.0.0.1"]

    def open_socket(info):
        opened.append(info[4][0])
        if allowed:
            allowed.pop()
            return socket.socket(family=info[0], type=info[1], proto=info[2])
        return real(info)

    monkeypatch.setattr(spiders.transport, "_public_socket", open_socket)
    source = source_of(url=f"http://127.0.0.1:{web.port}/feed")
    web.pages["/robots.txt"] = reply(404, headers={"Connection": "close"})
    result = await look(source, gateway=None)
    assert "private address" in result.note
    assert len(opened) >= 2
    assert "/inside" not in web.paths()


async def test_operator_can_allow_private_addresses(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(1))
    result = await look(source_of(url=f"http://127.0.0.1:{web.port}/feed"), gateway=None, allow_private=True)
    assert result.outcome is Outcome.OK


async def test_gateway_plays_every_host_and_links_keep_their_addresses(web, look, source_of, feed_of, reply):
    web.pages["paper.test/feed?a=1&b=%22x%22"] = reply(body=feed_of(1))
    result = await look(source_of(url="https://paper.test/feed?a=1&b=%22x%22"))
    assert result.items[0].url == "https://paper.test/1"
    assert result.final_url == "https://paper.test/feed?a=1&b=%22x%22"
    assert [one.headers["x-forwarded-proto"] for one in web.asked] == ["https", "https"]


async def test_proxy_of_the_operator_is_used_and_may_be_private(monkeypatch, web, look, source_of, feed_of, reply):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{web.port}")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setattr(spiders.transport, "make_resolver", lambda: Resolver("93.184.216.34"))
    monkeypatch.setattr(Resolver, "resolve", resolve_apart_from_loopback)
    web.pages["http://paper.test/feed"] = reply(body=feed_of(1))
    result = await look(source_of(url="http://paper.test/feed"), gateway=None)
    assert (result.outcome, len(result.items)) == (Outcome.OK, 1)
    assert {one.path for one in web.asked} == {"http://paper.test/feed", "http://paper.test/robots.txt"}


async def test_proxy_is_not_asked_for_private_addresses(monkeypatch, web, look, source_of):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{web.port}")
    monkeypatch.setenv("no_proxy", "")
    for host in ("127.0.0.1", "localhost", "[::1]"):
        result = await look(source_of(url=f"http://{host}:9/feed"), gateway=None)
        assert "private address" in result.note
    assert web.asked == []


async def resolve_apart_from_loopback(self, host, port=0, family=socket.AF_INET):
    address = host if host == "127.0.0.1" else self._address
    plain = {"hostname": host, "host": address, "port": port, "family": family, "proto": 0}
    return [plain | {"flags": socket.AI_NUMERICHOST}]


@pytest.mark.parametrize("contact", ["", "https://watch.example.org/about"])
def test_user_agents_say_who_we_are(contact):
    honest, compat = user_agent("honest", contact), user_agent("compat", contact)
    assert honest.startswith("Courtwatch/")
    assert compat.startswith("Mozilla/5.0 (compatible; Courtwatch/")
    assert len(compat) >= 40
    assert contact in honest
    assert contact in compat


async def test_user_agent_is_a_setting_of_the_source(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(1))
    await look(source_of(user_agent="compat", language="fr"), contact="mailto:watch@example.org")
    assert {one.headers["user-agent"] for one in web.asked} == {user_agent("compat", "mailto:watch@example.org")}
    assert web.asked[-1].headers["accept-language"] == "fr, en;q=0.5"


@pytest.mark.parametrize("profile", ["honest", "compat"])
@pytest.mark.parametrize("name", ["*", "Courtwatch", "courtwatch"])
async def test_robots_txt_is_obeyed(name, profile, web, look, source_of, reply):
    web.pages["/robots.txt"] = reply(body=f"User-agent: {name}\nDisallow: /feed\n")
    result = await look(source_of(user_agent=profile), retry_delays=(0.0,))
    assert (result.outcome, web.paths()) == (Outcome.BLOCKED, [])
    assert "robots.txt" in result.note


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, "User-agent: *\nDisallow: /"),
        (500, "User-agent: *\nDisallow: /"),
        (200, "<html>Disallow: /</html>"),
        (200, b"\xff\xfe\x00"),
        (200, "x" * 600_000),
        (200, "User-agent: OtherBot\nDisallow: /"),
        (200, "User-agent: Mozilla\nDisallow: /"),
    ],
)
async def test_robots_txt_that_says_nothing_forbids_nothing(status, body, web, look, source_of, feed_of, reply):
    web.pages |= {"/robots.txt": reply(status, body=body), "/feed": reply(body=feed_of(1))}
    assert (await look(source_of())).outcome is Outcome.OK


async def test_crawl_delay_stretches_the_pause_of_the_host(web, source_of, feed_of, reply):
    web.pages |= {"/robots.txt": reply(body="User-agent: *\nCrawl-delay: 7"), "/feed": reply(body=feed_of(1))}
    delays = []

    async def work(fetcher):
        source = source_of(url=f"http://127.0.0.1:{web.port}/feed", delay=0.01)
        await fetcher.get(source, source.url, "rss")
        engine = fetcher.download.__self__
        delays.extend(slot.delay for name, slot in engine.downloader.slots.items() if name == "127.0.0.1")

    source = source_of(url=f"http://127.0.0.1:{web.port}/feed", delay=0.01)
    await crawl([source], work, now=lambda: None, options=CollectOptions(allow_private=True, retry_delays=()))
    assert delays == [7]


async def test_robots_txt_that_cannot_be_had_is_asked_for_again(web, look, source_of, feed_of, reply):
    web.pages |= {"/robots.txt": [reply(raw=b""), reply(404)], "/feed": reply(body=feed_of(1))}
    assert (await look(source_of(), retry_delays=(0.0,))).outcome is Outcome.OK


async def test_forged_certificate_is_refused(tmp_path, look, source_of):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    result = await look(source_of(url=f"https://127.0.0.1:{port}/feed"), gateway=None, allow_private=True)
    server.close()
    await server.wait_closed()
    assert result.outcome is Outcome.FAILED
    assert "certificate" in result.note.lower()


def self_signed(folder):
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - cryptography compares naive ones
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start)
    certificate = builder.not_valid_after(start + dt.timedelta(days=36_500)).sign(key, hashes.SHA256())
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
