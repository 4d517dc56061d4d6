"""The section `aws:` of the main file: the accounts that probes may ask, by name."""

from checker.config.definitions import REFERABLE, check_name
from checker.config.files import Files
from checker.config.models import AwsConfig
from checker.config.nodes import Mapping
from checker.config.problems import Problems
from checker.config.validation import validated
from checker.net.aws.accounts import Account


def read_accounts(files: Files, problems: Problems) -> dict[str, Account]:
    """Return the declared accounts; what is wrong is noted."""
    main = next((file for file in files.files if file.main), None)
    node = main.root.get("aws") if main else None
    if node is None or node.dynamic:
        return {}
    if not isinstance(node, Mapping):
        problems.add(
            node.place, "aws wants a mapping from names to accounts", 'write prod: {account: "123456789012"}'
        )
        return {}
    accounts = {}
    for name, entry in node.entries.items():
        check_name(entry.key, "account", REFERABLE, problems)
        if not isinstance(entry.value, Mapping):
            hint = 'write prod: {account: "123456789012"}'
            problems.add(entry.value.place, f"the account {name!r} wants a mapping", hint)
        elif declared := validated(AwsConfig, entry.value, problems):
            accounts[name] = Account(name, declared.account, declared.region, declared.role_arn)
    return accounts
