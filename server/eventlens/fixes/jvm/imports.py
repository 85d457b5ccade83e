"""Imports added to Java and Kotlin files, where sorted ones would have them."""

from __future__ import annotations

import re

from eventlens.fixes.changes import Edit
from eventlens.fixes.source import SourceFile

_IMPORTS = ("import_declaration", "import")
_PACKAGES = ("package_declaration", "package_header")
_NAMED = re.compile(r"import\s+(?P<static>static\s+)?(?P<path>[\w.`]+?)(?P<all>\.\*)?\s*(?:as\s+(?P<other>\w+)\s*)?;?")


def import_edits(file: SourceFile, *paths: str) -> list[Edit] | None:
    """What imports classes by their whole names, those left out that the file knows already; None where another has the name."""
    wanted = [path for path in paths if not _is_known(file, path)]
    if any(_is_taken(file, path) for path in wanted):
        return None
    places: dict[int, list[str]] = {}
    for path in sorted(wanted):
        places.setdefault(_place(file, path), []).append(path)
    return [_inserted(file, at, found) for at, found in places.items()]


def unused_import(file: SourceFile, name: str) -> list[Edit]:
    """What takes the import of a class away that is named at one more place, which goes too."""
    if len(re.findall(rf"\b{name}\b", file.source.decode("utf-8", "replace"))) != 2:
        return []
    found = [node for node in file.nodes(*_IMPORTS) if file.text(node).rstrip("; ").endswith(f".{name}")]
    return [Edit(node.start_byte, file.line_after(node.start_byte), "") for node in found]


def package_of(file: SourceFile) -> str:
    """The package of a file; "" where it has none."""
    found = re.search(r"^\s*package\s+([\w.`]+)", file.source.decode("utf-8", "replace"), re.MULTILINE)
    return found[1] if found is not None else ""


def _imported(file: SourceFile) -> list[re.Match[str]]:
    texts = (file.text(node).strip() for node in file.nodes(*_IMPORTS))
    return [found for text in texts if (found := _NAMED.fullmatch(text)) is not None]


def _is_known(file: SourceFile, path: str) -> bool:
    package = path.rpartition(".")[0]
    if package in (package_of(file), "java.lang"):
        return True
    return any(
        one["static"] is None and one["other"] is None and one["path"] == (package if one["all"] else path)
        for one in _imported(file)
    )


def _is_taken(file: SourceFile, path: str) -> bool:
    name = path.rpartition(".")[2]
    others = (one["other"] or one["path"].rpartition(".")[2] for one in _imported(file) if not one["all"])
    declared = re.search(
        rf"\b(?:class|interface|object|enum|record)\s+{name}\b", file.source.decode("utf-8", "replace")
    )
    return name in others or declared is not None


def _place(file: SourceFile, path: str) -> int:
    """The byte before which an import stands: the first one that sorts behind it, else behind all; 0 where there are none."""
    plain = [node for node in file.nodes(*_IMPORTS) if not file.text(node).startswith("import static")]
    for node in plain:
        if _order(file, file.text(node).removeprefix("import").strip(" ;\r\n")) > _order(file, path):
            return node.start_byte
    return file.line_after(plain[-1].start_byte) if plain else 0


def _order(file: SourceFile, path: str) -> tuple[int, str]:
    """By which imports are sorted: in Kotlin those of the platform come last (https://pinterest.github.io/ktlint/latest/rules/standard)."""
    last = [one for one in ("", "java.", "javax.", "kotlin.") if path.startswith(one)][-1]
    return (len(last) if file.language == "kotlin" else 0, path)


def _inserted(file: SourceFile, at: int, paths: list[str]) -> Edit:
    end, newline = ";" if file.language == "java" else "", file.style.newline
    lines = "".join(f"import {path}{end}{newline}" for path in paths)
    if at:
        return Edit(at, at, lines)
    package = next(file.nodes(*_PACKAGES), None)
    if package is None:
        return Edit(file.line(1), file.line(1), lines + newline)
    behind = file.line_after(package.start_byte)
    return Edit(behind, behind, newline + lines)
