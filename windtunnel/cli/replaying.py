"""One saved scenario, run again and compared with what its file says; the command and the pytest plugin both use it.

The verdict is always compared. Digests are compared where the file was written by the same code, one's own included,
judging the same promises; otherwise a notice says what differs.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

import windtunnel
from windtunnel.cli.configuration import Configuration
from windtunnel.cli.loading import OwnCode
from windtunnel.cli.planning import all_operations, choose_promises, known_actions, registry
from windtunnel.cli.proof import unproved_promises, with_reasons
from windtunnel.model.input_error import InputError
from windtunnel.model.outcome import Failure, PromiseResult, RunOutcome, ScenarioOutcome, Verdict
from windtunnel.reports.code_hash import own_hash
from windtunnel.reports.report import invariant_of
from windtunnel.reports.scenario_file import CodeReference, SavedScenario, load
from windtunnel.strategies.manifests import check_object
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import run_scenario


@frozen
class Replay:
    """A saved scenario that can be run: its file, what it holds, and the plan it is run with."""

    path: Path
    saved: SavedScenario
    plan: RunPlan
    own: OwnCode
    configuration: Configuration


def prepare(path: Path, own: OwnCode, configuration: Configuration) -> Replay:
    """Read a scenario file and make its plan. Raises InputError, also where it names code that was not given."""
    saved = load(path, known_actions(own))
    _check_code(path, saved, own)
    kinds = registry(own)
    for number, obj in enumerate(saved.scenario.objects):
        check_object(kinds.for_object(obj), obj, f"{path}: objects[{number}]")
    plan = RunPlan(
        shape=saved.scenario.shape,
        objects=saved.scenario.objects,
        promises=choose_promises(
            own,
            saved.invariants,
            configuration.switched_off,
            configuration.source,
            f"{path}: invariants",
        ),
        operations=all_operations(own),
        swaps=dict(own.swaps),
        controllers=own.controllers,
        kinds=kinds,
        settings=saved.settings,
    ).looking_for(saved.violates)
    return Replay(path, saved, plan, own, configuration)


def replay(one: Replay) -> RunOutcome:
    """Run the scenario and compare. O(the run)."""
    outcome = run_scenario(one.saved.scenario, one.plan, draw=True)
    violated = outcome.verdict is Verdict.VIOLATED
    failures = (Failure(outcome, one.saved.seed, str(one.path)),) if violated else ()
    whole = RunOutcome(
        verdict=Verdict.VIOLATED if violated else Verdict.HELD,
        explorer="replay",
        seed=one.saved.seed,
        scenarios=1,
        actions=outcome.actions,
        events=outcome.events,
        digest=outcome.digest,
        promises=outcome.promises,
        failures=failures,
        coverage=outcome.coverage,
        notices=tuple(_notices(one, outcome, failures)),
    )
    return with_reasons(whole, _reasons(one, outcome))


def _reasons(one: Replay, outcome: ScenarioOutcome) -> list[str]:
    """Why a replay proves nothing: an action no longer applies, or what it is about was not put to the test.

    One scenario exercises a few promises only. Those that it never came to are no reason, but for the one it broke.
    """
    reasons = [f"the scenario no longer applies: {text}" for text in outcome.not_applied]
    concerned = [result for result in outcome.promises if _counts(result, one.saved.violates)]
    return reasons + unproved_promises(concerned, (one.saved.violates,) if concerned else ())


def _counts(result: PromiseResult, violates: str) -> bool:
    return result.id == violates or (
        result.verdict is Verdict.UNKNOWN and (result.broke or result.checked > 0)
    )


def _notices(one: Replay, outcome: ScenarioOutcome, failures: tuple[Failure, ...]) -> list[str]:
    saved = one.saved
    now = invariant_of(failures[0]) if failures else ""
    notices = []
    if saved.violates and not now:
        notices.append(f"the file says that {saved.violates} is violated; here nothing is")
    elif now and now != saved.violates:
        said = f"{saved.violates} is violated" if saved.violates else "every promise holds"
        notices.append(f"the file says that {said}; here {now} is violated")
    different = _different_code(one)
    if different:
        notices.append(f"digests are not compared: {different}")
    elif saved.digest and saved.digest != outcome.digest:
        code = [reference.name for reference in _references(one.own)]
        suspects = f" ({', '.join(code)})" if code else ""
        notices.append(
            f"the digest is {outcome.digest}, and {saved.digest} in the file: the run is not "
            f"deterministic, or its file was edited{suspects}"
        )
    return notices


def _different_code(one: Replay) -> str:
    saved = one.saved
    if saved.version != windtunnel.__version__:
        return f"the file was written by windtunnel {saved.version}"
    if saved.code != own_hash():
        return "the file was written by other code of windtunnel"
    if saved.switched_off != tuple(one.configuration.switched_off):
        return "other promises are switched off"
    then = {reference.name: reference.content_hash for reference in _saved_references(saved)}
    for reference in _references(one.own):
        if reference.content_hash not in then.values():
            return f"{reference.name} is not what it was"
    return ""


def _references(own: OwnCode) -> tuple[CodeReference, ...]:
    swaps = tuple(reference for _, reference in own.swap_references)
    return (*swaps, *own.controller_references, *own.extension_references)


def _saved_references(saved: SavedScenario) -> tuple[CodeReference, ...]:
    return (*saved.swaps.values(), *saved.controllers, *saved.extensions)


def _check_code(path: Path, saved: SavedScenario, own: OwnCode) -> None:
    """Refuse to run a scenario without the code that it was found with: it would prove something else."""
    given_roles = [role for role, _ in own.swap_references]
    missing = [
        f"--swap {role}={found.name}"
        for role, found in saved.swaps.items()
        if role not in given_roles
    ]
    missing += _missing("--controller", saved.controllers, own.controller_references)
    missing += _missing("--load", saved.extensions, own.extension_references)
    if missing:
        raise InputError(
            f"{path}: it was found with code of your own, which a file never loads by itself; give "
            f"{' '.join(missing)}, or, as for pytest, name it in windtunnel.toml or [tool.windtunnel]"
        )


def _missing(
    option: str, wanted: tuple[CodeReference, ...], given: tuple[CodeReference, ...]
) -> list[str]:
    names = [reference.name.rpartition(":")[2] for reference in given]
    return [
        f"{option} {reference.name}"
        for reference in wanted
        if reference.name.rpartition(":")[2] not in names
    ]
