"""Web configuration files: what they come to, and what is said of those that cannot be used."""

import textwrap
from pathlib import Path

import pytest

from checker.config.web import InvalidWebConfiguration, WebConfig, read_web_config
from tests.net.loopback import CA

HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = CA.issue_cert("127.0.0.1")
    made.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    CA.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path


def read(folder: Path, text: str) -> WebConfig:
    path = folder / "web.yml"
    path.write_text(textwrap.dedent(text))
    return read_web_config(path)


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(InvalidWebConfiguration) as caught:
        read(folder, text)
    assert folder / "web.yml" in caught.value.files
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def test_all_of_it(folder: Path) -> None:
    config = read(
        folder,
        f"""
        tls_server_config:
          cert_file: server.pem
          key_file: server.pem
          client_auth_type: RequireAndVerifyClientCert
          client_ca_file: ca.pem
          client_allowed_sans: [prometheus.example]
          min_version: TLS12
          max_version: TLS13
          cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
          prefer_server_cipher_suites: true
        http_server_config:
          http2: false
          headers:
            Content-Security-Policy: default-src 'none'
            X-Frame-Options: sameorigin
            X-Content-Type-Options: nosniff
            X-XSS-Protection: ""
            Strict-Transport-Security: max-age=31536000
        basic_auth_users:
          alice: {HASH}
          "böb": {HASH}
        auth_excluded_paths: [/-/healthy]
        rate_limit: {{interval: 100ms, burst: 20}}
        """,
    )
    assert config.tls
    assert {"prometheus.example"} == config.tls.allowed_names
    assert {"alice": HASH, "böb": HASH} == config.users
    assert {
        "Content-Security-Policy": "default-src 'none'",
        "X-Frame-Options": "sameorigin",
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=31536000",
    } == config.headers
    assert {"/-/healthy"} == config.open_paths
    assert (0.1, 20) == config.rate
    names = ["web.yml", "server.pem", "server.pem", "ca.pem"]
    assert [folder / name for name in names] == list(config.files)


def test_nothing_of_it(folder: Path) -> None:
    assert WebConfig(files=(folder / "web.yml",)) == read(folder, "{}")


def test_a_rate_without_an_interval_is_none(folder: Path) -> None:
    assert read(folder, "rate_limit: {interval: 0s, burst: 1}").rate is None


def test_files_are_relative_to_the_web_configuration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    text = f"tls_server_config: {{cert_file: server.pem, key_file: {folder}/server.pem}}"
    assert read(folder, text).tls


