"""An answer over HTTP as an observation: its facts, and the way to those of any other answer to the same request."""

from functools import partial

from checker.core.facts import Facts
from checker.kinds.contract import Answer, Observation
from checker.net.attempt import Answered
from checker.net.response import MeasuredResponse, pairs_of


def observed(answered: Answered) -> Observation:
    """Return what was seen."""
    return Observation(
        answered.facts, answered=partial(_answer, answered), size=len(answered.response.content)
    )


def _answer(answered: Answered) -> Answer:
    response = answered.response
    return Answer(
        response.status_code,
        tuple(pairs_of(response)),
        response.content,
        partial(_read, answered),
        response.request.method,
    )


def _read(answered: Answered, answer: Answer) -> Facts:
    """Return the facts of an answer that came to the same request over the same connection; raises Trouble."""
    came = answered.response
    response = MeasuredResponse(answer.status, answer.headers, answer.body, dict(came.extensions))
    response.request = came.request
    return answered.read(response)
