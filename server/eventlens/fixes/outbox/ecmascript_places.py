"""Where outbox rows are stored in the transaction of a write: in place of the publish, moved into the transaction, or with
a transaction made around the write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from tree_sitter import Node

from eventlens.behaviour.events import Context, Event
from eventlens.checks.operations import DualWrite
from eventlens.fixes.functions import FUNCTIONS, call_at, callback_of, function_around, is_async
from eventlens.fixes.outbox.ecmascript_between import PLAIN, declarations_between
from eventlens.fixes.outbox.ecmascript_code import arguments, callee, declarators, function_of, names_bound, names_read
from eventlens.fixes.outbox.ecmascript_sending import Sending
from eventlens.fixes.source import SourceFile, inside

_LEAVING = ("return_statement", "throw_statement")


class Access(Protocol):
    """How a data-access library writes in a transaction."""

    handles: tuple[str, ...]
    """What the object that writes in a transaction is called, best first."""

    def client(self, file: SourceFile, chain: Node) -> Node | None:
        """The part of a write's call that stands for the connection: ``this.prisma`` of ``this.prisma.order.create(…)``."""

    def within(self, file: SourceFile, client: Node, handle: str) -> str | None:
        """The handle of a write that goes through ``client`` in the scope that is given ``handle``; None where it goes past it."""

    def through(self, file: SourceFile, client: Node, handle: str) -> str:
        """What stands in place of ``client`` in a transaction that was made around the write."""

    def opening(self, file: SourceFile, client: Node, handle: str) -> str | None:
        """What opens a transaction around a callback, up to the callback's brace; None where the client cannot."""

    def begun(self, file: SourceFile, commit: Node | None, client: Node) -> str | None:
        """The handle of a transaction that statements begin and end; ``commit`` is the call that ends it."""


class Written(NamedTuple):
    """A statement that writes: ``value`` is its expression from the ``await`` on, ``chain`` the calls in it, which begin at the byte ``start``."""

    statement: Node
    value: Node
    chain: Node
    client: Node
    start: int

    @property
    def is_awaited(self) -> bool:
        """Whether the statement waits for the write."""
        return self.start > self.value.start_byte


class Place(NamedTuple):
    """Where the rows are stored. ``at``: None in place of the publish, else the statement before (or ``behind``) which they stand.

    ``along``: declarations that move with them. ``wrapped``: the write around which ``opening`` makes a transaction, in which it goes
    ``through`` another client; the rows come first where the publish did. ``named``: a name for what ``at`` returns, so that the rows can read it.
    ``in_list``: ``at`` is the list of a transaction's writes, of which the rows become the last."""

    handle: str
    at: Node | None = None
    behind: bool = False
    along: tuple[Node, ...] = ()
    wrapped: Written | None = None
    opening: str = ""
    through: str = ""
    rows_first: bool = False
    named: str = ""
    in_list: bool = False


# --------------------------------------------------------------------------------------------------------- the place


class _Search(NamedTuple):
    file: SourceFile
    one: DualWrite
    call: Node
    sent: Sending
    read: frozenset[str]
    access: Access


def find_place(
    file: SourceFile, one: DualWrite, call: Node, sent: Sending, read: Iterable[Node], access: Access
) -> Place | None:
    """Where the rows that read some expressions can be stored together with the write; None where that is not certain."""
    names = set(names_read(file, *read))
    if any(True for node in read for _ in inside(node, "this")):
        names.add("this")
    search = _Search(file, one, call, sent, frozenset(names), access)
    scope = one.end
    if isinstance(scope, Context):
        return _in_scope(search, scope)
    if isinstance(scope, Event):
        return _in_begun(search, scope)
    return _around_write(search)


