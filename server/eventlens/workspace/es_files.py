"""Which file an extensionless or `.js` path means, by Node's and TypeScript's rules."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from eventlens.workspace.resolution import under

_SUFFIXES = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json")
_WRITTEN_AS = {
    ".js": (".ts", ".tsx", ".d.ts"),
    ".jsx": (".tsx",),
    ".mjs": (".mts", ".d.mts"),
    ".cjs": (".cts", ".d.cts"),
}
"""A specifier's suffix → suffixes of the source that compiles to it."""

_OUTPUT = re.compile(
    r"(?:^|(?<=/))(?:dist|build|lib|out|es|esm|cjs|umd|types|compiled)(?:/(?:src|esm|cjs|es|types))?(?=/|$)"
)


def candidates(base: str) -> Iterator[str]:
    """Paths that ``base`` can mean, in the order in which they are tried."""
    stem, dot, ending = base.rpartition(".")
    suffix = dot + ending
    if "/" not in ending and stem:
        for source in _WRITTEN_AS.get(suffix, ()):
            yield stem + source
    if base:
        yield base
        for suffix in _SUFFIXES:
            yield base + suffix
    for suffix in _SUFFIXES:
        yield under(base, "index" + suffix)


def probe(base: str, paths: Collection[str]) -> str | None:
    """The first candidate that exists."""
    return next((candidate for candidate in candidates(base) if candidate in paths), None)


def sources_of_output(target: str) -> Iterator[str]:
    """Where the source of a compiled file (``dist/index.js``) may lie: itself, ``src/index``, ``index``."""
    target = target.removeprefix("./").rstrip("/")
    yield target
    bare = re.sub(r"(?:\.d)?\.[cm]?[jt]sx?$", "", target)
    found = _OUTPUT.search(bare)
    if found is None:
        yield bare
        return
    before, after = bare[: found.start()], bare[found.end() :].lstrip("/")
    for middle in ("src/", "lib/", ""):
        yield before + middle + after
