"""Whole probes over a real server: what they would notice, what not, where, and what to write."""

import asyncio
import json
from pathlib import Path

import pytest

from checker.app import once, prove
from checker.core.reason import Reason, Result
from checker.proving.proof import Fate
from tests.proving.serving import ROUTES, fate, found, holes, proof_of, proven, serving

GOOD = """
probes:
  works:
    steps:
      - step: search
        http: {url: "${env.URL}/works"}
        expect:
          json:
            $.totalResults: {gte: 1}
            $.results[*].id: {every: {matches: "^[a-z0-9]{8}$"}}
        capture: {id: {json: "$.results[0].id"}}
      - step: open
        http: {url: "${env.URL}/works/${id}"}
        expect: {json: {$.id: "${id}", $.type: Work}}
"""


def test_a_good_probe_notices_everything(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, GOOD)
    assert ([], "") == (holes(proof), proof.trouble)
    passed = {one.mutation.name for one in proof.tried if one.fate is not Fate.CAUGHT}
    assert {"cache_hit"} == passed
    assert len(proof.tried) - 2 == proof.caught
    expected = {"status_500", "status_401", "status_429", "empty_body", "login_page", "error_document"}
    expected |= {"truncated", "null", "dropped", "other_type", "emptied", "zero", "empty_list", "delay"}
    assert expected == {one.mutation.name for one in proof.tried} - passed


def test_who_noticed_is_told_with_its_line(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, GOOD)
    page = found(proof, "login_page", step="search").catch
    assert page is not None
    assert ("search", Reason.UNDECODABLE, "json.$.totalResults", "gte") == (
        page.step,
        page.reason,
        page.subject,
        page.operator,
    )
    assert str(page.place).endswith("checks.yaml:10:13")
    assert "the body is an HTML page, not JSON: 'Sign in'" in page.message
    late = found(proof, "delay", step="open").catch
    assert late is not None
    assert (Reason.TIMEOUT, "", "checks.yaml:14:9") == (
        late.reason,
        late.subject,
        Path(str(late.place)).name,
    )


def test_a_status_that_goes_without_saying_is_of_the_request(tmp_path: Path) -> None:
    refused = found(proof_of(tmp_path, GOOD), "status_401", step="open").catch
    assert refused is not None
    assert ("status", Reason.AUTH_REJECTED) == (refused.subject, refused.reason)
    assert str(refused.place).endswith("checks.yaml:15:9")


def test_what_is_noticed_two_steps_later_is_noticed(tmp_path: Path) -> None:
    """The value that is captured is another one, which only the next step compares with what came."""
    text = GOOD.replace('            $.results[*].id: {every: {matches: "^[a-z0-9]{8}$"}}\n', "")
    catch = found(proof_of(tmp_path, text), "other_type", "json.$.results[0].id").catch
    assert catch is not None
    assert ("open", "json.$.id") == (catch.step, catch.subject)


def test_what_only_the_next_server_could_judge_is_not_told(tmp_path: Path) -> None:
    text = """
probes:
  works:
    steps:
      - step: search
        http: {url: "${env.URL}/works"}
        expect: {json: {$.totalResults: {gte: 1}}}
        capture: {id: {json: "$.results[0].id"}}
      - step: open
        http: {url: "${env.URL}/works/${id}"}
        expect: {json: {$.type: Work}}
"""
    proof = proof_of(tmp_path, text)
    assert Fate.UNTOLD is fate(proof, "other_type", "json.$.results[0].id")
    assert Fate.CAUGHT is fate(proof, "null", "json.$.results[0].id")
    missing = found(proof, "null", "json.$.results[0].id").catch
    assert missing is not None
    assert (Reason.CAPTURE_MISSING, "checks.yaml:9:19") == (missing.reason, Path(str(missing.place)).name)
    assert [] == holes(proof)


