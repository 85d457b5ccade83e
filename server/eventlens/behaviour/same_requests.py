"""Requests to others that change nothing more when they are made again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlens import ir
from eventlens.behaviour.events import Event
from eventlens.behaviour.paths import named_function, scopes
from eventlens.flow.module_index import last_name
from eventlens.flow.scopes import Frame
from eventlens.flow.walk import values_in
from eventlens.knowledge.schema import Effect

_SAME_AGAIN = frozenset(["put", "delete", "patch", "get", "head", "options"])
_BEGUN_AGAIN = frozenset(("put", "delete", "patch"))
_DECLARED_AGAIN = re.compile(r"(?i)(put|delete|patch)(mapping|exchange)?$")
_ASKS = re.compile(r"(?i)graphql|search|query|token|login|oauth|auth/|validat|verify|lookup|preview|estimate")
_GETS = re.compile(
    r"(get|fetch|find|search|query|look_?[uU]p|list|read|load|retrieve|count|check|hent|finn)([A-Z0-9_]|Async|$)|[a-z_]+[sS]earch([A-Z_]|$)",
    re.ASCII,
)
"""How functions are called whose name says that they get something; the last two beginnings in Danish, Norwegian and Swedish."""
_MAKES_ANY = re.compile(r"(?i)request|call|fetch|execute|invoke|perform|http|post")
"""In the names of functions that make requests of any kind for others."""
_CHANGING = re.compile(
    r"(add|put)s?|(creat|insert|sav|send|publish|notif|submit|regist|charg|refund|reserv|upload|trigger|launch|approv|reject|cancel|updat|assign"
    r"|schedul|enqueu|dispatch|deliver|transfer|export|migrat|forward|invit|revok|attach|merg|complet|finish|confirm|accept|delet|remov|persist"
    r"|commit|opprett|lagr|ferdigstill|journalf)[a-zøæå]*"
)
"""A word, in small letters, that says of a function that it does more than ask; the last four in Norwegian."""
_CHANGING_AT_FIRST = re.compile(
    r"(set|sign|link|move|mail|sms|text|book|pay|sync|push|emit|start|order|alert|issue|grant|store|close|import|report|write|apply|record"
    r"|message|transition)s?"
)
"""Those that are nouns as well, or tell little: they say so where they come first."""
_SUCCESS = re.compile(r"(?i)(get_?)?status(_?code)?(_?value)?|is_?(2xx)?_?success(ful|_?status_?code)?|ok")
_WORD = re.compile(r"[A-ZÆØÅ]?[a-zæøå]+|[A-ZÆØÅ]+(?![a-zæøå])")
_ALSO_CHANGES = re.compile(r"(?i)create|add|insert|save|send|charge|reserve|lock|next|or_?new|update|order_?id")
"""What else stands in the name of one that changes something as well."""


def is_same_again(event: Event, text: str) -> bool:
    """Whether a request changes nothing more the second time, or only asks for something. ``text`` is that of the call."""
    called = last_name(event.node.callee) if isinstance(event.node, ir.Call) else ""
    if called.lower() in _SAME_AGAIN or _is_begun_as_same_again(event) or _sends_query(event) or _is_asked_for(event):
        return True
    return bool(_ASKS.search(text)) or bool(
        re.search(r"(?i)method['\"]?\s*[:=]\s*['\"](put|delete|patch|get|head)", text)
    )


def only_asks(event: Event) -> bool:
    """Whether a request only gets something: by its body, or by the name of the function that makes it and gives the answer back."""
    return event.effect == "external-call" and (_sends_query(event) or _is_asked_for(event))


def may_only_ask(event: Event) -> bool:
    """Whether a request's answer is what its function gives back, and its name says nothing of a change."""
    if event.effect != "external-call" or _is_let_go(event) or any(map(_is_mutation, _given_with(event))):
        return False
    for holder in (named_function(event.frame), *(named_function(step.frame) for step in reversed(event.chain))):
        name = _name_of(holder)
        if _says_that_it_changes(name):
            return False
        if not _gives_something(holder) or all(map(_is_success, holder.returns)):
            return False
        if not _MAKES_ANY.search(name):
            return True
    return False