def _written(search: _Search) -> Written | None:
    """The write, where it stands in the function of the publish as a statement of its own."""
    event, file = search.one.write, search.file
    if event.chain or event.frame.module is not search.one.publish.frame.module:
        return None
    call = _call_within(file, event.node.start, event.node.end)
    if call is None:
        return None
    chain = call
    while chain.parent is not None and (
        (chain.parent.type == "member_expression" and chain.parent.child_by_field_name("object") == chain)
        or (chain.parent.type == "call_expression" and chain.parent.child_by_field_name("function") == chain)
    ):
        chain = chain.parent
    value = chain.parent if chain.parent is not None and chain.parent.type == "await_expression" else chain
    client = search.access.client(file, chain)
    statement = value.parent
    while statement is not None and statement.type in ("variable_declarator", "assignment_expression"):
        statement = statement.parent
    if client is None or statement is None or statement.type not in (*PLAIN, "return_statement"):
        return None
    return Written(statement, value, chain, client, _beginning(chain))


def _call_within(file: SourceFile, start: int, end: int) -> Node | None:
    """The call of these bytes; also where the grammar counts an ``await`` before it as a part of it."""
    found = call_at(file, start, end)
    if found is not None:
        return found
    node = file.tree.root_node.named_descendant_for_byte_range(start, end)
    while node is not None and node.end_byte == end:
        if node.type == "call_expression" and _beginning(node) == start:
            return node
        node = node.parent
    return None


def _beginning(call: Node) -> int:
    """Where a chain of calls begins, behind the ``await`` that the grammar may have drawn into it."""
    node: Node | None = call
    while node is not None:
        if node.type == "await_expression":
            return node.named_children[0].start_byte
        start = node.start_byte
        node = node.child_by_field_name("function") or node.child_by_field_name("object")
    return start


# --- a transaction that is given a callback


def _in_scope(search: _Search, scope: Context) -> Place | None:
    file, one = search.file, search.one
    if scope.frame.module is not one.publish.frame.module:
        return _with_given_client(search)
    opened = call_at(file, scope.node.start, scope.node.end)
    callback = _callback(opened) if opened is not None else None
    if opened is None or callback is None:
        return _in_list(search, opened) if opened is not None else None
    name = _parameter(file, callback)
    handle = _handle_inside(search, callback, name) if name else None
    if handle is None or not is_async(callback):
        return None
    if callback.start_byte <= search.call.start_byte < callback.end_byte:
        return Place(handle) if _is_part_of(search, callback) else None
    return _moved_into(search, opened, callback, handle)


def _is_part_of(search: _Search, callback: Node) -> bool:
    """Whether a callback waits for the publish inside it, and fails where it does.

    A statement that fails ends the transaction: who catches that would go on to a commit that stores nothing."""
    at: Node | None = search.sent.statement
    while at is not None and at != callback:
        around = at.parent
        if around is not None and around.type == "try_statement" and around.child_by_field_name("body") == at:
            handler = around.child_by_field_name("handler")
            body = handler.child_by_field_name("body") if handler is not None else None
            last = _last_statement(body) if body is not None else None
            if handler is not None and (last is None or last.type != "throw_statement"):
                return False
        if at.type in FUNCTIONS and not _is_waited_for(search.file, at):
            return False
        at = around
    return at is not None


def _is_waited_for(file: SourceFile, function: Node) -> bool:
    """Whether a function is the callback of ``await Promise.all(items.map(…))``."""
    mapped = function.parent.parent if function.parent is not None else None
    gathered = mapped.parent.parent if mapped is not None and mapped.parent is not None else None
    return (
        callback_of(file, function) == "map"
        and gathered is not None
        and callee(file, gathered) == "Promise.all"
        and gathered.parent is not None
        and gathered.parent.type == "await_expression"
    )


def _with_given_client(search: _Search) -> Place | None:
    """The caller's transaction, through the client that the function was given for the write."""
    written = _written(search)
    function = function_around(search.file, search.call)
    if written is None or function is None or written.client.type != "identifier":
        return None
    parameters = function.child_by_field_name("parameters")
    own = (
        {name for one in parameters.named_children for name in _parameter_names(search.file, one)}
        if parameters
        else set()
    )
    name = search.file.text(written.client)
    return Place(name) if name in own and search.access.within(search.file, written.client, name) else None


