"""A resource kind of one's own: one class, one decorator, one file.

The class says what its fields are (`spec`, `status`, or others: anything of `windtunnel.model.api.schema`), and
overrides what of a Strategy it does differently: `default`, `validate_own`, `validate_own_update`. A kind with a
`status` has the status subresource and counts generations, as custom resources do.

Not modelled: several versions of one kind, conversion, OpenAPI schemas.
"""

from __future__ import annotations

from collections.abc import Callable

from windtunnel.model.api.kind import Kind, Strategy
from windtunnel.model.api.kinds.plain import PlainStrategy, guess_plural
from windtunnel.model.api.schema import ListOf, MapOf, Object, Scalar, Type, resource


def kind(*, group: str, version: str = "v1", namespaced: bool = True) -> Callable[[type], Kind]:
    """Make a class a Kind: served under /apis/GROUP/VERSION, stored, defaulted and validated like a built-in one."""

    def decorate(cls: type) -> Kind:
        if not cls.__doc__:
            raise TypeError(f"{cls.__name__} has no docstring; say in one sentence what it is")
        fields: dict[str, Type] = {
            name: value
            for name, value in vars(cls).items()
            if isinstance(value, Scalar | Object | ListOf | MapOf)
        }
        body = {
            name: value
            for name, value in vars(cls).items()
            if name not in fields and name not in ("__dict__", "__weakref__")
        }
        has_status = "status" in fields
        base = Strategy if has_status else PlainStrategy
        strategy = type(f"{cls.__name__}Strategy", (base,), body)
        strategy.has_status = strategy.counts_generation = has_status  # type: ignore[attr-defined]
        return Kind(
            cls.__name__,
            guess_plural(cls.__name__),
            group,
            version,
            namespaced=namespaced,
            schema=resource(cls.__name__, fields),
            strategy=strategy(),
            subresources=("status",) if has_status else (),
            custom=True,
        )

    return decorate
