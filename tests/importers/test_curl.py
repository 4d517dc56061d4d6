"""curl commands become probes; whatever they say is there, or named in a comment."""

import shutil
import subprocess

import pytest

from checker.importers import curl as module
from checker.importers.curl import curl
from checker.importers.curl_options import _FLAGS, _SHORT, _VALUES, SHOWN
from checker.importers.notes import Unusable
from tests.importers.importing import Result, written

URL = "https://api.example.org/works"


def imported(arguments: str) -> Result:
    return written(curl, f"curl {arguments}\n")


def http(arguments: str) -> dict[str, object]:
    spec: dict[str, object] = imported(f"{URL} {arguments}").probe["http"]
    assert URL == spec.pop("url")
    return spec


@pytest.mark.parametrize(
    ("arguments", "spec"),
    [
        ("", {}),
        ("-f --compressed --http1.1", {}),
        ("-X DELETE", {"method": "DELETE"}),
        ("-I", {"method": "HEAD"}),
        ("-Lk --max-redirs 3", {"redirects": 3, "tls": {"verify": False}}),
        ("-L", {"redirects": 50}),
        (
            "-A agent -e https://example.org/;auto",
            {"headers": {"User-Agent": "agent", "Referer": "https://example.org/"}},
        ),
        ("-H 'Accept: text/html' -H 'X-Empty;'", {"headers": {"Accept": "text/html", "X-Empty": ""}}),
        ("-H 'A: 1' -H 'a: 2'", {"headers": {"A": "1, 2"}}),
        (
            "-u alice:bob --anyauth",
            {"auth": {"basic": {"username": "alice", "password": "${secret.api_example_org_password}"}}},
        ),
        (
            "-H 'Authorization: Basic !!!'",
            {"headers": {"Authorization": "Basic ${secret.api_example_org_authorization}"}},
        ),
        ("-d a=1 -d a=2 -d a=3", {"method": "POST", "form": {"a": ["1", "2", "3"]}}),
        (
            "--data-urlencode 'a b'",
            {
                "method": "POST",
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
                "body": "a+b",
            },
        ),
        ("-r 0-99", {"headers": {"Range": "bytes=0-99"}}),
        ("-d a=b -d 'c=d+e&a=f'", {"method": "POST", "form": {"a": ["b", "f"], "c": "d e"}}),
        (
            "--data-urlencode 'q=a&b' --data-urlencode '=c d='",
            {
                "method": "POST",
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
                "body": "q=a%26b&c+d%3D",
            },
        ),
        ("--json '{\"a\": [1, null]}'", {"method": "POST", "json": {"a": [1, None]}}),
        (
            "-H 'content-type: application/json; charset=utf-8' -d '{}'",
            {
                "method": "POST",
                "headers": {"Content-Type": "application/json; charset=utf-8"},
                "json": {},
            },
        ),
        (
            "-d '{broken'",
            {
                "method": "POST",
                "headers": {"Content-Type": "application/x-www-form-urlencoded"},
                "body": "{broken",
            },
        ),
        (
            "-F a=1 -F 'b=two;type=text/csv' -F 'c=x;y' --form-string 'd=@e'",
            {
                "method": "POST",
                "multipart": {
                    "a": "1",
                    "b": {"content": "two", "content_type": "text/csv"},
                    "c": "x;y",
                    "d": "@e",
                },
            },
        ),
        ("-4 --http2", {"ip_version": 4, "http_version": 2}),
        ("-6 --max-filesize 2M", {"ip_version": 6, "max_body": 2 << 20}),
        ("--cacert ca.pem --tlsv1.3 --tlsv1.2", {"tls": {"ca": "ca.pem", "min_version": 1.3}}),
        ("--resolve api.example.org:443:192.0.2.7", {"resolve": {"api.example.org": "192.0.2.7"}}),
        ("--resolve api.example.org:443:[2001:db8::1]", {"resolve": {"api.example.org": "2001:db8::1"}}),
        ("--connect-to ::192.0.2.7:", {"resolve": {"api.example.org": "192.0.2.7"}}),
        ("-x proxy.example.org:3128 -p", {"proxy": "http://proxy.example.org:3128"}),
        (
            "-u alice: --digest --next",
            {"auth": {"digest": {"username": "alice", "password": "${secret.api_example_org_password}"}}},
        ),
        ("--aws-sigv4 aws:amz:eu-west-1:es", {"auth": {"sigv4": {"service": "es", "region": "eu-west-1"}}}),
    ],
)
def test_what_is_carried_over(arguments: str, spec: dict[str, object]) -> None:
    assert spec == http(arguments)


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        (f"'{URL}?a=b' -G -d c=d --data-urlencode 'e=f g'", f"{URL}?a=b&c=d&e=f+g"),
        (f"'{URL}#top' --url-query 'a=b c' --url-query +d=e", f"{URL}?a=b+c&d=e"),
        ("example.org", "http://example.org"),
        ("--url http://example.org/ -g", "http://example.org/"),
        ("-g 'http://[::1]:80/{a}'", "http://[::1]:80/{a}"),
        ("'http://[::1]:80/a'", "http://[::1]:80/a"),
    ],
)
def test_urls(arguments: str, url: str) -> None:
    assert url == imported(arguments).probe["http"]["url"]