def test_a_status_alone_lets_everything_else_pass(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, 'probes: {p: {http: {url: "${env.URL}/works"}}}\n')
    everything = ["an empty body", "a login page in HTML", 'an error, as {"error": …}']
    everything += ["a body cut off in the middle", "an empty list at $.results"]
    assert [(what, "2:14") for what in everything] == holes(proof)
    remedies = {one.remedy.text for one in proof.holes if one.remedy}
    assert {"expect.json.$.results: {length: {gte: 1}}"} == remedies


@pytest.mark.parametrize(
    ("expect", "what", "place", "remedy"),
    [
        (
            "{json: {$.totalResults: {gte: 1}}}",
            "an empty list at $.results",
            "5:14",
            "expect.json.$.results: {length: {gte: 1}}",
        ),
        (
            "{json: {$.totalResults: {exists: true}, $.results: {length: {gte: 1}}}}",
            "0 at $.totalResults",
            "5:21",
            "expect.json.$.totalResults: {gte: 1}",
        ),
        (
            "{json: {$.type: {ne: Error}, $.results: {length: {gte: 1}}}}",
            "null at $.type",
            "5:21",
            "expect.json.$.type: {empty: false}",
        ),
        (
            "{status: [200, 500], json: {'$.results[0].id': a2239muq}}",
            "a status of 500",
            "5:14",
            "expect.status: 200",
        ),
    ],
)
def test_a_hole_has_its_line_and_what_to_write(
    tmp_path: Path, expect: str, what: str, place: str, remedy: str
) -> None:
    text = 'probes:\n  p:\n    http: {url: "${env.URL}/works"}\n    expect: '
    proof = proof_of(tmp_path, f"{text}{expect}\n")
    assert (what, place) in holes(proof)
    (hole,) = [one for one in proof.holes if one.mutation.what == what]
    assert hole.remedy is not None
    assert remedy == hole.remedy.text


def test_what_is_written_closes_the_hole(tmp_path: Path) -> None:
    weak = 'probes: {p: {http: {url: "${env.URL}/works"}, expect: {json: {$.totalResults: {gte: 1}}}}}\n'
    assert 1 == len(holes(proof_of(tmp_path, weak)))
    better = weak.replace("{gte: 1}", "{gte: 1}, $.results: {length: {gte: 1}}")
    assert [] == holes(proof_of(tmp_path, better))


def test_a_work_that_was_opened_by_its_id_is_expected_to_have_it(tmp_path: Path) -> None:
    text = GOOD.replace('        expect: {json: {$.id: "${id}", $.type: Work}}\n', "")
    proof = proof_of(tmp_path, text)
    assert {"expect.json.$.id: ${id}"} == {one.remedy.text for one in proof.holes if one.remedy}


def test_a_page_can_only_be_told_by_somebody_who_knows_it(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, 'probes: {p: {http: {url: "${env.URL}/page"}}}\n')
    assert ["an empty body", "a login page in HTML"] == [what for what, _ in holes(proof)]
    assert {"expect.body: {contains: …}"} == {one.remedy.text for one in proof.holes if one.remedy}
    assert Fate.PASSED is fate(proof, "truncated")


def test_where_nothing_is_answered_something_may_be(tmp_path: Path) -> None:
    text = 'probes: {p: {http: {url: "${env.URL}/gone"}}}\n'
    (page,) = proof_of(tmp_path, text).holes
    assert page.remedy is not None
    assert ("a login page in HTML", "expect.status: 204") == (page.mutation.what, page.remedy.text)
    assert [] == holes(proof_of(tmp_path, text.replace('gone"}', 'gone"}, expect: {status: 204}')))
    (page,) = proof_of(tmp_path, text.replace("gone", "quiet")).holes
    assert page.remedy is not None
    assert "expect.size: 0" == page.remedy.text


