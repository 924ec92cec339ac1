"""`windtunnel run`: search for violations on manifests, or on the built-in example."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click
from attrs import evolve, frozen

import windtunnel
from windtunnel.cli.configuration import Configuration, read_configuration
from windtunnel.cli.interruption import interruption
from windtunnel.cli.loading import OwnCode, load_own_code
from windtunnel.cli.planning import all_operations, choose_faults, choose_promises, registry
from windtunnel.cli.proof import unproved_promises, unproved_workloads, with_reasons
from windtunnel.cli.saving import DEFAULT_FOLDER, FailureSaver, check_folder, own_code_options
from windtunnel.cli.showing import print_header, progress_console, show
from windtunnel.invariants.promises.differential import same_end_without_faults
from windtunnel.model.cluster.shape import MOST_OF_EACH, ClusterShape
from windtunnel.model.input_error import InputError, unknown_name
from windtunnel.model.outcome import Failure, RunOutcome, Verdict
from windtunnel.reports.progress import SearchProgress
from windtunnel.reports.report import Report, counted
from windtunnel.strategies.explorers import DEFAULT_EXPLORER, EXPLORERS, SPLITTING
from windtunnel.strategies.manifests import Manifests, load_manifests
from windtunnel.strategies.plan import RunPlan
from windtunnel.strategies.running import run_scenario
from windtunnel.strategies.search import Tally, search
from windtunnel.strategies.workers import can_fork

SCENARIOS = 200
MOST_WORKERS = 256
COMPARED_EVERY = 10
"""Every tenth scenario is run once more without its faults, where that promise is asked for."""


@frozen
class RunOptions:
    """The options of one `windtunnel run`, as given."""

    manifests: tuple[str, ...] = ()
    nodes: int = 3
    apiservers: int | None = None
    controller_managers: int | None = None
    schedulers: int | None = None
    scenarios: int | None = None
    budget: float | None = None
    seed: int = 0
    explorer: str = DEFAULT_EXPLORER
    workers: int = 1
    max_failures: int = 1
    faults: str = "all"
    invariant: tuple[str, ...] = ()
    load: tuple[str, ...] = ()
    swap: tuple[str, ...] = ()
    controller: tuple[str, ...] = ()
    out: str | None = None
    json: bool = False

    def differing(self) -> tuple[tuple[str, str], ...]:
        """The options that differ from their defaults, in order, as text."""
        usual = RunOptions()
        found = []
        for name in ("manifests", "nodes", "apiservers", "controller_managers", "schedulers",
                     "scenarios", "budget", "explorer", "workers", "max_failures",
                     "faults", "invariant", "load", "swap", "controller", "out"):  # fmt: skip
            value = getattr(self, name)
            if value == getattr(usual, name) or (name == "scenarios" and value == SCENARIOS):
                continue
            text = ",".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(
                value, float) else str(value)  # fmt: skip
            found.append((name.replace("_", "-"), text))
        return tuple(found)


@click.command("run")
@click.argument("manifests", nargs=-1)
@click.option("--nodes", type=click.IntRange(0, 5000), default=3, show_default=True,
              help="How many nodes the cluster has.")  # fmt: skip
@click.option("--apiservers", type=click.IntRange(1, MOST_OF_EACH), default=None,
              help="How many API servers serve the one store.  [default: 1; a swarm draws 1 or 2]")  # fmt: skip
@click.option("--controller-managers", type=click.IntRange(1, MOST_OF_EACH), default=None,
              help="How many controller managers there are, one of which leads.  [default: as above]")  # fmt: skip
@click.option("--schedulers", type=click.IntRange(1, MOST_OF_EACH), default=None,
              help="How many schedulers there are, one of which leads.  [default: as above]")  # fmt: skip
@click.option("--scenarios", type=click.IntRange(1), default=None,
              help=f"How many scenarios to try.  [default: {SCENARIOS}]")  # fmt: skip
@click.option("--budget", type=click.FloatRange(0, min_open=True), default=None, metavar="SECONDS",
              help="Search this long, instead of a number of scenarios.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
              help="Another seed tries other scenarios.")  # fmt: skip
@click.option("--explorer", default=DEFAULT_EXPLORER, show_default=True, metavar="|".join(EXPLORERS),
              help="What chooses the actions.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, MOST_WORKERS), default=1, show_default=True,
              help="How many processes share the work (swarm); the findings are the same.")  # fmt: skip
@click.option("--max-failures", type=click.IntRange(1), default=1, show_default=True,
              help="End the search after so many failing scenarios.")  # fmt: skip
@click.option("--faults", default="all", show_default=True, metavar="NAME,…|all|none",
              help="Which faults to try.")  # fmt: skip
@click.option("--invariant", multiple=True, metavar="GLOB",
              help="Judge only promises whose id matches; can be given again.")  # fmt: skip
@click.option("--load", multiple=True, metavar="FILE.py:NAME",
              help="A promise, fault, operation or kind of your own; can be given again.")  # fmt: skip
@click.option("--swap", multiple=True, metavar="ROLE=FILE.py:NAME",
              help="This class in the place of a built-in component; can be given again.")  # fmt: skip
@click.option("--controller", multiple=True, metavar="FILE.py:NAME",
              help="A controller of your own beside the built-in ones; can be given again.")  # fmt: skip
@click.option("--out", default=None, metavar="DIR",
              help="Where failures and reports go.  [default: .windtunnel]")  # fmt: skip
@click.option("--json", is_flag=True, help="Print one JSON document.")
def run_command(**given: object) -> int:
    """Search for violations: on MANIFESTS (files, folders, `-` for standard input), or on the built-in example.

    Exit status: 0 held, 1 violated, 2 the input is wrong, 3 nothing proved, 4 the harness failed.
    """
    return run(RunOptions(**given))  # type: ignore[arg-type]


def run(options: RunOptions) -> int:
    """Search, report, and return the exit status. Raises InputError."""
    if options.scenarios is not None and options.budget is not None:
        raise InputError("--scenarios and --budget are both given; give one of them")
    if options.explorer not in EXPLORERS:
        raise InputError(f"--explorer: {unknown_name(options.explorer, EXPLORERS, 'explorer')}")
    _check_workers(options)
    configuration = read_configuration(Path.cwd())
    own = load_own_code(
        (*configuration.load, *options.load),
        (*configuration.swaps, *options.swap),
        (*configuration.controllers, *options.controller),
    )
    manifests = starting_objects(options.manifests, own)
    plan = make_plan(options, configuration, own, manifests)
    if options.out is not None:
        check_folder(Path(options.out))
    differing = (*options.differing(), *configuration.differing())
    print_header(windtunnel.__version__, options.seed, differing, options.json)
    # What a search comes to does not depend on how many worked on it, and neither does its report.
    differing = tuple(each for each in differing if each[0] != "workers")
    began = time.monotonic()
    outcome = _search(options, configuration, own, plan, began)
    outcome = evolve(outcome, notices=(*outcome.notices, *manifests.notices))
    if outcome.verdict is not Verdict.VIOLATED:
        # A violation ends a search early, and is proof enough.
        reasons = unproved_workloads(manifests.not_run, manifests.objects)
        reasons += unproved_promises(outcome.promises, options.invariant)
        outcome = with_reasons(outcome, reasons)
    report = Report(
        outcome=outcome,
        version=windtunnel.__version__,
        seconds=time.monotonic() - began,
        options=differing,
        replay_options=own_code_options(options.load, options.swap, options.controller),
    )
    return show(report, json=options.json, out=options.out)


def _check_workers(options: RunOptions) -> None:
    if options.workers == 1:
        return
    if options.explorer not in SPLITTING:
        raise InputError(
            f"--workers: {options.explorer} cannot share its work; add --explorer {SPLITTING[0]}"
        )
    if not can_fork():
        raise InputError("--workers: this system cannot fork processes; leave it out")


def starting_objects(paths: tuple[str, ...], own: OwnCode) -> Manifests:
    """The objects to start with: those of manifests, or the built-in example. Raises InputError."""
    if paths:
        return load_manifests(paths, registry(own))
    from windtunnel.examples import guestbook

    return Manifests(guestbook())


def make_plan(
    options: RunOptions, configuration: Configuration, own: OwnCode, manifests: Manifests
) -> RunPlan:
    """The plan of a search. Raises InputError."""
    return RunPlan(
        shape=ClusterShape(
            nodes=options.nodes,
            apiservers=options.apiservers or 1,
            controller_managers=options.controller_managers or 1,
            schedulers=options.schedulers or 1,
        ),
        draws_servers=not any(
            (options.apiservers, options.controller_managers, options.schedulers)
        ),
        objects=manifests.objects,
        promises=choose_promises(
            own, options.invariant, configuration.switched_off, configuration.source
        ),
        operations=all_operations(own),
        faults=choose_faults(own, options.faults),
        swaps=dict(own.swaps),
        controllers=own.controllers,
        kinds=registry(own),
        settings=configuration.settings,
        compare_every=COMPARED_EVERY if same_end_without_faults.id in options.invariant else 0,
    )


def _search(
    options: RunOptions,
    configuration: Configuration,
    own: OwnCode,
    plan: RunPlan,
    began: float,
) -> RunOutcome:
    saver = FailureSaver(
        Path(options.out if options.out is not None else DEFAULT_FOLDER),
        own,
        configuration.settings,
        options.invariant,
        tuple(configuration.switched_off),
    )
    wanted = None if options.budget is not None else options.scenarios or SCENARIOS
    late = _clock(options.budget, began)
    with interruption() as interrupted, SearchProgress(progress_console(), wanted) as progress:

        def advance(tally: Tally) -> None:
            progress.update(tally.scenarios, len(tally.failures))

        outcome = search(
            plan,
            explorer=options.explorer,
            workers=options.workers,
            scenarios=wanted or SCENARIOS,
            seed_number=options.seed,
            max_failures=options.max_failures,
            # Where nobody can catch it, as in a destructor, Python drops a KeyboardInterrupt: ask as well.
            out_of_time=lambda: interrupted() or late(),
            endless=wanted is None,
            on_failure=saver,
            on_progress=advance,
        )
    outcome = evolve(outcome, failures=tuple(_drawn(each, plan) for each in outcome.failures))
    if not interrupted():
        return outcome
    sentence = f"the search was interrupted after {counted(outcome.scenarios, 'scenario')}"
    return with_reasons(outcome, [sentence])


def _drawn(failure: Failure, plan: RunPlan) -> Failure:
    """The failure with what a drawing of its run needs: the scenario runs once more."""
    return evolve(failure, outcome=run_scenario(failure.outcome.scenario, plan, draw=True))


def _clock(budget: float | None, began: float) -> Callable[[], bool]:
    if budget is None:
        return lambda: False
    return lambda: time.monotonic() - began >= budget