def _is_success(value: ir.Value) -> bool:
    """Whether all that is given of an answer is whether the request succeeded."""
    return any(
        _SUCCESS.fullmatch(last_name(inner.callee if isinstance(inner, ir.Call) else inner))
        for inner in values_in(value)
        if isinstance(inner, ir.Call | ir.Member)
    )


def _says_that_it_changes(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name)]
    return any(map(_CHANGING.fullmatch, words)) or any(map(_CHANGING_AT_FIRST.fullmatch, words[:1]))


def _is_let_go(event: Event) -> bool:
    """Whether nobody wants the answer."""
    return [one for one in event.usage if one != "awaited"] == ["dropped"]


def _gives_something(function: Frame) -> bool:
    return any(not isinstance(value, ir.Literal) for value in function.returns)


def _is_begun_as_same_again(event: Event) -> bool:
    """Whether a chain of calls that ends in the request begins it as one that changes nothing more (``client.put().uri(…).retrieve()``),
    or its method is declared so (``@PUT``)."""
    declared = event.entry.decorator if isinstance(event.entry, Effect) else None
    if declared is not None and _DECLARED_AGAIN.match(declared):
        return True
    value = event.node.callee if isinstance(event.node, ir.Call) else None
    while isinstance(value, ir.Call | ir.Member):
        if isinstance(value, ir.Call) and not value.args and last_name(value.callee) in _BEGUN_AGAIN:
            return True
        value = value.object if isinstance(value, ir.Member) else value.callee
    return False


def _is_asked_for(event: Event) -> bool:
    """Whether the function that makes the request says by its name that it gets something, and gives it back; or, where that one makes
    requests of any kind, the function that calls it."""
    holder = named_function(event.frame)
    if _gets_something(holder):
        return True
    makes_any = _MAKES_ANY.search(_name_of(holder)) is not None and not _ALSO_CHANGES.search(_name_of(holder))
    return makes_any and len(event.chain) > 1 and _gets_something(event.chain[-2].callee)


def _gets_something(function: Frame) -> bool:
    name = _name_of(function)
    return _gives_something(function) and _GETS.match(name) is not None and not _ALSO_CHANGES.search(name)


def _name_of(function: Frame) -> str:
    return function.function.name if function.function is not None else ""


def _sends_query(event: Event) -> bool:
    """Whether a request's body is a GraphQL query (the body may be given further on in a chain of calls): an object of ``query`` and ``variables`` whose text, where it is written, is no mutation."""
    return any(map(_is_query, _given_with(event)))


def _given_with(event: Event) -> Iterator[ir.Value]:
    """The values in what a request, and the calls that are chained to it, are given; what local names hold is looked at too."""
    chained = [call for call in event.frame.calls if call.start == event.node.start]
    values = [argument.value for call in chained for argument in call.args]
    for name in [value.name for value in values if isinstance(value, ir.Name)]:
        for scope in scopes(event.frame):
            values.extend(one.value for one in scope.definitions.get(name, ()) if one.value is not None)
    return (inner for value in values for inner in values_in(value))


def _is_query(value: ir.Value) -> bool:
    text = _graphql_of(value)
    return text is not None and not _begins_mutation(text)


def _is_mutation(value: ir.Value) -> bool:
    text = _graphql_of(value)
    return text is not None and _begins_mutation(text)


def _begins_mutation(text: ir.Value) -> bool:
    return isinstance(text, ir.Literal) and str(text.value).lstrip().startswith("mutation")


def _graphql_of(value: ir.Value) -> ir.Value | None:
    """The text of a GraphQL request's body."""
    fields: dict[str, ir.Value] = {}
    if isinstance(value, ir.Call):
        fields = {one.name: one.value for one in value.args if one.name}
    elif isinstance(value, ir.Object):
        fields = {one.key: one.value for one in value.fields if one.key is not None}
    return fields.get("query") if "variables" in fields else None