def test_an_error_that_is_expected_may_come_as_it_likes(tmp_path: Path) -> None:
    text = 'probes: {p: {http: {url: "${env.URL}/works", cache: bypass}, expect: {status: 5xx}}}\n'
    proof = proof_of(tmp_path, text)
    assert "did not pass" in proof.trouble


def test_a_warning_is_not_enough(tmp_path: Path) -> None:
    text = """
probes:
  p:
    http: {url: "${env.URL}/works"}
    expect: {json: {$.totalResults: {gte: 1}}}
    warn: {json: {$.results: {length: {gte: 1}}}}
"""
    proof = proof_of(tmp_path, text)
    (hole,) = proof.holes
    assert (Fate.WARNED, "empty_list") == (hole.fate, hole.mutation.name)
    assert hole.catch is not None
    assert ("json.$.results", "checks.yaml:7:19") == (hole.catch.subject, Path(str(hole.catch.place)).name)


def test_what_a_clean_up_sees_takes_no_path_down(tmp_path: Path) -> None:
    text = """
probes:
  p:
    effects: none
    steps:
      - step: look
        http: {url: "${env.URL}/works/a2239muq"}
        expect: {json: {$.type: Work}}
      - step: clean-up
        always: true
        http: {url: "${env.URL}/works", method: DELETE}
"""
    proof = proof_of(tmp_path, text)
    assert [] == holes(proof)
    assert Fate.PASSED is fate(proof, "empty_body", step="clean-up")
    assert Fate.CAUGHT is fate(proof, "status_500", step="clean-up")
    caught = found(proof, "status_500", step="clean-up").catch
    assert caught is not None
    assert ("clean-up", "status") == (caught.step, caught.subject)


def test_a_poll_is_waited_for_to_its_end_in_no_time(tmp_path: Path) -> None:
    text = """
probes:
  p:
    timeout: 50m
    interval: 1h
    http: {url: "${env.URL}/works"}
    poll: {every: 1s, within: 40m}
    expect: {json: {$.totalResults: 2, $.results: {length: 2}}}
"""
    proof = proof_of(tmp_path, text)
    assert [] == holes(proof)
    catch = found(proof, "zero", "json.$.totalResults").catch
    assert catch is not None
    assert Reason.POLL_EXPIRED is catch.reason


def test_expectations_know_the_recorded_run(tmp_path: Path) -> None:
    """Its id, its time, its secrets: what was answered to it is still right when it is played again."""
    routes = dict(ROUTES)

    class Echo(dict[str, object]):
        def __getitem__(self, path: str) -> object:
            return {"run": path.rpartition("/")[2], "key": "hunter2-hunter2"}

    text = """
secrets: {key: {env: KEY}}
probes:
  p:
    http: {url: "${env.URL}/runs/${run.id}"}
    expect: {json: {$.run: "${run.id}", $.key: "${secret.key}"}}
"""
    proof = proof_of(tmp_path, text, Echo(routes), KEY="hunter2-hunter2")
    assert ([], "") == (holes(proof), proof.trouble)
    assert "hunter2" not in repr(proof.tried)


@pytest.mark.parametrize("each", ["", ", each_address: true, same: [{json: $.totalResults}]"])
def test_a_large_answer_is_judged_in_virtual_time_too(tmp_path: Path, each: str) -> None:
    """Real runs judge it beside the loop, in a thread: a virtual clock would not wait for that."""
    results = [{"id": f"a{number:07}", "title": "x" * 100} for number in range(500)]
    url = 'url: "${env.URL}/works"' + each
    expect = '{json: {$.totalResults: {gte: 1}, "$.results[*].id": {every: {matches: "^a[0-9]{7}$"}}}}'
    text = f"probes: {{p: {{http: {{{url}}}, expect: {expect}}}}}\n"
    proof = proof_of(tmp_path, text, {"/works": {"totalResults": 500, "results": results}})
    assert ([], "") == (holes(proof), proof.trouble)
    caught = {one.catch.reason for one in proof.tried if one.catch and one.mutation.name == "zero"}
    assert {Reason.ASSERTION} == caught


