"""Runs of statements: blocks, where a deferred call covers what follows and an error is looked at right after the call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from tree_sitter import Node

from eventlens import ir
from eventlens.syntax.go.errors import asks_for, is_error_name, tested
from eventlens.syntax.go.reader import MAX_DEPTH, STATEMENTS, VALUES, Reader, bare, value
from eventlens.syntax.reader import part

_ASSIGNMENTS = frozenset({"short_var_declaration", "assignment_statement"})


def statement(reader: Reader, node: Node, lowered: list[ir.Statement]) -> None:
    """Lower one statement node; one node may be several statements, or none. What an error holds stands in a block."""
    start, end = node.start_byte, node.end_byte
    kind = node.type
    handler = STATEMENTS.get(kind)
    if kind == "comment" or (handler is None and not reader.damaged):
        return
    if reader.depth > MAX_DEPTH:
        lowered.append(ir.Evaluate(start, end, ir.Unknown(start, end, "nesting")))
        return
    reader.depth += 1
    if handler is not None:
        handler(reader, node, lowered)
    elif kind in VALUES and node.child_count:
        content = value(reader, node)
        lowered.append(ir.Evaluate(content.start, content.end, content))
    elif node.child_count:
        inside = statements(reader, node.children)
        lowered.extend((ir.Block(start, end, inside, "error"),) if kind == "ERROR" else inside)
    reader.depth -= 1


def block(reader: Reader, node: Node) -> tuple[ir.Statement, ...]:
    """The statements of a ``block`` or of a case."""
    listed: list[Node] = []
    for child in node.named_children:
        listed.extend(child.named_children if child.type == "statement_list" else [child])
    return statements(reader, listed)


def statements(reader: Reader, nodes: Sequence[Node]) -> tuple[ir.Statement, ...]:
    """Lower statement nodes in order."""
    written = [each for each in nodes if each.type != "comment"]
    lowered: list[ir.Statement] = []
    position = 0
    while position < len(written):
        node = written[position]
        position += 1
        following = written[position] if position < len(written) else None
        if node.type == "defer_statement" and following is not None and reader.depth <= MAX_DEPTH:
            lowered.append(_deferred(reader, node, written[position:]))
            break
        if node.type in _ASSIGNMENTS and following is not None and _is_check(reader, node, following):
            body: list[ir.Statement] = []
            statement(reader, node, body)
            position += 1
            ending = written[position] if position < len(written) else None
            lowered.append(checked(reader, body, following, node.start_byte, ending))
        elif asking := _asking(reader, node, islice(written, position, None)):
            body = []
            statement(reader, node, body)
            position += len(asking)
            ending = written[position] if position < len(written) else None
            lowered.append(_sorted_out(reader, body, node, asking, ending))
        else:
            statement(reader, node, lowered)
    return tuple(lowered)


def _is_check(reader: Reader, assignment: Node, node: Node) -> bool:
    if node.type != "if_statement" or node.child_by_field_name("initializer") is not None:
        return False
    return is_check_of(reader, assignment, node)


def is_check_of(reader: Reader, assignment: Node, node: Node) -> bool:
    """Whether an ``if`` asks for nothing but the error that an assignment binds last."""
    targets = part(assignment, "left").named_children
    error, _ = tested(reader, part(node, "condition"))
    return bool(error and targets) and reader.of(targets[-1]) == error


def _asking(reader: Reader, assignment: Node, following: Iterable[Node]) -> list[Node]:
    """The ``if`` statements right after an assignment that run only where the error that it binds last is set."""
    if assignment.type not in _ASSIGNMENTS:
        return []
    targets = part(assignment, "left").named_children
    error = reader.of(targets[-1]) if targets else ""
    found: list[Node] = []
    for node in following if is_error_name(error) else ():
        if node.type != "if_statement" or not _asks_throughout(reader, node, error):
            break
        found.append(node)
    return found


def asked_for(reader: Reader, assignment: Node, node: Node) -> str:
    """The error that an assignment binds last, where each arm of the ``if`` that it stands in needs it to be set; else ""."""
    targets = part(assignment, "left").named_children
    error = reader.of(targets[-1]) if targets else ""
    return error if is_error_name(error) and _asks_throughout(reader, node, error, assignment) else ""


def _asks_throughout(reader: Reader, node: Node | None, error: str, known: Node | None = None) -> bool:
    """Whether each arm of an ``if`` needs the error to be set; no arm may begin with a statement but the ``known`` one."""
    while node is not None and node.type == "if_statement":
        initializer = node.child_by_field_name("initializer")
        if initializer is not None and (known is None or initializer.id != known.id):
            return False
        if not asks_for(reader, part(node, "condition"), error):
            return False
        node = node.child_by_field_name("alternative")
    return node is None


def _sorted_out(
    reader: Reader, body: list[ir.Statement], assignment: Node, asking: Sequence[Node], ending: Node | None
) -> ir.Try:
    """Several questions that follow what may have failed, as one catch; a ``return err`` after them throws what they leave."""
    error = reader.of(part(assignment, "left").named_children[-1])
    was_known = error in reader.frame.caught
    reader.frame.caught.add(error)
    caught: list[ir.Statement] = []
    for node in asking:
        if tested(reader, part(node, "condition"))[0] and node.child_by_field_name("alternative") is None:
            caught.extend(block(reader, part(node, "consequence")))
        else:
            statement(reader, node, caught)
    caught.extend(_thrown_at_the_end(reader, ending, error))
    if not was_known:
        reader.frame.caught.discard(error)
    last = asking[-1].end_byte
    catch = ir.Catch(asking[0].start_byte, last, (), error, tuple(caught))
    return ir.Try(assignment.start_byte, last, tuple(body), (catch,))


def _thrown_at_the_end(reader: Reader, ending: Node | None, error: str) -> Iterator[ir.Throw]:
    """What a ``return`` below throws where nothing has left before it: the error that it gives, by name or as the function's named result."""
    if ending is None or ending.type != "return_statement" or not reader.frame.fails:
        return
    given = bare(ending.named_children[-1]) if ending.named_children else ending
    given = given.named_children[-1] if given.type == "expression_list" else given
    if (reader.of(given) if ending.named_children else reader.frame.error) == error:
        yield ir.Throw(ending.start_byte, ending.end_byte, ir.Name(given.start_byte, given.end_byte, error))


