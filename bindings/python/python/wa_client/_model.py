"""How the core's JSON becomes frozen dataclasses, and how those are shown without what belongs to people.

What to do with each field is worked out once a class, from its annotations.
"""

from __future__ import annotations

import enum
import functools
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from . import _native

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Callable[[Any], Any]:
        return lambda decorator: decorator


T = TypeVar("T")
M = TypeVar("M", bound="Model")


class _Show(enum.Enum):
    LENGTH = enum.auto()
    MASKED = enum.auto()
    ADDRESS = enum.auto()
    KEY = enum.auto()


#: Text that belongs to people; `repr` shows its length.
Secret = Annotated[str, _Show.LENGTH]
#: The digits of a phone number; `repr` shows a few of them.
Phone = Annotated[str, _Show.MASKED]
#: The address of a person or chat, such as `5511988887777@c.us`; `repr` shows a few of its digits.
ChatId = Annotated[str, _Show.ADDRESS]
#: The key of a message, which is unique in an account; `repr` shows the id in it.
MessageKey = Annotated[str, _Show.KEY]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def model(cls: type[T]) -> type[T]:
    """Makes a frozen dataclass without `__dict__` whose fields are given by name."""
    return dataclass(frozen=True, slots=True, kw_only=True, repr=False)(cls)


@model
class Model:
    """What all data from the core has in common."""

    #: The JSON it was made of, with fields that this version does not name. Empty for what was made by hand.
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)

    #: Names in JSON that do not follow from the name in Python.
    _json: ClassVar[Mapping[str, str]] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(_shown_fields(self))})"


@dataclass(frozen=True)
class _Field:
    name: str
    key: str
    convert: Callable[[Any], Any] | None
    show: Callable[[Any], str]


def camel(name: str) -> str:
    """`from_me` as in JSON: `fromMe`."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.capitalize() for part in rest)


_PLANS: dict[type[Model], tuple[_Field, ...]] = {}


def plan(cls: type[Model]) -> tuple[_Field, ...]:
    """The fields of a class, without `raw`."""
    found = _PLANS.get(cls)
    if found is None:
        hints = typing.get_type_hints(cls, include_extras=True)
        names = [it.name for it in fields(cls) if it.name != "raw"]
        found = _PLANS[cls] = tuple(
            _Field(name, cls._json.get(name, camel(name)), _converter(hints[name]), _shower(hints[name]))
            for name in names
        )
    return found


def build(cls: type[M], data: Mapping[str, Any]) -> M:
    """An object of `cls` from JSON that was parsed."""
    return cls(raw=data, **converted(cls, data))


def converted(cls: type[Model], data: Mapping[str, Any]) -> dict[str, Any]:
    values = {}
    for it in plan(cls):
        value = data.get(it.key)
        if value is not None:
            values[it.name] = value if it.convert is None else it.convert(value)
    return values


def parse_time(text: str) -> datetime:
    # Python 3.10 does not read the `Z`.
    return datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)


def _converter(hint: Any) -> Callable[[Any], Any] | None:
    inner = _without_none(hint)
    if typing.get_origin(inner) is Annotated:
        inner = typing.get_args(inner)[0]
    if typing.get_origin(inner) is tuple:
        item = _converter(typing.get_args(inner)[0])
        return tuple if item is None else lambda values: tuple(map(item, values))
    if inner is datetime:
        return parse_time
    if isinstance(inner, type) and issubclass(inner, enum.Enum):
        members = {member.value: member for member in inner}
        # A value that is newer than this table stays as it is.
        return lambda value: members.get(value, value)
    if isinstance(inner, type) and issubclass(inner, Model):
        return functools.partial(build, inner)
    return None


def _without_none(hint: Any) -> Any:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [arg for arg in typing.get_args(hint) if arg is not type(None)]
        return rest[0] if len(rest) == 1 else hint
    return hint


def _shower(hint: Any) -> Callable[[Any], str]:
    inner = _without_none(hint)
    if typing.get_origin(inner) is tuple:
        item = _shower(typing.get_args(inner)[0])
        return lambda values: f"({''.join(f'{item(value)}, ' for value in values).rstrip(' ')})"
    if typing.get_origin(inner) is Annotated:
        shown = [_SHOWN[mark] for mark in typing.get_args(inner)[1:] if isinstance(mark, _Show)]
        return shown[0] if shown else repr
    if inner is datetime:
        return datetime.isoformat
    return _plain


def _plain(value: object) -> str:
    return str(enum.Enum.__str__(value)) if isinstance(value, enum.Enum) else repr(value)


def _length(text: str) -> str:
    return f"<{len(text)} chars>"


def _address(text: str) -> str:
    user, _, server = text.partition("@")
    return f"{_native.mask(user)}@{server}"


def _key(text: str) -> str:
    parts = text.split("_")
    return f"…_{parts[2]}…" if len(parts) > 2 else "…"


_SHOWN: dict[_Show, Callable[[str], str]] = {
    _Show.LENGTH: _length,
    _Show.MASKED: lambda text: _native.mask(text),
    _Show.ADDRESS: _address,
    _Show.KEY: _key,
}


def _shown_fields(it: Model) -> Iterator[str]:
    for part in plan(type(it)):
        value = getattr(it, part.name)
        if value is not None:
            yield f"{part.name}={part.show(value)}"
