"""Code of one's own, named as FILE.py:NAME on the command line or in the settings.

A file is imported from its path, once, with its folder importable meanwhile, as `python FILE.py` would. What goes wrong
is one sentence with file and line. Nothing else ever loads code: a scenario file only names it.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Sequence
from hashlib import blake2b
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import frozen

from windtunnel.invariants.promise import Promise
from windtunnel.model.api.kind import Kind
from windtunnel.model.cluster.action import FAULT, OPERATION, Action
from windtunnel.model.controllers.runtime import interest_of
from windtunnel.model.input_error import InputError, unknown_name
from windtunnel.model.roles import BUILT_IN as ROLES
from windtunnel.model.roles import Roles
from windtunnel.reports.code_hash import file_hash
from windtunnel.reports.scenario_file import CodeReference

MODULE_PREFIX = "windtunnel_user_"
_PACKAGE = Path(__file__).parent.parent


@frozen
class OwnCode:
    """Everything that somebody adds to a run or puts in a built-in's place, loaded, and by which names."""

    promises: tuple[Promise, ...] = ()
    operations: tuple[type[Action], ...] = ()
    faults: tuple[type[Action], ...] = ()
    kinds: tuple[Kind, ...] = ()
    swaps: tuple[tuple[str, type], ...] = ()
    controllers: tuple[type, ...] = ()
    extension_references: tuple[CodeReference, ...] = ()
    swap_references: tuple[tuple[str, CodeReference], ...] = ()
    controller_references: tuple[CodeReference, ...] = ()


def load_own_code(
    load: Sequence[str], swap: Sequence[str], controller: Sequence[str], folder: Path = Path()
) -> OwnCode:
    """Load what --load, --swap and --controller name, paths being relative to the folder. Raises InputError."""
    extensions = [_load(spec, folder) for spec in load]
    swaps = dict(_swap(spec, folder) for spec in swap)
    if len(swaps) < len(swap):
        raise InputError("--swap names a role twice; a role is played by one class")
    controllers = [_load(spec, folder) for spec in controller]
    for spec, value, _ in controllers:
        _check_controller(spec, value)
    for spec, value, _ in extensions:
        _check_extension(spec, value)
    values = [value for _, value, _ in extensions]
    actions: list[type[Action]] = [
        value for value in values if isclass(value) and issubclass(value, Action)
    ]
    return OwnCode(
        promises=tuple(value for value in values if isinstance(value, Promise)),
        operations=tuple(action for action in actions if action.action_sort == OPERATION),
        faults=tuple(action for action in actions if action.action_sort == FAULT),
        kinds=tuple(value for value in values if isinstance(value, Kind)),
        swaps=tuple((role, value) for role, (_, value, _) in swaps.items()),
        controllers=tuple(value for _, value, _ in controllers),
        extension_references=tuple(reference for _, _, reference in extensions),
        swap_references=tuple((role, reference) for role, (_, _, reference) in swaps.items()),
        controller_references=tuple(reference for _, _, reference in controllers),
    )


def own_frame(error: BaseException) -> traceback.FrameSummary | None:
    """The place in a loaded file where an error came from; None where it came from windtunnel's own code. O(frames)."""
    files = [
        module.__file__
        for name, module in list(sys.modules.items())
        if name.startswith(MODULE_PREFIX)
    ]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in files:
            return frame
        if Path(frame.filename).is_relative_to(_PACKAGE):
            return None
    return None


_Loaded = tuple[str, Any, CodeReference]


def _load(spec: str, folder: Path) -> _Loaded:
    path_text, colon, name = spec.rpartition(":")
    if not colon or not path_text or not name.isidentifier():
        raise InputError(f"{spec!r} names no code; write FILE.py:NAME")
    path = folder / path_text
    if path.suffix != ".py" or not path.is_file():
        what = (
            "there is no such file" if path.suffix == ".py" else "the file's name must end in .py"
        )
        raise InputError(f"{spec}: {what}")
    module = _module(path)
    if not hasattr(module, name):
        known = [each for each in vars(module) if not each.startswith("_")]
        raise InputError(f"{spec}: {unknown_name(name, known, f'name in {path}')}")
    return spec, getattr(module, name), CodeReference(spec, file_hash(path))


def _module(path: Path) -> ModuleType:
    absolute = path.resolve()
    marker = blake2b(str(absolute).encode(), digest_size=6).hexdigest()
    name = f"{MODULE_PREFIX}{path.stem}_{marker}".replace("-", "_")
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, absolute)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(absolute.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, KeyboardInterrupt):
            raise
        raise InputError(f"{path}: {_why(error, absolute)}") from error
    finally:
        sys.path.remove(str(absolute.parent))
    return module


def _why(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    where = f"line {lines[-1]}: " if lines else ""
    return f"{where}it cannot be imported: {type(error).__name__}: {error}"


def _swap(spec: str, folder: Path) -> tuple[str, _Loaded]:
    role, equals, code = spec.partition("=")
    if not equals:
        raise InputError(f"{spec!r} swaps nothing; write ROLE=FILE.py:NAME")
    if role not in ROLES:
        raise InputError(f"{spec}: {unknown_name(role, ROLES, 'role')}")
    loaded = _load(code, folder)
    value = loaded[1]
    if not isclass(value):
        raise InputError(f"{spec}: {code} is no class; a role is played by a class")
    for method in ("start", "busy"):
        if hasattr(Roles()[role], method) and not callable(getattr(value, method, None)):
            raise InputError(
                f"{spec}: {value.__name__} has no method {method}, which the role {role} needs; "
                f"subclass {ROLES[role].partition(':')[2]} and override what differs"
            )
    return role, loaded


def _check_extension(spec: str, value: Any) -> None:
    if isinstance(value, Promise | Kind):
        return
    if isclass(value) and issubclass(value, Action) and hasattr(value, "action_sort"):
        if value.action_sort in (OPERATION, FAULT):
            return
        raise InputError(f"{spec}: an action that lets time pass cannot be added")
    raise InputError(
        f"{spec}: --load takes a promise (@always, @eventually or @sometimes), an action (@fault or "
        f"@operation) or a Kind, and this is {_what(value)}"
    )


def _check_controller(spec: str, value: Any) -> None:
    if not isclass(value):
        raise InputError(
            f"{spec}: --controller takes a class decorated with @controller, and this is {_what(value)}"
        )
    try:
        interest_of(value)
    except TypeError as error:
        raise InputError(f"{spec}: {error}") from None


def _what(value: Any) -> str:
    if isclass(value):
        return f"the class {value.__name__}"
    return f"a {type(value).__name__}"
