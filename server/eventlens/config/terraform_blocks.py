"""Blocks of Terraform that are asked for their arguments, and where paths in them lead."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from eventlens.config.hcl import Block
from eventlens.config.infrastructure import hole
from eventlens.config.terraform_values import Bound, ModuleScope, Value, as_text, decoded, worked_out


class Item:
    """One instance of a block, to be asked for its arguments."""

    def __init__(
        self,
        scope: ModuleScope,
        path: str,
        block: Block,
        address: str,
        key: str | int | None,
        bound: Bound,
    ) -> None:
        self.scope, self.path, self.block = scope, path, block
        self.address, self.key, self.bound = address, key, bound

    def value(self, *names: str) -> Value:
        """The first of some arguments that is given."""
        for name in names:
            if name in self.block.attributes:
                return worked_out(self.scope, self.block.attributes[name], self.bound)
        return None

    def text(self, *names: str) -> str:
        value = self.value(*names)
        return as_text(self.scope, value) if value is not None else ""

    def table(self, name: str) -> dict[str, Value]:
        """An argument that is an object or JSON text."""
        value = self.value(name)
        if isinstance(value, str):
            value = decoded(value)
        return value if isinstance(value, dict) else {}


def number(value: Value) -> int | None:
    """A whole number, also where it is written as text."""
    if isinstance(value, str) and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_hole(text: str) -> bool:
    """Whether nothing of a text is known."""
    return text.startswith("${") and text.find("}") == len(text) - 1


def folders_of(folder: str, root: str, paths: list[Value]) -> Iterator[str]:
    """Places in the workspace that relative paths may name: seen from the module, then from the root module."""
    for path in paths:
        if isinstance(path, str) and path and "${" not in path and not path.startswith(("/", "s3:", "http", "arn:")):
            own = path if path.startswith((f"{folder}/", f"{root}/")) and folder else None
            for base in dict.fromkeys((folder, root)):
                found = posixpath.normpath(own or posixpath.join(base, path))
                if not found.startswith(".."):
                    yield found


def source_of(folder: str, block: Block) -> str | None:
    """The folder that a module call names, where it is a path."""
    source = worked_out(ModuleScope("", (), {}), block.attributes.get("source")) if block.type == "module" else None
    if not isinstance(source, str) or not source.startswith((".", "/")):
        return None
    return posixpath.normpath(posixpath.join(folder, source))


def add_settings(settings: dict[str, Value], blocks: tuple[Block, ...]) -> None:
    """Values of a ``.tfvars`` file; where several files of a folder disagree, none counts."""
    for block in blocks:
        for name, expression in block.attributes.items():
            value = worked_out(ModuleScope("", (), {}), expression)
            settings[name] = value if settings.get(name, value) == value else hole(f"var.{name}")
