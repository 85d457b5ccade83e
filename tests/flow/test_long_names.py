"""Names of thousands of parts, which damage makes, end no analysis."""

from __future__ import annotations

import pytest

from eventlens.flow.module_index import ModuleIndex
from eventlens.syntax.lowering import lower

TEXTS = {
    "A.cs": "class A { object F() => typeof(X%s); bool G(object o) => o is X%s; X%s f = new(); object g = new X%s(); }",
    "P.cs": "class A { bool G(A o) => o is { X%s: 1 }; }",
    "A.java": "class A { Object x = new X%s(); Object y = X%s.class; X%s z; @X%s void f() { g(y%s.b); } }",
    "a.kt": "@A%s\nval x: A%s = A%s()\nval y = A%s::class\nval z = x is A%s",
    "a.go": "package a\nvar x = A%s{}\nvar y *A%s",
    "a.ts": "const x = new A%s(); let y: A%s; @A%s() class B extends A%s {}",
    "a.py": "@a%s\nclass A(b%s):\n    x: c%s = d%s",
}


@pytest.mark.parametrize("path", TEXTS)
def test_a_name_of_thousands_of_parts_is_indexed(path: str) -> None:
    module = lower(path, TEXTS[path].replace("%s", ".a" * 3_000).encode())
    assert module.body and ModuleIndex(module).path == path
