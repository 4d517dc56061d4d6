import pytest

from checker.app.listeners import listen, listen_near, reachable, shown
from checker.core.errors import ConfigurationError


@pytest.mark.parametrize(
    ("address", "base"), [("127.0.0.1:0", "http://127.0.0.1:"), ("[::1]:0", "http://[::1]:")]
)
def test_listens(address: str, base: str) -> None:
    with listen(address) as sock:
        assert shown(sock) == f"{base}{sock.getsockname()[1]}"


@pytest.mark.parametrize(("address", "host"), [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "[::1]")])
def test_is_reached_where_it_listens(address: str, host: str) -> None:
    with listen(address) as sock:
        assert reachable(sock) == f"{host}:{sock.getsockname()[1]}"


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
def test_an_address_that_is_all_of_them_reaches_nothing(address: str) -> None:
    with listen(address) as sock:
        assert reachable(sock) is None


def test_says_which_address_is_taken_and_what_to_do() -> None:
    with listen("127.0.0.1:0") as sock:
        taken = f"127.0.0.1:{sock.getsockname()[1]}"
        with pytest.raises(ConfigurationError, match=f"cannot listen on {taken}: .*in use; choose another"):
            listen(taken)


def test_listens_beside_what_is_taken() -> None:
    with listen("127.0.0.1:0") as sock, listen_near(f"127.0.0.1:{sock.getsockname()[1]}") as beside:
        assert "127.0.0.1" == beside.getsockname()[0]
        assert beside.getsockname()[1] != sock.getsockname()[1]


def test_listens_where_nothing_is_taken() -> None:
    with listen("127.0.0.1:0") as sock:
        free = sock.getsockname()[1]
    with listen_near(f"127.0.0.1:{free}") as sock:
        assert free == sock.getsockname()[1]


@pytest.mark.parametrize("address", ["foo", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:99999", "80"])
def test_says_what_an_address_looks_like(address: str) -> None:
    with pytest.raises(ConfigurationError, match=f"cannot listen on {address}: write HOST:PORT, such as 127"):
        listen(address)


def test_says_that_a_host_is_none() -> None:
    with pytest.raises(ConfigurationError, match="cannot listen on"):
        listen("not a host:1")
