"""What the store promises to everybody: revisions in order, compare-and-swap, and identities that stay."""

from __future__ import annotations

from collections.abc import Iterator

from windtunnel.invariants.promise import always, asked
from windtunnel.invariants.verdict import UNCONCERNED, Findings, Violation
from windtunnel.invariants.world import World
from windtunnel.invariants.writers import named
from windtunnel.model.apiserver.request import Request
from windtunnel.model.facts import CallBegun, Committed
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.store.change import Change
from windtunnel.model.store.requests import Delete, Put

IDENTITY = ("uid", "name", "namespace", "creationTimestamp")


@always(on=Committed)
class RevisionOrder:
    """Every write takes exactly one revision, the next one, and the object says at which revision it was written."""

    def __init__(self) -> None:
        self.last: int | None = None
        self.revisions: dict[StoreKey, int] = {}

    def check(self, fact: Committed, world: World) -> Findings:
        """Compare with the revision before, of the store and of the object. O(1)."""
        change, after = fact.change, fact.change.after
        replaced = change.before.revision if change.before is not None else None
        right = (
            change.revision == (change.revision if self.last is None else self.last + 1)
            and self.revisions.get(change.key, replaced) == replaced
            and (
                after is None
                or after.raw["metadata"].get("resourceVersion") == str(change.revision)
            )
        )
        violations = None if right else list(self._wrong(change))
        self.last = change.revision
        if after is None:
            self.revisions.pop(change.key, None)
        else:
            self.revisions[change.key] = change.revision
        return violations

    def _wrong(self, change: Change) -> Iterator[Violation]:
        last = self.last
        if last is not None and change.revision != last + 1:
            yield Violation(f"revision {last + 1}", f"revision {change.revision}", str(change.key))
        before = change.before.revision if change.before is not None else None
        known = self.revisions.get(change.key)
        if known is not None and known != before:
            yield Violation(
                f"{change.key} is replaced as it was written, at revision {known}",
                f"what was replaced is {'absent' if before is None else f'of revision {before}'}",
                str(change.key),
                change.revision,
            )
        after = change.after
        if after is None:
            return
        says = after.raw["metadata"].get("resourceVersion")
        if says != str(change.revision):
            yield Violation(
                f"resourceVersion {change.revision}",
                f"resourceVersion {says}",
                named(after),
                change.revision,
            )


@always(on=Committed)
def identity_stays(fact: Committed, world: World) -> Findings:
    """An object keeps its uid, its name, its namespace and its creation time for as long as it exists."""
    before, after = fact.change.before, fact.change.after
    if after is None:
        return UNCONCERNED
    metadata = after.raw["metadata"]
    if before is None:
        # The store's names and the object's own must agree from the start.
        own = (metadata.get("namespace", ""), metadata.get("name"))
        if own == (after.key.namespace, after.key.name):
            return None
        return Violation(
            f"the name {after.key.key}", f"the name {'/'.join(map(str, own))}", named(after)
        )
    old = before.raw["metadata"]
    if all(old.get(name) == metadata.get(name) for name in IDENTITY):
        return None
    return [
        Violation(f"{name} {old.get(name)}", f"{name} {metadata.get(name)}", named(after))
        for name in IDENTITY
        if old.get(name) != metadata.get(name)
    ]


@always(on=(Committed, asked("update", "patch", "delete", Put, Delete)))
class NoLostUpdate:
    """A write that names the version it was made from replaces exactly that version, so nothing that somebody else
    wrote meanwhile vanishes."""

    def __init__(self) -> None:
        self.based_on: dict[int, int] = {}
        self.expected: dict[tuple[int, StoreKey], list[int]] = {}

    def check(self, fact: Committed | CallBegun, world: World) -> Findings:
        """Remember what a request was made from; compare when it is written. O(1)."""
        if isinstance(fact, CallBegun):
            self._sent(fact)
            return UNCONCERNED
        return self._written(fact)

    def _sent(self, fact: CallBegun) -> None:
        request = fact.request
        if isinstance(request, Request):
            revision = _named_revision(request)
            if revision:
                self.based_on[fact.call] = revision
        elif isinstance(request, Put | Delete) and request.expect is not None and request.call:
            self.expected.setdefault((request.call, request.key), []).append(request.expect)

    def _written(self, fact: Committed) -> Findings:
        change = fact.change
        replaced = change.before.revision if change.before is not None else 0
        named_revision = self.based_on.pop(change.call, 0)
        expected = self.expected.pop((change.call, change.key), None)
        if not named_revision and expected is None:
            return UNCONCERNED
        if named_revision and named_revision != replaced:
            return _stale(change.record, str(named_revision), replaced, change.revision)
        if expected is not None and replaced not in expected:
            return _stale(change.record, " or ".join(map(str, expected)), replaced, change.revision)
        return None


def _named_revision(request: Request) -> int:
    if request.verb == "delete":
        text = request.options.precondition_resource_version or ""
    elif request.verb in ("update", "patch") and isinstance(request.body, dict):
        text = (request.body.get("metadata") or {}).get("resourceVersion") or ""
    else:
        return 0
    return int(text) if isinstance(text, str) and text.isdecimal() else 0


def _stale(record: Record, expected: str, replaced: int, revision: int) -> Violation:
    found = f"it replaced revision {replaced}" if replaced else "it replaced nothing"
    return Violation(f"the write replaces revision {expected}", found, named(record), revision)
