"""The language-neutral intermediate representation (IR) of one source file.

Every front end under `syntax/` lowers a syntax tree to these types and everything after it is written once, for all
languages. A word that a check needs and that only one language has is missing here, not in the check.

Conventions

* ``start`` and ``end`` are byte offsets into the file as read (a byte-order mark included), end exclusive.
  `Module.line_starts` turns them into 0-based lines and byte columns.
* Nodes compare and hash by identity; `encode` compares content.
* Types are frozen and serialise with msgspec as compact arrays; the tag of each union member is its short ``tag``.
* Lowering never raises and never does IO. What a front end cannot express becomes `Unknown`, never an omission of the
  rest of the file.
* Decorators, annotations and attributes are values (`Name`, `Member` or `Call`).
* Statements stand in evaluation order. A call that is an argument of another call is found inside that call.
"""

from __future__ import annotations

import enum
import sys
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

import msgspec

# A workspace's modules hold millions of offsets and words, of which few differ. Decoding looks the values of an enumeration up,
# so that fields of these "enumerations" get one shared object for each number and each word instead of a new one.
if TYPE_CHECKING:
    Offset: TypeAlias = int
    Word: TypeAlias = str
    Kind: TypeAlias = str
else:

    class Offset(enum.Enum):
        """A byte offset; shared when decoded, as far as `_SHARED_OFFSETS`."""

        NOWHERE = -1
        _missing_ = int

    class Word(enum.Enum):
        """An identifier; shared when decoded."""

        NONE = "\0"
        _missing_ = sys.intern

    class Kind(enum.Enum):
        """One of the few words of a field that says what kind of thing it is; shared when decoded."""

        NONE = "\0"
        _missing_ = sys.intern

    _KINDS = (
        *(
            "normal",
            "rest",
            "keywords",
            "keyword-only",
            "function",
            "method",
            "static",
            "class",
            "constructor",
            "getter",
        ),
        *(
            "setter",
            "lambda",
            "interface",
            "extension",
            "enum",
            "alias",
            "public",
            "private",
            "protected",
            "each",
            "while",
            "do",
            "for",
        ),
    )
    Word._value2member_map_ = {"": ""}
    Kind._value2member_map_ = {kind: kind for kind in _KINDS}
    _SHARED_OFFSETS = 1 << 15


class Node(msgspec.Struct, frozen=True, eq=False, array_like=True, omit_defaults=True, gc=False):
    """A piece of source text: byte offsets, end exclusive."""

    start: Offset
    end: Offset


# ---------------------------------------------------------------------------------------------------------- values


class Literal(Node, frozen=True, tag="lit"):
    """A string, number, boolean, null/None/undefined (``None``) or regular expression (its source, ``is_regex``)."""

    value: str | int | float | bool | None
    is_regex: bool = False


class Template(Node, frozen=True, tag="tpl"):
    """A string built from parts in order: interpolation, formatting, or ``+`` with at least one string part."""

    parts: tuple[Value, ...]


class Name(Node, frozen=True, tag="name"):
    """A bare identifier. The receiver of a method is `This`, whatever the language calls it."""

    name: Word


class This(Node, frozen=True, tag="this"):
    """The receiver of the enclosing method: ``this``, ``self`` (the first parameter of a Python method), ``cls``."""


class Super(Node, frozen=True, tag="super"):
    """The base class part of the receiver."""


class Member(Node, frozen=True, tag="mem"):
    """``object.name``, ``object?.name`` or ``object['name']`` with a literal name. ``name_start`` is where the name begins."""

    object: Value
    name: Word
    name_start: Offset = 0


class Index(Node, frozen=True, tag="idx"):
    """``object[key]`` where the key is not a string literal."""

    object: Value
    key: Value


class Field(Node, frozen=True):
    """One entry of an `Object`: ``key`` is its literal name, else ``computed`` holds the key's value.

    ``spread`` marks ``...value`` / ``**value``: key and computed are then None.
    """

    key: Word | None
    value: Value
    computed: Value | None = None
    spread: bool = False


class Object(Node, frozen=True, tag="obj"):
    """An object or dict literal; also a destructuring pattern, whose field values are then the bound targets."""

    fields: tuple[Field, ...]


