"""Calls across the broker: who publishes what a handler receives, up to the route that began it, and what a function sets off.

The steps are functions, publishes and registrations: a handler is called by the publishes that it consumes; a publish by the
function in which it stands; a function by its callers, by what it is registered with (a route, a scheduler) and, where it is a
handler, by publishes. The other way, a function calls publishes and other functions; a publish calls the wrapper that it goes
through and the handlers of its consumers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from eventlens import ir
from eventlens.behaviour.paths import encloses, named_function, scopes
from eventlens.flow.denotations import FunctionRef
from eventlens.flow.graph import FlowGraph
from eventlens.flow.model import Site
from eventlens.flow.module_index import CallSite, ModuleIndex, last_name
from eventlens.flow.records import lasting_name
from eventlens.flow.scopes import Frame
from eventlens.ide.index import FlowIndex
from eventlens.ide.places import Target, of_site

_MOST_CALLS = 200
_UNNAMED = "<lambda>"
"""What the map calls a handler without a name."""
_VERBS = frozenset(
    ("get", "post", "put", "patch", "delete", "head", "options", "route", "all", "websocket", "api_route")
)
"""Decorators that make a function answer to HTTP, in lower case."""


class Item(NamedTuple):
    """A step. ``at`` is its name, ``around`` the whole of it; ``key`` finds it again in a later analysis of the same code."""

    name: str
    kind: Literal["function", "publish", "subscribe", "registration"]
    detail: str
    at: Target
    around: Target
    key: str


class Step(NamedTuple):
    """A caller or callee with the places of the calls, which stand in the caller."""

    item: Item
    calls: list[Target]


class CallHierarchy:
    """Answers about one analysis; the graph is asked further, by one thread at a time."""

    def __init__(self, index: FlowIndex, graph: FlowGraph) -> None:
        self._index = index
        self._graph = graph
        self._code = index.code
        self._handlers = {id(node.handler.frame) for node, _ in graph.nodes if node.handler.frame is not None}

    # ----------------------------------------------------------------------------------------------------- questions

    def at(self, file: str, line: int, column: int) -> list[Item]:
        """The steps at a place: the publish or subscription that is called there, or the function that is declared there."""
        subject = self._index.subject_at(file, line, column)
        if subject is not None and subject.kind == "site":
            items = [self._of_subscription(s) if s.role == "subscribe" else self._of_site(s) for s in subject.sites]
            return _unique(items)
        module = self._graph.program.modules.get(file)
        if module is None:
            return []
        declared = (frame for frame in module.frames if frame.function is not None and frame.function.name)
        found = [self._of_function(frame) for frame in declared if self._is_at(frame, file, line, column)]
        if not found and subject is not None and subject.kind == "handler":
            found = [self._of_subscription(site) for site in subject.sites]
        return _unique(found)

    def incoming(self, key: str) -> list[Step]:
        """What calls a step."""
        site = self._site(key)
        if site is not None:
            node = self._code.node(site.id)
            if site.role == "subscribe" or node is None:
                return self._publishes_to([site])
            return [Step(self._of_function(self._around(node.frame)), [of_site(site)])]
        frame = self._frame(key)
        if frame is None or frame.function is None:
            return []
        run = [site for node, site in self._graph.nodes if node.handler.frame is frame and site.role == "subscribe"]
        steps = self._publishes_to(run)
        steps += self._callers(frame)
        return steps if run else [*steps, *self._registrations(frame)]

    def outgoing(self, key: str) -> list[Step]:
        """What a step calls."""
        site = self._site(key)
        if site is not None:
            return self._set_off_by(site)
        frame = self._frame(key)
        return self._calls_of(frame) if frame is not None else []

    # --------------------------------------------------------------------------------------------------------- steps

    def _publishes_to(self, subscriptions: list[Site]) -> list[Step]:
        producers = self._index.producers(subscriptions)
        if not producers:
            return [Step(self._of_site(site), [of_site(site)]) for site in subscriptions if site.handler is not None]
        return [Step(self._of_site(site), [of_site(site)]) for site in producers]

    def _callers(self, frame: Frame) -> list[Step]:
        calls: dict[int, tuple[Frame, list[Target]]] = {}
        for caller in self._graph.callers.of(frame):
            around = self._around(caller.frame)
            _, places = calls.setdefault(id(around), (around, []))
            places.append(self._callee(CallSite(caller.frame, caller.call)))
        return [Step(self._of_function(around), _sorted(places)) for around, places in calls.values()]

    def _registrations(self, frame: Frame) -> list[Step]:
        """Calls that are given the function, and decorators that make it a route."""
        function = frame.function
        assert function is not None
        found = [
            Step(self._of_registration(site), [self._callee(site)])
            for name in self._graph.callers.names(frame)
            for site in self._graph.program.mentioned(name, frame.module)
            if self._hands_over(site, frame)
        ]
        for decorator in function.decorators:
            if isinstance(decorator, ir.Call) and last_name(decorator.callee).lower() in _VERBS:
                site = CallSite(frame.parent or frame.module.top, decorator)
                found.append(Step(self._of_registration(site, "@"), [self._callee(site)]))
        return found

    def _hands_over(self, site: CallSite, frame: Frame) -> bool:
        evaluator = self._graph.evaluator
        return any(
            isinstance(meaning, FunctionRef) and meaning.frame is frame
            for argument in site.call.args
            if isinstance(argument.value, ir.Name | ir.Member)
            for meaning in evaluator.evaluate(argument.value, site.frame)
        )

    def _set_off_by(self, site: Site) -> list[Step]:
        node = self._code.node(site.id)
        here = [of_site(site)]
        if site.role == "subscribe":
            return [Step(self._of_subscription(site), here)] if site.handler is not None else []
        wrapped = node.chain[-1].callee.frame if node is not None and node.chain else None
        steps = [Step(self._of_function(wrapped), here)] if wrapped is not None else []
        return [*steps, *(Step(self._of_subscription(one), here) for one in self._index.consumers([site]))]

    def _calls_of(self, frame: Frame) -> list[Step]:
        frames = [one for one in frame.module.frames if encloses(frame, one)]
        calls = {id(call) for one in frames for call in one.calls}
        publishes = [
            site
            for node, site in self._graph.nodes
            if site.role == "publish" and (id(node.node) in calls or any(node.frame is one for one in frames))
        ]
        steps = [Step(self._of_site(site), [of_site(site)]) for site in publishes]
        taken = {id(node.node) for node, site in self._graph.nodes if site.role == "publish" and id(node.node) in calls}
        found: dict[int, tuple[Frame, list[Target]]] = {}
        sites = [CallSite(one, call) for one in frames for call in one.calls if id(call) not in taken]
        for site in sites[:_MOST_CALLS]:
            for meaning in self._graph.evaluator.evaluate(site.call.callee, site.frame):
                if isinstance(meaning, FunctionRef) and meaning.frame.function is not None:
                    _, places = found.setdefault(id(meaning.frame), (meaning.frame, []))
                    places.append(self._callee(site))
        steps += [Step(self._of_function(callee), _sorted(places)) for callee, places in found.values()]
        return sorted(steps, key=lambda step: step.calls[0])

    def _around(self, frame: Frame) -> Frame:
        """The function that a person would name for a scope: the innermost with a name, or that handles messages."""
        for scope in scopes(frame):
            named = scope.function is not None and id(scope.function) in scope.module.lambda_names
            if named or id(scope) in self._handlers:
                return scope
        return named_function(frame)

    # --------------------------------------------------------------------------------------------------------- items

    def _of_site(self, site: Site) -> Item:
        call = self._index.call_of(site)
        arrow = "→" if site.role == "publish" else "←"
        event = f" ({site.event})" if site.event else ""
        name = f"{arrow} {site.channel_template or site.channel or 'unknown ' + site.channel_kind}{event}"
        return Item(
            name, site.role, f"{site.service or ''} {site.broker}".strip(), call.at, call.around, f"site:{site.id}"
        )

    def _of_subscription(self, site: Site) -> Item:
        """The handler of a subscription; the subscription where it is not known."""
        node = self._code.node(site.id)
        frame = node.handler.frame if node is not None else None
        if frame is None or frame.function is None or site.handler is None:
            return self._of_site(site)
        item = self._of_function(frame)
        return item if site.handler.name == _UNNAMED else item._replace(name=site.handler.name)

    def _of_function(self, frame: Frame) -> Item:
        path, function = frame.module.path, frame.function
        service = self._graph.recorder.service_of(path) or ""
        if function is None:
            top = Target(path, 1, 1, 1, 1)
            return Item(path.rpartition("/")[2], "function", service, top, top, f"function:{path}:0:")
        code = self._code.function(frame)
        handed = frame.module.handed.get((function.start, function.end))
        name = _name_of(frame)
        if not name:
            name = self._spelled(handed) if handed is not None else _UNNAMED
        key = f"function:{path}:{function.start}:{name}"
        return Item(name, "function", service, code.name, code.body, key)

    def _of_registration(self, site: CallSite, mark: str = "") -> Item:
        callee, module = self._callee(site), site.frame.module
        around = self._code.span(module, site.call.start, site.call.end)
        service = self._graph.recorder.service_of(module.path) or ""
        key = f"registration:{module.path}:{site.call.start}"
        return Item(mark + self._spelled(site), "registration", service, callee, around, key)

    def _spelled(self, site: CallSite) -> str:
        """A call by its callee and its first text: ``app.post('/orders')``."""
        texts = (a.value.value for a in site.call.args if isinstance(a.value, ir.Literal))
        first = next((text for text in texts if isinstance(text, str)), None)
        callee = self._graph.evaluator.source(site.call.callee, site.frame, 60)
        return f"{callee}({first!r})" if first is not None else f"{callee}()"

    def _callee(self, site: CallSite) -> Target:
        callee = site.call.callee
        start = (callee.name_start or callee.start) if isinstance(callee, ir.Member) else callee.start
        return self._code.span(site.frame.module, start, callee.end)

    # ---------------------------------------------------------------------------------------------------------- keys

    def _site(self, key: str) -> Site | None:
        return self._index.site(key.removeprefix("site:")) if key.startswith("site:") else None

    def _frame(self, key: str) -> Frame | None:
        """The function of a key: at its place, or where the code has moved the only one of its name."""
        if not key.startswith("function:"):
            return None
        path, start, name = key.removeprefix("function:").rsplit(":", 2)
        module = self._graph.program.modules.get(path)
        if module is None:
            return None
        functions = list(_functions(module))
        exact = [frame for frame in functions if str(frame.start) == start]
        named = [frame for frame in functions if _name_of(frame) == name]
        return next(iter([*exact, *(named if len(named) == 1 else [])]), module.top if start == "0" else None)

    def _is_at(self, frame: Frame, file: str, line: int, column: int) -> bool:
        function, module = frame.function, frame.module
        if function is None or self._graph.places.line(module, function.name_start) != line:
            return False
        return self._code.function(frame).head.contains(file, line, column)


def _name_of(frame: Frame) -> str:
    """The name of a function, or under which a lambda is known; "" for none."""
    function = frame.function
    if function is None:
        return ""
    return lasting_name(function.qualname) if function.name else frame.module.lambda_names.get(id(function), "")


def _functions(module: ModuleIndex) -> Iterator[Frame]:
    return (frame for frame in module.frames if frame.function is not None)


def _unique(items: Iterable[Item]) -> list[Item]:
    return list({item.key: item for item in items}.values())


def _sorted(places: Iterable[Target]) -> list[Target]:
    return sorted(set(places))
