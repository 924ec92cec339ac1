"""`windtunnel replay`: run a saved scenario."""

from __future__ import annotations

import time
from pathlib import Path

import click

import windtunnel
from windtunnel.cli.configuration import read_configuration
from windtunnel.cli.loading import load_own_code
from windtunnel.cli.replaying import prepare, replay
from windtunnel.cli.saving import check_folder, own_code_options
from windtunnel.cli.showing import print_header, show
from windtunnel.reports.report import Report
from windtunnel.reports.settings_codec import changed_settings


@click.command("replay")
@click.argument("file")
@click.option("--load", multiple=True, metavar="FILE.py:NAME",
              help="A promise, fault, operation or kind of your own; can be given again.")  # fmt: skip
@click.option("--swap", multiple=True, metavar="ROLE=FILE.py:NAME",
              help="This class in the place of a built-in component; can be given again.")  # fmt: skip
@click.option("--controller", multiple=True, metavar="FILE.py:NAME",
              help="A controller of your own beside the built-in ones; can be given again.")  # fmt: skip
@click.option("--out", default=None, metavar="DIR",
              help="Where reports go.  [default: .windtunnel]")  # fmt: skip
@click.option("--json", is_flag=True, help="Print one JSON document.")
def replay_command(
    file: str,
    load: tuple[str, ...],
    swap: tuple[str, ...],
    controller: tuple[str, ...],
    out: str | None,
    json: bool,
) -> int:
    """Run the saved scenario FILE (*.scenario.json) again.

    Code that the file names is never loaded by itself: give --load, --swap and --controller again.
    """
    configuration = read_configuration(Path.cwd())
    own = load_own_code(
        (*configuration.load, *load),
        (*configuration.swaps, *swap),
        (*configuration.controllers, *controller),
    )
    one = prepare(Path(file), own, configuration)
    if out is not None:
        check_folder(Path(out))
    lists = (("invariant", one.saved.invariants), ("load", load), ("swap", swap),
             ("controller", controller))  # fmt: skip
    options = (
        ("replay", file),
        *((name, ",".join(values)) for name, values in lists if values),
        *changed_settings(one.saved.settings),
    )
    print_header(windtunnel.__version__, one.saved.seed, options, json)
    began = time.monotonic()
    outcome = replay(one)
    report = Report(
        outcome=outcome,
        version=windtunnel.__version__,
        seconds=time.monotonic() - began,
        command="replay",
        options=options,
        replay_options=own_code_options(load, swap, controller),
    )
    return show(report, json=json, out=out)