def checked(reader: Reader, body: list[ir.Statement], node: Node, start: int, ending: Node | None = None) -> ir.Try:
    """``if err != nil`` after what may have failed; what it does not settle, the ``ending`` below gives on."""
    error, operator = tested(reader, part(node, "condition"))
    then, other = part(node, "consequence"), node.child_by_field_name("alternative")
    failing, going_on = (then, other) if operator == "!=" else (other, then)
    was_known = error in reader.frame.caught
    reader.frame.caught.add(error)
    caught = _branch(reader, failing)
    if not (caught and isinstance(caught[-1], ir.Return | ir.Throw | ir.Jump)):
        caught = (*caught, *_thrown_at_the_end(reader, ending, error))
    if not was_known:
        reader.frame.caught.discard(error)
    place = failing or node
    catch = ir.Catch(place.start_byte, place.end_byte, (), error, caught)
    return ir.Try(start, node.end_byte, tuple(body), (catch,), _branch(reader, going_on))


def _branch(reader: Reader, node: Node | None) -> tuple[ir.Statement, ...]:
    if node is None:
        return ()
    return block(reader, node) if node.type == "block" else statements(reader, [node])


def _deferred(reader: Reader, node: Node, rest: Sequence[Node]) -> ir.Try:
    call = bare(node.named_children[0])
    start, end = call.start_byte, call.end_byte
    content = value(reader, call)
    reader.depth += 1
    body = statements(reader, rest)
    reader.depth -= 1
    last = rest[-1].end_byte
    called = content.callee if isinstance(content, ir.Call) else content
    if isinstance(called, ir.Lambda) and "recover()" in reader.of(call):
        catch = ir.Catch(start, end, (), "", called.function.body or ())
        return ir.Try(node.start_byte, last, body, (catch,))
    return ir.Try(node.start_byte, last, body, (), (), (ir.Evaluate(start, end, content),))