class Sequence(Node, frozen=True, tag="seq"):
    """A list, tuple, set or array literal; also a positional destructuring pattern. A spread item is a `Spread`."""

    items: tuple[Value, ...]


class Spread(Node, frozen=True, tag="spread"):
    """``...value`` / ``*value`` inside a sequence or an argument list."""

    value: Value


class Argument(Node, frozen=True):
    """One argument of a call. ``name`` is set for keyword arguments; ``spread`` is "" , "*" (positional) or "**" (keywords)."""

    value: Value
    name: Word | None = None
    spread: str = ""


class Call(Node, frozen=True, tag="call"):
    """A call or construction. ``callee`` is a `Name`, `Member`, `Call` (curried) or any other value.

    ``type_args`` are explicit generic arguments; ``tagged`` marks a tagged template (its one argument is the `Template`).
    Python has no ``new``: there ``is_new`` stays False and the callee's meaning decides. ``asserted`` is the type that the code
    says the result has (``JSON.parse(text) as Order``).
    """

    callee: Value
    args: tuple[Argument, ...]
    is_new: bool = False
    type_args: tuple[TypeRef, ...] = ()
    tagged: bool = False
    asserted: TypeRef | None = None


class Await(Node, frozen=True, tag="await"):
    """``await value`` (or ``yield from`` a coroutine)."""

    value: Value


class Lambda(Node, frozen=True, tag="lambda"):
    """A function written as a value: arrow function, function expression, ``lambda``."""

    function: Function


class ClassValue(Node, frozen=True, tag="classval"):
    """A class written as a value."""

    definition: Class


class Choice(Node, frozen=True, tag="choice"):
    """One of several values: ``a ?? b``, ``a || b``, ``a or b``, ``c ? a : b``, ``a if c else b``.

    ``condition`` is set for the ternary form; for the fallback form the options stand in the order in which they are tried.
    """

    options: tuple[Value, ...]
    condition: Value | None = None


class Operation(Node, frozen=True, tag="op"):
    """Any other operator, unary or binary, comparison included.

    ``operator`` is normalised: ``==`` ``!=`` ``<`` ``<=`` ``>`` ``>=`` ``and`` ``or`` ``not`` ``in`` ``not in`` ``is``
    ``instanceof`` ``+`` ``-`` ``*`` ``/`` ``%`` ``**`` ``typeof`` ``delete`` ``++`` ``--`` and the like.
    ``===`` becomes ``==``, ``!==`` becomes ``!=``, ``is not`` becomes ``!=``, ``!`` becomes ``not``, ``&&`` becomes ``and``.
    """

    operator: Kind
    operands: tuple[Value, ...]


class Comprehension(Node, frozen=True, tag="comp"):
    """A list/set/dict/generator comprehension: ``element`` for each ``target`` of ``source`` (first clause), if ``conditions``."""

    element: Value
    target: Value
    source: Value
    conditions: tuple[Value, ...] = ()


class Spawn(Node, frozen=True, tag="spawn"):
    """``value`` runs beside what follows, and nobody waits for it: Go's ``go f()``.

    What a library call starts beside (a thread, a task) is a `Call`; models say what it runs.
    """

    value: Value


class Send(Node, frozen=True, tag="send"):
    """``value`` goes into a channel of the language: Go's ``channel <- value``."""

    channel: Value
    value: Value


class Receive(Node, frozen=True, tag="receive"):
    """The next value of a channel of the language: Go's ``<-channel``."""

    channel: Value


class Yield(Node, frozen=True, tag="yield"):
    """``yield value``."""

    value: Value | None = None


class AssignValue(Node, frozen=True, tag="asgval"):
    """An assignment used as a value (``while (x = next())``, walrus)."""

    target: Value
    value: Value


class Unknown(Node, frozen=True, tag="unknown"):
    """A construct that the front end does not express; ``what`` is the grammar's name of it. ``parts`` are the values inside."""

    what: str
    parts: tuple[Value, ...] = ()


Value: TypeAlias = (
    Literal
    | Template
    | Name
    | This
    | Super
    | Member
    | Index
    | Object
    | Sequence
    | Spread
    | Call
    | Await
    | Lambda
    | ClassValue
    | Choice
    | Operation
    | Comprehension
    | Spawn
    | Send
    | Receive
    | Yield
    | AssignValue
    | Unknown
)

