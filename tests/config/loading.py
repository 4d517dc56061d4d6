"""Loads configurations that stand in tests, over the two kinds of `doubles`."""

from textwrap import dedent

import pytest

from checker.config.configuration import Config
from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from tests.config.doubles import KINDS


def loaded(text: str, **environment: str) -> Config:
    """Return the configuration that a text comes to."""
    return load("env:CHECKS", {"CHECKS": told(text) + "\n", **environment}, KINDS.values())


def complaints(text: str, **environment: str) -> str:
    """Return all that is wrong with a text, as it is shown to people; the source's name is cut off."""
    with pytest.raises(InvalidConfiguration) as caught:
        loaded(text, **environment)
    return str(caught.value).replace("env:CHECKS:", "")


def told(text: str) -> str:
    """Return a text without the indentation of the test."""
    return dedent(text).strip("\n")
