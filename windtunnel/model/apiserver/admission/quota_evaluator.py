"""Charges requests to quotas: namespace by namespace, those that wait together, each quota by compare-and-swap.

All requests that came while a namespace was being worked on are checked one after the other against a running count,
and each quota is then written once. Where a write meets another one, what waits for it is checked again against the new
version, three times at most; a client whose request still waits then gets 409.

The quotas are those of the server's cache, or what the server has written itself since.

Correction of 1.36 (kubernetes/kubernetes#141904): a request that was refused stays refused when the others are
checked again; as reported, it is then checked only against the quotas whose write failed, and passes if none of them
was against it.

Not modelled: the limit of 10 s for an evaluation.
"""

from __future__ import annotations

from attrs import define

from windtunnel.model.api import errors
from windtunnel.model.api.kinds.resource_quota import KIND
from windtunnel.model.api.quota.charging import Quota, QuotaRefusal, charge
from windtunnel.model.api.quota.registry import evaluator_of
from windtunnel.model.api.resource_list import resource_list_json
from windtunnel.model.apiserver.admission.namespaced_lister import NamespacedLister
from windtunnel.model.apiserver.context import RequestContext
from windtunnel.model.apiserver.own_requests import own_status_update
from windtunnel.model.apiserver.storage import Storage
from windtunnel.model.objects.json import Json
from windtunnel.model.objects.record import Record, StoreKey
from windtunnel.model.sim.network import NetworkError
from windtunnel.model.sim.tasks import Future
from windtunnel.model.store.errors import RevisionMismatch, StoreTrouble

RETRIES = 3


@define(eq=False)
class Waiter:
    """One request that waits for its verdict."""

    context: RequestContext
    obj: Json
    old: Json | None
    verdict: Future[None]

    def charge(self, quotas: tuple[Quota, ...], now_ms: int) -> tuple[Quota, ...]:
        """The quotas with this request charged. Raises QuotaRefusal."""
        evaluator = evaluator_of(self.context.kind.resource)
        return charge(quotas, evaluator, self.obj, self.old, now_ms)

    def refuse(self, reason: str) -> None:
        """The request does not fit: 403."""
        name = (self.obj.get("metadata") or {}).get("name", "")
        self.verdict.set_error(errors.forbidden_error(self.context.kind, name, reason))


class QuotaEvaluator:
    """Owns the requests that wait, by namespace, and the quotas that this server wrote last."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.lister = NamespacedLister(storage, KIND.resource)
        self._waiting: dict[str, list[Waiter]] = {}
        self._written: dict[StoreKey, Record] = {}

    async def evaluate(self, context: RequestContext, obj: Json, old: Json | None) -> None:
        """Charge a request. Raises 403 where it does not fit, 409 where others write the quotas all the time."""
        namespace, process = context.namespace, self.storage.process
        if not await self.quotas(namespace):
            return
        verdict: Future[None] = Future(
            process.loop, process.name, f"has checked the quotas of {namespace}"
        )
        waiter = Waiter(context, obj, old, verdict)
        waiting = self._waiting.get(namespace)
        if waiting is None:
            self._waiting[namespace] = [waiter]
            process.spawn(self.work(namespace), f"quotas of {namespace}")
        else:
            waiting.append(waiter)
        await verdict

    async def work(self, namespace: str) -> None:
        """Check what waits in a namespace until nothing does."""
        while waiters := self._waiting[namespace]:
            self._waiting[namespace] = []
            try:
                await self.check(namespace, waiters)
            except (NetworkError, StoreTrouble) as error:
                for waiter in waiters:
                    waiter.verdict.set_error(error)
        del self._waiting[namespace]

    async def quotas(self, namespace: str) -> list[Record]:
        """The quotas of a namespace, in the newest version that this server knows. O(answer), perhaps one hop."""
        return [self.newest(record) for record in await self.lister.list(namespace)]

    def newest(self, record: Record) -> Record:
        """The cached version, or the one that this server wrote itself if the cache does not show it yet. O(1)."""
        written = self._written.get(record.key)
        if written is None:
            return record
        if record.revision >= written.revision:
            del self._written[record.key]
            return record
        return written

    async def check(self, namespace: str, waiters: list[Waiter]) -> None:
        """Give every waiter its verdict. Raises NetworkError or StoreTrouble, which those without a verdict get."""
        records = await self.quotas(namespace)
        for _ in range(RETRIES + 1):
            counted, waiters = self.count(records, waiters)
            conflicts = await self.write(records, counted, waiters)
            if not conflicts:
                for waiter in waiters:
                    waiter.verdict.set(None)
                return
            newer = await self.quotas(namespace)
            records = [record for record in newer if record.key in conflicts]
        error = errors.conflict(KIND, next(iter(conflicts)).name)
        for waiter in waiters:
            waiter.verdict.set_error(error)

    def count(
        self, records: list[Record], waiters: list[Waiter]
    ) -> tuple[tuple[Quota, ...], list[Waiter]]:
        """The quotas with all charged that fits, and who waits for them to be written; the others get their verdict."""
        now_ms = self.storage.process.now_ms
        quotas = tuple(Quota.read(record.raw) for record in records)
        charged: list[Waiter] = []
        for waiter in waiters:
            try:
                after = waiter.charge(quotas, now_ms)
            except QuotaRefusal as refusal:
                waiter.refuse(str(refusal))
                continue
            if waiter.context.request.options.dry_run or after == quotas:
                waiter.verdict.set(None)
                continue
            quotas = after
            charged.append(waiter)
        return quotas, charged

    async def write(
        self, records: list[Record], counted: tuple[Quota, ...], waiters: list[Waiter]
    ) -> dict[StoreKey, None]:
        """Write the quotas that were charged; those that somebody else wrote meanwhile come back."""
        conflicts: dict[StoreKey, None] = {}
        for record, quota in zip(records, counted, strict=True):
            status = record.raw.get("status") or {}
            if quota.used == Quota.read(record.raw).used:
                continue
            used = resource_list_json(quota.used)
            raw = {**record.raw, "status": {**status, "used": used}}
            context = own_status_update(waiters[0].context, KIND, record.key)
            try:
                self._written[record.key] = await self.storage.write(
                    context, record.key, raw, record.revision
                )
            except RevisionMismatch:
                conflicts[record.key] = None
        return conflicts
