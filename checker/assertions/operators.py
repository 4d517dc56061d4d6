"""All operators: their names, what they take, on what they work, and how they read.

One table, from which matchers are compiled, checks.yaml is validated and its JSON Schema is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from checker.core.facts import Unit


class Takes(StrEnum):
    """What an operator's operand is."""

    VALUE = "a value"
    VALUES = "a list of values"
    ORDERED = "a number or a timestamp"
    PAIR = "a list of two numbers or timestamps, the lower first"
    ITEM = "a text or a value, not empty"
    TEXT = "a text, not empty"
    PATTERN = "a regular expression"
    FLAG = "true or false"
    KINDS = "a type, or a list of types"
    DURATION = "a duration"
    SUBSET = "a mapping or a list, not empty"
    SCHEMA = "a JSON Schema, or the name of its file"
    MATCHER = "a matcher"
    MATCHERS = "a list of matchers"


_EVERYWHERE = tuple(Unit)
_PLAIN = (Unit.PLAIN,)
_TIMES = (Unit.PLAIN, Unit.TIMESTAMP)


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator. `phrase` follows "expected", with `{}` for the operand; `wants` is what it can judge."""

    name: str
    takes: Takes
    units: tuple[Unit, ...]
    phrase: str
    wants: str
    description: str


_ALL = (
    Operator(
        "eq",
        Takes.VALUE,
        _EVERYWHERE,
        "{}",
        "of the same type",
        "Equals, types included: true is not 1, but 1 is 1.0.",
    ),
    Operator(
        "ne",
        Takes.VALUE,
        _EVERYWHERE,
        "anything but {}",
        "a value",
        "Does not equal. Holds on null and on other types, but not on what is missing.",
    ),
    Operator("lt", Takes.ORDERED, _EVERYWHERE, "< {}", "a number or a timestamp", "Less than."),
    Operator("lte", Takes.ORDERED, _EVERYWHERE, "<= {}", "a number or a timestamp", "Less than or equal to."),
    Operator("gt", Takes.ORDERED, _EVERYWHERE, "> {}", "a number or a timestamp", "Greater than."),
    Operator(
        "gte", Takes.ORDERED, _EVERYWHERE, ">= {}", "a number or a timestamp", "Greater than or equal to."
    ),
    Operator(
        "between",
        Takes.PAIR,
        _EVERYWHERE,
        "between {}",
        "a number or a timestamp",
        "Within two bounds, both included.",
    ),
    Operator(
        "in", Takes.VALUES, _EVERYWHERE, "one of {}", "of one of these types", "Equals one of the values."
    ),
    Operator(
        "not_in",
        Takes.VALUES,
        _EVERYWHERE,
        "none of {}",
        "a value",
        "Equals none of the values. Holds on null and on other types, but not on what is missing.",
    ),
    Operator(
        "contains",
        Takes.ITEM,
        _PLAIN,
        "to contain {}",
        "a text or a list with something in it",
        "A text that the operand is a part of, or a list that it is an item of.",
    ),
    Operator(
        "not_contains",
        Takes.ITEM,
        _PLAIN,
        "not to contain {}",
        "a text or a list with something in it",
        "A text that the operand is no part of, or a list that it is no item of.",
    ),
    Operator(
        "starts_with",
        Takes.TEXT,
        _PLAIN,
        "to start with {}",
        "a text with something in it",
        "A text that begins with the operand.",
    ),
    Operator(
        "ends_with",
        Takes.TEXT,
        _PLAIN,
        "to end with {}",
        "a text with something in it",
        "A text that ends with the operand.",
    ),
    Operator(
        "matches",
        Takes.PATTERN,
        _PLAIN,
        "to match {}",
        "a text with something in it",
        "A text in which the regular expression (RE2) is found; anchor it with ^ and $ for the whole text.",
    ),
    Operator(
        "not_matches",
        Takes.PATTERN,
        _PLAIN,
        "not to match {}",
        "a text with something in it",
        "A text in which the regular expression (RE2) is not found.",
    ),
    Operator(
        "exists",
        Takes.FLAG,
        _EVERYWHERE,
        "to exist",
        "a value, nor is it missing",
        "true: it is there, and not null. false: the document was decoded and does not have it.",
    ),
    Operator(
        "empty",
        Takes.FLAG,
        _PLAIN,
        "to be empty",
        "a text, a list or an object",
        "Whether a text, a list or an object has nothing in it.",
    ),
    Operator(
        "length",
        Takes.MATCHER,
        _PLAIN,
        "length {}",
        "a text, a list or an object",
        "The number of characters, items or keys, held against a matcher.",
    ),
    Operator(
        "type",
        Takes.KINDS,
        _PLAIN,
        "type {}",
        "a value",
        "Of this type: string, number, integer, boolean, array, object or null; or of one of several.",
    ),
    Operator(
        "newer_than",
        Takes.DURATION,
        _TIMES,
        "newer than {}",
        "a timestamp with a zone",
        "A timestamp (RFC 3339, an HTTP date or seconds since 1970) less than this long ago, or in the future.",
    ),
    Operator(
        "older_than",
        Takes.DURATION,
        _TIMES,
        "older than {}",
        "a timestamp with a zone",
        "A timestamp (RFC 3339, an HTTP date or seconds since 1970) more than this long ago.",
    ),
    Operator(
        "every",
        Takes.MATCHER,
        _PLAIN,
        "every item {}",
        "a list with items",
        "All items of a list match; a list without items cannot be told.",
    ),
    Operator(
        "any",
        Takes.MATCHER,
        _PLAIN,
        "an item {}",
        "a list with items",
        "At least one item of a list matches; a list without items cannot be told.",
    ),
    Operator(
        "none",
        Takes.MATCHER,
        _PLAIN,
        "no item {}",
        "a list",
        "No item of a list matches; it may have no items.",
    ),
    Operator(
        "includes",
        Takes.SUBSET,
        _PLAIN,
        "to include {}",
        "an object or a list with something in it",
        "A superset: of an object every key named here, of a list every item, in any order and at any depth.",
    ),
    Operator(
        "schema",
        Takes.SCHEMA,
        _PLAIN,
        "to fit {}",
        "a value for a schema",
        "Valid by a JSON Schema, inline or in a JSON file beside checks.yaml; it must name a type.",
    ),
    Operator(
        "not",
        Takes.MATCHER,
        _EVERYWHERE,
        "not ({})",
        "what its matcher can judge",
        "The matcher misses; what it cannot tell stays so.",
    ),
    Operator(
        "any_of",
        Takes.MATCHERS,
        _EVERYWHERE,
        "any of ({})",
        "what one of its matchers can judge",
        "At least one of the matchers holds.",
    ),
    Operator(
        "all_of",
        Takes.MATCHERS,
        _EVERYWHERE,
        "all of ({})",
        "what its matchers can judge",
        "All of the matchers hold.",
    ),
)

OPERATORS: Mapping[str, Operator] = {operator.name: operator for operator in _ALL}


def operators_of(unit: Unit) -> tuple[Operator, ...]:
    """Return the operators that a fact of this unit takes."""
    return tuple(operator for operator in _ALL if unit in operator.units)
