"""From options and settings to a RunPlan: which promises are judged, which faults are tried, on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from windtunnel.cli.loading import OwnCode
from windtunnel.invariants.promise import Promise
from windtunnel.invariants.promises import BUILT_IN as PROMISES
from windtunnel.model.api.kinds import BUILT_IN as KINDS
from windtunnel.model.api.kinds import KindRegistry
from windtunnel.model.cluster.action import Action
from windtunnel.model.cluster.actions.faults import FAULTS
from windtunnel.model.cluster.actions.operations import OPERATIONS
from windtunnel.model.cluster.actions.time import TIME
from windtunnel.model.input_error import InputError, unknown_name


def choose_promises(
    own: OwnCode,
    globs: Sequence[str],
    switched_off: Mapping[str, str],
    where: str = "settings",
    globs_from: str = "--invariant",
) -> tuple[Promise, ...]:
    """The promises to judge: those that a glob matches, or all, less those switched off. Raises InputError."""
    known = (*PROMISES, *own.promises)
    ids = [promise.id for promise in known]
    for number, identity in enumerate(ids):
        if identity in ids[:number]:
            raise InputError(
                f"--load: a promise {identity} is there already; give yours another name"
            )
    for identity in switched_off:
        if identity not in ids:
            raise InputError(f"{where}: switched_off: {unknown_name(identity, ids, 'promise')}")
    for glob in globs:
        matching = [identity for identity in ids if fnmatchcase(identity, glob)]
        if not matching:
            raise InputError(f"{globs_from}: {unknown_name(glob, ids, 'promise, nor matches one')}")
        if all(identity in switched_off for identity in matching):
            raise InputError(f"{globs_from}: {glob} is switched off: {switched_off[matching[0]]}")
    return tuple(
        promise
        for promise in known
        if promise.id not in switched_off
        and (not globs or any(fnmatchcase(promise.id, glob) for glob in globs))
    )


def choose_faults(own: OwnCode, names: str) -> tuple[type[Action], ...]:
    """The faults of "all", "none" or "NAME,NAME". Raises InputError."""
    known = {fault.action_name: fault for fault in (*FAULTS, *own.faults)}
    if len(known) < len(FAULTS) + len(own.faults):
        raise InputError("--load: a fault of that name is there already; give yours another name")
    if names == "all":
        return tuple(known.values())
    if names == "none":
        return ()
    chosen: dict[str, type[Action]] = {}
    for name in (each.strip() for each in names.split(",")):
        if name not in known:
            sentence = unknown_name(name, [*known, "all", "none"], "fault")
            raise InputError(f"--faults: {sentence}")
        chosen[name] = known[name]
    return tuple(chosen.values())


def known_actions(own: OwnCode) -> dict[str, type[Action]]:
    """Every action that a scenario file may name. O(actions)."""
    every = (*OPERATIONS, *FAULTS, *TIME, *own.operations, *own.faults)
    return {action.action_name: action for action in every}


def all_operations(own: OwnCode) -> tuple[type[Action], ...]:
    """The built-in operations and one's own."""
    return (*OPERATIONS, *own.operations)


def registry(own: OwnCode) -> KindRegistry:
    """The kinds that are served: the built-in ones and one's own."""
    return KindRegistry((*KINDS, *own.kinds))
