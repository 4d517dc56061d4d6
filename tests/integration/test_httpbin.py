"""What real servers do, as httpbin does it over a real WSGI server: what each makes of a probe."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from tests.integration.checks import PASS, Told, document, outcome_of, rig, told
from tests.integration.httpbin_server import httpbin_server


@pytest.fixture(scope="module")
def bin_url() -> Iterator[str]:
    with httpbin_server() as url:
        yield url


@dataclass(frozen=True)
class Row:
    """A probe, and what is said of it."""

    name: str
    probe: str
    told: Told = PASS
    message: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def fails(reason: str, step: str = "http", **values: float) -> Told:
    return Told("fail", reason, step, values)


AUTH = (
    Row(
        "basic auth, right",
        """
        http: {url: "${env.BIN}/basic-auth/ann/pass:word", auth: {basic: {username: ann, password: "pass:word"}}}
        expect: {json: {$.authenticated: true, $.user: ann}}
        """,
    ),
    Row(
        "basic auth, beyond ASCII",
        """
        http: {url: "${env.BIN}/basic-auth/j%C3%BCrgen/%E2%82%AC", auth: {basic: {username: jürgen, password: €}}}
        """,
    ),
    Row(
        "basic auth, wrong",
        """
        http: {url: "${env.BIN}/basic-auth/ann/right", auth: {basic: {username: ann, password: wrong}}}
        expect: {json: {$.authenticated: true}}
        """,
        fails("auth_rejected"),
        "saw 401",
    ),
    Row("basic auth, none", 'http: {url: "${env.BIN}/basic-auth/ann/right"}', fails("auth_rejected")),
    Row(
        "basic auth of which the server says 404",
        """
        http: {url: "${env.BIN}/hidden-basic-auth/ann/right", auth: {basic: {username: ann, password: wrong}}}
        """,
        fails("unexpected_status"),
    ),
    *(
        Row(
            f"digest auth, {qop} {algorithm}",
            f"""
            http:
              url: ${{env.BIN}}/digest-auth/{qop}/ann/right/{algorithm}
              auth: {{digest: {{username: ann, password: right}}}}
            expect: {{json: {{$.user: ann}}}}
            """,
        )
        for qop in ("auth", "none")
        for algorithm in ("MD5", "SHA-256", "SHA-512")
    ),
    Row(
        "digest auth, wrong",
        """
        http: {url: "${env.BIN}/digest-auth/auth/ann/right", auth: {digest: {username: ann, password: wrong}}}
        """,
        fails("auth_rejected"),
    ),
    Row(
        "digest auth where Basic is asked for",
        """
        http: {url: "${env.BIN}/basic-auth/ann/right", auth: {digest: {username: ann, password: right}}}
        """,
        fails("auth_rejected"),
    ),
    Row(
        "bearer, right",
        """
        http: {url: "${env.BIN}/bearer", auth: {bearer: abc.def}}
        expect: {json: {$.token: abc.def}}
        """,
    ),
    Row("bearer, none", 'http: {url: "${env.BIN}/bearer"}', fails("auth_rejected")),
    Row(
        "bearer where Basic is wanted",
        'http: {url: "${env.BIN}/basic-auth/a/b", auth: {bearer: abc}}',
        fails("auth_rejected"),
    ),
    Row(
        "API key in a header",
        """
        http: {url: "${env.BIN}/headers", auth: {api_key: {header: X-Api-Key, value: k1}}}
        expect: {json: {"$.headers['X-Api-Key']": k1}}
        """,
    ),
    Row(
        "API key in the query",
        """
        http: {url: "${env.BIN}/get?a=1", params: {b: 2}, auth: {api_key: {query: key, value: "k&1"}}}
        expect: {json: {$.args: {eq: {a: "1", b: "2", key: "k&1"}}}}
        """,
    ),
)

REDIRECTS = (
    Row("a redirect is an answer", 'http: {url: "${env.BIN}/redirect/1"}', fails("unexpected_status")),
    Row(
        "a redirect is the answer that was wanted",
        """
        http: {url: "${env.BIN}/redirect/1"}
        expect: {status: 302, headers: {location: {ends_with: /get}}, redirects: 0}
        """,
    ),
    Row(
        "redirects, as many as there are",
        """
        http: {url: "${env.BIN}/redirect/3", redirects: 3}
        expect: {redirects: 3, url: {ends_with: /get}, status: 200}
        """,
    ),
    Row(
        "redirects, more than there are",
        'http: {url: "${env.BIN}/relative-redirect/2", redirects: 9}\nexpect: {redirects: 2}',
    ),
    Row(
        "redirects, too many",
        'http: {url: "${env.BIN}/redirect/3", redirects: 2}',
        fails("redirect_limit"),
        "more than 2 redirects",
    ),
    Row(
        "redirects, too many, whatever status was asserted",
        'http: {url: "${env.BIN}/redirect/3", redirects: 2}\nexpect: {status: 302}',
        fails("redirect_limit"),
    ),
    Row(
        "redirects to absolute addresses",
        'http: {url: "${env.BIN}/absolute-redirect/2", redirects: 2}\nexpect: {redirects: 2}',
    ),
    Row(
        "a redirect to an address of the server's choice",
        """
        http: {url: "${env.BIN}/redirect-to", params: {url: "${env.BIN}/anything/x?y=z"}, redirects: 1}
        expect: {json: {$.args.y: z, $.url: {ends_with: "/anything/x?y=z"}}}
        """,
    ),
    Row(
        "a redirect of a POST to a GET",
        """
        http:
          url: ${env.BIN}/redirect-to
          params: {url: /anything, status_code: 303}
          method: POST
          json: {a: 1}
          redirects: 1
        expect: {json: {$.method: GET, $.data: {empty: true}}}
        """,
    ),
    Row(
        "a redirect of a POST with its body",
        """
        http:
          url: ${env.BIN}/redirect-to
          params: {url: /anything, status_code: 307}
          method: POST
          json: {a: 1}
          redirects: 1
        expect: {json: {$.method: POST, $.json: {eq: {a: 1}}}}
        """,
    ),
    Row(
        "a redirect to a file",
        'http: {url: "${env.BIN}/redirect-to?url=file:///etc/passwd", redirects: 1}',
        fails("redirect_limit"),
        "redirected to file:",
    ),
    Row(
        "a redirect to the machine's own credentials",
        'http: {url: "${env.BIN}/redirect-to?url=http://169.254.169.254/latest/", redirects: 1}',
        fails("redirect_limit"),
        "link-local",
    ),
    Row(
        "a redirect to nobody",
        'http: {url: "${env.BIN}/redirect-to?url=http://127.0.0.1:9/", redirects: 1}',
        fails("refused"),
    ),
)

COOKIES = (
    Row(
        "cookies are kept from step to step",
        """
        steps:
          - step: set
            http: {url: "${env.BIN}/cookies/set", params: {a: "1", b: two}}
            expect: {status: 302, cookies: {a: "1", b: two}}
          - step: read
            http: {url: "${env.BIN}/cookies"}
            expect: {json: {$.cookies: {eq: {a: "1", b: two}}}}
          - step: delete
            http: {url: "${env.BIN}/cookies/delete?a", redirects: 1}
            expect: {json: {$.cookies: {eq: {b: two}}}}
          - step: none
            http: {url: "${env.BIN}/cookies", cookies: {c: "3"}}
            expect: {json: {$.cookies: {eq: {b: two, c: "3"}}}}
        """,
    ),
    Row(
        "cookies are kept through redirects",
        """
        http: {url: "${env.BIN}/cookies/set?a=1", redirects: 1}
        expect: {json: {$.cookies.a: "1"}, cookies: {a: "1"}}
        """,
    ),
    Row(
        "a cookie that was not set",
        'http: {url: "${env.BIN}/cookies"}\nexpect: {cookies: {a: {exists: true}}}',
        fails("assertion"),
        "cookies.a",
    ),
)

ENCODINGS = (
    *(
        Row(
            encoding,
            f"""
            http: {{url: "${{env.BIN}}/{encoding}"}}
            expect: {{json: {{$.{fact}: true}}, headers: {{content-encoding: {header}}}}}
            """,
        )
        for encoding, fact, header in (
            ("gzip", "gzipped", "gzip"),
            ("deflate", "deflated", "deflate"),
            ("brotli", "brotli", "br"),
        )
    ),
    Row(
        "an encoding that is none",
        'http: {url: "${env.BIN}/response-headers?Content-Encoding=gzip"}',
        fails("undecodable"),
        "not the gzip",
    ),
    Row(
        "an encoding that nobody knows",
        'http: {url: "${env.BIN}/response-headers?Content-Encoding=rot13"}',
        fails("undecodable"),
        "rot13",
    ),
    Row("UTF-8", 'http: {url: "${env.BIN}/encoding/utf8"}\nexpect: {body: {contains: ∮ E⋅da = Q}}'),
    Row(
        "no text",
        'http: {url: "${env.BIN}/image/png"}\nexpect: {body: {contains: PNG}}',
        fails("undecodable"),
    ),
    Row(
        "bytes that nobody reads",
        'http: {url: "${env.BIN}/image/png"}\nexpect: {headers: {content-type: image/png}, size: {gt: 1KiB}}',
    ),
    Row(
        "HTML for JSON",
        'http: {url: "${env.BIN}/html"}\nexpect: {json: {$.a: {exists: false}}}',
        fails("undecodable"),
        "the body is an HTML page, not JSON",
    ),
)

STATUSES = (
    *(
        Row(str(status), f'http: {{url: "${{env.BIN}}/status/{status}"}}', expected)
        for status, expected in (
            (200, PASS),
            (201, PASS),
            (204, PASS),
            (304, fails("unexpected_status")),
            (400, fails("unexpected_status")),
            (401, fails("auth_rejected")),
            (403, fails("auth_rejected")),
            (404, fails("unexpected_status")),
            (418, fails("unexpected_status")),
            (429, fails("rate_limited")),
            (500, fails("server_error")),
            (502, fails("server_error")),
            (503, fails("server_error")),
            (599, fails("server_error")),
        )
    ),
    Row("a status that was wanted", 'http: {url: "${env.BIN}/status/503"}\nexpect: {status: 503}'),
    Row("one of several", 'http: {url: "${env.BIN}/status/404"}\nexpect: {status: [2xx, 404]}'),
    Row(
        "good, where a bad one was wanted",
        'http: {url: "${env.BIN}/status/200"}\nexpect: {status: [401, 403]}',
        fails("unexpected_status"),
        "saw 200",
    ),
    Row(
        "a bad status goes before what the body says",
        'http: {url: "${env.BIN}/status/418"}\nexpect: {json: {$.a: 1}, latency: {lt: 1ms}}',
        fails("unexpected_status"),
    ),
)

BODIES = (
    Row(
        "a form",
        """
        http: {url: "${env.BIN}/post", method: POST, form: {a: "1 &=ü", b: [x, y], c: 3}}
        expect:
          json:
            $.form: {eq: {a: "1 &=ü", b: [x, y], c: "3"}}
            "$.headers['Content-Type']": application/x-www-form-urlencoded
        """,
    ),
    Row(
        "JSON",
        """
        http: {url: "${env.BIN}/put", method: PUT, json: {a: [1, 2.5, null, true, "ü\\"\\\\"], b: {}}}
        expect:
          json:
            $.json: {eq: {a: [1, 2.5, null, true, "ü\\"\\\\"], b: {}}}
            "$.headers['Content-Type']": application/json
        """,
    ),
    Row(
        "a text",
        """
        http: {url: "${env.BIN}/anything", method: PATCH, headers: {Content-Type: text/csv}, body: "a,b\\n1,2\\n"}
        expect: {json: {$.data: "a,b\\n1,2\\n", $.method: PATCH, "$.headers['Content-Type']": text/csv}}
        """,
    ),
    Row(
        "multipart",
        """
        http:
          url: ${env.BIN}/post
          method: POST
          multipart:
            field: value
            rows: {content: "a,b\\n1,2\\n", filename: rows.csv, content_type: text/csv}
        expect:
          json:
            $.form: {eq: {field: value}}
            $.files: {eq: {rows: "a,b\\n1,2\\n"}}
            "$.headers['Content-Type']": {starts_with: multipart/form-data; boundary=}
        """,
    ),
    Row(
        "parameters",
        """
        http: {url: "${env.BIN}/get?z=0", params: {q: "a b&c=ü/+", n: 1.5, t: true, l: [x, y]}}
        expect: {json: {$.args: {eq: {z: "0", q: "a b&c=ü/+", n: "1.5", t: "true", l: [x, y]}}}}
        """,
    ),
    Row("HEAD", 'http: {url: "${env.BIN}/get", method: HEAD}\nexpect: {size: 0, body: {empty: true}}'),
    Row("DELETE", 'http: {url: "${env.BIN}/delete", method: DELETE}\nexpect: {json: {$.args: {eq: {}}}}'),
    Row("a method that is not allowed", 'http: {url: "${env.BIN}/post"}', fails("unexpected_status")),
)

HEADERS = (
    Row(
        "headers",
        """
        http: {url: "${env.BIN}/headers", headers: {X-One: "1", X-Ref: "${env.WORD}"}}
        expect: {json: {"$.headers['X-One']": "1", "$.headers['X-Ref']": "word"}}
        """,
        variables={"WORD": "word"},
    ),
    Row(
        "headers of the answer",
        """
        http: {url: "${env.BIN}/response-headers", params: {X-Two: ["1", "2"], ETag: '"abc"'}}
        expect: {headers: {x-two: "1, 2", ETAG: '"abc"', x-three: {exists: false}}}
        """,
    ),
    Row(
        "the user agent names the probe",
        """
        http: {url: "${env.BIN}/user-agent"}
        expect: {json: {"$['user-agent']": checker/test (probe probe)}}
        """,
    ),
    Row(
        "a user agent of one's own",
        """
        http: {url: "${env.BIN}/user-agent", headers: {user-agent: mine}}
        expect: {json: {"$['user-agent']": mine}}
        """,
    ),
    Row(
        "traceparent",
        """
        steps:
          - step: first
            http: {url: "${env.BIN}/headers"}
            expect: {json: {$.headers.Traceparent: {matches: "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$"}}}
            capture: {trace: {json: $.headers.Traceparent, regex: "^00-([0-9a-f]{32})"}}
          - step: second
            http: {url: "${env.BIN}/headers"}
            expect: {json: {$.headers.Traceparent: {contains: "${trace}"}}}
        """,
    ),
    Row(
        "a traceparent of one's own",
        """
        http: {url: "${env.BIN}/headers", headers: {Traceparent: "00-1-2-00"}}
        expect: {json: {$.headers.Traceparent: 00-1-2-00}}
        """,
    ),
    Row(
        "past the caches",
        """
        http: {url: "${env.BIN}/anything", cache: bypass}
        expect: {json: {$.args._checker: {matches: "^[0-9a-f]{16}$"}, "$.headers['Cache-Control']": no-cache}}
        """,
    ),
    Row(
        "a copy although it was to be bypassed",
        'http: {url: "${env.BIN}/response-headers?Age=7", cache: bypass}',
        fails("stale_cache"),
        "answered by a cache",
    ),
    Row(
        "how old a copy is",
        'http: {url: "${env.BIN}/response-headers?Age=7"}\nexpect: {cache: {hit: true, age: {gt: 5s, lt: 10s}}}',
    ),
)

TIME_AND_SIZE = (
    Row(
        "an answer after the run's timeout",
        'timeout: 100ms\nhttp: {url: "${env.BIN}/delay/1"}',
        fails("timeout"),
        "the run's 100ms passed while waiting for the answer",
    ),
    Row(
        "an answer after the step's timeout",
        """
        steps:
          - {step: quick, http: {url: "${env.BIN}/get"}}
          - {step: late, timeout: 100ms, http: {url: "${env.BIN}/delay/1"}}
        """,
        fails("timeout", "late"),
        "the step's 100ms passed while waiting for the answer",
    ),
    Row(
        "an answer that comes in pieces, after the timeout",
        'timeout: 250ms\nhttp: {url: "${env.BIN}/drip?duration=1&numbytes=10&delay=0"}',
        fails("timeout"),
    ),
    Row(
        "slower than expected",
        'http: {url: "${env.BIN}/get"}\nexpect: {latency: {lt: 0.001ms}}',
        fails("slow"),
    ),
    Row(
        "slower than hoped for",
        'http: {url: "${env.BIN}/get"}\nwarn: {latency: {lt: 0.001ms}}',
        Told("degraded", "slow", "http"),
    ),
    Row(
        "chunks",
        'http: {url: "${env.BIN}/stream/3"}\nexpect: {body: {matches: "(?s)\\"id\\": 0.*\\"id\\": 1.*\\"id\\": 2"}}',
    ),
    Row(
        "chunks that are several documents",
        'http: {url: "${env.BIN}/stream/3"}\nexpect: {json: {$.id: 0}}',
        fails("undecodable"),
    ),
    Row(
        "as large as may be",
        'http: {url: "${env.BIN}/bytes/1024", max_body: 1KiB}\nexpect: {size: 1024}',
    ),
    Row(
        "larger than may be",
        'http: {url: "${env.BIN}/bytes/1025", max_body: 1KiB}',
        fails("too_large"),
        "max_body is 1KiB",
    ),
    Row(
        "chunks that are larger than may be",
        'http: {url: "${env.BIN}/stream-bytes/4096?chunk_size=100", max_body: 1KiB}',
        fails("too_large"),
    ),
    Row(
        "a stream that is larger than may be",
        'http: {url: "${env.BIN}/stream/50", max_body: 2KiB}',
        fails("too_large"),
    ),
    Row(
        "larger than may be once it is decoded",
        'http: {url: "${env.BIN}/gzip", max_body: 200}',
        fails("too_large"),
    ),
    Row(
        "larger than may be beside a bad status",
        'http: {url: "${env.BIN}/status/418", max_body: 20}\nexpect: {status: 200}',
        fails("unexpected_status"),
    ),
)

STEPS = (
    Row(
        "captures, from step to step",
        """
        steps:
          - step: make
            http: {url: "${env.BIN}/uuid"}
            capture:
              id: {json: $.uuid}
              start: {json: $.uuid, regex: "^([0-9a-f]{8})"}
          - step: use
            http:
              url: ${env.BIN}/anything/${id}
              method: POST
              params: {id: "${id}"}
              headers: {X-Id: "${id}"}
              json: {id: "${id}", text: "<${id}>"}
            expect:
              json:
                $.args.id: ${id}
                "$.headers['X-Id']": ${id}
                $.json: {eq: {id: "${id}", text: "<${id}>"}}
                $.url: {contains: "/anything/${id}?"}
                $.json.id: {starts_with: "${start}"}
        """,
    ),
    Row(
        "a capture keeps its type, and is one segment of a URL",
        """
        steps:
          - step: make
            http: {url: "${env.BIN}/anything", method: POST, json: {n: 7, path: "a b?c#d/e"}}
            capture: {n: {json: $.json.n, metric: true}, path: {json: $.json.path}}
          - step: use
            http: {url: "${env.BIN}/anything/x/${path}", method: POST, json: {n: "${n}"}}
            expect: {json: {$.json.n: 7, $.url: {ends_with: "/anything/x/a%20b%3Fc%23d/e"}}}
        """,
        Told("pass", values={"n": 7}),
    ),
    Row(
        "values",
        """
        http: {url: "${env.BIN}/json"}
        expect: {json: {"$.slideshow.slides[*].type": {every: all}}}
        capture:
          slides: {json: "$.slideshow.slides[1].items[0]", regex: "(W)hy"}
          size: {size: true, metric: true}
        """,
        Told("pass", values={"size": 421}),
    ),
    Row(
        "a capture that finds nothing",
        """
        steps:
          - {step: make, http: {url: "${env.BIN}/json"}, capture: {id: {json: $.id}}}
          - {step: use, http: {url: "${env.BIN}/anything/${id}"}}
        """,
        fails("capture_missing", "make"),
        "id",
    ),
    Row(
        "a clean-up runs after a failure",
        """
        steps:
          - {step: make, http: {url: "${env.BIN}/uuid"}, capture: {id: {json: $.uuid}}}
          - {step: use, http: {url: "${env.BIN}/status/500"}}
          - {step: mend, always: true, http: {url: "${env.BIN}/anything/${id}", method: DELETE}}
        """,
        fails("server_error", "use"),
    ),
    Row(
        "a clean-up that fails",
        """
        steps:
          - {step: use, http: {url: "${env.BIN}/uuid"}}
          - {step: mend, always: true, http: {url: "${env.BIN}/status/500"}}
        """,
        Told("degraded", "server_error", "mend"),
        "clean-up:",
    ),
    Row(
        "a poll that ends well",
        """
        http: {url: "${env.BIN}/status/200:1,503:1"}
        poll: {every: 100ms}
        """,
    ),
    Row(
        "a poll that ends in vain",
        """
        http: {url: "${env.BIN}/uuid"}
        poll: {every: 100ms, within: 150ms}
        expect: {json: {$.uuid: none}}
        """,
        fails("poll_expired"),
        "the poll's 150ms passed",
    ),
    Row(
        "a poll whose last attempt was refused",
        """
        http: {url: "${env.BIN}/status/401"}
        poll: {every: 100ms, within: 150ms}
        expect: {json: {$.uuid: none}}
        """,
        fails("auth_rejected"),
    ),
    Row(
        "a poll that is told to stop",
        """
        http: {url: "${env.BIN}/anything", method: POST, json: {state: FAILED}}
        poll: {every: 100ms, stop_if: {json: {$.json.state: FAILED}}}
        expect: {json: {$.json.state: DONE}}
        """,
        fails("assertion"),
        'stop_if holds: json.$.json.state is "FAILED"',
    ),
    Row(
        "a retry that ends well",
        """
        http: {url: "${env.BIN}/status/200:1,503:1"}
        retry: {attempts: 100, reasons: [server_error]}
        """,
    ),
    Row(
        "a retry for another reason",
        """
        http: {url: "${env.BIN}/status/503"}
        retry: {attempts: 100, reasons: [rate_limited]}
        """,
        fails("server_error"),
    ),
)

ROWS = (
    *AUTH,
    *REDIRECTS,
    *COOKIES,
    *ENCODINGS,
    *STATUSES,
    *BODIES,
    *HEADERS,
    *TIME_AND_SIZE,
    *STEPS,
)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
async def test_what_is_said_of(row: Row, bin_url: str) -> None:
    outcome = await outcome_of(document(row.probe), {"BIN": bin_url, **row.variables})
    assert row.told == told(outcome), outcome.message
    assert row.message in (outcome.message or "")


async def test_cookies_are_not_kept_from_run_to_run(bin_url: str) -> None:
    text = document("""
        steps:
          - step: read
            http: {url: "${env.BIN}/cookies"}
            expect: {json: {$.cookies: {empty: true}}}
          - step: set
            http: {url: "${env.BIN}/cookies/set?a=1", redirects: 1}
            expect: {json: {$.cookies: {eq: {a: "1"}}}}
        """)
    async with rig(text, {"BIN": bin_url}) as bench:
        assert [PASS, PASS] == [told(await bench.run()), told(await bench.run())]


@pytest.mark.parametrize(
    ("keys", "attempts"),
    [
        ("retry: {attempts: 4, reasons: [server_error]}", 4),
        ("retry: {attempts: 4, reasons: [timeout, rate_limited]}", 1),
        ("retry: {attempts: 4}", 1),  # by default what the network did, not what the server said
    ],
)
async def test_a_retry_makes_as_many_attempts_as_it_may(keys: str, attempts: int, bin_url: str) -> None:
    outcome = await outcome_of(
        document(f'http: {{url: "${{env.BIN}}/status/503"}}\n{keys}'), {"BIN": bin_url}
    )
    assert (fails("server_error"), attempts) == (told(outcome), outcome.steps[0].attempts)
    assert attempts == len(outcome.steps[0].exchanges)


async def test_steps_end_with_the_first_that_fails_and_clean_ups_run_nevertheless(bin_url: str) -> None:
    text = document("""
        steps:
          - {step: make, http: {url: "${env.BIN}/uuid"}, capture: {id: {json: $.uuid}}}
          - {step: mend, always: true, http: {url: "${env.BIN}/anything/${id}", method: DELETE}}
          - {step: use, http: {url: "${env.BIN}/status/500"}}
          - {step: never, http: {url: "${env.BIN}/uuid"}, capture: {late: {json: $.uuid}}}
          - {step: mend-more, always: true, http: {url: "${env.BIN}/anything/${late}", method: DELETE}}
        """)
    outcome = await outcome_of(text, {"BIN": bin_url})
    assert fails("server_error", "use") == told(outcome)
    assert [
        ("make", None),
        ("use", None),
        ("mend", None),
        ("mend-more", "needs late, which was never captured"),
    ] == [(step.step, step.skipped) for step in outcome.steps]


@pytest.mark.parametrize(
    ("shallow", "deep", "masked"),
    [("200", "500", True), ("503", "500", False), ("200", "200", False), ("503", "200", False)],
)
async def test_a_failure_beside_a_green_health_check_is_masked(
    shallow: str, deep: str, masked: bool, bin_url: str
) -> None:
    text = document(f"""
        shallow: {{http: {{url: "${{env.BIN}}/status/{shallow}"}}}}
        http: {{url: "${{env.BIN}}/status/{deep}"}}
        """)
    async with rig(text, {"BIN": bin_url}) as bench:
        assert masked == (await bench.run()).masked
        assert f'checker_probe_masked{{probe="probe"}} {int(masked)}' in bench.metrics().splitlines()
