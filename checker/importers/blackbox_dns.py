"""The prober `dns` of blackbox_exporter → the kind `dns`."""

import re
from typing import Any

from checker.importers.blackbox_parts import address, ip_version
from checker.importers.expecting import Expectations
from checker.importers.notes import Notes
from checker.importers.parts import Part
from checker.kinds.dns import TYPES

_OF_WHOLE_RECORDS = re.compile(r"\\t|\t|\\s|\bIN\b|\^|\\b|\\S")
_LEADING = re.compile(r"^\^?(?:\.\*)+")


def dns_probe(settings: Part, target: str, notes: Notes) -> dict[str, Any] | None:
    """Return the keys of a probe for a module and a target, a name server; None, with a note, where there is none."""
    where = address(target)
    if where is None or settings.flag_at("dns_over_tls"):
        notes.lost("DNS over TLS, which no probe speaks" if where else f"{target}, which is no name server")
        settings.whole()
        return None
    host, port = where
    server = f"[{host}]" if ":" in host else host
    spec: dict[str, Any] = {"name": settings.need("query_name").text().rstrip(".") or "."}
    spec |= {"type": _type(settings, notes), "server": f"{server}:{port}" if port else server}
    if not settings.flag_at("recursion_desired", default=True):
        spec["recursion"] = False
    _transport(settings, notes)
    expect = Expectations()
    codes = settings.texts_at("valid_rcodes")
    if codes:
        expect.add(codes if len(codes) > 1 else codes[0], "rcode")
    _answers(settings.get("validate_answer_rrs"), expect, notes)
    for section in ("validate_authority_rrs", "validate_additional_rrs"):
        if settings.get(section) is not None:
            notes.lost(f"{section}: only the answers are seen")
            settings.ignore(section)
    made = expect.written()
    return {"dns": spec, **({"expect": made} if made else {})}


def _type(settings: Part, notes: Notes) -> str:
    kind = settings.text_at("query_type", "ANY")
    if kind not in TYPES:
        notes.lost(f"query_type {kind[:20]}, which cannot be asked for; A is")
        return "A"
    return kind


def _transport(settings: Part, notes: Notes) -> None:
    if settings.text_at("transport_protocol", "udp") != "udp":
        notes.lost(
            "transport_protocol: the question goes over UDP, and over TCP where the answer is too long"
        )
    if settings.text_at("query_class", "IN") != "IN":
        notes.lost("query_class: the class is IN")
    if ip_version(settings):
        notes.lost("ip_protocol_fallback: any address of the name server is asked")


def _answers(rules: Part | None, expect: Expectations, notes: Notes) -> None:
    if rules is None:
        return
    for pattern in _patterns(rules, "fail_if_matches_regexp", notes):
        expect.add({"none": {"matches": pattern}}, "answers")
    for pattern in _patterns(rules, "fail_if_not_matches_regexp", notes):
        expect.add({"every": {"matches": pattern}}, "answers")
    some = _patterns(rules, "fail_if_none_matches_regexp", notes)
    if some:
        expect.add(
            {"any": {"any_of": [{"matches": each} for each in some]} if some[1:] else {"matches": some[0]}},
            "answers",
        )
    if rules.get("fail_if_all_match_regexp") is not None:
        notes.lost("fail_if_all_match_regexp: what it says and what it does are opposites")


def _patterns(rules: Part, option: str, notes: Notes) -> list[str]:
    """Return patterns that can be held against a record's data; there the whole record is the text."""
    kept = []
    for pattern in rules.texts_at(option):
        bare = _LEADING.sub("", pattern)
        if _OF_WHOLE_RECORDS.search(bare):
            notes.lost(f"{option} {pattern}: it is about the whole record, of which only the data is seen")
        else:
            kept.append(bare)
    return kept
