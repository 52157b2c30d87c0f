"""Where a webhook may go: by name, by number in every disguise, and over the wire."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notices import wire
from notices.addresses import BadAddress, Target, may_reach, read_address, read_networks
from notices.webhooks import BAD_ADDRESS, ERRORS, error_of, kept_answer
from notices.wire import Request, check_address, post
from tests.notices.receiver import Answer, Receiver

HERE = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
FORBIDDEN = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.7"),
    *("203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:0"),
    *(
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001::1",
        "2001:db8::1",
    ),
    *("100::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1"),
    *("nonsense", "", "1.2.3", "1.2.3.4.5"),
)
PUBLIC = (
    *("1.1.1.1", "8.8.8.8", "101.6.6.6", "172.32.0.1", "192.169.0.1", "2400:3200::1", "2606:4700:4700::1111"),
    *("::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_address_inside_is_reached(address: str) -> None:
    assert not may_reach(address, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_public_ones_are(address: str) -> None:
    assert may_reach(address, ())


def test_a_setting_opens_just_what_it_names() -> None:
    allowed = read_networks(["10.1.0.0/16", "fd00:1::/32"])
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd00:1::5"):
        assert may_reach(address, allowed)
    for address in ("10.2.0.1", "127.0.0.1", "fd00:2::5", "169.254.169.254"):
        assert not may_reach(address, allowed)


@pytest.mark.parametrize(
    "word",
    [
        "10.1.0.1/16",
        "10.0.0.0/7",
        "0.0.0.0/0",
        "::/0",
        "8.8.8.0/24",
        "169.254.0.0/16",
        "fe80::/10",
        "x",
        "10.1",
        "",
    ],
)
def test_a_setting_of_nonsense_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read_networks([word])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "address"),
        ("example.cn/hook", "address"),
        ("ftp://example.cn/", "address"),
        ("file:///etc/passwd", "address"),
        ("https://", "address"),
        ("https:///hook", "address"),
        ("https://user:word@example.cn/", "address"),
        ("https://example.cn@evil.cn/", "address"),
        ("https://example.cn\\@evil.cn/", "address"),
        ("https://example.cn/#x", "address"),
        ("https://例子.中国/", "address"),
        ("https://example.cn/a b", "address"),
        ("https://example.cn/\r\nHost: evil.cn", "address"),
        ("https://[::1", "address"),
        ("https://example.cn/" + "x" * 500, "address"),
        ("http://example.cn/", "https"),
        ("https://exa mple.cn/", "address"),
        ("https://-example.cn/", "host"),
        ("https://example..cn/", "host"),
        ("https://[fe80::1%25eth0]/", "host"),
        ("https://2130706433/", "host"),
        ("https://0x7f000001/", "host"),
        ("https://0x7f.0.0.1/", "host"),
        ("https://0177.0.0.1/", "host"),
        ("https://127.1/", "host"),
        ("https://127.0.0.1.1/", "host"),
        ("https://example.cn:0/", "port"),
        ("https://example.cn:65536/", "port"),
        ("https://example.cn:https/", "port"),
        ("https://example.cn:-1/", "port"),
    ],
)
def test_what_is_no_address(text: str, code: str) -> None:
    with pytest.raises(BadAddress) as bad:
        read_address(text, plain=False)
    assert bad.value.code == code and code in BAD_ADDRESS


def test_an_address_in_its_parts() -> None:
    assert read_address("https://Example.CN./a/b?c=d", plain=False) == Target(
        "https", "example.cn", 443, "/a/b?c=d"
    )
    assert read_address("https://example.cn:8443", plain=False) == Target("https", "example.cn", 8443, "/")
    assert read_address("http://[2400:3200::1]:8080/x", plain=True) == Target(
        "http", "2400:3200::1", 8080, "/x"
    )


# --- over the wire --------------------------------------------------------------------------------------------
@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


def ask(address: str, body: bytes = b"{}") -> wire.Outcome:
    return post(Request(address, {"Content-Type": "application/json"}, body))


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """What the name servers say, time after time (the last for ever); the list fills with what was asked."""
    asked: list[str] = []
    left = list(answers)

    def look_up(host: str, port: int, **_unused: Any) -> list[Any]:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        if not found:
            raise socket.gaierror("unknown")
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_it_arrives_with_its_host_and_nothing_else(receiver: Receiver) -> None:
    receiver.answers = [Answer(200, b"thanks")]
    outcome = ask(receiver.address, "演示".encode())
    assert (outcome.status, outcome.error, outcome.answer) == (200, "", "thanks")
    got = receiver.got[0]
    assert got.body.decode() == "演示" and got.headers["host"] == receiver.address.split("/")[2]
    assert set(got.headers) == {"host", "accept-encoding", "content-length", "content-type"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0"])
def test_this_machine_is_not_reached_unless_a_setting_says_so(
    receiver: Receiver, settings: Any, host: str
) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = ()
    address = receiver.address.replace("127.0.0.1", host)
    with pytest.raises(BadAddress) as bad:
        check_address(address)
    assert bad.value.code == "private"
    assert ask(address).error == "private" and receiver.got == []


def test_a_name_is_judged_by_every_address_behind_it(
    receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = ()
    names(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    assert ask(receiver.address.replace("127.0.0.1", "example.cn")).error == "private" and receiver.got == []


def test_names_that_change_between_looking_and_asking_lead_nowhere(
    receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is looked up once for a request, and the connection goes to the address that was judged."""
    address = receiver.address.replace("127.0.0.1", "rebinding.cn")
    asked = names(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    connected: list[Any] = []
    plain = socket.socket.connect
    monkeypatch.setattr(
        socket.socket,
        "connect",
        lambda self, where: connected.append(where) or plain(self, where),
        raising=False,
    )
    assert ask(address).status == 204
    assert asked == ["rebinding.cn"] and connected == [
        ("127.0.0.1", int(address.split(":")[2].split("/")[0]))
    ]
    assert receiver.got[0].headers["host"].startswith("rebinding.cn:")
    # The next request looks again, and is refused although it was well when it was saved.
    assert ask(address).error == "private" and len(receiver.got) == 1


def test_an_unknown_name_is_no_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [])
    assert ask("http://nowhere.cn/").error == "unresolved"
    with pytest.raises(BadAddress):
        check_address("http://nowhere.cn/")


