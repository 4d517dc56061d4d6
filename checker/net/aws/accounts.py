"""Which AWS account, region and role calls are made with."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """One entry of `aws:`. What is None is left to the standard configuration chain; `account` None is not guarded."""

    name: str = "default"
    account: str | None = None  # twelve digits
    region: str | None = None
    role_arn: str | None = None


UNDECLARED = Account()
"""Where no account is declared: whatever the process's own credentials are of."""


def chosen(accounts: Mapping[str, Account], name: str | None) -> Account:
    """Return the account of a name; without a name, the only one.

    Raises ValueError, with a message for the user, where that says nothing.
    """
    if name is not None:
        if name not in accounts:
            known = f"; known are {', '.join(sorted(accounts))}" if accounts else "; aws: declares none"
            raise ValueError(f"there is no account {name!r} under aws{known}")
        return accounts[name]
    if not accounts:
        return UNDECLARED
    if len(accounts) > 1:
        raise ValueError(f"say which account: aws: {' or '.join(sorted(accounts))}")
    return next(iter(accounts.values()))