@pytest.mark.parametrize(
    ("arguments", "lost"),
    [
        ("-K x", "--config"),
        ("--connect-timeout 2", "--connect-timeout"),
        ("--ntlm --http3", "--ntlm, --http3"),
        ("-b jar.txt", "--cookie from a file"),
        ("-b 'a=b; c'", "a cookie without a name, or with one that no cookie may have"),
        ("-H @file", "--header from a file"),
        ("-H 'Accept:'", "--header that takes Accept out of the request"),
        ("-H 'Connection: close'", "the header Connection: the checker sets it itself"),
        ("-H 'a b: c'", "the header a b: it has characters that no header may have"),
        ("-d @body.json", "--data from the file body.json: put its text in the place of REPLACE"),
        ("--data-urlencode q@x", "--data-urlencode from the file x: put its text in the place of REPLACE"),
        ("--data-urlencode @x", "--data-urlencode from the file x: put its text in the place of REPLACE"),
        ("-T up.bin", "--upload-file from the file up.bin: put its text in the place of REPLACE"),
        (
            "-F f=@dir/a.csv",
            "--form f from the file dir/a.csv: write file: dir/a.csv where it is at hand, or its text",
        ),
        ("-F 'f=<a.csv;headers=@x'", "headers of --form f"),
        ("-F a=1 -F a=2", "a second --form with the name a"),
        ("-F a=1 -d b=2", "data beside a form: curl sends one of them"),
        ("-x '['", "the proxy: its URL is none"),
        ("--max-filesize large", "--max-filesize, which is no size"),
        ("-x socks5://127.0.0.1", "the proxy: socks5 is not supported, only http"),
        ("--resolve x", "--resolve that names no host, port and address"),
        ("--resolve h:1:192.0.2.1,192.0.2.2", "--resolve: all addresses but the first one"),
        ("--connect-to a:1:b:1", "--connect-to another name or port"),
        ("--key k.pem", "--key without --cert"),
        ("--json '{\"pin\": 1234}'", "that pin is a number: a secret is sent as a text"),
        ("--no-alpn", "--no-alpn"),
        ("--max-time soon", "--max-time, which is no number that makes sense"),
        ("--aws-sigv4 aws:amz", "--aws-sigv4 without a region and a service: add auth"),
        ("-u a:b -H 'Authorization: Basic YTpi'", "a second way to prove who sends it"),
    ],
)
def test_what_is_not_carried_over_is_said(arguments: str, lost: str) -> None:
    result = imported(f"{URL} {arguments}")
    assert f"# not carried over: {lost}" in result.comments
    assert any(lost in each for each in result.imported.lost)


def test_what_only_concerns_the_output_is_listed_but_not_lost() -> None:
    result = imported(f"-sSL -o /dev/null -w '%{{http_code}}' {URL}")
    assert (
        "# --silent, --show-error, --output, --write-out: only about what curl shows and keeps"
        in result.comments
    )
    assert () == result.imported.lost


