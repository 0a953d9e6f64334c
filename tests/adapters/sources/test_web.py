"""Downloads from a web server that fails in every way that one can."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mlpack.adapters.sources import RemoteSources, partial
from mlpack.core.errors import MlpackError, OutsideError
from tests.adapters.sources.conftest import Fetcher
from tests.adapters.sources.faulty import FaultyServer

Content = Callable[[int], bytes]

SIZE = 3_000_000


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts so small that a test's file has several."""
    monkeypatch.setattr(partial, "PART", 1 << 20)


def _refused(fetcher: Fetcher, uri: str) -> MlpackError:
    with pytest.raises(MlpackError) as caught:
        fetcher(uri)
    return caught.value


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, SIZE])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_of_any_size_arrives_whole(
    server: FaultyServer, fetcher: Fetcher, content: Content, size: int, ranges: bool
) -> None:
    uri = server.serve("/a.bin", content(size), ranges=ranges)
    assert fetcher.bytes(uri) == content(size)
    assert size == 0 or fetcher.heard[-1] == (size, size)


def test_a_large_file_is_asked_for_in_parts(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    fetcher(server.serve("/a.bin", content(SIZE)))
    assert sorted(server.ranges) == [
        "bytes=0-0",
        "bytes=0-1048575",
        "bytes=1048576-2097151",
        "bytes=2097152-2999999",
    ]


@pytest.mark.parametrize("etag", [True, False])
@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("cut", [1, 65_536, 700_000])
def test_a_dropped_connection_costs_no_byte(
    server: FaultyServer, fetcher: Fetcher, content: Content, etag: bool, ranges: bool, cut: int
) -> None:
    uri = server.serve("/a.bin", content(SIZE), drops=3, cut=cut, etag=etag, ranges=ranges)
    assert fetcher.bytes(uri) == content(SIZE)
    assert fetcher.heard[-1] == (SIZE, SIZE)


def test_what_has_arrived_is_not_asked_for_again(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    fetcher(server.serve("/a.bin", content(SIZE), drops=3, cut=700_000))
    assert server.sent < SIZE + 100


@pytest.mark.parametrize("faults", [{}, {"etag": False}, {"chunked": True}, {"ranges": False}])
def test_an_answer_that_always_breaks_off_is_an_error_and_no_file(
    server: FaultyServer, fetcher: Fetcher, content: Content, faults: dict[str, object]
) -> None:
    # No more than this arrives of any answer, and nothing of the next one.
    uri = server.serve("/a.bin", content(SIZE), drops=-1, cut=700_000, dead=700_000, **faults)
    error = _refused(fetcher, uri)
    assert isinstance(error, OutsideError)
    assert "cannot be downloaded" in error.message


def test_a_length_that_promises_more_than_comes_is_never_believed(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    for ranges in (True, False):
        uri = server.serve("/a.bin", content(SIZE), length=SIZE + 5, ranges=ranges)
        assert "cannot be downloaded" in _refused(fetcher, uri).message


def test_a_length_below_the_ranges_one_is_never_believed(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    uri = server.serve("/a.bin", content(SIZE), length=400_000)
    assert "cannot be downloaded" in _refused(fetcher, uri).message


def test_without_a_length_the_last_chunk_is_the_end(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    uri = server.serve("/a.bin", content(SIZE), chunked=True, drops=2, cut=700_000)
    assert fetcher.bytes(uri) == content(SIZE)


def test_an_end_that_could_be_anywhere_is_refused(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    uri = server.serve("/a.bin", content(SIZE), length=-1, ranges=False)
    assert "states neither the file's length nor its end" in _refused(fetcher, uri).message


@pytest.mark.parametrize(("status", "headers"), [(429, {"Retry-After": "1"}), (503, {}), (500, {})])
def test_a_server_that_is_busy_is_asked_again(
    server: FaultyServer, fetcher: Fetcher, content: Content, status: int, headers: dict[str, str]
) -> None:
    uri = server.serve("/a.bin", content(SIZE), status=status, times=2, headers=headers)
    assert fetcher.bytes(uri) == content(SIZE)


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        ({"status": 503}, "the server returned 503 Service Unavailable"),
        ({"status": 429}, "the server returned 429 Too Many Requests"),
        ({"status": 404}, "does not exist"),
        ({"status": 401}, "was denied"),
        ({"status": 403}, "was denied"),
        ({"status": 302, "headers": {"Location": "/a.bin"}}, "it redirects in a loop"),
    ],
)
def test_a_refusal_is_one_sentence(
    server: FaultyServer, fetcher: Fetcher, faults: dict[str, object], sentence: str
) -> None:
    error = _refused(fetcher, server.serve("/a.bin", b"x", **faults))
    assert error.exit_code == 7
    assert sentence in error.message
    assert error.hint


def test_nobody_there_is_one_sentence(fetcher: Fetcher) -> None:
    assert "connection refused" in _refused(fetcher, "http://127.0.0.1:9/a.bin").message


def test_a_slow_server_is_waited_for(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    uri = server.serve("/a.bin", content(1_000_000), pause=0.05)
    assert fetcher.bytes(uri) == content(1_000_000)


def test_a_server_that_falls_silent_is_asked_again_and_then_given_up(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    fetcher.patience = replace(fetcher.patience, retries=1, silence=0.3)
    error = _refused(fetcher, server.serve("/a.bin", content(1_000_000), pause=30.0))
    assert "the server timed out" in error.message


def test_redirects_are_followed(server: FaultyServer, fetcher: Fetcher, content: Content) -> None:
    server.serve("/a.bin", content(SIZE))
    for status in (301, 302, 303, 307, 308):
        uri = server.serve("/from", status=status, headers={"Location": "/a.bin"})
        assert fetcher.bytes(uri) == content(SIZE)


def test_a_uri_is_asked_for_as_it_is_written(server: FaultyServer, fetcher: Fetcher) -> None:
    for path in ("/a%20b.bin", "/a%2520b.bin", "/a%23b.bin", "/f?name=a.bin&v=1", "/%C3%A4.bin"):
        assert fetcher.bytes(server.serve(path, path.encode())) == path.encode()


def test_a_file_that_changes_meanwhile_is_never_mixed(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    old, new = content(SIZE), content(SIZE + 1)[:SIZE]
    uri = server.serve("/a.bin", old, drops=1, cut=700_000, swap=new)
    assert fetcher.bytes(uri) == new


def test_a_file_that_never_stays_the_same_is_given_up(
    server: FaultyServer, fetcher: Fetcher, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = server.serve("/a.bin", content(SIZE))
    page, answers = server.pages["/a.bin"], iter(range(1000))
    monkeypatch.setattr(type(page), "tag", property(lambda _: f'"{next(answers)}"'))
    assert "keeps changing" in _refused(fetcher, uri).message


def test_the_next_try_goes_on_where_the_last_one_failed(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    uri = server.serve("/a.bin", content(SIZE), dead=2 << 20)
    journal = fetcher.folder / "journal"
    for _ in range(50):
        assert "503" in _refused(fetcher, uri).message
        if len(journal.read_text().splitlines()) == 3:
            break
    server.pages["/a.bin"].dead = None
    server.ranges.clear()
    assert fetcher.bytes(uri) == content(SIZE)
    assert server.ranges == ["bytes=0-0", "bytes=2097152-2999999"]


def test_a_half_written_line_of_the_journal_is_no_part(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    uri = server.serve("/a.bin", content(SIZE))
    path = fetcher(uri).path
    journal = fetcher.folder / "journal"
    lines = journal.read_text().splitlines(keepends=True)
    path.write_bytes(bytes(SIZE))
    journal.write_text(lines[0] + "[0, 0]"[:5])
    assert fetcher.bytes(uri) == content(SIZE)


def test_parts_of_another_version_are_forgotten(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    fetcher(server.serve("/a.bin", content(SIZE)))
    other = content(SIZE + 7)[:SIZE]
    assert fetcher.bytes(server.serve("/a.bin", other)) == other


def test_a_netrc_login_goes_to_its_host_only(
    server: FaultyServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password secret\n")
    netrc.chmod(0o600)
    uri = server.serve("/a.bin", b"weights", token="Basic YWRhOnNlY3JldA==")
    assert "was denied" in _refused(fetcher, uri).message
    fetcher.environ["NETRC"] = str(netrc)
    assert fetcher.bytes(uri) == b"weights"
    with FaultyServer().running() as other:
        elsewhere = other.serve("/b.bin", b"x", token="Basic YWRhOnNlY3JldA==")
        there = elsewhere.replace("127.0.0.1", "localhost")
        uri = server.serve("/to", status=302, headers={"Location": there})
        assert "was denied" in _refused(fetcher, uri).message


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate authority and a server's certificate, made by openssl."""
    folder = tmp_path_factory.mktemp("tls")
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Ours",
        "req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=127.0.0.1",
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out leaf.pem "
        "-extfile names",
    ):
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


def test_https_needs_a_trusted_certificate_and_never_falls_back_to_http(
    server: FaultyServer, fetcher: Fetcher, authority: Path
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority / "leaf.pem", authority / "leaf.key")
    with FaultyServer(tls).running() as secure:
        uri = secure.serve("/a.bin", b"weights")
        assert "certificate is not trusted" in _refused(fetcher, uri).message
        fetcher.environ["SSL_CERT_FILE"] = str(authority / "ca.pem")
        assert fetcher.bytes(uri) == b"weights"
        plain = server.serve("/b.bin", b"swapped")
        down = secure.serve("/down", status=302, headers={"Location": plain})
        assert "cannot be downloaded" in _refused(fetcher, down).message
        assert not server.seen


def test_who_tidies_up_leaves_no_hole(
    server: FaultyServer, fetcher: Fetcher, content: Content
) -> None:
    uri = server.serve("/a.bin", content(SIZE), dead=2 << 20)
    _refused(fetcher, uri)
    # Another file of that name, with the size that the parts of the first one need. It is there
    # before the first one goes, whose inode it could get otherwise.
    (fetcher.folder / "another").write_bytes(bytes(SIZE))
    (fetcher.folder / "another").replace(fetcher.folder / "content/file")
    server.pages["/a.bin"].dead = None
    assert fetcher.bytes(uri) == content(SIZE)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_taken_away_under_the_download_is_fetched_again(
    server: FaultyServer, fetcher: Fetcher, content: Content, ranges: bool
) -> None:
    uri = server.serve("/a.bin", content(SIZE), ranges=ranges)
    taken = []

    def take(done: int, total: int | None) -> None:
        if done > SIZE // 2 and not taken:
            taken.append(done)
            (fetcher.folder / "content/file").unlink()

    sources = RemoteSources(fetcher.environ, fetcher.patience)
    delivery = sources.fetch(uri, "file", fetcher.folder, revision=None, progress=take)
    assert taken
    assert delivery.path.read_bytes() == content(SIZE)
