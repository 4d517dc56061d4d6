"""The way from the name of a configuration to a Config; all problems in one go."""

import gc
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from checker.config.accounts import read_accounts
from checker.config.configuration import Config, ProbeConfig
from checker.config.definitions import Definition, Definitions, collect
from checker.config.dependencies import resolve
from checker.config.doubts import Here, check_regions, check_secrets
from checker.config.expand import DEFAULT_KEYS, MOST_PROBES, Draft, drafts
from checker.config.files import Files, read_files
from checker.config.flows import own_steps, read_flows
from checker.config.literals import covered
from checker.config.models import SecretConfig, ServerConfig
from checker.config.nodes import Mapping, without
from checker.config.parameters import declared
from checker.config.probes import Surroundings, check_keys, probe, settings, shallow_step, short_step
from checker.config.problems import InvalidConfiguration, Place, Problem, Problems, shortened
from checker.config.references import open_lookup, substitute_mapping
from checker.config.steps import Kinds, Steps
from checker.config.usage import check_reachable, check_usage
from checker.config.validation import unknown_key, validated
from checker.kinds import KINDS
from checker.kinds.contract import Kind, Tools
from checker.net.aws.accounts import Account, chosen
from checker.net.aws.calls import INSTALLED, MISSING_EXTRA
from checker.secrets.redaction import Redactor
from checker.secrets.store import SecretStore

_OF_TEMPLATES = ("params", "matrix", "for_each")


def load(source: str, environment: Map[str, str], kinds: Iterable[type[Kind[Any]]] = KINDS) -> Config:
    """Read, expand and check a configuration: a path, `-` for standard input, or `env:NAME`.

    Raises InvalidConfiguration with every problem.
    """
    with _no_collection():
        return _load(source, environment, tuple(kinds))


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the garbage collector: what is made here stays; to go through it again and again takes a third longer."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if not gc.get_freeze_count():
                # moves everything into the oldest generation, unseen: the next collection would walk through it all
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def _load(source: str, environment: Map[str, str], kinds: tuple[type[Kind[Any]], ...]) -> Config:
    problems, warnings = Problems(), Problems()
    files = read_files(source, environment, problems)
    definitions = collect(files, problems)
    flows = read_flows(definitions.flows, problems)
    server = _server(files, problems)
    accounts = read_accounts(files, problems)
    secrets = _secrets(definitions, accounts, problems)
    steps = Steps(_looking(kinds, files, accounts), files.directory, _restricted(secrets))
    around = Surroundings(steps, flows, definitions.secrets.keys())
    _check_apart(files, definitions, around, problems)
    probes = _probes(definitions, around, problems, warnings)
    if not definitions.probes and not problems:
        root = files.files[0].root
        problems.add(root.key_place("probes"), "there is nothing to check: no file defines a probe")
    if problems:
        read = (*files.paths, *steps.files)
        raise InvalidConfiguration(_redacted(problems, secrets, environment), read, files.folders)
    server = server or ServerConfig()
    check_reachable(probes, server, warnings)
    here = Here(environment, files.directory)
    check_secrets(definitions.secrets, secrets, probes, here, warnings)
    check_regions(
        [*_asked_by_steps(probes), *_asked_for_secrets(definitions, secrets, accounts)], here, warnings
    )
    return Config(
        probes=probes,
        server=server,
        secrets=secrets,
        accounts=accounts,
        files=(*files.paths, *steps.files),
        folders=files.folders,
        base_directory=files.directory,
        warnings=_redacted(covered(warnings, probes), secrets, environment),
    )


def _asked_by_steps(probes: Iterable[ProbeConfig]) -> Iterator[tuple[Account, Place]]:
    for asking in probes:
        for step in (*asking.steps, *((asking.shallow,) if asking.shallow else ())):
            for account in step.asks:
                yield account, step.node.key_place(step.kind)


def _asked_for_secrets(
    definitions: Definitions, secrets: Map[str, SecretConfig], accounts: Map[str, Account]
) -> Iterator[tuple[Account, Place]]:
    for name, secret in secrets.items():
        if secret.aws_secret or secret.aws_parameter:
            yield chosen(accounts, secret.account), definitions.secrets[name].key.place


def _redacted(
    problems: Iterable[Problem], secrets: Map[str, SecretConfig], environment: Map[str, str]
) -> tuple[Problem, ...]:
    """Strike out what `${env.NAME}` has brought into a message where the same variable holds a secret.

    Only then is it made short, as half a secret would not be found.
    """
    redact = Redactor(environment.get(secret.env or "", "") for secret in secrets.values())
    return tuple(
        replace(problem, message=shortened(redact(problem.message)), hint=shortened(redact(problem.hint)))
        for problem in problems
    )


def _server(files: Files, problems: Problems) -> ServerConfig | None:
    for file in files.files:
        node = file.root.get("server")
        if node is not None and file.main:
            if isinstance(node, Mapping):
                return validated(ServerConfig, node, problems)
            problems.add(node.place, "server wants a mapping")
    return None