# ----------------------------------------------------------------------------------------------------------- types


class TypeRef(Node, frozen=True):
    """A type as written. ``name`` is the dotted name (``prisma.Order``), or one of the constructors

    ``|`` (union of args) · ``&`` (intersection) · ``[]`` (array of args[0]) · ``()`` (tuple) · ``{}`` (inline object:
    ``fields``) · ``=>`` (function) · ``"`` (literal: ``literal``) · ``typeof`` (of the dotted name in ``literal``) · ``?`` (not expressed).
    ``Optional[X]``, ``X | None`` and ``X?`` become a ``|`` whose args hold a `TypeRef` named ``null``.
    """

    name: Word
    args: tuple[TypeRef, ...] = ()
    literal: str | int | float | bool | None = None
    fields: tuple[ClassField, ...] = ()


# ---------------------------------------------------------------------------------------------------- declarations


class Parameter(Node, frozen=True):
    """A parameter of a function, the receiver left out (see `This`).

    ``kind``: "normal" · "rest" (``*args``, ``...args``) · "keywords" (``**kwargs``) · "keyword-only".
    ``pattern`` is set for a destructured parameter (`Object` or `Sequence`); ``name`` is then "".
    ``property`` marks a constructor parameter that is also a field (TypeScript ``private readonly x: T``).
    """

    name: Word
    type: TypeRef | None = None
    default: Value | None = None
    kind: Kind = "normal"
    pattern: Value | None = None
    decorators: tuple[Value, ...] = ()
    property: bool = False
    optional: bool = False


class Function(Node, frozen=True):
    """A function, method, constructor or lambda.

    ``name`` is "" for a lambda. ``qualname`` is dotted from the module's top (``OrderService.place``, ``place.inner``,
    lambdas as ``<lambda@OFFSET>`` with their byte offset). ``kind``: "function" · "method" · "static" · "class" (classmethod) ·
    "constructor" · "getter" · "setter" · "lambda". ``name_start``/``name_end`` are the name's bytes (``start`` where it has none);
    ``start`` covers decorators.
    ``expression_body`` marks an arrow or lambda whose body is one value (a single `Return`). ``body`` is None when there is none
    (abstract, interface, overload).
    """

    name: Word
    qualname: str
    kind: Kind
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...] | None
    returns: TypeRef | None = None
    decorators: tuple[Value, ...] = ()
    is_async: bool = False
    is_generator: bool = False
    name_start: Offset = 0
    name_end: Offset = 0
    visibility: Kind = "public"
    expression_body: bool = False
    doc: str = ""
    type_parameters: tuple[str, ...] = ()
    outer_names: tuple[str, ...] = ()
    """Names that assignments inside define outside the function (Python's ``global``, ``nonlocal``), sorted."""
    gives_errors: bool = True
    """Whether failures can leave the function: not where functions say by their results that they can fail (Go), and this one's hold no
    error. Such a one ends what runs it only where it throws (``panic``)."""
    says_errors: bool = False
    """Whether failures leave the function only where its body says so: an error is among its results (Go)."""


class ClassField(Node, frozen=True):
    """A field of a class or shape, or a member of an enum (``value`` is then the member's value, None when implicit).

    ``name`` is the source name; a wire name set by a decorator is read from ``decorators`` or ``value`` later.
    """

    name: Word
    type: TypeRef | None = None
    value: Value | None = None
    optional: bool = False
    static: bool = False
    decorators: tuple[Value, ...] = ()
    doc: str = ""
    embedded: bool = False
    """Stands for a base: the object of an embedded type, under the name of that type (Go)."""
    hidden: bool = False
    """No other package sees it, and nothing that writes values of any type out (Go: a name in small letters)."""


