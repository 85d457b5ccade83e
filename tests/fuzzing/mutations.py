"""How bytes are damaged: each mutation is a function of a source of chance and the bytes, and gives other bytes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

Mutation: TypeAlias = Callable[[random.Random, bytes], bytes]

MOST_BYTES = 1_400_000
"""No case is larger: files beyond 1.5 MB are not read at all."""

_TOKEN = re.compile(rb"\w+|[^\w\s]|\s+")
_BRACKETS = (b"()", b"[]", b"{}", b"<>", b'""', b"''", b"``")
_OPENINGS = (
    *(b"(", b"[", b"{", b"<", b"((", b"[[", b"{{", b"f(", b"a[", b"{a:", b'{"a":', b"[{", b"a.b(", b"${", b"`${", b"=> {", b"=>"),
    *(b"<a>", b"<A<", b"A<", b"if(a){", b"if a:\n ", b"- ", b"- - ", b"a: {", b"a:\n ", b"? ", b"&a [", b"lambda: ", b"not ", b"!"),
    *(b"await ", b"-", b"~", b"async () => ", b"function f(){", b"class A { m() {", b"a ? b : ", b"a if b else ", b"f'{", b'f"{x:{'),
    *(b"message M {", b"oneof x {", b"map<a,", b'{"type":"array","items":', b'{"allOf":[', b'{"$ref":"#"', b"try {", b"try:\n "),
    *(b"@a(", b"/*", b"<!--", b'"""', b"'''", b"x: A[", b"x as ", b"else if (a) {} ", b"switch(a){case ", b"${A:-", b"[[a.", b"[a."),
)  # fmt: skip
_REPEATED = (
    *(b"a.", b".a()", b".a", b"[0]", b"a+", b"a + 'b' + ", b"a || ", b"a ?? ", b"a and ", b"a, ", b"a = ", b"a;", b"import a\n"),
    *(b"from a import (", b"import {a} from 'b';", b"import('a')", b"import/*", b"/* ", b"//", b"#", b"\\", b'\\"', b"\\\n", b"$", b"${"),
    *(b"@a\n", b"a: b\n", b"a:\n", b"- a\n", b"a=1\n", b"[a]\n", b"[[a]]\n", b'"a",', b'"a": 1,', b"&a ", b"*a ", b"<<: *a\n", b"!a "),
    *(b"0", b"9", b"1e", b"0x", b"\t", b" ", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80", b"---\n"),
    *(b"'", b'"', b"`", b'"""', b"eventlens:", b"// eventlens: ", b"# eventlens: ", b"else if (a) {}\n", b"elif a:\n  b\n", b"case 1:\n"),
    *(b"catch (e) {}\n", b"except A:\n  b\n", b"A | ", b"A & ", b"A[]", b"?.", b"!.", b"keyof ", b"typeof ", b"extends A "),
    *(b"message M {}\n", b"int32 a = 1;\n", b"enum E { A = 0; }", b"export * from 'a';\n", b"{ ", b"} ", b"( ", b") ", b"from ", b"import ;"),
    *(b"abstract ", b"type A = ", b"function f", b"class A", b"def f(", b"f(\n", b"with a as b, ", b"for a in b ", b"if (a) ", b"%s"),
)  # fmt: skip
_WORDS = (
    *(b"await", b"async", b"yield", b"return", b"class", b"def", b"function", b"=>", b"lambda", b"import", b"export", b"from", b"new"),
    *(b"if", b"else", b"elif", b"try", b"except", b"catch", b"finally", b"for", b"while", b"with", b"match", b"case", b"switch", b"in"),
    *(b"of", b"is", b"not", b"and", b"or", b"null", b"None", b"true", b"True", b"undefined", b"this", b"self", b"super", b"static"),
    *(b"type", b"interface", b"enum", b"namespace", b"declare", b"abstract", b"readonly", b"get", b"set", b"satisfies", b"as", b"using"),
    *(b":", b";", b",", b".", b"...", b"?.", b"??", b"||", b"&&", b"**", b"*", b"/", b"%", b"=", b"==", b"===", b":=", b"@", b"#", b"$"),
    *(b"~", b"|", b"&", b"<<", b">>>", b"!", b"?", b"-", b"---", b"...", b"<<:", b"!!int ''", b"!!bool x", b"!!timestamp x", b"!!set"),
    *(b"!!float ''", b"!Ref a", b"&a", b"*a", b"|+9", b">-", b"%YAML 9.9", b"$ref", b"#/", b"allOf", b"oneOf", b"type", b"items"),
    *(b"\\ud800", b"\\u{110000}", b"\\x", b"\\N{DASH}", b"\\u", b"\\777", b"0x", b"0b2", b"1_0", b"1e999", b"-1e999", b"9" * 40),
    *(b"9" * 5000, b"0." + b"1" * 400, b"1n", b"1j", b"NaN", b"Infinity", b".inf", b"2001-99-99", b"1:99", b"0o9", b"\\", b"\\\n"),
    *(b"extends", b"services", b"env", b"valueFrom", b"name", b"fields", b"message", b"oneof", b"map<", b"syntax", b"kind", b"items"),
    *(b"eventlens: ignore", b"// eventlens-ignore", b"# eventlens: ignore[dual-write]", b"constructor", b"__proto__", b"__init__"),
)  # fmt: skip
_STRANGE = (
    *(
        "\u2028",
        "\u2029",
        "\u0085",
        "\u000b",
        "\u000c",
        "\u001c",
        "\ufeff",
        "\u200b",
        "\u202e",
        "\u0301",
        "\U0001f600",
        "👩‍👩‍👧",
    ),
    *("ß", "İ", "ǅ", "\u00a0", "\u3000", "漢", "\U00010000", "\U0010ffff", "\ufffe", "Ⅷ", "²", "٣"),
)
_INVALID = (
    b"\xff",
    b"\xfe",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\x80",
    b"\xe2\x82",
    b"\xf0\x9f",
    b"\xff\xfe",
)


def mutated(chance: random.Random, seed: bytes, others: Sequence[bytes]) -> bytes:
    """The seed after one to six mutations, one of which may join it with a part of another seed."""
    content = seed
    for _ in range(chance.choice((1, 1, 2, 2, 3, 4, 6))):
        if others and chance.random() < 0.06:
            content = _spliced(chance, content, chance.choice(others))
        else:
            content = chance.choices(_MUTATIONS, _WEIGHTS)[0](chance, content)
        content = content[:MOST_BYTES]
    return content


def _place(chance: random.Random, content: bytes) -> int:
    return chance.randint(0, len(content))


def _span(chance: random.Random, content: bytes, longest: int = 200) -> tuple[int, int]:
    start = _place(chance, content)
    return start, min(len(content), start + chance.randint(1, longest))


def _with(content: bytes, start: int, end: int, new: bytes) -> bytes:
    return content[:start] + new + content[end:]


def _amount(chance: random.Random) -> int:
    """How often something is repeated: mostly seldom, now and then so often that a file of 1 MB comes out."""
    roll = chance.random()
    if roll < 0.01:
        return int(10 ** chance.uniform(4, 6))
    return int(10 ** (chance.uniform(2, 4) if roll < 0.3 else chance.uniform(0, 2)))


# ---------------------------------------------------------------------------------------------------------------- bytes


def _changed_bytes(chance: random.Random, content: bytes) -> bytes:
    if not content:
        return b"\0"
    text = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        text[chance.randrange(len(text))] = chance.randrange(256)
    return bytes(text)


def _inserted_bytes(chance: random.Random, content: bytes) -> bytes:
    at = _place(chance, content)
    return _with(content, at, at, chance.randbytes(chance.randint(1, 6)))


def _deleted(chance: random.Random, content: bytes) -> bytes:
    return _with(content, *_span(chance, content), b"")


def _truncated(chance: random.Random, content: bytes) -> bytes:
    at = _place(chance, content)
    return content[:at] if chance.random() < 0.8 else content[at:]


def _invalid_utf8(chance: random.Random, content: bytes) -> bytes:
    at = _place(chance, content)
    return _with(content, at, at, chance.choice(_INVALID))


def _nuls(chance: random.Random, content: bytes) -> bytes:
    at = _place(chance, content)
    return _with(content, at, at + chance.randint(0, 3), b"\0" * chance.randint(1, 5))


def _byte_order_mark(chance: random.Random, content: bytes) -> bytes:
    mark = chance.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    at = 0 if chance.random() < 0.7 else _place(chance, content)
    return _with(content, at, at, mark)


def _other_encoding(chance: random.Random, content: bytes) -> bytes:
    return content.decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-32-be", "utf-16-le")))


# --------------------------------------------------------------------------------------------------------- white space


def _line_ends(chance: random.Random, content: bytes) -> bytes:
    ends = chance.choice(((b"\r\n",), (b"\r",), (b"\n", b"\r\n", b"\r"), (b"\n\r", b"\n"), (b"\x0b", b"\n"), (b" ",)))
    return b"".join(line + chance.choice(ends) for line in re.split(rb"\r\n|\n|\r", content))


def _indentation(chance: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(lines))
        lines[at] = chance.choice((b"\t", b" ", b"    ", b"\t \t", b"", b"\x0c")) + lines[at].lstrip()
    return b"\n".join(lines)


def _tabs(chance: random.Random, content: bytes) -> bytes:
    return content.replace(b"  ", b"\t") if chance.random() < 0.5 else content.replace(b" ", b"\t")


def _one_line(chance: random.Random, content: bytes) -> bytes:
    """The whole text, and again and again, on one line."""
    line = re.sub(rb"[\r\n]+", b" ", content)
    return line * min(_amount(chance), 1 + MOST_BYTES // (len(line) + 1))


def _strange_characters(chance: random.Random, content: bytes) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at = _place(chance, content)
        content = _with(content, at, at, chance.choice(_STRANGE).encode())
    return content


# --------------------------------------------------------------------------------------------------------------- tokens


def _token_places(chance: random.Random, content: bytes) -> list[tuple[int, int]]:
    begin = max(0, _place(chance, content) - 500)
    found = [match.span() for match in _TOKEN.finditer(content, begin, begin + 1_000)]
    return found or [(0, 0)]


def _token_replaced(chance: random.Random, content: bytes) -> bytes:
    return _with(content, *chance.choice(_token_places(chance, content)), chance.choice(_WORDS))


def _token_inserted(chance: random.Random, content: bytes) -> bytes:
    at, _ = chance.choice(_token_places(chance, content))
    return _with(
        content, at, at, chance.choice((b"", b" ", b"\n")) + chance.choice(_WORDS) + chance.choice((b"", b" "))
    )


def _token_deleted(chance: random.Random, content: bytes) -> bytes:
    return _with(content, *chance.choice(_token_places(chance, content)), b"")


def _tokens_swapped(chance: random.Random, content: bytes) -> bytes:
    places = _token_places(chance, content)
    (a, b), (c, d) = sorted((chance.choice(places), chance.choice(places)))
    return content if b > c else content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


def _token_moved(chance: random.Random, content: bytes) -> bytes:
    start, end = chance.choice(_token_places(chance, content))
    at, _ = chance.choice(_token_places(chance, content))
    return _with(content, at, at, content[start:end])


def _unclosed(chance: random.Random, content: bytes) -> bytes:
    """One bracket or quotation mark less, or more."""
    bracket = bytes([chance.choice(b"()[]{}<>\"'`")])
    places = [match.start() for match in re.finditer(re.escape(bracket), content)]
    if places and chance.random() < 0.7:
        at = chance.choice(places)
        return _with(content, at, at + 1, b"")
    at = _place(chance, content)
    return _with(content, at, at, bracket)


def _span_repeated(chance: random.Random, content: bytes) -> bytes:
    start, end = _span(chance, content, 400)
    return _with(content, end, end, content[start:end] * min(_amount(chance), 1 + MOST_BYTES // (end - start + 1)))


def _line_moved(chance: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    line = lines.pop(chance.randrange(len(lines)))
    if chance.random() < 0.3:
        lines.append(line)
    lines.insert(chance.randint(0, len(lines)), line)
    return b"\n".join(lines)


def _spliced(chance: random.Random, content: bytes, other: bytes) -> bytes:
    start, end = _span(chance, other, 2_000)
    return _with(content, *_span(chance, content), other[start:end])


# ---------------------------------------------------------------------------------------------------------------- sizes


def _nested(chance: random.Random, content: bytes) -> bytes:
    """Something opened over and over, closed or not."""
    return nested(chance, content, _amount(chance))


def nested(chance: random.Random, content: bytes, amount: int) -> bytes:
    """``content`` with something in it that is opened ``amount`` times."""
    at = _place(chance, content)
    if chance.random() < 0.4:
        pair = chance.choice(_BRACKETS)
        return _with(content, at, at, pair[:1] * amount + b"a" + pair[1:] * amount)
    return _with(content, at, at, chance.choice(_OPENINGS) * min(amount, 100_000))


def _long_run(chance: random.Random, content: bytes) -> bytes:
    return long_run(chance, content, _amount(chance))


def long_run(chance: random.Random, content: bytes, amount: int) -> bytes:
    """``content`` with ``amount`` bytes of one small thing in it."""
    piece = chance.choice(_REPEATED)
    at = _place(chance, content)
    return _with(content, at, at, (piece * (1 + amount // len(piece)))[: max(amount, len(piece))])


_WEIGHED: tuple[tuple[Mutation, float], ...] = (
    *((each, 2.0) for each in (_changed_bytes, _inserted_bytes, _deleted, _truncated, _unclosed, _span_repeated)),
    *((each, 3.0) for each in (_token_replaced, _token_inserted, _token_deleted, _tokens_swapped, _token_moved)),
    *((each, 1.0) for each in (_invalid_utf8, _nuls, _byte_order_mark, _line_ends, _indentation, _strange_characters)),
    *((each, 0.7) for each in (_nested, _long_run, _line_moved)),
    *((each, 0.3) for each in (_tabs, _one_line, _other_encoding)),
)
_MUTATIONS = [mutation for mutation, _ in _WEIGHED]
_WEIGHTS = [weight for _, weight in _WEIGHED]
