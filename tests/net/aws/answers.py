"""What stands in for AWS where a test wants answers that moto does not give."""

from collections.abc import Callable, Mapping
from typing import Any

Answer = Mapping[str, Any] | Exception | Callable[[dict[str, Any]], Mapping[str, Any]]


class Answers:
    """Answers by operation. An exception is raised; a function is called with the parameters."""

    def __init__(self, answers: Mapping[str, Answer], region: str = "") -> None:
        self.answers = answers
        self.region = region
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.regions: list[str] = []

    async def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        self.asked.append((f"{service}:{operation}", parameters))
        self.regions.append(self.region)
        answer = self.answers[operation]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer(parameters) if callable(answer) else answer)

    async def listed(self, service: str, operation: str, result: str, **parameters: Any) -> list[Any]:
        return list((await self.call(service, operation, **parameters))[result])

    def at(self, region: str) -> "Answers":
        other = Answers(self.answers, region)
        other.asked, other.regions = self.asked, self.regions
        return other
