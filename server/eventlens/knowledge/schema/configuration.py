"""What decides about code elsewhere: settings, registrations under tokens, and look-ups of configuration."""

from __future__ import annotations

from eventlens.knowledge.schema.entries import Match
from eventlens.knowledge.schema.vocabulary import Base, Conditions, Names, Path, Paths


class Setting(Match, frozen=True, kw_only=True):
    """Something said once for the whole service (``NestFactory.createMicroservice(App, {transport})``): names → paths."""

    bind: dict[str, Path]
    of_receiver: bool = False
    """It is said of the value alone on which it is called (``template.setDefaultTopic("orders")``)."""
    shared: bool = False
    """Said in code that services share, it holds for each of them that says nothing itself."""
    reaches_from: Path | None = None
    """The class from whose file imports lead to the code it holds for, where a service says it several times (``"0"``: the module
    that ``createMicroservice`` starts)."""


class Registration(Match, frozen=True, kw_only=True):
    """Named registrations (``ClientsModule.register([{name, transport, options}])``): for each element of ``each``, token → names."""

    each: Path | None = None
    token: Paths
    bind: dict[str, Path] = {}
    """Paths begin at the element (``transport``, ``options.queue``) when ``each`` is set."""
    value: Paths | None = None
    """What is injected under the token: its library type and what is bound to it hold for the receiver (``{provide, useFactory}``)."""
    provided: bool = False
    """The value is what a container hands to whoever asks for its type: to a parameter or field that is called like the token, or has a
    decorator that says it; to any other where the service has only one of that type."""
    own_service: bool = False
    """It speaks of the code of its own service alone (which consumers a queue has)."""


class Lookup(Base, frozen=True, kw_only=True):
    """A look-up of a configuration value: of a process environment variable, or of a key in configuration documents."""

    call: str | None = None
    member: str | None = None
    """A member that is read (``environ.*``); its last name is the variable's. ``Type.*`` is an element in brackets
    (``configuration["Kafka:Topic"]``), whose key is ``member 0``."""
    fields_of: str | None = None
    """Fields of a class that extends this export hold variables: the field's name in capitals, behind the class's prefix."""
    decorated: str | None = None
    """A field, property or parameter that carries this decorator: it holds what ``text``, ``key`` or ``variable`` say. Without any of
    them it holds the key that is called as it is."""
    settings_class: str | None = None
    """A class that carries this decorator: each of its fields holds the key of its name below ``section``, in any relaxed form; a
    field of another class of the workspace holds the section of its name. A field's initial value is its default. A class is one,
    too, where `Model.registrations` say its section under the token ``section of`` and its name."""
    section: Paths | None = None
    """The section that a settings class is bound to, dotted; of a ``call``, the section whose content it gives as the type argument."""
    of_type_argument: bool = False
    """What is read or called is a value of the type that is the declared type's argument (``IOptions<KafkaOptions>.Value``)."""
    fills: Path | None = None
    """With ``call``: the argument that is filled with what a configuration file holds (``Unmarshal(content, &settings)``). The fields of its
    class hold the keys of their names, or of those that their tags say, where the call stands beside the class."""
    under: str | None = None
    """The name that values bind to the section which they are (``{bind: {section: "0"}}``): ``key`` and ``section`` begin below it."""
    text: Path | None = None
    """A text in which placeholders (``${key:default}``) stand. In arguments of decorators they are put in without saying so."""
    variable: Path | None = None
    """The environment variable's name."""
    registered: str | None = None
    """The token of `Model.registrations` under which functions of the application give settings: ``variable`` is then first a dotted key
    of what they give, and its first part may stand behind the token (``registerAs('kafka', …)`` for ``kafka.topic``). With ``documents``
    the value for a key that stands in none of them is registered under the token and the key (``set topics.orders``)."""
    key: Path | None = None
    """The key in the documents, dotted; without ``documents`` in the service's own configuration, whichever format holds it."""
    documents: Names = []
    """Where the key is looked up, relative to the service's folder or the root, first found wins (``config/default.json``)."""
    default: Paths | None = None
    when: Conditions = []
    """With ``fills``: holds where what is read is a file."""
    default_beside: str | None = None
    """With ``decorated``: the decorator beside it whose first argument is the default (Go's tag ``envDefault``)."""
    docs: str | None = None

    @property
    def asks(self) -> bool:
        """Whether it is a call that gives a value of the configuration."""
        return self.call is not None and self.fills is None
