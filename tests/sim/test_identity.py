"""Names, UIDs and deviations stay put."""

from __future__ import annotations

import re

from windtunnel.model.sim.choices import Choices
from windtunnel.model.sim.identity import Identity


def test_identities_depend_only_on_salt_purpose_and_count() -> None:
    """What one prefix is given does not depend on what others were given before."""
    one, two = Identity("s"), Identity("s")
    two.suffix("default", "other-")
    assert one.suffix("default", "web-") == two.suffix("default", "web-")
    assert one.uid("pods", "default", "a") != one.uid("pods", "default", "a")
    assert Identity("t").uid("x") != Identity("s").uid("x")


def test_identities_have_the_form_of_kubernetes() -> None:
    """UIDs are RFC 4122's, suffixes have five letters of Kubernetes' alphabet."""
    identity = Identity()
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}", identity.uid("x")
    )
    assert re.fullmatch(r"[bcdfghjklmnpqrstvwxz2456789]{5}", identity.suffix("x"))


def test_choices_answer_zero_but_for_the_deviation() -> None:
    """Only the listed asking of the listed point deviates, and only until the world is fair."""
    choices = Choices({"jitter": {1: 5, 2: 5}})
    assert [0, 1, 0] == [choices("jitter", 2), choices("jitter", 4), choices("other", 4)]
    choices.be_fair()
    assert 0 == choices("jitter", 4)
