"""A digest of all that a function's results depend on, as far as it can be seen.

It covers the function's instructions and constants, its defaults, what it closes over, the global
names that it uses, and in the same way the functions, classes and objects found there. An installed
package counts by its version, any other module by its file. What a function reads from other files
or over the network is not seen.
"""

import dis
import functools
import hashlib
import importlib.metadata
import sys
import sysconfig
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

_MOST = 20_000  # objects that are looked into
_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented))
_BUILTIN = (
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.MethodWrapperType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    np.ufunc,
)
_SKIPPED = set(  # of a class: what changes as it is used, or only describes it
    """
    __dict__ __slotnames__ __weakref__ __doc__ __module__ __qualname__ __firstlineno__
    __static_attributes__ __annotations__ __annotate_func__ __annotations_cache__
    __abstractmethods__ _abc_impl __match_args__
    """.split()
)


class _UnknownError(Exception):
    """Something that no digest can be made of."""


def fingerprint_of(function: Any) -> str:
    """Return the digest of a function: 32 hexadecimal digits, or "" if there is none.

    Equal digests mean the same function also in another process; another version of Python or of a
    package gives another digest.
    """
    walk = _Walk()
    try:
        walk.add(function)
    except (_UnknownError, RecursionError):
        return ""
    walk.say("python", ".".join(map(str, sys.version_info[:2])))
    return walk.digest.hexdigest()[:32]


