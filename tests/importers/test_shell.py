"""The words of a script, as a POSIX shell and bash read them."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.importers.notes import Unusable, reference
from checker.importers.secrets import Secrets
from checker.importers.shell import commands


def words(text: str) -> list[tuple[str, ...]]:
    return [command.words for command in commands(text, "in", Secrets())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b  c", [("a", "b", "c")]),
        ("a 'b c' \"d e\" f\\ g", [("a", "b c", "d e", "f g")]),
        ("a '' \"\"", [("a", "", "")]),
        ("a \\\n  b\nc", [("a", "b"), ("c",)]),
        ("a \\\r\n b\r\nc", [("a", "b"), ("c",)]),
        ('a "b\\\nc"', [("a", "bc")]),
        ("# no\na # b\nc#d", [("a",), ("c#d",)]),
        ("a; b && c | d &", [("a",), ("b",), ("c",), ("d",)]),
        ("a > out b 2>&1 c < in", [("a", "b", "c")]),
        ("a &> out", [("a",)]),
        ('a "b \\"c\\" \\$d \\x"', [("a", 'b "c" $d \\x')]),
        ("a 'b'\\''c'", [("a", "b'c")]),
        ("a $'b\\nc\\x41\\u00e9\\'\\101\\q'", [("a", "b\ncAé'Aq")]),
        ("a $'\\ud800'", [("a", "\ufffd")]),
        ("a $ $5", [("a", "$", "$5")]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[tuple[str, ...]]) -> None:
    assert expected == words(text)


def test_variables_are_references_but_not_within_single_quotes() -> None:
    made = reference("secret.token")
    assert [("a", made, f"b {made} c", "$TOKEN")] == words("a $TOKEN \"b ${TOKEN} c\" '$TOKEN'")


def test_lines_are_counted() -> None:
    text = "a \\\n b\n\n c\n"
    assert [1, 4] == [command.line for command in commands(text, "in", Secrets())]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\nb 'c", "in:2:3: this quote is never closed"),
        ('a "b', "in:1:3: this quote is never closed"),
        ("a $'b", "in:1:3: this quote is never closed"),
        ("a \\", "in:1:3: a backslash at the very end"),
        ("a $(b)", "in:1:3: what a shell would work out cannot be imported"),
        ("a `b`", "in:1:3: what a shell would work out cannot be imported"),
        ('a "${b:-c}"', "in:1:4: what a shell would work out cannot be imported"),
        ("a <<EOF", "in:1:4: a here-document cannot be imported"),
        ("a \ufdd0", "in:1:3: this is no text"),
    ],
)
def test_what_only_a_shell_could_tell_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unusable) as caught:
        words(text)
    assert str(caught.value).startswith(why)


PIECES = st.lists(
    st.sampled_from(["a", " ", "'b c'", '"d e"', "\\ ", "\\\n", "$'f\\ng'", '"\\$h"', "''", "--i=j", "é"]),
    max_size=12,
)


@pytest.mark.needs("bash")
def test_words_are_those_of_bash() -> None:
    @given(PIECES)
    def hold(pieces: list[str]) -> None:
        line = "x " + "".join(pieces)
        script = f'f() {{ printf "%s\\0" "$@"; }}; f {line}\n'
        seen = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout.decode()
        assert [tuple(seen.split("\0")[:-1])] == words(line)

    hold()