def test_name_servers_that_say_nothing_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LOOK_UP_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_unused, **_more: time.sleep(1.5))
    started = time.monotonic()
    assert ask("http://slow.cn/").error == "unresolved" and time.monotonic() - started < 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    other = Receiver()
    try:
        receiver.answers = [Answer(status, headers={"Location": other.address})]
        outcome = ask(receiver.address)
        assert (outcome.status, outcome.error) == (status, "redirect") and other.got == []
    finally:
        other.stop()


def test_no_proxy_of_the_environment_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(receiver.address).status == 204


def test_of_a_long_answer_only_the_beginning_is_read(receiver: Receiver) -> None:
    receiver.answers = [Answer(200, b"x" * 50_000_000)]
    started = time.monotonic()
    outcome = ask(receiver.address)
    assert outcome.status == 200 and len(outcome.answer) == 1024 and time.monotonic() - started < 5


def test_whoever_trickles_or_says_nothing_is_left_in_time(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "SECONDS", 0.3)
    for answer in (Answer(waits=1.0), Answer(trickles=0.05)):
        receiver.answers = [answer]
        started = time.monotonic()
        assert ask(receiver.address).error == "timeout" and time.monotonic() - started < 1


def test_nobody_listens_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert ask(f"http://127.0.0.1:{port}/").error == "connection"


def test_no_http_and_no_certificate(receiver: Receiver) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(5)

        def hello() -> None:
            there, _where = listening.accept()
            # To its end: what is left unread when it is closed would end the connection.
            while not there.recv(4096).endswith(b"{}"):
                pass
            there.sendall(b"SSH-2.0-hello\r\n\r\n")
            there.close()

        thread = threading.Thread(target=hello)
        thread.start()
        assert ask(f"http://127.0.0.1:{listening.getsockname()[1]}/").error == "protocol"
        thread.join()
    assert ask(receiver.address.replace("http://", "https://")).error == "tls"


@pytest.mark.parametrize(
    ("name", "trusted", "error"),
    [("localhost", True, ""), ("localhost", False, "tls"), ("example.cn", True, "tls")],
)
def test_certificates_are_checked_against_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool, error: str
) -> None:
    certificate = certificate_of(name, tmp_path)
    usual = ssl.create_default_context
    if trusted:
        monkeypatch.setattr(ssl, "create_default_context", lambda: usual(cafile=str(certificate)))
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(certificate)
    secured = Receiver(secure)
    try:
        address = secured.address.replace("http://127.0.0.1", "https://localhost")
        names(monkeypatch, ["127.0.0.1"])
        assert ask(address).error == error and bool(secured.got) == (not error)
    finally:
        secured.stop()


def certificate_of(name: str, place: Path) -> Path:
    """A certificate that vouches for itself, with its key."""
    key, who = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
    )
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    file = place / "certificate.pem"
    form = serialization.PrivateFormat.PKCS8
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_production_takes_https_alone(settings: Any) -> None:
    settings.PRODUCTION = True
    assert ask("http://1.1.1.1/").error == "https"


def test_every_outcome_has_words() -> None:
    codes = {"timeout", "connection", "tls", "protocol", "internal"}
    codes |= {error_of(status) for status in (301, 400, 410, 500, 503)} | set(BAD_ADDRESS)
    assert codes <= set(ERRORS) and all(str(text) for text in ERRORS.values())
    assert error_of(200) == error_of(204) == error_of(299) == ""


def test_answers_are_kept_short_clean_and_without_telephones() -> None:
    assert kept_answer("请联系 13800001234 或 220103199001011234\0\x1b[31m\n".encode()) == (
        "请联系 *********** 或 ******************[31m\n"
    )
    assert len(kept_answer(b"y" * 5000)) == 1024 and kept_answer(b"\xff\xfe") == "\ufffd\ufffd"
