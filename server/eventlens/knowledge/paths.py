"""Access paths: where, around a matched call, a model finds a value.

Grammar (also explained to users in ``docs/writing-models.md``)::

    path    = "=" format | head step*
    head    = NUMBER                    the n-th positional argument (0-based), the receiver not counted
            | "*" NUMBER                all positional arguments from the n-th on
            | "**"                      all keyword arguments, as one object (``**{}`` their names, ``**[]`` their values)
            | word                      the keyword argument of that name
            | Type "." word             something bound where the receiver's library value was made (``bind:`` of that value)
            | "receiver"                the value on which the call is made
            | "return"                  the call's own result
            | "type-arg " NUMBER        an explicit type argument of the call or of the implemented interface
            | "decorator " (NUMBER|word)  an argument of the decorator that matched
            | "param " NUMBER           a parameter of the decorated function / method, or of the handler
            | "member " NUMBER          the n-th name of the callee's path after the matched value (wildcards): ``prisma.order.create`` → order
            | "function" | "method"     the name of the decorated function / handler method
            | "class" | "module"        the name of the enclosing class / the dotted module path of the file
            | "class<" NUMBER ">"       the type argument of the class's base: ``Parcel`` of ``class Parcels : StateMachine<Parcel>``
            | "setting " word           a value recorded by ``settings:`` in the same service
            | "registration " word      a value recorded by ``registrations:`` under the receiver's token
            | "field " word             a field of the matched class (its initial value)
            | "handler " (NUMBER|word)  an argument of the call that hands over the handler (``handler.call``)
            | "within " (NUMBER|word)   an argument of the enclosing class's decorator (``within:``)
            | "beside " (NUMBER|word)   an argument of the function's other decorator (``beside:``)
            | "own channel" | "own group"   what this entry itself resolved (for names derived from it: ``={own channel}_error``)
            | "after " word             the positional argument that follows this literal, in any letter case (``xread("BLOCK", 0, "STREAMS", key, id)``)
            | "config " format          the value of that configuration key: ``config mp.messaging.incoming.{decorator 0}.topic``
    step    = "." word | "['" text "']" | "[]" | "{}"    member · member whose name holds dots or follows a capitalised
                                        keyword (``QueueUrl['name']``) · every element · every key of an object
            | "{*}"                     every value of an object
            | "<type>" | "<" NUMBER ">" the name of the value's class or declared type · that type's n-th type argument
                                        (``0<type>``; ``return<0>`` of a function that returns ``Consumer<OrderPlaced>``)

A member step sees through what stands between: ``return`` on a function is what it returns, a method's name on a class is that
method, a number on a call is its n-th argument, any other name on a construction is a field of its first argument, and JSON text
(a literal, or the argument of a JSON encoder) counts as the object that it encodes. ``[]`` on what is not a list is not present.
A format with a hole that is not present is not present; a format without holes is that text.

    format  = text with {path} holes

A list of paths means: the first that is present.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

HEADS = (
    "type-arg",
    "decorator",
    "param",
    "member",
    "setting",
    "registration",
    "field",
    "handler",
    "within",
    "beside",
    "own",
    "after",
)
WORDS = ("receiver", "return", "function", "method", "class", "module")
_HEAD = re.compile(
    r"(?P<kind>type-arg|decorator|param|member|setting|registration|field|handler|within|beside|own|after) (?P<key>[\w$@/-]+)"
    r"|(?P<bound>[A-Z]\w*)\.(?P<name>[\w-]+)"
    r"|(?P<keywords>\*\*)|\*(?P<rest>\d+)|(?P<position>\d+)|(?P<word>[\w$@-]+)"
)
_STEP = re.compile(r"\.(?P<name>[\w$@:/-]+)|\['(?P<quoted>[^']+)'\]|(?P<mark>\[\]|\{\*?\}|<(?:type|\d+)>)")
EACH = "[]"
KEYS = "{}"
VALUES = "{*}"
TYPE = "<type>"
CONFIG = "config "


class AccessPath(NamedTuple):
    """A parsed path. ``head`` is one of: position, rest, keyword, keywords, bound, format, config, or one of `HEADS` and `WORDS`.

    ``key`` is the position (as text), the keyword, or the head's word; for "bound" ``type`` is the value type. ``steps`` are
    member names and the marks `EACH`, `KEYS`, `VALUES`, `TYPE` and ``<n>``. For "format" and "config", ``parts`` alternate text and paths.
    """

    head: str
    key: str = ""
    type: str = ""
    steps: tuple[str, ...] = ()
    parts: tuple[str | AccessPath, ...] = ()


@lru_cache(maxsize=4096)
def parse_path(text: str) -> AccessPath:
    """Read a path; raises ValueError with a sentence that says what is wrong and where."""
    if text.startswith("="):
        return AccessPath("format", parts=tuple(_parse_format(text[1:])))
    if text.startswith(CONFIG):
        return AccessPath("config", parts=tuple(_parse_format(text[len(CONFIG) :])))
    match = _HEAD.match(text)
    if not match:
        raise ValueError(f"access path {text!r} does not begin with an argument, a bound value or a head word")
    steps: list[str] = []
    at = match.end()
    while at < len(text):
        step = _STEP.match(text, at)
        if not step:
            raise ValueError(
                f"access path {text!r}: cannot read {text[at:]!r}; a step is .name, ['name'], [], {{}}, (), <type> or <0>"
            )
        steps.append(step["name"] or step["quoted"] or step["mark"])
        at = step.end()
    return _head(match, tuple(steps))


def _head(match: re.Match[str], steps: tuple[str, ...]) -> AccessPath:
    if match["kind"]:
        return AccessPath(match["kind"], match["key"], steps=steps)
    if match["bound"]:
        return AccessPath("bound", match["name"], match["bound"], steps)
    if match["keywords"]:
        return AccessPath("keywords", steps=steps)
    if match["rest"]:
        return AccessPath("rest", match["rest"], steps=steps)
    if match["position"]:
        return AccessPath("position", match["position"], steps=steps)
    if match["word"] in WORDS:
        return AccessPath(match["word"], steps=steps)
    return AccessPath("keyword", match["word"], steps=steps)


def _parse_format(text: str) -> list[str | AccessPath]:
    parts: list[str | AccessPath] = []
    for index, piece in enumerate(re.split(r"\{([^{}]+)\}", text)):
        if index % 2:
            parts.append(parse_path(piece))
        elif piece:
            parts.append(piece)
    return parts
