"""The closed list of faults. Each is what somebody really did, not a switch inside a service.

Whether a fault is on is read off the estate and not remembered: a restart by hand that heals it, heals it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from checker.lab.estate.consumers import CONSUMERS
from checker.lab.estate.errors import UnknownNameError
from checker.lab.estate.fleet import OLD_REFERENCE, Fleet
from checker.lab.estate.upload import CLIENT_ID


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that can be switched on and off.

    `choices` are the services that it can be aimed at, the default first; empty where there is nothing to
    choose. `affected` returns the services that suffer from it now.
    """

    name: str
    description: str
    switch_on: Callable[[Fleet, str], None]
    switch_off: Callable[[Fleet, str], None]
    affected: Callable[[Fleet], tuple[str, ...]]
    choices: tuple[str, ...] = ()

    def switch(self, fleet: Fleet, *, on: bool, which: str | None) -> None:
        """Switch it; `which` is one of `choices`. Off without `which` mends all that are affected."""
        if which is not None and which not in self.choices:
            raise UnknownNameError(f"choice for {self.name}", which, self.choices or ("none",))
        if on:
            self.switch_on(fleet, which or next(iter(self.choices), ""))
        else:
            for service in self.affected(fleet) if which is None else (which,):
                self.switch_off(fleet, service)

    def view(self, fleet: Fleet) -> dict[str, object]:
        """Return the fault as the control endpoint shows it."""
        affected = self.affected(fleet)
        return {
            "name": self.name,
            "description": self.description,
            "on": bool(affected),
            "affected": list(affected),
            "choices": list(self.choices),
        }


def fault(name: str) -> Fault:
    """Return the fault of that name, or raise UnknownNameError."""
    for known in FAULTS:
        if known.name == name:
            return known
    raise UnknownNameError("fault", name, (known.name for known in FAULTS))


def _revoke_engine_key(fleet: Fleet, _: str) -> None:
    fleet.engine_key.recreate()


def _restart(fleet: Fleet, service: str) -> None:
    fleet.restart(service)


def _holds_revoked_key(fleet: Fleet) -> tuple[str, ...]:
    return ("catalogue",) if fleet.catalogue_key != fleet.engine_key.value else ()


def _deploy_old_secret(fleet: Fleet, _: str) -> None:
    fleet.deployment.upload_secret = "the-secret-of-last-week"
    fleet.restart("upload")


def _deploy_current_secret(fleet: Fleet, _: str) -> None:
    fleet.deployment.upload_secret = fleet.clients[CLIENT_ID]
    fleet.restart("upload")


def _holds_old_secret(fleet: Fleet) -> tuple[str, ...]:
    return ("upload",) if fleet.deployment.upload_secret != fleet.clients[CLIENT_ID] else ()


def _leave_behind(fleet: Fleet, consumer: str) -> None:
    fleet.deployment.reference_urls[consumer] = fleet.urls[OLD_REFERENCE]
    fleet.restart(consumer)


def _move_along(fleet: Fleet, consumer: str) -> None:
    fleet.deployment.reference_urls[consumer] = fleet.urls["reference"]
    fleet.restart(consumer)


def _left_behind(fleet: Fleet) -> tuple[str, ...]:
    addresses = fleet.deployment.reference_urls
    return tuple(name for name in CONSUMERS if addresses[name] == fleet.urls[OLD_REFERENCE])


FAULTS = (
    Fault(
        name="engine-key-revoked",
        description="the search engine's API key was recreated; the running catalogue task keeps the old one",
        switch_on=_revoke_engine_key,
        switch_off=_restart,
        affected=_holds_revoked_key,
    ),
    Fault(
        name="upload-secret-outdated",
        description="the upload service was deployed with last week's secret; all that it calls refuses it",
        switch_on=_deploy_old_secret,
        switch_off=_deploy_current_secret,
        affected=_holds_old_secret,
    ),
    Fault(
        name="consumer-on-old-address",
        description="the reference data moved; one consumer still calls the address where nothing listens any more",
        switch_on=_leave_behind,
        switch_off=_move_along,
        affected=_left_behind,
        choices=("profile", *(name for name in CONSUMERS if name != "profile")),
    ),
)
"""Every fault that the estate offers, in the order in which they are listed."""