@pytest.mark.parametrize(
    ("arguments", "times"),
    [
        ("-m 5", {"timeout": "5s"}),
        ("-m 1.5", {"timeout": "1500ms"}),
        ("--max-time 45", {"interval": "1m", "timeout": "45s"}),
        ("--max-time 0", {}),
        ("--retry 2 --retry-delay 1", {"retry": {"attempts": 3, "delay": "1s"}}),
    ],
)
def test_times(arguments: str, times: dict[str, object]) -> None:
    probe = imported(f"{URL} {arguments}").probe
    assert times == {key: value for key, value in probe.items() if key != "http"}


def test_what_writes_is_retried_only_where_nothing_was_sent() -> None:
    probe = imported(f"{URL} -X PUT --retry 1").probe
    assert ["dns", "refused", "unreachable", "connect_timeout", "tls_handshake"] == probe["retry"]["reasons"]


SECRETS = [
    "-H 'Authorization: Bearer tok-SECRET-1'",
    "-H 'Authorization: Basic YWxpY2U6cGFzcy1TRUNSRVQtMQ=='",
    "-H 'Authorization: Custom tok-SECRET-1'",
    "-H 'Authorization: tok-SECRET-1'",
    "-H 'X-API-Key: tok-SECRET-1'",
    "-H 'Cookie: sid=tok-SECRET-1'",
    "-b 'theme=tok-SECRET-1'",
    "-u alice:tok-SECRET-1",
    "-u alice:tok-SECRET-1 --digest",
    "--oauth2-bearer tok-SECRET-1",
    "-x http://bob:tok-SECRET-1@proxy.example.org:3128",
    "-x http://proxy.example.org:3128 -U bob:tok-SECRET-1",
    "-d 'user=a&password=tok-SECRET-1'",
    '--json \'{"user": {"token": "tok-SECRET-1"}}\'',
    "-d '<login password=\"tok-SECRET-1\"/>' -H 'Content-Type: text/xml'",
    "-F password=tok-SECRET-1",
    "-G -d api_key=tok-SECRET-1",
    "--url-query token=tok-SECRET-1",
    "-E cert.pem:tok-SECRET-1",
    "--pass tok-SECRET-1",
    "-d 'note=tok-SECRET-1&token=tok-SECRET-1'",
    "-H 'X-Api-Key: tok-SECRET-1' -H 'X-Note: it is tok-SECRET-1' -d @tok-SECRET-1",
    "-H 'X-Api-Key: tok-SECRET-1' -d '{\"a\": \"dG9rLVNFQ1JFVC0x\"}' -H 'Content-Type: application/json'",
]


@pytest.mark.parametrize("arguments", SECRETS)
def test_secrets_are_nowhere(arguments: str) -> None:
    result = imported(f"{URL} {arguments}")
    said = result.text + "".join(result.imported.lost)
    assert "SECRET" not in said
    assert "U0VDUkVU" not in said
    assert "VNFQ1JFVC0" not in said
    if "--pass" not in arguments and "-E" not in arguments:
        assert result.config.secrets
        assert all(secret.hosts for secret in result.config.secrets.values())


@pytest.mark.parametrize(
    "url",
    [
        "https://alice:tok-SECRET-1@example.org/",
        "https://example.org/?api_key=tok-SECRET-1",
        "https://example.org/?x=ghp_SECRETSECRETSECRETSECRETSECRET1",
        "https://example.org/hooks/xoxb-SECRET-SECRET-SECRET/x",
    ],
)
def test_secrets_of_urls_are_nowhere(url: str) -> None:
    result = imported(f"'{url}'")
    assert "SECRET" not in result.text
    assert result.config.secrets


def test_variables_of_the_shell_are_secrets_of_the_environment() -> None:
    result = imported('-H "Authorization: Bearer $TOKEN" "https://$HOST/a/${ID}?b=c"')
    assert {"token": {"env": "TOKEN"}, "host": {"env": "HOST"}, "id": {"env": "ID"}} == result.document[
        "secrets"
    ]
    assert {"bearer": "${secret.token}"} == result.probe["http"]["auth"]
    assert "https://${secret.host}/a/${secret.id}?b=c" == result.probe["http"]["url"]
    assert ("ID", "HOST", "TOKEN") == tuple(sorted(result.imported.variables, key=len))


