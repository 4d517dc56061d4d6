"""A configuration in several files."""

# ruff: noqa: E501 - files and what is shown to people are as long as they are

from pathlib import Path
from textwrap import dedent

import pytest

from checker.config import globs
from checker.config.configuration import Config
from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from checker.core.regular import IRREGULAR
from tests.config.doubles import KINDS
from tests.config.loading import complaints, told


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))


def read(folder: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> Config:
    write(folder, files)
    monkeypatch.chdir(folder)
    return load("checks.yaml", {"TEAM": "b"}, KINDS.values())


PROBE = "probes: {%s: {http: {url: x}}}\n"


def test_includes_are_relative_to_their_file_and_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = read(
        tmp_path,
        monkeypatch,
        {
            "checks.yaml": "version: 1\ninclude: [teams/*.yaml, 'teams/${env.TEAM}.yaml', shared/s.yaml]\n"
            + PROBE % "main",
            "teams/a.yaml": "include: [../shared/*.yaml]\n" + PROBE % "a",
            "teams/b.yaml": "version: 1\n" + PROBE % "b",
            "teams/readme.md": "not included",
            "shared/s.yaml": PROBE % "s",
        },
    )
    assert ["main", "a", "s", "b"] == [probe.name for probe in config.probes]
    expected = ("checks.yaml", "teams/a.yaml", "shared/s.yaml", "teams/b.yaml")
    assert tuple(tmp_path / name for name in expected) == config.files
    assert tmp_path == config.base_directory


def test_what_one_file_defines_another_may_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = read(
        tmp_path,
        monkeypatch,
        {
            "checks.yaml": """
                version: 1
                include: [more.yaml]
                probes:
                  a: {use: t, depends_on: [b]}
                  c: {steps: [{call: f}, {step: x, http: {url: "${secret.s}"}}]}
            """,
            "more.yaml": """
                secrets: {s: {env: S}}
                templates: {t: {http: {url: x}}}
                flows: {f: {steps: [{http: {url: x}}]}}
                probes: {b: {http: {url: x}}}
            """,
        },
    )
    assert ["a", "c", "b"] == [probe.name for probe in config.probes]
    assert {"s"} == set(config.secrets)


CASES = [
    (
        "a name in two files",
        {
            "checks.yaml": "version: 1\ninclude: [b.yaml]\nprobes: {p: {http: {url: x}}}\nflows: {f: {steps: [{http: {url: x}}]}}\n",
            "b.yaml": "probes: {p: {http: {url: x}}}\nflows: {f: {steps: [{http: {url: x}}]}}\nsecrets: {f: {env: A}}\n",
        },
        """
        b.yaml:1:10: the probe 'p' is defined twice; it is first defined at checks.yaml:3:10
          1 | probes: {p: {http: {url: x}}}
            |          ^

        b.yaml:2:9: the flow 'f' is defined twice; it is first defined at checks.yaml:4:9
          2 | flows: {f: {steps: [{http: {url: x}}]}}
            |         ^
        """,
    ),
    (
        "a circle",
        {
            "checks.yaml": "version: 1\ninclude: [a/*.yaml]\n" + PROBE % "p",
            "a/b.yaml": "include: [c/d.yaml]\n",
            "a/c/d.yaml": "include: [../b.yaml]\n",
        },
        """
        a/c/d.yaml:1:11: these files include each other: a/b.yaml → a/c/d.yaml → a/b.yaml
          1 | include: [../b.yaml]
            |           ^
        """,
    ),
    (
        "itself",
        {"checks.yaml": "version: 1\ninclude: ['*.yaml']\n" + PROBE % "p"},
        """
        checks.yaml:2:11: these files include each other: checks.yaml → checks.yaml
          2 | include: ['*.yaml']
            |           ^
        """,
    ),
    (
        "nothing there",
        {
            "checks.yaml": "version: 1\ninclude: [teams/*.yaml, b.yaml, sub/c.yaml, sub, 3, \"a\\0b\", '']\n"
            + PROBE % "p",
            "sub/c.yaml": "include: [d.yaml]\n",
        },
        """
        checks.yaml:2:11: no file matches 'teams/*.yaml' in the folder of checks.yaml
          2 | include: [teams/*.yaml, b.yaml, sub/c.yaml, sub, 3, "a\\0b", '']
            |           ^

        checks.yaml:2:25: there is no file 'b.yaml' in the folder of checks.yaml
          2 | include: [teams/*.yaml, b.yaml, sub/c.yaml, sub, 3, "a\\0b", '']
            |                         ^

        checks.yaml:2:45: 'sub' is a folder; name the files in it, such as sub/*.yaml
          2 | include: [teams/*.yaml, b.yaml, sub/c.yaml, sub, 3, "a\\0b", '']
            |                                             ^

        checks.yaml:2:50: include wants globs, such as teams/*.yaml
          2 | include: [teams/*.yaml, b.yaml, sub/c.yaml, sub, 3, "a\\0b", '']
            |                                                  ^

        checks.yaml:2:53: there is no file 'a\\x00b' in the folder of checks.yaml
          2 | include: [teams/*.yaml, b.yaml, sub/c.yaml, sub, 3, "a\\0b", '']
            |                                                     ^

        checks.yaml:2:61: include wants globs, such as teams/*.yaml
          2 | include: [teams/*.yaml, b.yaml, sub/c.yaml, sub, 3, "a\\0b", '']
            |                                                             ^

        sub/c.yaml:1:11: there is no file 'd.yaml' in the folder of sub/c.yaml
          1 | include: [d.yaml]
            |           ^
        """,
    ),
    (
        "problems in all files",
        {
            "checks.yaml": "version: 1\ninclude: [a.yaml, b.yaml, c.yaml]\nprobes: {p: {http: {urls: x, url: x}}}\n",
            "a.yaml": "probes: {q: {http: {url: 3}}}\nserver: {}\n",
            "b.yaml": "a: {b\n",
            "c.yaml": "version: 3\nzzz: 1\n",
        },
        """
        a.yaml:1:26: expected a text, not a whole number
          1 | probes: {q: {http: {url: 3}}}
            |                          ^

        a.yaml:2:1: 'server' belongs into the main file, not into an included one
          2 | server: {}
            | ^

        b.yaml:1:4: this { is not closed before line 2
          1 | a: {b
            |    ^

        c.yaml:1:10: the only version is 1
          1 | version: 3
            |          ^ write version: 1

        c.yaml:2:1: unknown key 'zzz'
          2 | zzz: 1
            | ^ known here: aws, defaults, flows, include, probes, secrets, server, templates, version, x-…

        checks.yaml:3:21: unknown key 'urls'
          3 | probes: {p: {http: {urls: x, url: x}}}
            |                     ^ did you mean 'url'?
        """,
    ),
    (
        "a template's mistake in another file",
        {
            "checks.yaml": "version: 1\ninclude: [t.yaml]\nprobes:\n  p: {use: t, with: {n: 1}}\n  q: {use: t, with: {n: x}}\n",
            "t.yaml": "templates: {t: {params: [n], timeout: '${param.n}s', http: {url: x}}}\n",
        },
        """
        t.yaml:1:39: 'xs' is not a duration; write a number and ms, s, m, h or d, such as 30s (in q)
          1 | templates: {t: {params: [n], timeout: '${param.n}s', http: {url: x}}}
            |                                       ^
        """,
    ),
]


@pytest.mark.parametrize(("files", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_problems(
    files: dict[str, str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read(tmp_path, monkeypatch, files)
    assert told(expected) == str(caught.value)


def test_the_depth_of_includes_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"f{index}.yaml": f"include: [f{index + 1}.yaml]\n" for index in range(20)}
    with pytest.raises(InvalidConfiguration, match="includes files more than 16 levels deep"):
        read(
            tmp_path,
            monkeypatch,
            {"checks.yaml": "version: 1\ninclude: [f0.yaml]\n" + PROBE % "p", **files, "f20.yaml": ""},
        )


def test_the_number_of_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.config.files._MOST_FILES", 3)
    files = {f"d/f{index}.yaml": PROBE % f"p{index}" for index in range(3)}
    with pytest.raises(InvalidConfiguration, match="includes more than 3 files in all"):
        read(
            tmp_path, monkeypatch, {"checks.yaml": "version: 1\ninclude: [d/*.yaml]\n" + PROBE % "p", **files}
        )


def test_an_included_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidConfiguration) as caught:
        read(
            tmp_path,
            monkeypatch,
            {
                "checks.yaml": "version: 1\ninclude: [d/*.yaml]\n" + PROBE % "p",
                "d/large.yaml": "#" * ((1 << 20) + 1),
            },
        )
    expected = """
        checks.yaml:2:11: d/large.yaml: larger than 1 MiB; split it with include
          2 | include: [d/*.yaml]
            |           ^
    """
    assert told(expected) == str(caught.value)


def test_files_that_cannot_be_used_can_be_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that mending any of them is noticed."""
    with pytest.raises(InvalidConfiguration) as caught:
        read(tmp_path, monkeypatch, {"checks.yaml": "version: 1\ninclude: [b.yaml]\n", "b.yaml": "a: {b\n"})
    assert (tmp_path / "checks.yaml", tmp_path / "b.yaml") == caught.value.files


def test_a_glob_that_would_walk_the_whole_disk_is_refused_at_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(globs, "MOST_LOOKED_AT", 3)
    with pytest.raises(InvalidConfiguration) as caught:
        read(
            tmp_path,
            monkeypatch,
            {"checks.yaml": 'version: 1\ninclude: ["**/*.yaml"]\n' + PROBE % "a", "b.txt": "", "c.txt": ""},
        )
    assert told("""
        checks.yaml:2:11: to search for this means to look at more than 3 files and folders
          2 | include: ["**/*.yaml"]
            |           ^ name the folder, such as teams/*.yaml
        """) == str(caught.value)


def test_what_is_there_but_no_file() -> None:
    text = "version: 1\ninclude: [/dev/null, ../]\n" + PROBE % "p"
    told = complaints(text)
    assert f"'/dev/null': {IRREGULAR}" in told
    assert "'../' is a folder; name the files in it, such as ../*.yaml" in told
