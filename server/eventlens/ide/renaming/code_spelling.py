"""How a name is spelt in the string literals of each language."""

from __future__ import annotations

import re

from eventlens.ide.renaming.refusals import NotRenamable
from eventlens.ide.renaming.spelt import Spelt

_ONE = r"(?s)({})({})(.*)\2{}"
_BY_QUOTES = re.compile(_ONE.format("[A-Za-z]*", "\"\"\"|'''|\"|'", ""))
_DOUBLE = re.compile(_ONE.format("", '"""|"', ""))
_ES = re.compile(_ONE.format("", "\"|'|`", ""))
_LITERALS = {
    "python": _BY_QUOTES,
    "java": _DOUBLE,
    "kotlin": _DOUBLE,
    "go": re.compile(_ONE.format("", '"|`', "")),
    "csharp": re.compile(_ONE.format(r"(?=\$?@)[$@]+|\$*", r"(?<=@)\"|(?<=@\$)\"|(?<![@])\"{3,}|\"", "(?:u8|U8)?")),
    "typescript": _ES,
    "javascript": _ES,
}
_KEY = re.compile(rb"""(['"])((?:\\.|(?!\1)[^\\])*)\1""")
_OPENS = re.compile(rb'([$@]+)((?<!@)(?<!@\$)"{3,}|")\Z')
_LONGEST_OPENING = 16
_FOLDING = ("java", "csharp")
"""Languages whose literals over several lines leave out the line ends next to the quotes."""
LANGUAGES = frozenset(_LITERALS)


def literal_at(path: str, language: str, source: bytes, start: int, end: int) -> Spelt | None:
    """The one literal at some bytes; None where these are something else, such as literals joined to one text."""
    spelt = _delimited(path, language, source, start, end) or _inside_template(path, language, source, start, end)
    if spelt is None or not _is_one(spelt, source[spelt.start : spelt.end].decode("utf-8", "replace")):
        return None
    return spelt


def key_at(path: str, language: str, source: bytes, start: int) -> Spelt | None:
    """The literal that begins at a byte, where a longer construct does."""
    found = _KEY.match(source, start)
    return Spelt(path, *found.span(2), language, "", found[1].decode()) if found is not None else None


def _delimited(path: str, language: str, source: bytes, start: int, end: int) -> Spelt | None:
    found = _LITERALS[language].fullmatch(source[start:end].decode("utf-8", "replace"))
    if found is None or "\ufffd" in found[0]:
        return None
    body = found[3]
    begin = start + len((found[1] + found[2]).encode())
    close = begin + len(body.encode())
    if "\n" in body and language in _FOLDING:
        begin += len(body.encode()) - len(body.lstrip().encode())
        close -= len(body.encode()) - len(body.rstrip().encode())
    return Spelt(path, begin, close, language, found[1].lower(), found[2])


def _inside_template(path: str, language: str, source: bytes, start: int, end: int) -> Spelt | None:
    """The text between the quotes of a literal that could have values put in, and has none."""
    opens = _OPENS.search(source[max(0, start - _LONGEST_OPENING) : start]) if language == "csharp" else None
    if opens is None or not source.startswith(opens[2], end):
        return None
    return Spelt(path, start, end, language, opens[1].decode(), opens[2].decode())


def _is_one(spelt: Spelt, body: str) -> bool:
    """Whether what stands between the quotes is the inside of one literal of one line."""
    if "\n" in body:
        return False
    if _is_raw(spelt):
        return spelt.quote not in body
    if "@" in spelt.prefix:
        return re.fullmatch('(?:""|[^"])*', body) is not None
    return re.fullmatch(rf"(?:\\.|(?!{spelt.quote})[^\\])*", body) is not None


def _is_raw(spelt: Spelt) -> bool:
    """Whether backslashes mean themselves in a literal that nothing else is escaped in either."""
    return (
        (spelt.language == "python" and "r" in spelt.prefix)
        or (spelt.language == "go" and spelt.quote == "`")
        or (spelt.language in ("kotlin", "csharp") and spelt.quote.startswith('"""'))
    )


def in_code(spelt: Spelt, name: str) -> str:
    """The name as it is written in a literal. Raises NotRenamable where it cannot be."""
    text = _raw(spelt, name) if _is_raw(spelt) else _escaped(spelt, name)
    if text is None:
        raise NotRenamable(f"`{name}` cannot be written in the string `{spelt.prefix}{spelt.quote}` of {spelt.path}")
    return text


def _raw(spelt: Spelt, name: str) -> str | None:
    quote = spelt.quote
    if quote in name or (len(quote) > 1 and quote[0] in (name[:1], name[-1:])):
        return None
    if spelt.language == "python":
        ends = len(name) - len(name.rstrip("\\"))
        if ends % 2 or ("b" in spelt.prefix and not name.isascii()):
            return None
        return _doubled(name) if "f" in spelt.prefix else name
    if spelt.language == "kotlin":
        return None if _opens_kotlin(name) else name
    return None if "$" in spelt.prefix and re.search("[{}]", name) else name


def _escaped(spelt: Spelt, name: str) -> str | None:
    language, prefix = spelt.language, spelt.prefix
    if language == "python" and "b" in prefix and not name.isascii():
        return None
    if "@" in prefix:
        if "$" in prefix and name.startswith(
            '"'
        ):  # three quotes in a row would be read as the beginning of another literal
            return None
        text = name.replace('"', '""')
    else:
        text = name.replace("\\", "\\\\").replace(spelt.quote[0], "\\" + spelt.quote[0])
    if language == "kotlin":
        text = text.replace("$", "\\$") if _opens_kotlin(name) else text
    elif spelt.quote == "`":
        text = text.replace("${", "\\${")
    return _doubled(text) if "$" in prefix or (language == "python" and "f" in prefix) else text


def _opens_kotlin(name: str) -> bool:
    """Whether a dollar sign in the name would begin a value that is put in."""
    return re.search(r"\$[^\W\d]|\$[{`]", name) is not None


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
