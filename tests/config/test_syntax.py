"""What is no YAML is explained in words, at the place of the mistake."""

# ruff: noqa: E101 - what is shown to people is as long as it is

import pytest

from tests.config.loading import complaints, told

UNQUOTED_WITHIN_BRACKETS = [
    pytest.param(
        """
        version: 1
        probes: {a: {http: {url: ${env.X}/a}}}
        """,
        """
        2:26: within {} and [] a text with ${…} has to be quoted
          2 | probes: {a: {http: {url: ${env.X}/a}}}
            |                          ^ write "${…}"
        """,
        id="reference",
    ),
    pytest.param(
        """
        version: 1
        probes: {a: {http: {url: http://${env.X}/a}}}
        """,
        """
        2:26: within {} and [] a text with ${…} has to be quoted
          2 | probes: {a: {http: {url: http://${env.X}/a}}}
            |                          ^ write "${…}"
        """,
        id="reference in the middle",
    ),
    pytest.param(
        """
        version: 1
        include: [${env.X}]
        """,
        """
        2:11: within {} and [] a text with ${…} has to be quoted
          2 | include: [${env.X}]
            |           ^ write "${…}"
        """,
        id="reference in a list",
    ),
    pytest.param(
        """
        version: 1
        probes: {a: {capture: {id: {json: $.results[0].id}}}}
        """,
        """
        2:35: within {} and [] a JSONPath with brackets has to be quoted
          2 | probes: {a: {capture: {id: {json: $.results[0].id}}}}
            |                                   ^ write '$.results[…]'
        """,
        id="JSONPath",
    ),
    pytest.param(
        """
        version: 1
        probes: {a: {expect: {json: {$.results[0].id: 1}}}}
        """,
        """
        2:30: within {} and [] a JSONPath with brackets has to be quoted
          2 | probes: {a: {expect: {json: {$.results[0].id: 1}}}}
            |                              ^ write '$.results[…]'
        """,
        id="JSONPath as key",
    ),
    pytest.param(
        """
        version: 1
        probes: {a: {expect: {body: {matches: ^[a-z]{2,8}$}}}}
        """,
        """
        2:39: within {} and [] a text with brackets has to be quoted
          2 | probes: {a: {expect: {body: {matches: ^[a-z]{2,8}$}}}}
            |                                       ^ put it in quotes
        """,
        id="regular expression",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            http: {url: http://h/?a, b}
        """,
        """
        4:30: unknown key 'b'
          4 |     http: {url: http://h/?a, b}
            |                              ^ quote the text before it if the comma is part of it
        """,
        id="comma",
    ),
    pytest.param(
        """
        version: 1
        probes: {a: {description: so: many}}
        """,
        """
        2:29: expected a comma or the end of the brackets
          2 | probes: {a: {description: so: many}}
            |                             ^ quote a text that holds ': '
        """,
        id="colon",
    ),
    pytest.param(
        """
        version: 1
        probes: {a: {http: {url: '${env.X}'/a}}}
        """,
        """
        2:36: text goes on after the closing quote
          2 | probes: {a: {http: {url: '${env.X}'/a}}}
            |                                    ^ put all of it in quotes
        """,
        id="after the quote",
    ),
    pytest.param(
        """
        version: 1
        probes: {a: {http: {url: {{ base }}}}}
        """,
        """
        2:26: expected a text, not a mapping
          2 | probes: {a: {http: {url: {{ base }}}}}
            |                          ^

        2:27: a key has to be a text
          2 | probes: {a: {http: {url: {{ base }}}}}
            |                           ^ quote the text if it holds {} or []
        """,
        id="other templates' braces",
    ),
]


@pytest.mark.parametrize(("text", "expected"), UNQUOTED_WITHIN_BRACKETS)
def test_unquoted_within_brackets(text: str, expected: str) -> None:
    """The mistakes that this format invites."""
    assert told(expected) == complaints(text)


OTHER_MISTAKES = [
    pytest.param(
        """
        version: 1
        probes:
        	a: {}
        """,
        """
        3:1: a tab cannot indent in YAML
          3 |     a: {}
            | ^ use spaces
        """,
        id="tab",
    ),
    pytest.param(
        """
        version: 1
        probes:
          a:
            description: so: many
        """,
        """
        4:20: a text that holds ': ' has to be quoted
          4 |     description: so: many
            |                    ^
        """,
        id="colon in a text",
    ),
    pytest.param(
        """
        version: 1
        include:
          - a: b: c
        """,
        """
        3:9: a text that holds ': ' has to be quoted
          3 |   - a: b: c
            |         ^
        """,
        id="colon in an item",
    ),
    pytest.param(
        """
        version: 1
         probes: {}
        """,
        """
        2:8: this key does not fit here
          2 |  probes: {}
            |        ^ check the indentation, and the line before
        """,
        id="key out of line",
    ),
    pytest.param(
        """
        probes:
            a: {}
          b: {}
        """,
        """
        3:3: expected a key of the mapping that starts in line 1
          3 |   b: {}
            |   ^ check the indentation
        """,
        id="key between levels",
    ),
    pytest.param(
        """
        version: 1
        probes
          a: {}
        """,
        """
        3:4: expected ': ' after a key in the lines before
          3 |   a: {}
            |    ^
        """,
        id="no key",
    ),
    pytest.param(
        """
        version: 1
        probes: 'a
          b: c
        """,
        """
        2:9: this quote is never closed
          2 | probes: 'a
            |         ^
        """,
        id="open quote",
    ),
    pytest.param(
        """
        version: 1
        probes: {a: {b: c}
        x-a: 1
        """,
        """
        2:9: this { is not closed before line 3
          2 | probes: {a: {b: c}
            |         ^
        """,
        id="open brace",
    ),
    pytest.param(
        """
        version: 1
        include: [a
        """,
        """
        2:10: this [ is not closed before line 3
          2 | include: [a
            |          ^
        """,
        id="open bracket at the end",
    ),
    pytest.param(
        """
        include: [a: b: c]
        """,
        """
        1:15: expected a comma or the end of the brackets
          1 | include: [a: b: c]
            |               ^ quote a text that holds ': '
        """,
        id="colon in brackets",
    ),
    pytest.param(
        """
        version: 1
        probes: @a
        """,
        """
        2:9: a text cannot start with '@'
          2 | probes: @a
            |         ^ quote it
        """,
        id="at sign",
    ),
    pytest.param(
        """
        version: 1
        include: [*.yaml]
        """,
        """
        2:11: a text cannot start with '*'
          2 | include: [*.yaml]
            |           ^ quote it
        """,
        id="star",
    ),
    pytest.param(
        """
        version: 1
        probes: &
        """,
        """
        2:9: a text cannot start with '&'
          2 | probes: &
            |         ^ quote it
        """,
        id="ampersand",
    ),
    pytest.param(
        """
        version: 1
        probes: *a
        """,
        """
        2:9: there is no anchor &a before this alias
          2 | probes: *a
            |         ^ quote it if it is a text
        """,
        id="unknown alias",
    ),
    pytest.param(
        r"""
        version: 1
        probes: "\d"
        """,
        r"""
        2:10: there is no escape '\d' in double quotes
          2 | probes: "\d"
            |          ^ use single quotes, which know no escapes
        """,
        id="escape",
    ),
    pytest.param(
        """
        version: 1
        probes: 'a' b
        """,
        """
        2:13: text goes on after the closing quote
          2 | probes: 'a' b
            |             ^ put all of it in quotes
        """,
        id="text after a quote",
    ),
    pytest.param(
        """
        include:
        - a
        version: 1
        - b
        """,
        """
        4:1: expected a key of the mapping that starts in line 1
          4 | - b
            | ^ check the indentation
        """,
        id="key in a list",
    ),
    pytest.param(
        """
        include: - a
        """,
        """
        1:10: a list cannot start here
          1 | include: - a
            |          ^ start it on a line of its own
        """,
        id="list on the key's line",
    ),
    pytest.param(
        """
        include: ? a
        """,
        """
        1:10: a text cannot start with '? '
          1 | include: ? a
            |          ^ quote it
        """,
        id="question mark",
    ),
    pytest.param(
        """
        version: 1
        ]
        """,
        """
        2:1: expected a key of the mapping that starts in line 1
          2 | ]
            | ^ check the indentation
        """,
        id="stray bracket",
    ),
    pytest.param(
        """
        %FOO
        """,
        """
        1:5: this is not valid YAML: found unknown directive name
          1 | %FOO
            |     ^
        """,
        id="anything else",
    ),
]


@pytest.mark.parametrize(("text", "expected"), OTHER_MISTAKES)
def test_other_mistakes(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)
