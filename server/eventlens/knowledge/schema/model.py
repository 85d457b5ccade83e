"""One library."""

from __future__ import annotations

from typing import Literal

from eventlens.knowledge.schema.configuration import Lookup, Registration, Setting
from eventlens.knowledge.schema.entries import (
    Acknowledge,
    Application,
    Bind,
    Declare,
    Dispatch,
    Effect,
    Publish,
    Subscribe,
    Surrounding,
    Transaction,
)
from eventlens.knowledge.schema.values import Source
from eventlens.knowledge.schema.vocabulary import Base, Broker, Kind, Names, TextForm


class Model(Base, frozen=True, kw_only=True):
    """One library."""

    library: str
    broker: Broker | None = None
    kind: Kind | None = None
    languages: list[Literal["typescript", "javascript", "python", "java", "kotlin", "go", "csharp"]]
    packages: list[str]
    """Import specifiers or manifest names that switch the model on (a prefix counts: ``a`` matches ``a.b`` and ``a/b``)."""
    docs: str | None = None
    globals: Names = []
    """Names of the model that need no import (``fetch``, ``console``, ``open``)."""
    extensions: Names = []
    """Exports that are called as methods of any value where one of the packages is imported (``services.AddMassTransit(…)``):
    patterns name them as exports, positions do not count the receiver, and ``receiver`` is the value on which they are called."""
    located: dict[str, Literal["one", "all"]] = {}
    """Methods of whatever hands out what was registered, of their type argument: one value, or all (``GetServices<IHandler>()``)."""
    braced_keys: bool = False
    """In the texts that its calls are given, ``{{orders.topic:orders}}`` is what the service's configuration holds under that key."""
    transparent: Names = []
    """Exports whose call is its first argument, for whoever reads a value (``aws.String(url)``)."""
    text_forms: dict[str, TextForm] = {}
    """Exports whose call is its first argument as text in another form (``strcase.ToSnake(name)``)."""
    types_of: Names = []
    """Exports whose call is the type of its first argument (``reflect.TypeOf(message)``): names of channels are made of it."""
    store: Literal["relational", "document", "key-value", "object", "cache", "search", "none"] | None = None
    values: dict[str, list[Source]] = {}
    provides: dict[str, dict[str, list[Source]]] = {}
    """Library → its value type → further ways in which such a value comes to be, here: a wrapper library hands out another's channels.
    What is done with the value is then a form of that other library, which need not be imported."""
    likely: dict[str, list[str]] = {}
    """Value type → receiver names that suggest it (``producer``) where nothing better is known; sites are then ``likely``."""
    publishes: list[Publish] = []
    subscribes: list[Subscribe] = []
    declares: list[Declare] = []
    bindings: list[Bind] = []
    acknowledgements: list[Acknowledge] = []
    transactions: list[Transaction] = []
    effects: list[Effect] = []
    settings: list[Setting] = []
    registrations: list[Registration] = []
    lookups: list[Lookup] = []
    carries: list[Literal["correlation", "version"]] = []
    """What the library itself puts into every message that it sends: an id that ties it to what it came of, the version of its shape."""
    constants: dict[str, str | int | float | bool] = {}
    """Exports that are constants, and what they are: ``{ConsumerConfig.GROUP_ID_CONFIG: group.id}``."""
    applications: list[Application] = []
    dispatches: list[Dispatch] = []
    surroundings: list[Surrounding] = []
    notes: list[str] = []
    """Facts for a reader of ``docs/libraries.md`` that the other fields cannot say."""
    forms: dict[str, str] = {}
    """Rows of ``docs/libraries.md`` that do not apply to this library, each with the reason (``transaction: has none``)."""
