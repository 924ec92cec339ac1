"""Promises: what is held to be true of every run, as inert values that decorators make of a function or a class.

`@always(on=Committed)` is checked at each fact of the kinds it asks for; `@eventually(within=minutes(5))` is a
condition that must be true, and stay true, once every fault is healed and its bound is over; `@sometimes(on=Committed)`
holds once it has been seen. The docstring is the promise in words, and is what a violation prints. The id is the name,
with dashes.

A function is called with (fact, world); an eventual one with (world). A class is the same with memory: it is made anew
for each run, and its method `check` is called; an eventual one that has to remember says in its attribute `on` which
facts its method `observe` gets. A decorator registers nothing: whoever wants a promise names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import cleandoc, isclass
from typing import TYPE_CHECKING, Any

from attrs import frozen

from windtunnel.model.facts import CallAnswered, CallBegun, Committed, Fact

if TYPE_CHECKING:
    from windtunnel.invariants.world import World

ALWAYS, EVENTUALLY, SOMETIMES = "always", "eventually", "sometimes"
Check = Callable[..., Any]
Applies = Callable[["World"], bool]


def when_it_happens(world: World) -> bool:
    """Pass this as `applies` of a promise about an act: in a run without the act it has no subject."""
    raise NotImplementedError("whoever runs the promise knows how often it was checked")


@frozen
class Writes:
    """Asks for the committed writes of some resources only; made by `written`."""

    resources: tuple[str, ...]


@frozen
class Calls:
    """Asks for the calls of some requests only; made by `asked` and `answered`."""

    fact: type[Fact]
    requests: tuple[str | type, ...]


Trigger = type[Fact] | Writes | Calls


def asked(*requests: str | type) -> Calls:
    """The calls that begin, of some requests: verbs of the API (`on=asked("create")`), or types of store requests."""
    return Calls(CallBegun, requests)


def answered(*requests: str | type) -> Calls:
    """The answers that reach their callers, of some requests: `on=answered("list", "watch")`, or store requests."""
    return Calls(CallAnswered, requests)


def written(*resources: str) -> Writes:
    """The writes that the store accepted to these resources: `on=written("pods", "services")`."""
    return Writes(resources)


@frozen
class Bound:
    """How long after healing a promise may take: milliseconds of virtual time, and the slowest timer in it."""

    ms: int
    because: str = ""


def minutes(count: int, because: str = "") -> Bound:
    """A bound in minutes of virtual time."""
    return Bound(count * 60_000, because)


def seconds(count: int, because: str = "") -> Bound:
    """A bound in seconds of virtual time."""
    return Bound(count * 1_000, because)


@frozen(eq=False)
class Promise:
    """One promise. `start()` gives what checks it in one run, with its memory where it has one."""

    id: str
    kind: str
    text: str
    body: Any
    on: tuple[Trigger, ...] = ()
    within: Bound | None = None
    applies: Applies | None = None

    def start(self) -> tuple[Check, Check | None]:
        """The check for one run, of the function itself or of a fresh object, and what observes facts for it. O(1)."""
        if isclass(self.body):
            memory: Any = self.body()
            return memory.check, getattr(memory, "observe", None)
        function: Check = self.body
        return function, None

    def __call__(self, *args: Any) -> Any:
        """Call what was decorated, as if it were not."""
        return self.body(*args)


def always(
    *, on: Trigger | tuple[Trigger, ...] = Committed, applies: Applies | None = None
) -> Callable[[Any], Promise]:
    """Make a promise that is checked at each fact of these kinds; applies(world) says whether it has a subject."""
    return lambda body: _promise(body, ALWAYS, on, None, applies)


def eventually(*, within: Bound | int, applies: Applies | None = None) -> Callable[[Any], Promise]:
    """Make a promise that comes true within a bound (or ms) after all faults are healed, and stays true."""
    bound = within if isinstance(within, Bound) else Bound(within)
    return lambda body: _promise(body, EVENTUALLY, (), bound, applies)


def sometimes(
    *, on: Trigger | tuple[Trigger, ...] = Committed, applies: Applies | None = None
) -> Callable[[Any], Promise]:
    """Make a promise that something happens at least once: its check returns True when it has seen it."""
    return lambda body: _promise(body, SOMETIMES, on, None, applies)


def promises(*decorated: object) -> tuple[Promise, ...]:
    """These promises as a tuple. Raises TypeError for what no decorator made a promise, and for an id given twice."""
    found: dict[str, Promise] = {}
    for each in decorated:
        if not isinstance(each, Promise):
            raise TypeError(
                f"{each!r} is no promise; decorate it with always, eventually or sometimes"
            )
        if each.id in found:
            raise TypeError(f"two promises are called {each.id}")
        found[each.id] = each
    return tuple(found.values())


def _promise(
    body: Any,
    kind: str,
    on: Trigger | tuple[Trigger, ...],
    within: Bound | None,
    applies: Applies | None,
) -> Promise:
    name = getattr(body, "__name__", repr(body))
    if not body.__doc__:
        raise TypeError(f"{name} has no docstring; say in one sentence what it promises")
    if isclass(body) and not hasattr(body, "check"):
        raise TypeError(f"{name} needs a method check")
    if kind == EVENTUALLY and isclass(body):
        on = getattr(body, "on", ())
    triggers = on if isinstance(on, tuple) else (on,)
    for trigger in triggers:
        made = isinstance(trigger, Writes | Calls)
        if not made and not (isclass(trigger) and issubclass(trigger, Fact)):
            raise TypeError(f"{name} asks for {trigger!r}, which is no kind of fact")
    text = " ".join(cleandoc(body.__doc__).split("\n\n")[0].split())
    return Promise(_id(name), kind, text, body, triggers, within, applies)


def _id(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()
