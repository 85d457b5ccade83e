"""No node type of the grammars is overlooked: each has a handler, is read by its parent's, or is listed here as saying nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlens.syntax import ecmascript
from eventlens.syntax.ecmascript.reader import STATEMENTS, VALUES
from eventlens.syntax.grammars import Grammar, grammar

SILENT = {
    "call_signature": "an interface that can be called is not named by its calls",
    "construct_signature": "nor by its constructions",
    "debugger_statement": "does nothing",
    "hash_bang_line": "is for the shell",
    "import_attribute": "says how a module is loaded, not what it is",
    "jsx_text": "is text on a page",
    "html_character_reference": "is text on a page",
    "jsx_closing_element": "repeats the opening one",
    "else_clause": "is passed through by its statement",
    "enum_body": "is passed through by its enum",
    "default_type": "of a type parameter, of which only the name is kept",
    "optional_chain": "changes no access path",
    "jsx_namespace_name": "is read as text by its attribute",
    "escape_sequence": "is decoded from the text of its string",
    "string_fragment": "is decoded from the text of its string",
    "regex_pattern": "is part of the text of its literal",
    "regex_flags": "is part of the text of its literal",
    "adding_type_annotation": "belongs to another dialect",
    "omitting_type_annotation": "belongs to another dialect",
    "opting_type_annotation": "belongs to another dialect",
    "existential_type": "belongs to another dialect",
}


@pytest.mark.parametrize("name", ["typescript", "tsx", "javascript"])
def test_every_node_type_is_accounted_for(name: Grammar) -> None:
    language = grammar(name)
    kinds = {
        language.node_kind_for_id(each)
        for each in range(language.node_kind_count)
        if language.node_kind_is_named(each) and language.node_kind_is_visible(each)
    }
    package = Path(ecmascript.__file__).parent
    source = "".join(file.read_text(encoding="utf-8") for file in package.glob("*.py"))
    overlooked = {
        kind for kind in kinds - VALUES.keys() - STATEMENTS.keys() - SILENT.keys() if f'"{kind}"' not in source
    }
    assert not overlooked