def _parameter_names(file: SourceFile, parameter: Node) -> list[str]:
    pattern = parameter.child_by_field_name("pattern")
    return names_bound(file, pattern) if pattern is not None else []


def _callback(call: Node) -> Node | None:
    given = arguments(call) or []
    found = [one for one in given if one.type in ("arrow_function", "function_expression")]
    return found[0] if len(found) == 1 else None


def _parameter(file: SourceFile, callback: Node) -> str:
    """The name of a callback's only plain parameter; "" where it has none such."""
    single = callback.child_by_field_name("parameter")
    if single is not None:
        return file.text(single)
    parameters = callback.child_by_field_name("parameters")
    first = parameters.named_children[:1] if parameters is not None else []
    pattern = first[0].child_by_field_name("pattern") if first else None
    return file.text(pattern) if pattern is not None and pattern.type == "identifier" else ""


def _handle_inside(search: _Search, callback: Node, name: str) -> str | None:
    """The handle with which the write, or the function that makes it, writes inside the callback."""
    file, event = search.file, search.one.write
    if event.chain:
        step = event.chain[0].call
        call = call_at(file, step.start, step.end)
        given = arguments(call) if call is not None else None
        is_inside = call is not None and callback.start_byte <= call.start_byte < callback.end_byte
        return name if is_inside and any(file.text(one) == name for one in given or ()) else None
    written = _written(search)
    return search.access.within(file, written.client, name) if written is not None else None


def _moved_into(search: _Search, opened: Node, callback: Node, handle: str) -> Place | None:
    """The publish stands behind the transaction: its rows become the last that the callback does."""
    file, body = search.file, callback.child_by_field_name("body")
    value = opened.parent if opened.parent is not None and opened.parent.type == "await_expression" else None
    statement = value.parent if value is not None else None
    bound: list[str] = []
    if statement is not None and statement.type == "variable_declarator":
        pattern = statement.child_by_field_name("name")
        bound = names_bound(file, pattern) if pattern is not None else []
        statement = statement.parent
    if statement is None or statement.type not in PLAIN or body is None or body.type != "statement_block":
        return None
    along = declarations_between(search.file, search.read, statement, search.sent.statement)
    returns = [one for one in inside(body, "return_statement") if function_around(file, one) == callback]
    last = _last_statement(body)
    if along is None or last is None or any(one != last for one in returns):
        return None
    needed = _needed(search, along) & set(bound)
    own = {
        name
        for one in body.named_children
        for each in declarators(one)
        for name in names_bound(file, each.child_by_field_name("name") or each)
    }
    if (own & _needed(search, along)) - needed:
        return None
    if last.type != "return_statement":
        return None if needed else Place(handle, last, behind=True, along=along)
    returned = last.named_children[0] if last.named_children else None
    if not needed or (returned is not None and _gives_own_names(file, returned, needed)):
        return Place(handle, last, along=along)
    if len(bound) == 1 and statement.type == "lexical_declaration" and returned is not None and bound[0] not in own:
        pattern = declarators(statement)[0].child_by_field_name("name")
        if pattern is not None and pattern.type == "identifier":
            return Place(handle, last, along=along, named=bound[0])
    return None


def _gives_own_names(file: SourceFile, returned: Node, needed: set[str]) -> bool:
    """Whether what a callback returns is, name for name, what the caller binds."""
    if returned.type == "identifier":
        return {file.text(returned)} == needed
    if returned.type != "object":
        return False
    return needed <= {file.text(one) for one in returned.named_children if one.type == "shorthand_property_identifier"}