def _secrets(
    definitions: Definitions, accounts: Map[str, Account], problems: Problems
) -> dict[str, SecretConfig]:
    secrets = {}
    for name, definition in definitions.secrets.items():
        secret = validated(SecretConfig, definition.node, problems)
        if secret is None:
            continue
        if secret.aws_secret or secret.aws_parameter:
            _check_account(definition.node, secret.account, accounts, problems)
        secrets[name] = secret
    return secrets


def _check_account(node: Mapping, name: str | None, accounts: Map[str, Account], problems: Problems) -> None:
    if not INSTALLED:
        problems.add(node.place, MISSING_EXTRA)
    try:
        chosen(accounts, name)
    except ValueError as error:
        problems.add(
            (node.get("account") or node).place, str(error), "" if name else "write account: beside it"
        )


def _looking(kinds: tuple[type[Kind[Any]], ...], files: Files, accounts: Map[str, Account]) -> Kinds:
    """Return an object of each kind to look at specs with; it never runs a step, and knows no secret's value."""
    tools = Tools(SecretStore({}), base_directory=files.directory, accounts=accounts)
    return {kind.name: kind(tools) for kind in kinds}


def _restricted(secrets: Map[str, SecretConfig]) -> dict[str, frozenset[str]]:
    return {name: frozenset(secret.hosts) for name, secret in secrets.items() if secret.hosts is not None}


def _check_apart(files: Files, definitions: Definitions, around: Surroundings, problems: Problems) -> None:
    """Check defaults, templates and flows by themselves: also where nobody uses them, and whoever does."""
    for file in files.files:
        defaults = file.root.get("defaults")
        if isinstance(defaults, Mapping):
            for key, entry in defaults.entries.items():
                if key not in DEFAULT_KEYS:
                    unknown_key(entry.key.place, key, DEFAULT_KEYS, problems, defaults)
            if isinstance(node := defaults.get("aws"), Mapping):
                problems.add(node.place, "aws names an account here; a step of the kind aws is no default")
            settings(defaults, problems)
    for template in definitions.templates.values():
        _check_template(template, around, problems)
    for flow in around.flows.values():
        torn = Problems()
        steps = own_steps(flow, around.flows, torn)
        for problem in torn:
            problems.note(problem)
        check_usage(steps, around.secrets, problems, whole=False, torn=bool(torn))
        for written in steps:
            around.steps.step(written, problems)


def _check_template(template: Definition, around: Surroundings, problems: Problems) -> None:
    params = declared(template.node.get("params"), problems)
    body = without(template.node, _OF_TEMPLATES)
    body = substitute_mapping(body, open_lookup(params, f"the template {template.name!r}"), problems)
    check_keys(body, around.steps, _OF_TEMPLATES, problems)
    settings(body, problems)
    shallow_step(body, around, problems)
    short = short_step(body, around.steps)
    if short and any(key in around.steps.kinds for key in short.node.entries):
        around.steps.step(short, problems)


def _probes(
    definitions: Definitions, around: Surroundings, problems: Problems, warnings: Problems
) -> tuple[ProbeConfig, ...]:
    probes: list[ProbeConfig] = []
    expansions: dict[str, tuple[str, ...]] = {}
    total = 0
    for definition in definitions.probes.values():
        made = list(_expansions(definition, definitions, around, problems, warnings))
        total += len(made)
        if total > MOST_PROBES:
            problems.add(
                definition.key.place, f"the configuration comes to more than {MOST_PROBES:,} probes here"
            )
            break
        expansions[definition.name] = tuple(draft.name for draft, _ in made)
        probes += [each for _, each in made if each]
    return resolve(probes, expansions, problems)


def _expansions(
    definition: Definition,
    definitions: Definitions,
    around: Surroundings,
    problems: Problems,
    warnings: Problems,
) -> Iterator[tuple[Draft, ProbeConfig | None]]:
    shared = Problems()
    found: list[tuple[str, Problems]] = []
    doubts: list[tuple[str, Problems]] = []
    for draft, own in drafts(definition, definitions, shared):
        warned = Problems()
        yield draft, probe(draft, around, own, warned)
        found.append((draft.name, own))
        doubts.append((draft.name, warned))
    _merge(definition, [(definition.name, shared)], problems)
    _merge(definition, found, problems)
    _merge(definition, doubts, warnings)


def _merge(definition: Definition, found: list[tuple[str, Problems]], problems: Problems) -> None:
    """Pass problems on, with the names of the probes that they show in unless their place says it."""
    seen: dict[Problem, list[str]] = {}
    for name, own in found:
        for problem in own:
            seen.setdefault(problem, []).append(name)
    for problem, names in seen.items():
        everywhere = len(names) == len(found)
        if everywhere and _inside(definition, problem):
            problems.note(problem)
        else:
            problems.note(problem.shown_in((definition.name,) if everywhere else tuple(names)))


def _inside(definition: Definition, problem: Problem) -> bool:
    place = definition.key.place
    return problem.file == place.source.name and place.line <= problem.line <= definition.node.end