class _Walk:
    """Feed a digest with an object and all that it refers to, each once."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self._seen: dict[int, int] = {}
        self._count = 0
        self._kept: list[Any] = []  # so that no number of an object is given to another one

    def say(self, *words: str) -> None:
        """Add some words, with their lengths: other words are never mistaken for them."""
        for word in words:
            raw = word.encode(errors="surrogatepass")
            self.digest.update(f"{len(raw)}:".encode() + raw)

    def add(self, value: Any) -> None:
        """Add an object."""
        if type(value) in _PLAIN:
            self.say(type(value).__name__, repr(value))
            return
        self._count += 1
        if self._count > _MOST:
            raise _UnknownError
        if type(value) is not tuple:  # of equal ones the interpreter may make one
            if id(value) in self._seen:
                self.say("again", str(self._seen[id(value)]))
                return
            self._seen[id(value)] = len(self._seen)
            self._kept.append(value)
        self._add_new(value)

    def _add_new(self, value: Any) -> None:
        kind = type(value)
        self.say(kind.__name__)
        if isinstance(value, types.ModuleType):
            self._module(value)
        elif isinstance(value, _BUILTIN) or _installed(value):
            self._named(value)
        elif kind in (tuple, list):
            self.say(str(len(value)))
            self._each(value)
        elif kind in (set, frozenset):
            self.say(*sorted(fingerprint_of(part) or self._refuse() for part in value))
        elif kind in (dict, types.MappingProxyType):
            self.say(str(len(value)))
            self._each(part for pair in value.items() for part in pair)
        elif isinstance(value, np.ndarray) and kind is np.ndarray and value.dtype != object:
            self.say(value.dtype.str, str(value.shape))
            self.digest.update(np.ascontiguousarray(value).tobytes())
        elif isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, types.CodeType):
            self._code(value)
        elif isinstance(value, types.MethodType):
            self._each((value.__func__, value.__self__))
        elif isinstance(value, (staticmethod, classmethod)):
            self.add(value.__func__)
        elif isinstance(value, property):
            self._each((value.fget, value.fset, value.fdel))
        elif isinstance(value, functools.partial):
            self._each((value.func, value.args, value.keywords))
        elif isinstance(value, type):
            self._class(value)
        else:
            self._object(value)

    def _each(self, values: Any) -> None:
        for value in values:
            self.add(value)

    def _refuse(self) -> str:
        raise _UnknownError

    def _module(self, module: types.ModuleType) -> None:
        self.say(module.__name__, _version(module.__name__))
        if _in_packages(module):
            return
        self.say(*_contents(module))
        for name, value in sorted(vars(module).items()):
            if type(value) in _PLAIN and not name.startswith("__"):
                self.say(name, repr(value))
                continue
            origin = value
            if not isinstance(value, types.ModuleType):
                origin = sys.modules.get(str(getattr(value, "__module__", None)))
            if origin is not None and origin is not module and not _in_packages(origin):
                self.add(origin)

    def _named(self, value: Any) -> None:
        name = getattr(value, "__qualname__", None) or getattr(value, "__name__", "")
        module = getattr(value, "__module__", None) or ""
        self.say(str(module), str(name), _version(str(module)))
        if isinstance(value, types.BuiltinFunctionType):
            owner = value.__self__
            if owner is not None and not isinstance(owner, types.ModuleType):
                self.add(owner)  # a method of an object: what the object holds counts

    def _function(self, function: types.FunctionType) -> None:
        self._code(function.__code__)
        self._each((function.__defaults__, function.__kwdefaults__))
        for cell in function.__closure__ or ():
            try:
                self.add(cell.cell_contents)
            except ValueError:  # not filled yet
                self.say("empty")
        for name in _globals(function.__code__):
            self.say(name)
            if name in function.__globals__:
                self.add(function.__globals__[name])
        if function.__dict__:
            self.add(dict(function.__dict__))  # among them what a decorator wraps

    def _code(self, code: types.CodeType) -> None:
        self.say(code.co_name, str(code.co_argcount), str(code.co_kwonlyargcount))
        self.say(str(code.co_flags), code.co_code.hex())
        self.say(getattr(code, "co_exceptiontable", b"").hex())
        self._each((code.co_names, code.co_varnames, code.co_freevars, code.co_consts))

    def _class(self, one: type) -> None:
        self.say(one.__qualname__)
        self._each(one.__bases__)
        for name, value in sorted(vars(one).items()):
            if name not in _SKIPPED and not isinstance(value, _BUILTIN):
                self.say(name)
                self.add(value)

    def _object(self, value: Any) -> None:
        """Add what an object would be made from again: its class and its state."""
        self.add(type(value))
        try:
            parts = value.__reduce_ex__(4)
        except Exception as error:  # whatever an object's own method raises
            raise _UnknownError from error
        if isinstance(parts, str):  # it is found by this name
            wrapped = getattr(value, "__wrapped__", None)
            module = sys.modules.get(str(getattr(value, "__module__", None)))
            if wrapped is None and (module is None or not _in_packages(module)):
                raise _UnknownError
            self.say(parts)
            self.add(wrapped)
            return
        made, arguments, *rest = parts
        self._each((made, arguments, *(list(p) if isinstance(p, Iterator) else p for p in rest)))


@functools.cache
def _globals(code: types.CodeType) -> tuple[str, ...]:
    """Return the global names that a code uses, or code within it."""
    found = {
        str(step.argval)
        for step in dis.get_instructions(code)
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            found |= set(_globals(part))
    return tuple(sorted(found))


@functools.cache
def _places() -> tuple[Path, ...]:
    return tuple(Path(path).resolve() for path in set(sysconfig.get_paths().values()))


def _in_packages(module: types.ModuleType) -> bool:
    """Whether a module is Python's own, an installed package's or this package's."""
    name = module.__name__.partition(".")[0]
    if name in sys.stdlib_module_names or name == __name__.partition(".")[0]:
        return name != "__main__"
    file = getattr(module, "__file__", None)
    return file is not None and any(p in Path(file).resolve().parents for p in _places())


def _installed(value: Any) -> bool:
    """Whether a function or class is of an installed module, whose version stands for it."""
    if not isinstance(value, (types.FunctionType, type)):
        return False
    name = value.__module__
    module = sys.modules.get(name or "")
    return module is not None and "<locals>" not in value.__qualname__ and _in_packages(module)


@functools.cache
def _version(module: str) -> str:
    """Return the version of the package that a module belongs to."""
    name = module.partition(".")[0]
    try:
        return importlib.metadata.version(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return str(getattr(sys.modules.get(name), "__version__", ""))


def _contents(module: types.ModuleType) -> list[str]:
    """Return digests of a module's file, or of all Python files of a package."""
    file = getattr(module, "__file__", None)
    files = [Path(file)] if file else []
    for folder in getattr(module, "__path__", ()):
        files += sorted(Path(folder).rglob("*.py"))[:_MOST]
    try:
        return [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    except OSError as error:
        raise _UnknownError from error
