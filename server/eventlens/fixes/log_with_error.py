"""Log what went wrong: the error goes along with a log that only says that something failed.

How a logger is given an error is its library's: SLF4J, Log4j and JBoss Logging take it last (https://www.slf4j.org/faq.html#paramException),
kotlin-logging before the block, java.util.logging behind a level alone, Microsoft.Extensions.Logging, Serilog and NLog first, log4net
last; Python's ``logging`` and structlog have ``exception``; pino and bunyan take an object before the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from eventlens import ir
from eventlens.fixes.caught_errors import CaughtError, caught_at
from eventlens.fixes.changes import Edit, Offer, edited
from eventlens.fixes.context import FixContext
from eventlens.fixes.golang.imports import name_of
from eventlens.fixes.jvm.imports import import_edits
from eventlens.fixes.jvm.loggers import LEVEL, is_of_the_platform
from eventlens.fixes.loggers import is_logger, takes_error_first
from eventlens.fixes.source import SourceFile
from eventlens.flow.model import Finding

RULES = frozenset(("failure-without-context",))
_LEVELS = frozenset(("error", "warn", "warning", "info", "debug", "fatal", "critical", "log"))
_GO_LEVELS = frozenset(("Error", "Warn", "Warning", "Info", "Debug"))
_CSHARP_LEVELS = frozenset(("Error", "Warning", "Fatal", "Information", "Warn", "Info"))
_GO_PRINTERS = frozenset(("log", "fmt"))
_PLATFORM_LEVELS = frozenset(("severe", "warning", "info", "config", "fine"))
"""The methods of java.util.logging that are called as their levels are."""


def offers(context: FixContext, finding: Finding) -> Iterator[Offer]:
    """Where the error has a name, or can be given one, and it is known how the logger takes it."""
    subject = context.subject(finding)
    if subject is None or subject.frame is None or not isinstance(subject.node, ir.Call):
        return
    call, module = subject.node, subject.frame.module.module
    file = context.file(module.path)
    caught = caught_at(file, call.start, call.end)
    if caught is None or not call.args:
        return
    edits = _LANGUAGES[file.language](file, call, caught, module)
    if edits:
        yield Offer("log-error", "Log the error with it", lambda: edited({file.path: edits}), preferred=True)


def _owner(file: SourceFile, call: ir.Call) -> tuple[str, str]:
    """What a method is called on, as it is written, and its name."""
    if isinstance(call.callee, ir.Member):
        owner = call.callee.object
        return file.written(owner), call.callee.name
    return "", call.callee.name if isinstance(call.callee, ir.Name) else ""


def _first(call: ir.Call, text: str) -> Edit:
    return Edit(call.args[0].start, call.args[0].start, f"{text}, ")


def _last(call: ir.Call, text: str) -> Edit:
    return Edit(call.args[-1].end, call.args[-1].end, f", {text}")


def _said(file: SourceFile, call: ir.Call, added: str) -> list[Edit]:
    """``added`` before the closing quote of the one text that a call is given."""
    value = call.args[0].value
    source = file.source[value.start : value.end]
    if len(call.args) != 1 or not isinstance(value, ir.Literal) or source[:1] != b'"' or source[:3] == b'"""':
        return []
    end = value.end - (3 if source.endswith(b'\\n"') else 1)
    return [Edit(end, end, added)]


def _ecmascript(file: SourceFile, call: ir.Call, caught: CaughtError, _: ir.Module) -> list[Edit]:
    owner, method = _owner(file, call)
    if method not in _LEVELS or not (owner == "console" or is_logger(owner)):
        return []
    if owner != "console" and takes_error_first(file, owner):
        given = f"{{ {'err' if caught.name == 'err' else f'err: {caught.name}'} }}"
        return [*caught.naming, _first(call, given)]
    return [*caught.naming, _last(call, caught.name)]


def _python(file: SourceFile, call: ir.Call, caught: CaughtError, module: ir.Module) -> list[Edit]:
    owner, method = _owner(file, call)
    if (owner, method) == ("", "print"):
        return [*caught.naming, _last(call, caught.name)]
    if not isinstance(call.callee, ir.Member) or method not in _LEVELS or not (owner == "logging" or is_logger(owner)):
        return []
    if method == "error":
        start = call.callee.name_start
        return [Edit(start, start + len(method), "exception")]
    return [] if _imports(module, "loguru") else [_last(call, "exc_info=True")]


