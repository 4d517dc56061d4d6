"""Questions to a small real name server, over UDP and TCP, and to ones that misbehave."""

from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from checker.core.facts import Absent, Facts
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.kinds.contract import Observation, StepContext, Tools
from checker.kinds.dns import TYPES, DnsKind, DnsSpec
from checker.secrets.store import SecretStore
from tests.kinds.stepping import attempt, fails, passes, problems, run
from tests.net.loopback import closed_port
from tests.net.scopes import scope_with
from tests.net.zone import answered, naming


def kind() -> DnsKind:
    return DnsKind(Tools(SecretStore({})))


async def seen(name: str, type_: str = "A", **keys: Any) -> Facts:
    async with naming() as (_, server):
        return await attempt(kind(), {"name": name, "type": type_, "server": server, **keys})


def told(facts: Facts) -> dict[str, object]:
    """Return the facts about the answer, with None for those that are missing."""
    values = {name: facts.get(name) for name in ("rcode", "answers", "cname", "authoritative", "ttl")}
    return {name: None if isinstance(value, Absent) else value for name, value in values.items()}


def noerror(*answers: str, ttl: int | None = 60, cname: str | None = None) -> dict[str, object]:
    return {"rcode": "NOERROR", "answers": answers, "cname": cname, "authoritative": True, "ttl": ttl}


@pytest.mark.parametrize(
    ("name", "type_", "expected"),
    [
        ("www.example.org", "A", noerror("203.0.113.7", "203.0.113.8")),
        ("WWW.example.org.", "A", noerror("203.0.113.7", "203.0.113.8")),
        ("www.example.org", "AAAA", noerror("2001:db8::7", ttl=30)),
        ("www.example.org", "MX", noerror(ttl=None)),
        (
            "alias.example.org",
            "A",
            noerror("203.0.113.7", "203.0.113.8", ttl=20, cname="www.example.org"),
        ),
        ("alias.example.org", "CNAME", noerror("cdn.example.org", ttl=20, cname="cdn.example.org")),
        ("example.org", "MX", noerror("10 mx1.example.org", "20 mx2.example.org")),
        ("null.example.org", "MX", noerror("0 .")),
        ("example.org", "TXT", noerror("grün", "v=spf1 include:a. -all")),
        ("example.org", "CAA", noerror('0 issue "ca.example. org."')),
        ("example.org", "SOA", noerror("ns1.example.org host.example.org 1 2 3 4 5")),
        ("_sip._tcp.example.org", "SRV", noerror("0 5 5060 sip.example.org")),
        ("203.0.113.7", "PTR", noerror("www.example.org")),
        ("7.113.0.203.in-addr.arpa", "PTR", noerror("www.example.org")),
        ("bücher.example.org", "A", noerror("203.0.113.9")),
        (
            "no.example.org",
            "A",
            {"rcode": "NXDOMAIN", "answers": (), "cname": None, "authoritative": True, "ttl": None},
        ),
        (
            "dangling.example.org",
            "A",
            {
                "rcode": "NXDOMAIN",
                "answers": (),
                "cname": "gone.example.org",
                "authoritative": True,
                "ttl": None,
            },
        ),
        (
            "failing.example.org",
            "A",
            {"rcode": "SERVFAIL", "answers": None, "cname": None, "authoritative": False, "ttl": None},
        ),
        (
            "elsewhere.example.org",
            "A",
            {"rcode": "NOERROR", "answers": None, "cname": None, "authoritative": False, "ttl": None},
        ),
    ],
)
async def test_what_a_server_says(name: str, type_: str, expected: dict[str, object]) -> None:
    assert expected == told(await seen(name, type_))


async def test_what_is_known_of_the_exchange() -> None:
    facts = await seen("www.example.org")
    timings = facts.get("timings")
    assert isinstance(timings, dict)
    assert {"send", "wait", "receive"} == {
        name for name, spent in timings.items() if isinstance(spent, float)
    }
    assert "127.0.0.1" == facts.get("address")
    assert sum(spent for spent in timings.values() if isinstance(spent, float)) == facts.get("latency")


async def test_an_answer_that_does_not_fit_comes_over_tcp() -> None:
    async with naming() as (served, server):
        trace = Trace()
        context = StepContext("p", "s", scope_with(), trace)
        facts = await attempt(kind(), {"name": "many.example.org", "server": server}, context)
    answers = facts.get("answers")
    assert isinstance(answers, tuple)
    assert (200, ["udp", "tcp"]) == (len(answers), served.asked)
    assert Phase.CONNECT in trace.timings


async def test_a_datagram_that_was_cut_in_the_middle_of_a_record() -> None:
    def cut(query: dns.message.Message) -> bytes:
        response = answered(query)
        response.flags |= dns.flags.TC
        return response.to_wire()[:-7]

    async with naming(cut) as (served, server):
        facts = await attempt(kind(), {"name": "www.example.org", "server": server})
    assert (noerror("203.0.113.7", "203.0.113.8"), ["udp", "tcp"]) == (told(facts), served.asked)


@pytest.mark.parametrize(("recursion", "expected"), [(True, dns.flags.RD), (False, 0)])
async def test_recursion(recursion: bool, expected: int) -> None:
    async with naming() as (served, server):
        spec = {"name": "www.example.org", "server": server, "recursion": recursion}
        await attempt(kind(), spec)
    assert [expected] == [flags & dns.flags.RD for flags in served.flags]


# What becomes of it


