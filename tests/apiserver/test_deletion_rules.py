"""The rules of deletion as pure functions."""

from __future__ import annotations

import pytest

from windtunnel.model.api.errors import ApiError
from windtunnel.model.apiserver.deletion_rules import (
    begin_graceful,
    finalizers_for_garbage_collection,
    mark_as_deleting,
    validate_delete_options,
)
from windtunnel.model.apiserver.request import Options
from windtunnel.model.objects.json import Json


def kind_default(obj: Json, asked: int | None) -> int | None:
    """A kind whose objects get 30 seconds unless asked otherwise."""
    return 30 if asked is None else asked


def never(obj: Json, asked: int | None) -> int | None:
    """A kind that knows no grace."""
    return None


def test_the_first_deletion_marks_the_end_of_the_grace_period() -> None:
    """deletionTimestamp is when the grace period ends, and the generation grows once."""
    raw = {"metadata": {"name": "p", "generation": 1}}
    marked, graceful, pending = begin_graceful(raw, Options(), kind_default, 5_000)
    assert (True, False) == (graceful, pending)
    assert {
        "name": "p",
        "generation": 2,
        "deletionTimestamp": "2024-01-01T00:00:35Z",
        "deletionGracePeriodSeconds": 30,
    } == marked["metadata"]


def test_a_running_grace_period_can_only_be_shortened() -> None:
    """A second deletion with a longer or no period changes nothing; a shorter one moves the end."""
    raw, _, _ = begin_graceful({"metadata": {"name": "p"}}, Options(), kind_default, 0)
    for asked in (None, 30, 60):
        options = Options(grace_period_seconds=asked)
        assert (raw, False, True) == begin_graceful(raw, options, kind_default, 1_000)
    shorter, graceful, _ = begin_graceful(raw, Options(grace_period_seconds=5), kind_default, 1_000)
    assert graceful
    assert "2024-01-01T00:00:05Z" == shorter["metadata"]["deletionTimestamp"]


def test_a_kind_without_grace_is_not_marked() -> None:
    """Without grace the object is as it was."""
    raw = {"metadata": {"name": "c"}}
    assert (raw, False, False) == begin_graceful(raw, Options(), never, 0)


def test_a_mark_that_is_there_stays() -> None:
    """A second deletion of a held object changes nothing in it."""
    marked = mark_as_deleting({"metadata": {"name": "c", "generation": 4}}, 1_000)
    assert 5 == marked["metadata"]["generation"]
    assert marked == mark_as_deleting(marked, 9_000)


@pytest.mark.parametrize(
    ("finalizers", "options", "default", "expected"),
    [
        ([], Options(), "Background", None),
        ([], Options(), "Orphan", ["orphan"]),
        (
            ["a/b"],
            Options(propagation_policy="Foreground"),
            "Background",
            ["a/b", "foregroundDeletion"],
        ),
        (["orphan"], Options(propagation_policy="Background"), "Orphan", []),
        (["foregroundDeletion"], Options(), "Orphan", None),
        (["orphan"], Options(propagation_policy="Foreground"), "Orphan", ["foregroundDeletion"]),
        ([], Options(orphan_dependents=True), "Background", ["orphan"]),
        ([], Options(orphan_dependents=False), "Orphan", None),
    ],
)
def test_the_policy_becomes_a_finalizer(
    finalizers: list[str], options: Options, default: str, expected: list[str] | None
) -> None:
    """What is asked wins over a finalizer that is there, and that over the kind's default."""
    assert expected == finalizers_for_garbage_collection(finalizers, options, default)


@pytest.mark.parametrize(
    "options",
    [
        Options(propagation_policy="Sometimes"),
        Options(propagation_policy="Orphan", orphan_dependents=True),
    ],
)
def test_options_that_make_no_sense_are_refused(options: Options) -> None:
    """An unknown policy, and two ways of saying it at once, are 422."""
    with pytest.raises(ApiError) as caught:
        validate_delete_options(options)
    assert 422 == caught.value.code