def _in_list(search: _Search, opened: Node) -> Place | None:
    """The publish stands behind a transaction that is given its writes as a list: the rows become its last elements."""
    file, client = search.file, function_of(opened)
    given = arguments(opened) or []
    statement = file.statement_around(opened.start_byte, opened.end_byte)
    array = given[0] if len(given) == 1 and given[0].type == "array" else None
    is_commented = array is not None and any(one.type == "comment" for one in array.named_children)
    if array is None or is_commented or not array.named_children or client is None or statement.type not in PLAIN:
        return None
    bound = {
        name for one in declarators(statement) for name in names_bound(file, one.child_by_field_name("name") or one)
    }
    handle = client.child_by_field_name("object")
    if handle is None or bound & search.read or statement.parent != search.sent.statement.parent:
        return None
    patterns = [one.child_by_field_name("name") for one in declarators(statement)]
    if any(one is None or one.type != "array_pattern" or "..." in file.text(one) for one in patterns):
        return None  # who takes the whole list would find one more in it
    is_before = search.one.publish.order > search.one.write.order
    is_free = declarations_between(search.file, search.read, statement, search.sent.statement) == ()
    return Place(file.text(handle), array, in_list=True) if is_before and is_free else None


# --- a transaction that statements begin and end


def _in_begun(search: _Search, commit: Event) -> Place | None:
    file, one = search.file, search.one
    written = _written(search)
    if written is None:
        return None
    if commit.frame.module is not one.publish.frame.module or commit.chain:
        return _with_given_client(search) if one.before_commit else None
    ended = call_at(file, commit.node.start, commit.node.end)
    handle = search.access.begun(file, ended, written.client)
    statement = file.statement_around(commit.node.start, commit.node.end)
    if handle is None or ended is None or statement.type != "expression_statement":
        return None
    if one.before_commit:
        function = function_around(file, search.call)
        return (
            Place(handle) if function == function_around(file, ended) and one.publish.order > one.write.order else None
        )
    outer = _sibling_of(statement, search.sent.statement)
    along = declarations_between(search.file, search.read, outer, search.sent.statement) if outer is not None else None
    return Place(handle, statement, along=along) if along is not None else None


def _sibling_of(statement: Node, publish: Node) -> Node | None:
    """The statement itself or the ``try`` around it that stands in the publish's block; None where a caught failure goes on to it."""
    if statement.parent == publish.parent:
        return statement
    block = statement.parent
    tried = block.parent if block is not None else None
    if (
        tried is None
        or tried.type != "try_statement"
        or tried.child_by_field_name("body") != block
        or tried.parent != publish.parent
    ):
        return None
    handler = tried.child_by_field_name("handler")
    body = handler.child_by_field_name("body") if handler is not None else None
    last = _last_statement(body) if body is not None else None
    return tried if handler is None or (last is not None and last.type in _LEAVING) else None


# --- no transaction yet


def _around_write(search: _Search) -> Place | None:
    file, one = search.file, search.one
    written = _written(search)
    if written is None or written.statement.parent != search.sent.statement.parent:
        return None
    taken = {file.text(node) for node in inside(function_around(file, search.call) or written.statement, "identifier")}
    handle = next((name for name in search.access.handles if name not in taken), None)
    opening = search.access.opening(file, written.client, handle) if handle is not None else None
    if handle is None or opening is None:
        return None
    first = one.publish.order < one.write.order
    start, end = (search.sent.statement, written.statement) if first else (written.statement, search.sent.statement)
    along = declarations_between(search.file, search.read, start, end)
    if along is None or (first and along) or (not first and not written.is_awaited):
        return None
    if not written.is_awaited and written.statement.type != "return_statement":
        return None
    waits = list(inside(written.chain, "await_expression", "yield_expression"))
    if any(one.start_byte >= written.start for one in waits):
        return None
    if len(declarators(written.statement)) > 1:
        return None
    through = search.access.through(file, written.client, handle)
    return Place(
        handle, written.statement, along=along, wrapped=written, opening=opening, through=through, rows_first=first
    )


# --- what stands between


def _needed(search: _Search, along: Sequence[Node]) -> set[str]:
    values = [one.child_by_field_name("value") for each in along for one in declarators(each)]
    return set(search.read) | names_read(search.file, *(value for value in values if value is not None))


def _last_statement(block: Node) -> Node | None:
    found = [one for one in block.named_children if one.type != "comment"]
    return found[-1] if found else None
