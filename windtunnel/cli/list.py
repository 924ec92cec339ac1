"""`windtunnel list`: what there is, with what it promises or does."""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc

import click

from windtunnel.invariants.promises import BUILT_IN as PROMISES
from windtunnel.model.api.kinds import BUILT_IN as KINDS
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import FAULTS
from windtunnel.model.cluster.actions.operations import OPERATIONS
from windtunnel.model.corrections import CORRECTIONS
from windtunnel.model.roles import BUILT_IN as ROLES

Lines = list[tuple[str, str]]


def invariants() -> Lines:
    """Each promise with its kind and its words."""
    return [(promise.id, f"({promise.kind}) {promise.text}") for promise in PROMISES]


def faults() -> Lines:
    """Each fault: what it does, and what is promised meanwhile."""
    return [(fault.action_name, _words(fault)) for fault in FAULTS]


def operations() -> Lines:
    """Each operation and what it does."""
    return [(operation.action_name, _words(operation)) for operation in OPERATIONS]


def kinds() -> Lines:
    """Each kind of object that the API serves."""
    return [(kind.kind, kind.api_version) for kind in KINDS]


def roles() -> Lines:
    """Each role and the built-in class that plays it."""
    return [(role, where.replace(":", ".")) for role, where in ROLES.items()]


def corrections() -> Lines:
    """Each bug of Kubernetes 1.36 that the model does not repeat, with its issues and the module that does better."""
    lines = []
    for each in CORRECTIONS:
        issues = "".join(f"kubernetes#{number}, " for number in each.issues)
        words = f"({issues}{each.where}) Kubernetes 1.36: {each.kubernetes} Here: {each.here}"
        lines.append((each.id, words))
    return lines


WHAT: dict[str, Callable[[], Lines]] = {
    "invariants": invariants,
    "faults": faults,
    "operations": operations,
    "kinds": kinds,
    "roles": roles,
    "corrections": corrections,
}


@click.command("list")
@click.argument("what", type=click.Choice(tuple(WHAT)))
def list_command(what: str) -> int:
    """Say which invariants, faults, operations, kinds, roles or corrections of Kubernetes there are."""
    lines = WHAT[what]()
    width = max(len(name) for name, _ in lines)
    for name, words in lines:
        click.echo(f"{name:<{width}}  {words}")
    return 0


def _words(action: type[Action]) -> str:
    paragraphs = cleandoc(action.__doc__ or "").split("\n\n")
    return " ".join(" ".join(paragraph.split()) for paragraph in paragraphs)