EXPECTED: dict[str, dict[str, Any]] = {
    "www": {},
    "alias": {"cname": "www.example.org", "ttl": {"lte": "20s"}, "authoritative": True},
    "no": {"rcode": "NXDOMAIN", "answers": {"empty": True}},
    "failing": {"rcode": ["SERVFAIL", "REFUSED"]},
    "null": {"answers": {"empty": True}},
}


@pytest.mark.parametrize("name", EXPECTED)
async def test_what_passes(tmp_path: Path, name: str) -> None:
    async with naming() as (_, server):
        probe = {"dns": {"name": f"{name}.example.org", "server": server}, "expect": EXPECTED[name]}
        await passes(tmp_path, probe if EXPECTED[name] else {"dns": probe["dns"]})


FAILING: dict[str, tuple[str, dict[str, Any], Reason, str]] = {
    "no such name": ("no", {}, Reason.DNS, 'rcode: expected "NOERROR", saw "NXDOMAIN"'),
    "no such name, whatever else": ("no", {"cname": {"exists": False}}, Reason.DNS, "NXDOMAIN"),
    "a dangling alias": ("dangling", {"cname": "gone.example.org"}, Reason.DNS, "NXDOMAIN"),
    "a failure": ("failing", {}, Reason.DNS, 'rcode: expected "NOERROR", saw "SERVFAIL"'),
    "a refusal": ("refusing", {}, Reason.DNS, 'rcode: expected "NOERROR", saw "REFUSED"'),
    "no record": ("null", {}, Reason.DNS, "null.example.org has no record of the type A"),
    "no record, nor its ttl": ("null", {"ttl": {"lt": "1m"}}, Reason.DNS, "has no record of the type A"),
    "a referral": ("elsewhere", {}, Reason.DNS, "only names other servers that would know"),
    "a referral is no empty answer": (
        "elsewhere",
        {"answers": {"empty": True}},
        Reason.ASSERTION,
        "answers: ",
    ),
    "nor is a failure": (
        "failing",
        {"rcode": "SERVFAIL", "answers": {"none": "203.0.113.66"}},
        Reason.ASSERTION,
        "answered SERVFAIL",
    ),
    "another address": ("www", {"answers": {"contains": "203.0.113.66"}}, Reason.ASSERTION, "answers: "),
    "no alias": ("www", {"cname": {"ends_with": "example.net"}}, Reason.ASSERTION, "is no alias"),
    "too slow": ("www", {"latency": {"lt": "1ms"}, "timings": {"connect": {"lt": "1s"}}}, Reason.SLOW, ""),
    "aliases in a circle": ("round", {}, Reason.PROTOCOL, "sent what is no DNS message"),
}


@pytest.mark.parametrize("name", FAILING)
async def test_what_fails(tmp_path: Path, name: str) -> None:
    asked, expect, reason, message = FAILING[name]
    async with naming() as (_, server):
        probe = {"dns": {"name": f"{asked}.example.org", "server": server}}
        found = await fails(tmp_path, {**probe, "expect": expect} if expect else probe)
    assert reason is found[0]
    assert message in found[1]


async def test_as_a_shallow_check(tmp_path: Path) -> None:
    async with naming() as (_, server):
        shallow = {"dns": {"name": "www.example.org", "server": server}}
        deep = {"tcp": {"host": "127.0.0.1", "port": closed_port()}}
        outcome = await run(tmp_path, {**deep, "shallow": shallow})
    assert (Reason.REFUSED, True) == (outcome.reason, outcome.masked)


# How it is written


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("ns1.example.org:53", ("ns1.example.org", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_servers(written: str, expected: tuple[str, int]) -> None:
    spec = DnsKind.Spec.model_validate({"name": "a", "server": written})
    assert expected == spec.server  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "'name' is missing here"),
        ({"name": "a..b"}, "'a..b' is no name in the DNS"),
        ({"name": 64 * "a" + ".org"}, "is no name in the DNS"),
        ({"name": "a", "type": "ANY"}, "expected A, AAAA, CAA"),
        (
            {"name": "a", "server": "2001:db8::1"},
            "expected a name server such as 192.0.2.1:53 or [2001:db8::1]:53",
        ),
        ({"name": "a", "server": "a:0"}, "expected a name server such as"),
        ({"name": "a", "server": "a:66000"}, "expected a name server such as"),
        ({"name": "a", "server": 53}, "expected host:port, not a whole number"),
        ({"name": "a", "server": "https://dns.example.org"}, "expected a name server such as"),
        ({"name": "a", "recursion": "no"}, "expected true or false"),
    ],
)
def test_what_may_not_be_written(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    (found,) = problems(tmp_path, {"dns": keys})
    assert message in found


def test_every_type_is_one() -> None:
    assert [] == [name for name in TYPES if dns.rdatatype.from_text(name).name != name]
    spec = DnsKind.Spec.model_validate({"name": "a"})
    assert not DnsKind.writes(spec)  # type: ignore[arg-type]


async def test_what_might_have_been_seen_instead() -> None:
    spec = DnsSpec.model_validate({"name": "www.example.org"})
    facts = await seen("www.example.org")
    none, empty = DnsKind.mutations(spec, Observation(facts))
    assert {"rcode": "NXDOMAIN", "answers": ()}.items() <= told(none.see().facts).items()
    assert {"rcode": "NOERROR", "answers": ()}.items() <= told(empty.see().facts).items()
    assert facts.get("address") == empty.see().facts.get("address")
    (left,) = DnsKind.mutations(spec, none.see())
    assert empty.name == left.name
