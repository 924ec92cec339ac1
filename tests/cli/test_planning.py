"""Which promises are judged and which faults are tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from windtunnel.cli.loading import OwnCode, load_own_code
from windtunnel.cli.planning import choose_faults, choose_promises, known_actions
from windtunnel.invariants.promises import BUILT_IN
from windtunnel.model.cluster.actions.faults import FAULTS
from windtunnel.model.input_error import InputError

NONE = OwnCode()
OWN = str(Path(__file__).parent / "own_code.py")


def test_all_promises_are_judged_by_default() -> None:
    """Nothing is left out that nobody left out."""
    assert BUILT_IN == choose_promises(NONE, (), {})


def test_globs_choose_promises() -> None:
    """--invariant takes patterns, and one's own promises are among those chosen from."""
    own = load_own_code((f"{OWN}:my_promise",), (), ())
    found = [promise.id for promise in choose_promises(own, ("endpoints-*", "my-promise"), {})]
    assert ["endpoints-match", "endpoints-are-selected-pods", "my-promise"] == found


def test_promises_can_be_switched_off() -> None:
    """A promise that the settings switch off is not judged."""
    found = choose_promises(NONE, (), {"bound-once": "we know"})
    assert ["bound-once"] == [p.id for p in BUILT_IN if p not in found]


@pytest.mark.parametrize(
    ("globs", "off", "sentence"),
    [
        (("bound-onec",), {}, "did you mean bound-once?"),
        ((), {"bound-onec": "x"}, "did you mean bound-once?"),
        (("bound-once",), {"bound-once": "we know"}, "is switched off: we know"),
    ],
)
def test_a_wrong_promise_is_one_sentence(
    globs: tuple[str, ...], off: dict[str, str], sentence: str
) -> None:
    """A promise that does not exist, or is switched off, cannot be asked for."""
    with pytest.raises(InputError, match=sentence.replace("?", r"\?")):
        choose_promises(NONE, globs, off)


def test_faults_are_chosen_by_name() -> None:
    """--faults takes all, none, or names."""
    own = load_own_code((f"{OWN}:Hiccup",), (), ())
    assert (*FAULTS, *own.faults) == choose_faults(own, "all")
    assert () == choose_faults(own, "none")
    found = [fault.action_name for fault in choose_faults(own, "partition, hiccup")]
    assert ["partition", "hiccup"] == found
    assert "hiccup" in known_actions(own)


def test_a_wrong_fault_is_one_sentence() -> None:
    """A fault that does not exist is named with the closest one."""
    with pytest.raises(InputError, match="did you mean partition"):
        choose_faults(NONE, "partitoin")