class Class(Node, frozen=True):
    """A class, interface, type alias, enum or other shape.

    ``kind``: "class" · "interface" · "enum" · "alias" (``aliased`` is set). Python enums (a base ``Enum``/``StrEnum``/…) have kind
    "enum". "extension": its methods can be called on values of the type it is called like, which stands elsewhere or outside the workspace
    (Kotlin and C# extension functions; their ``This`` is that value). ``bases`` are extended and implemented types together, in source order; a base that is a call (mixin) is named by
    the dotted callee with its arguments in ``base_calls``. Assignments to ``this.x`` in the constructor are not fields; they
    stay in its body. ``name_start``/``name_end`` are the name's bytes.
    """

    name: Word
    qualname: str
    kind: Kind
    bases: tuple[TypeRef, ...] = ()
    fields: tuple[ClassField, ...] = ()
    methods: tuple[Function, ...] = ()
    decorators: tuple[Value, ...] = ()
    is_abstract: bool = False
    aliased: TypeRef | None = None
    base_calls: tuple[Call, ...] = ()
    name_start: Offset = 0
    name_end: Offset = 0
    doc: str = ""
    type_parameters: tuple[str, ...] = ()
    body: tuple[Statement, ...] = ()
    """Statements in a class body that are neither fields, methods nor nested declarations (static blocks, calls);
    nested classes stand here as `ClassDeclaration`."""
    is_structural: bool = False
    """An interface that whatever has its methods implements, without saying so (Go)."""
    is_part: bool = False
    """More of a class of this name may stand in other files of the same package: methods of a Go type (its other files hold the
    fields or more methods), a C# ``partial`` class."""


# ------------------------------------------------------------------------------------------------------ statements


class Evaluate(Node, frozen=True, tag="eval"):
    """A value whose result is dropped: an expression statement. ``void value`` is this too."""

    value: Value


class Assign(Node, frozen=True, tag="asg"):
    """``target = value``. The target is a `Name`, `Member`, `Index`, or a pattern (`Object`, `Sequence`).

    ``operator`` is "" for a plain assignment, else the augmenting operator without "=" (``+``, ``??``). ``declares`` is True for
    ``const``/``let``/``var``; a declaration without a value has value None. ``constant`` marks ``const`` (and Final).
    """

    target: Value
    value: Value | None
    operator: Kind = ""
    declares: bool = False
    constant: bool = False
    annotation: TypeRef | None = None


class Return(Node, frozen=True, tag="ret"):
    value: Value | None = None


class Throw(Node, frozen=True, tag="throw"):
    """``raise``/``throw``; value None re-raises the caught error."""

    value: Value | None = None


class Jump(Node, frozen=True, tag="jump"):
    """``break``, ``continue`` (``kind``)."""

    kind: Kind


class Branch(Node, frozen=True, tag="if"):
    """``if``; an ``else if`` is a Branch inside ``orelse``. A switch/match lowers to Branches whose condition is ``subject == case``
    (`Operation`), fall-through cases joined by ``or``; the default is the last ``orelse``."""

    condition: Value
    then: tuple[Statement, ...]
    orelse: tuple[Statement, ...] = ()


class Loop(Node, frozen=True, tag="loop"):
    """``kind``: "each" (``target`` of ``source``; also async for) · "while" (``source`` is the condition) · "do" · "for"
    (``init``, ``source`` the condition or None, ``step``)."""

    kind: Kind
    body: tuple[Statement, ...]
    target: Value | None = None
    source: Value | None = None
    init: tuple[Statement, ...] = ()
    step: tuple[Statement, ...] = ()
    orelse: tuple[Statement, ...] = ()
    is_async: bool = False


class Catch(Node, frozen=True):
    """One ``catch``/``except``. ``types`` are the dotted error types named (empty: everything); ``name`` the bound error, or ""."""

    types: tuple[str, ...]
    name: Word
    body: tuple[Statement, ...]


class Try(Node, frozen=True, tag="try"):
    body: tuple[Statement, ...]
    catches: tuple[Catch, ...] = ()
    orelse: tuple[Statement, ...] = ()
    final: tuple[Statement, ...] = ()


class With(Node, frozen=True, tag="with"):
    """``with``/``using``: ``items`` are Assigns (``with a as b``: target b, value a) or Evaluates."""

    items: tuple[Statement, ...]
    body: tuple[Statement, ...]
    is_async: bool = False


class Block(Node, frozen=True, tag="block"):
    """A bare or labelled block; a syntax error's salvaged statements (``label`` "error")."""

    body: tuple[Statement, ...]
    label: str = ""


class FunctionDeclaration(Node, frozen=True, tag="def"):
    function: Function


class ClassDeclaration(Node, frozen=True, tag="class"):
    definition: Class


Statement: TypeAlias = (
    Evaluate
    | Assign
    | Return
    | Throw
    | Jump
    | Branch
    | Loop
    | Try
    | With
    | Block
    | FunctionDeclaration
    | ClassDeclaration
)

