"""Reference data: the values that everybody else looks up, which is why its moves are felt everywhere."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.lab.estate.answers import health_route, service

_GENDERS = ("Female", "Male", "Non-binary", "Not stated")
_TITLES = ("Dr", "Miss", "Mr", "Mrs", "Ms", "Mx", "Prof")
_TRUST_CODES = ("RA7", "RB1", "RC9", "RH8", "RJ1", "RK5", "RN3", "RT2", "RW6", "RX4")
_SITES_PER_TRUST = 4

Value = Mapping[str, object]


def reference() -> ASGIApp:
    """Return the service."""
    genders, titles = _plain_values(_GENDERS), _plain_values(_TITLES)
    trusts = {
        code: _value(number, code, f"Trust {code}") for number, code in enumerate(_TRUST_CODES, start=1)
    }
    sites = _sites()

    async def list_genders(_: Request) -> Response:
        return JSONResponse(genders)

    async def list_titles(_: Request) -> Response:
        return JSONResponse(titles)

    async def find_sites(request: Request) -> Response:
        trust, search = (request.query_params.get(name, "") for name in ("trustCode", "searchQuery"))
        return JSONResponse([site for site in sites if _matches(site, trust, search)])

    async def trust_by_code(request: Request) -> Response:
        found = trusts.get(request.path_params["code"])
        if found is None:
            raise HTTPException(404, f"there is no trust {request.path_params['code']}")
        return JSONResponse(found)

    return service(
        [
            health_route("/health", {"status": "UP"}),
            Route("/reference/api/genders", list_genders),
            Route("/reference/api/titles", list_titles),
            Route("/reference/api/sites", find_sites),
            Route("/reference/api/trusts/code/{code}", trust_by_code),
        ]
    )


def _plain_values(labels: tuple[str, ...]) -> list[Value]:
    return [
        _value(number, label.upper().replace(" ", "_"), label) for number, label in enumerate(labels, start=1)
    ]


def _value(number: int, code: str, label: str) -> Value:
    return {"id": number, "code": code, "label": label, "status": "CURRENT"}


def _sites() -> list[Value]:
    return [
        {"siteCode": f"{code}{number:02}", "siteName": f"Site {number} of trust {code}", "trustCode": code}
        for code in _TRUST_CODES
        for number in range(1, _SITES_PER_TRUST + 1)
    ]


def _matches(site: Value, trust: str, search: str) -> bool:
    return trust in {"", site["trustCode"]} and search.lower() in str(site["siteName"]).lower()