def test_one_address_of_several_is_enough_to_notice(tmp_path: Path) -> None:
    text = """
probes:
  p:
    http:
      url: ${env.URL}/works
      each_address: true
      same: [{json: $.totalResults}]
    expect: {json: {$.totalResults: {exists: true}}}
"""
    proof = proof_of(tmp_path, text)
    catch = found(proof, "null", "json.$.totalResults").catch
    assert catch is not None
    assert ("json.$.totalResults", "checks.yaml:9:21") == (catch.subject, Path(str(catch.place)).name)
    assert {"an empty list at $.results, from one address"} <= {what for what, _ in holes(proof)}


def test_a_run_that_did_not_pass_proves_nothing(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, 'probes: {p: {http: {url: "${env.URL}/page"}, expect: {json: {$.a: 1}}}}\n')
    assert Result.FAIL is proof.outcome.result
    assert proof.trouble.startswith("the run itself did not pass: json.$.a")
    assert () == proof.tried == proof.holes


def test_one_that_is_not_the_same_again_proves_nothing(tmp_path: Path) -> None:
    """A recording that is not whole cannot be played again, and must not look as if everything were noticed."""
    with serving() as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        (tmp_path / "checks.yaml").write_text(f"version: 1\n{GOOD}")
        begun = prove.begin(str(tmp_path / "checks.yaml"), {"URL": url}, once.Choice())
        ran = asyncio.run(prove.record(begun, lambda _: None))
    del begun.recordings[0].seen[1]
    (proof,) = prove.prove(begun, ran)
    assert "played again as it was, the run does not pass: the step was not reached" in proof.trouble


WORKS_PROBE = 'probes: {p: {http: {url: "${env.URL}/works"}, expect: {%s, json: {$.results: {length: 2}}}}}\n'


def test_a_number_that_must_not_be_too_large_may_be_none(tmp_path: Path) -> None:
    expected = "latency: {lt: 5s}, headers: {content-type: {matches: json}}"
    proof = proof_of(tmp_path, WORKS_PROBE % expected)
    assert [] == holes(proof)
    assert {"huge"} == {one.mutation.name for one in proof.tried if one.mutation.subject == "latency"}
    assert Fate.CAUGHT is fate(proof, "dropped", "headers.content-type")


def test_a_fact_of_which_anything_is_fine(tmp_path: Path) -> None:
    proof = proof_of(tmp_path, WORKS_PROBE % "size: {gte: 0}")
    assert {"zero", "huge"} == {one.mutation.name for one in proof.holes}


def test_an_old_time_where_nobody_asks_for_a_new_one(tmp_path: Path) -> None:
    routes = {"/works": {"updatedAt": "2999-01-01T00:00:00Z"}}
    text = (
        'probes: {p: {http: {url: "${env.URL}/works"}, expect: {json: {$.updatedAt: {starts_with: "2"}}}}}\n'
    )
    old = found(proof_of(tmp_path, text, routes), "old_timestamp", "json.$.updatedAt")
    assert old.remedy is not None
    assert (Fate.PASSED, False) == (old.fate, old.hole)
    assert "expect.json.$.updatedAt: {newer_than: 1d}" == old.remedy.text
    newer = text.replace('{starts_with: "2"}', "{newer_than: 1d}")
    assert Fate.CAUGHT is fate(proof_of(tmp_path, newer, routes), "old_timestamp", "json.$.updatedAt")


def test_several_probes_are_proven_in_their_order(tmp_path: Path) -> None:
    with serving() as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        text = json.dumps({"probes": {name: {"http": {"url": f"{url}/works"}} for name in ("b", "a")}})
        path = tmp_path / "checks.yaml"
        proofs = proven(path, text[1:-1].replace('"probes": ', "probes: "))
    assert ["b", "a"] == [proof.probe for proof in proofs]