def test_a_script_of_several_commands() -> None:
    text = """
        # what we look at
        set -e
        TOKEN=abc curl https://example.org/a | jq .   # a comment
        curl https://example.org/a https://example.org/b -o x; /usr/bin/curl -X POST https://example.org/a
        $ curl https://example.org/c --next -X PUT https://example.org/d
        PASSWORD=hunter2 wget https://example.org/
        curl -s
        curl ftp://example.org/
        curl 'https://example.org/{a,b}'
    """
    result = written(curl, text)
    assert [
        "example.org-a",
        "example.org-a-2",
        "example.org-b",
        "post-example.org-a",
        "example.org-c",
        "put-example.org-d",
    ] == list(result.probes)
    assert [
        "line 3: set, which is not curl",
        "line 4: jq, which is not curl",
        "line 7: PASSWORD, which is not curl",
        "line 8: a curl command without a URL",
        "line 9: a URL of the scheme ftp, which no probe speaks",
        "line 10: a URL with {} or [], which curl takes for several URLs; write them out, or add --globoff",
    ] == list(result.imported.lost)
    assert "hunter2" not in result.text


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("--frobnicate x", "input:1: curl has no option --frobnicate"),
        ("--prox x", "input:1: curl has no option --prox; it may be --proxy or"),
        ("--token=hunter2", "input:1: curl has no option --token"),
        ("-é x", "input:1: curl has no option -é"),
        ("-X", "input:1: --request wants an argument"),
        ("--expand-url x", "input:1: --expand-url cannot be imported; write the text with --url"),
        ("'", "input:1:"),
    ],
)
def test_what_curl_would_refuse_is_refused(arguments: str, why: str) -> None:
    with pytest.raises(Unusable) as caught:
        imported(f"{URL} {arguments}")
    assert why in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_redirects_without_a_limit_have_one() -> None:
    result = imported(f"{URL} -L --max-redirs -1")
    assert 50 == result.probe["http"]["redirects"]
    assert "# --max-redirs: at most 50 redirects are followed" in result.comments


def test_a_body_cannot_forge_a_reference() -> None:
    body = '{"a": "\\\\ufdd0secret.token\\\\ufdd1"}'
    assert {"method": "POST", "body": '{"a": "\\ufdd0secret.token\\ufdd1"}'} == {
        key: value for key, value in http(f"--json $'{body}'").items() if key != "headers"
    }


def test_options_end_at_two_dashes_and_may_be_cut_short() -> None:
    assert ["example.org"] == list(imported("-s -- example.org").probes)
    assert {"headers": {"A": "b"}} == http("--heade 'A: b'")


def test_a_script_is_not_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 10)
    with pytest.raises(Unusable, match="larger than 1 MiB"):
        imported("https://example.org/")


def test_nothing_to_import_is_refused() -> None:
    with pytest.raises(Unusable, match="there is nothing in it to import"):
        written(curl, "# nothing\n")
    with pytest.raises(Unusable, match="nothing can be carried over:\n  line 1: wget, which is not curl"):
        written(curl, "wget x\n")


@pytest.mark.needs("curl")
def test_the_options_are_those_of_curl() -> None:
    assert shutil.which("curl")
    text = subprocess.run(["curl", "--help", "all"], capture_output=True, check=True, text=True).stdout
    for line in text.splitlines():
        short, _, rest = line.strip().partition("--") if "--" in line[:10] else ("", "", "")
        if not rest:
            continue
        name, _, after = rest.partition(" ")
        takes = after.lstrip()[:1] in ("<", "[") and after[:2].strip() != ""
        known = name.removeprefix("no-") in _FLAGS or name in _FLAGS
        assert takes is (name in _VALUES) or name == "help", name
        assert takes or known, name
        if short.strip(" ,-"):
            assert name == _SHORT[short.strip(" ,")[1:]], line
    assert SHOWN <= _FLAGS | _VALUES | {f"no-{flag}" for flag in _FLAGS}