PAIR = "cert_file: server.pem, key_file: server.pem"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["web.yml:1:1: expected a mapping such as basic_auth_users: {…}"]),
        ("[a]", ["web.yml:1:1: expected a mapping such as basic_auth_users: {…}"]),
        (
            "basic_auth_user: {}",
            ["web.yml:1:1: unknown key 'basic_auth_user'; did you mean 'basic_auth_users'?"],
        ),
        (
            "basic_auth_users:",
            ["web.yml:1:18: expected a mapping, not nothing; write basic_auth_users: {name: value}"],
        ),
        (
            "basic_auth_users:\n  ann: hunter2-secret\n  bob: 5",
            [
                "web.yml:2:8: expected a bcrypt hash, such as `htpasswd -nBC 10 ''` writes, not another text",
                "web.yml:3:8: expected a bcrypt hash, such as `htpasswd -nBC 10 ''` writes, not a whole number",
            ],
        ),
        (
            f"basic_auth_users: {{ann: {HASH.replace('10', '31', 1)}}}",
            ["web.yml:1:25: the cost of a hash is from 4 to 16 here, not 31; 10 to 12 are usual"],
        ),
        (
            f"basic_auth_users:\n  ann: {HASH}\n  ann: {HASH}",
            ["web.yml:3:3: the key 'ann' is given twice; it is first given at web.yml:2:3"],
        ),
        (
            f"basic_auth_users: {{ann: {HASH.replace('zou', 'zoA')}}}",
            ["web.yml:1:25: expected a bcrypt hash, such as `htpasswd -nBC 10 ''` writes, not another text"],
        ),
        ("basic_auth_users: {ann: hunter2-secret", None),
        ("basic_auth_users: {ann:hunter2-secret}", None),
        ("basic_auth_users: [ann:hunter2-secret]", None),
        ("basic_auth_users: ann:hunter2-secret", None),
        ("basic_auth_users: {ann: {hunter2-secret: }}", None),
        ("ann:hunter2-secret", None),
        ("tls_server_config: {cert: x}", None),
        (
            "tls_server_config: {cert_file: a}",
            ["web.yml:1:20: 'key_file' is missing here"],
        ),
        (
            "tls_server_config:\n  cert_file: server.pem\n  key_file: none.pem",
            ["web.yml:3:13: the file cannot be read: No such file or directory"],
        ),
        (
            f"tls_server_config: {{{PAIR}, min_version: TLS10}}",
            ["web.yml:1:79: expected TLS12 or TLS13, not 'TLS10'"],
        ),
        (
            f"tls_server_config: {{{PAIR}, min_version: TLS13, max_version: TLS12}}",
            ["web.yml:1:99: this is less than the min_version, TLS13"],
        ),
        (
            f"tls_server_config: {{{PAIR}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}}",
            [
                (
                    "web.yml:1:82: 'TLS_RSA_WITH_RC4_128_SHA' is no cipher suite of TLS 1.2 that is safe; "
                    "those of 1.3 are always on"
                )
            ],
        ),
        (
            f"tls_server_config: {{{PAIR}, client_auth_type: RequireAnyClientCert}}",
            [
                (
                    "web.yml:1:84: RequireAnyClientCert is not supported: it verifies nothing; "
                    "RequireAndVerifyClientCert lets nobody else in"
                )
            ],
        ),
        (
            f"tls_server_config: {{{PAIR}, client_auth_type: Any}}",
            [
                (
                    "web.yml:1:84: expected NoClientCert, VerifyClientCertIfGiven or "
                    "RequireAndVerifyClientCert, not 'Any'"
                )
            ],
        ),
        (
            f"tls_server_config: {{{PAIR}, client_allowed_sans: [a]}}",
            [
                "web.yml:1:87: it would not be looked at; set client_auth_type to RequireAndVerifyClientCert",
            ],
        ),
        (
            "http_server_config: {headers: {X-Powered-By: me}}",
            None,
        ),
        (
            "http_server_config: {headers: {X-Frame-Options: allow}}",
            ["web.yml:1:49: expected deny or sameorigin, not 'allow'"],
        ),
        (
            'http_server_config: {headers: {Content-Security-Policy: "a\\r\\nSet-Cookie: b"}}',
            ["web.yml:1:57: a header cannot hold a line break or another control character"],
        ),
        (
            'http_server_config: {headers: {Content-Security-Policy: "→"}}',
            ["web.yml:1:57: a header holds no such characters"],
        ),
        ("auth_excluded_paths: [healthy]", ["web.yml:1:23: expected a path such as /-/healthy"]),
        ("rate_limit: {interval: 5}", None),
    ],
)
def test_what_cannot_be_used(folder: Path, text: str, told: list[str] | None) -> None:
    said = refused(folder, text)
    assert told in (None, said)
    assert said
    assert all(line.startswith("web.yml:1:") or told for line in said)
    assert "hunter2" not in "".join(said)  # nor any other line of the file


def test_there_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidWebConfiguration, match=r"web\.yml: there is no such file"):
        read_web_config(tmp_path / "web.yml")


def test_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "web.yml").write_bytes(b"a: \xff")
    with pytest.raises(InvalidWebConfiguration, match=r"web\.yml:1:4: this is not valid UTF-8"):
        read_web_config(tmp_path / "web.yml")


def test_hashes_are_not_shown(folder: Path) -> None:
    assert HASH not in repr(read(folder, f"basic_auth_users: {{ann: {HASH}}}"))


def test_files_to_be_watched_are_known_also_where_they_cannot_be_used(folder: Path) -> None:
    with pytest.raises(InvalidWebConfiguration) as caught:
        read(folder, "tls_server_config: {cert_file: none.crt, key_file: server.pem}")
    assert {folder / "web.yml", folder / "none.crt", folder / "server.pem"} == set(caught.value.files)
