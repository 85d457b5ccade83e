"""What must hold for every source file, however damaged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from eventlens import ir
from eventlens.analysis import catalogue_of
from eventlens.flow.module_index import ModuleIndex
from eventlens.syntax import grammars
from eventlens.syntax.lowering import lower
from eventlens.workspace.survey import Surveyor

from .seeds import FIXTURES

_MOST_PACKED = 40
"""Bytes that a byte of source may take in a serialised module; those of thousands of cases took at most 15."""
_NESTED = 200_000
"""Bytes that a hundred functions in one another may take besides: each is named with all that are around it."""
_OFFSETS = frozenset(("start", "end", "name_start", "name_end"))


class _Failures(logging.Handler):
    """Keeps what is logged as a failure."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR or "left out" in record.getMessage():
            self.records.append(record)


@contextmanager
def failures_raised() -> Iterator[None]:
    """Raises what the code inside caught and logged, as if it had not been caught."""
    handler = _Failures()
    logger = logging.getLogger("eventlens")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
    for record in handler.records:
        error = record.exc_info[1] if record.exc_info else None
        raise error if error is not None else AssertionError(record.getMessage())


def check_source(path: str, source: bytes) -> None:
    """Lowers, serialises, surveys and indexes one file."""
    with failures_raised():
        module = lower(path, source)
        packed = ir.encode(module)
        assert len(packed) <= _MOST_PACKED * len(source) + _NESTED, f"serialised, it takes {len(packed):,} bytes"
        assert ir.encode(ir.decode(packed)) == packed, "the serialised module reads back as another one"
        _check_places(module, len(source))
        _surveyor().survey(source, module.language)
        ModuleIndex(module)
    language = grammars.language_of(path)
    assert language is not None and module.language == language[0] and module.size == len(source)


@cache
def _surveyor() -> Surveyor:
    return Surveyor(catalogue_of(FIXTURES, ())[0].literals())


def _check_places(module: ir.Module, size: int) -> None:
    starts = module.line_starts
    assert starts[0] == 0 and starts[-1] <= size and list(starts) == sorted(set(starts))
    waiting: list[object] = [module.imports, module.exports, module.body, module.errors, module.comments]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple):
            waiting.extend(each)
        elif isinstance(each, ir.Node):
            for name in each.__struct_fields__:
                part = getattr(each, name)
                if name in _OFFSETS:
                    assert 0 <= part <= size, f"{name} {part} of {type(each).__name__} is outside the file"
                elif isinstance(part, (tuple, ir.Node)):
                    waiting.append(part)
            assert each.start <= each.end, f"{type(each).__name__} begins at {each.start} and ends at {each.end}"
