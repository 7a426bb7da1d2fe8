"""Strict JSON for the project's file forms: integers only, no key twice, nothing trailing; read without recursion.

A proof tree may be thousands of levels deep, so the reader keeps its own stack and states its bound (`MAX_DEPTH`).
A *path* to a value is a linked pair `(parent path, key or position)`, `None` at the top; `show` prints it.
"""

from __future__ import annotations

import json
import re

MAX_DEPTH = 50_000
MAX_DIGITS = 100

Path = tuple | None

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_WORD = re.compile(r"[-+.0-9A-Za-z_]+")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_CONSTANTS = {"true": True, "false": False, "null": None}


class NotStrictJson(ValueError):
    """The text breaks a rule of the form; the message names the path, the value and the rule."""


def show(path: Path) -> str:
    """A path as text, its middle left out where it is long.

    >>> show(((None, "offers"), 3))
    'offers[3]'
    """
    steps: list[str] = []
    while path is not None:
        path, step = path
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step}" if step.isidentifier() else f".{brief(step)}")
    steps.reverse()
    if len(steps) > 16:
        steps[8:-8] = [" … "]
    return "".join(steps).lstrip(".") or "the top"


def brief(value: object) -> str:
    """A value in one short line, for an error message."""
    text = type(value).__name__ if isinstance(value, (dict, list)) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def fail(path: Path, rule: str) -> NotStrictJson:
    """The error of a rule broken at a path, to be raised."""
    return NotStrictJson(f"{show(path)}: {rule}")


def read(text: str) -> object:
    """The one JSON value of the text: dicts, lists, strings, integers, booleans and None.

    Raises NotStrictJson on anything that isn't JSON, a key twice in one object, a number that isn't an integer or has more
    than MAX_DIGITS digits, more than MAX_DEPTH levels, or data after the value.

    >>> read('{"a": [1, true]}')
    {'a': [1, True]}
    """
    holders: list[dict | list] = []  # the open objects and arrays, outermost first
    keys: list[str | None] = []  # for each open object the key whose value is being read
    at = 0

    def path() -> Path:
        steps: Path = None
        for holder, key in zip(holders, keys):
            steps = (steps, len(holder)) if isinstance(holder, list) else steps if key is None else (steps, key)
        return steps

    def found() -> str:
        return "the text ends" if at == len(text) else f"line {text.count(chr(10), 0, at) + 1} has {brief(text[at:at + 20])}"

    def skip_space() -> str:
        nonlocal at
        at = _SPACE.match(text, at).end()
        return text[at : at + 1]

    def read_string(what: str) -> str:
        nonlocal at
        match = _STRING.match(text, at)
        if not match:
            raise fail(path(), f"{found()} where {what} belongs")
        at = match.end()
        return json.loads(match[0])

    def read_key() -> None:
        nonlocal at
        key = read_string("a key in double quotes")
        if key in holders[-1]:
            raise fail(path(), f"the key {brief(key)} stands twice")
        keys[-1] = key
        if skip_space() != ":":
            raise fail(path(), f"{found()} where a colon belongs")
        at += 1

    def read_scalar() -> object:
        nonlocal at
        if text[at : at + 1] == '"':
            return read_string("a string")
        match = _WORD.match(text, at)
        if not match:
            raise fail(path(), f"{found()} where a value belongs")
        if match[0] not in _CONSTANTS and not _INTEGER.fullmatch(match[0]):
            raise fail(path(), f"{brief(match[0])} is no integer, true, false or null")
        if len(match[0]) > MAX_DIGITS:
            raise fail(path(), f"{match[0][:20]}… has {len(match[0])} digits: an integer has at most {MAX_DIGITS}")
        at = match.end()
        return _CONSTANTS[match[0]] if match[0] in _CONSTANTS else int(match[0])

    while True:
        opener = skip_space()  # a value begins here
        if opener and opener in "{[":
            if len(holders) == MAX_DEPTH:
                raise fail(path(), f"nested deeper than {MAX_DEPTH} levels")
            at += 1
            holders.append({} if opener == "{" else [])
            keys.append(None)
            if skip_space() != "}]"["{[".index(opener)]:
                if opener == "{":
                    read_key()
                continue
            at += 1
            keys.pop()
            value: object = holders.pop()
        else:
            value = read_scalar()

        while holders:  # the value is complete: put it where it belongs, close what it completes
            if isinstance(holders[-1], list):
                holders[-1].append(value)
            else:
                holders[-1][keys[-1]] = value
                keys[-1] = None
            closer = "]" if isinstance(holders[-1], list) else "}"
            mark = skip_space()
            if mark == ",":
                at += 1
                skip_space()
                if closer == "}":
                    read_key()
                break
            if mark != closer:
                raise fail(path(), f"{found()} where a comma or {closer!r} belongs")
            at += 1
            keys.pop()
            value = holders.pop()
        else:
            if skip_space():
                raise fail(None, f"{found()} after the end of the value")
            return value


def fields(raw: object, path: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict:
    """`raw` as an object with all the required keys and no key beyond the optional ones."""
    if not isinstance(raw, dict):
        raise fail(path, f"{brief(raw)} where an object belongs")
    for key in raw:
        if key not in required and key not in optional:
            raise fail(path, f"the key {brief(key)} is unknown here: {', '.join(required + optional)}")
    for key in required:
        if key not in raw:
            raise fail(path, f"the key {key!r} is missing")
    return raw


def listing(raw: object, path: Path) -> list:
    """`raw` as an array."""
    if not isinstance(raw, list):
        raise fail(path, f"{brief(raw)} where an array belongs")
    return raw


def integer(raw: object, path: Path, least: int | None = None) -> int:
    """`raw` as an integer (a boolean is none), at least `least`."""
    if type(raw) is not int:
        raise fail(path, f"{brief(raw)} where an integer belongs")
    if least is not None and raw < least:
        raise fail(path, f"{raw} is below {least}")
    return raw


def integers(raw: object, path: Path, least: int | None = None) -> tuple[int, ...]:
    """`raw` as an array of integers."""
    return tuple(integer(x, (path, at), least) for at, x in enumerate(listing(raw, path)))
