"""`windtunnel fidelity`: the page that says how true the model is, made from the code and the conformance data."""

from __future__ import annotations

from pathlib import Path

import click

from windtunnel.fidelity.page import render
from windtunnel.model.input_error import InputError


@click.command("fidelity")
@click.option("--out", metavar="FILE", help="Write the page there instead of printing it.")
def fidelity_command(out: str | None) -> int:
    """Say what of Kubernetes is modelled, with the recordings behind it, and what is not: a page in Markdown."""
    page = render()
    if out is None:
        click.echo(page, nl=False)
        return 0
    path = Path(out)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}") from None
    return 0