# ---------------------------------------------------------------------------------------------------------- module


class Import(Node, frozen=True):
    """``local`` names ``name`` of ``module``.

    ``name``: the exported name · "*" (the module's namespace: ``import x``, ``import * as x``, ``require``) · "default".
    ``import a.b`` in Python binds ``a``: local "a", module "a", and a second Import with local "" records that ``a.b`` is loaded.
    ``from m import *`` has local "*" and name "*". A bare side-effect import has local "". Python's relative modules keep
    their dots (``..shared.topics``). ``type_only`` marks TypeScript's ``import type`` and Python's ``if TYPE_CHECKING``.
    Java, Kotlin and C#: ``import a.b.C`` has local "C", module "a.b", name "C"; ``import a.b.*`` and ``using A.B`` are star imports of the
    package; a static import has the class as its module (``a.b.C``). The own package, and the namespaces around it, stand among the star
    imports, after the written ones; Go's own package is the module ".". Go: ``import "m/n"`` has local "n", module "m/n", name "*", and is
    ``guessed``: what it is called in this file is written in the files of the package.
    A dynamic ``import('m')``/``importlib.import_module('m')``/nested ``require('m')`` used as a value stays a `Call`.
    """

    local: Word
    module: Word
    name: Word
    type_only: bool = False
    guessed: bool = False


class Export(Node, frozen=True):
    """``name`` exported, meaning ``local`` of this file, or ``name_in_module`` of ``module`` for a re-export.

    ``export * from 'm'``: name "*", module "m"; ``export * as ns from 'm'``: name "ns", name_in_module "*".
    ``export default expr`` and ``module.exports = expr`` have name "default" and ``value`` unless the value is a bare name.
    ``exports.x = v`` / ``module.exports.x = v``: name "x", ``value`` v. ``module.exports = {a, b: c}`` also exports a and b, each.
    Python modules have no Exports: every module-level name is one.
    """

    name: Word
    local: Word | None = None
    module: Word | None = None
    name_in_module: Word | None = None
    value: Value | None = None


class Comment(Node, frozen=True):
    """A comment that speaks to Eventlens (contains ``eventlens:``), markers stripped."""

    text: str


class Module(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True, gc=False):
    """One file. ``path`` is relative to the workspace root, with ``/``."""

    path: str
    language: Kind
    """"typescript" (TSX included) · "javascript" (JSX included) · "python" · "java" · "kotlin" · "go" · "csharp"."""
    size: int
    line_starts: tuple[Offset, ...]
    """Byte offset of each line's first byte; line ends are LF, CRLF and lone CR only."""
    imports: tuple[Import, ...]
    exports: tuple[Export, ...]
    body: tuple[Statement, ...]
    errors: tuple[Node, ...] = ()
    """Where the parser met a syntax error."""
    comments: tuple[Comment, ...] = ()
    package: Word = ""
    """The package or namespace that the file says it belongs to (Java, Kotlin, C#: dotted; Go: the name in the package clause);
    "" where the language has none, or the file names none."""
    offers_every_name: bool = False
    """Other files can import every name of the file's top, those that it imports itself included, and the files below it by their
    names (Python); else only what ``exports`` or the package say."""
    type_brackets: Word = "<>"
    """What the language writes around type arguments: "<>" or "[]"."""
    nothing: Word = "null"
    """What the language calls the value that is none (the type ``null``)."""


class Position(msgspec.Struct, frozen=True):
    """0-based line and byte column."""

    line: int
    column: int


_encoder = msgspec.msgpack.Encoder()


@cache
def _decoder() -> msgspec.msgpack.Decoder[Module]:
    if not TYPE_CHECKING:
        Offset._value2member_map_ = {offset: offset for offset in range(_SHARED_OFFSETS)}
    decoder = msgspec.msgpack.Decoder(Module)
    if not TYPE_CHECKING:
        Offset._value2member_map_ = {}  # the decoder has its own table by now
    return decoder


def encode(module: Module) -> bytes:
    """Serialise a module for the cache."""
    return _encoder.encode(module)


def decode(data: bytes) -> Module:
    """Read what `encode` wrote; raises msgspec.DecodeError on foreign bytes."""
    return _decoder().decode(data)