def _java(file: SourceFile, call: ir.Call, caught: CaughtError, _: ir.Module) -> list[Edit]:
    owner, method = _owner(file, call)
    if is_logger(owner) and method in _PLATFORM_LEVELS and is_of_the_platform(file):
        return _with_level(file, call, caught.name)
    if method in _LEVELS and is_logger(owner):
        return [_last(call, caught.name)]
    value = call.args[0].value
    if owner in ("System.err", "System.out") and method == "println" and isinstance(value, ir.Literal):
        return [*_said(file, call, ": "), Edit(value.end, value.end, f" + {caught.name}")]
    return []


def _with_level(file: SourceFile, call: ir.Call, error: str) -> list[Edit]:
    """``log.warning("…")`` → ``log.log(Level.WARNING, "…", error)``."""
    imports = import_edits(file, LEVEL)
    if not isinstance(call.callee, ir.Member) or len(call.args) != 1 or imports is None:
        return []
    start, method = call.callee.name_start, call.callee.name
    named = Edit(start, start + len(method), "log")
    return [named, _first(call, f"Level.{method.upper()}"), _last(call, error), *imports]


def _kotlin(file: SourceFile, call: ir.Call, caught: CaughtError, _: ir.Module) -> list[Edit]:
    owner, method = _owner(file, call)
    if is_logger(owner) and method in _PLATFORM_LEVELS and is_of_the_platform(file):
        return _with_level(file, call, caught.name)
    if method in _LEVELS and is_logger(owner):
        if isinstance(call.args[0].value, ir.Lambda):
            return [Edit(call.callee.end, call.callee.end, f"({caught.name})")]
        return [_last(call, caught.name)]
    return _said(file, call, f": ${caught.name}") if (owner, method) == ("", "println") else []


def _csharp(file: SourceFile, call: ir.Call, caught: CaughtError, module: ir.Module) -> list[Edit]:
    owner, method = _owner(file, call)
    value = call.args[0].value
    if (owner, method) == ("Console", "WriteLine"):
        told = _said(file, call, ": ")
        return [*caught.naming, *told, Edit(value.end, value.end, f" + {caught.name}")] if told else []
    if not is_logger(owner) or method.removeprefix("Log") not in (*_CSHARP_LEVELS, "Critical"):
        return []
    given = _last if _imports(module, "log4net") else _first
    return [*caught.naming, given(call, caught.name)]


def _go(file: SourceFile, call: ir.Call, caught: CaughtError, _: ir.Module) -> list[Edit]:
    owner, method = _owner(file, call)
    error = caught.name
    if owner in _GO_PRINTERS and method == "Println":
        return [_last(call, error)]
    if owner in _GO_PRINTERS and method in ("Print", "Printf"):  # neither puts a space behind a text
        told = _said(file, call, ": " if method == "Print" else ": %v")
        return [*told, _last(call, error)] if told else []
    callee = call.callee
    if isinstance(callee, ir.Member) and isinstance(callee.object, ir.Call) and method == "Msg":
        return [Edit(callee.object.end, callee.object.end, f".Err({error})")]  # zerolog
    if method not in _GO_LEVELS or not isinstance(callee, ir.Member):
        return []
    known = [(given, name) for path, given in _GO_LOGGERS.items() if (name := name_of(file, path)) is not None]
    return [given(call, callee, error, name) for given, name in known] if len(known) == 1 else []


def _imports(module: ir.Module, package: str) -> bool:
    return any(one.module == package or one.module.startswith(f"{package}.") for one in module.imports)


_GO_LOGGERS: dict[str, Callable[[ir.Call, ir.Member, str, str], Edit]] = {
    "go.uber.org/zap": lambda call, _, error, package: _last(call, f"{package}.Error({error})"),
    "log/slog": lambda call, _, error, package: _last(call, f'"error", {error}'),
    "github.com/sirupsen/logrus": lambda _, callee, error, package: Edit(
        callee.object.end, callee.object.end, f".WithError({error})"
    ),
}
"""How the loggers of Go take an error, by the package that a file imports; it is given the name of that one in the file."""
_LANGUAGES: dict[str, Callable[[SourceFile, ir.Call, CaughtError, ir.Module], list[Edit]]] = {
    "typescript": _ecmascript,
    "javascript": _ecmascript,
    "python": _python,
    "java": _java,
    "kotlin": _kotlin,
    "csharp": _csharp,
    "go": _go,
}
