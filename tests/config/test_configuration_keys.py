from __future__ import annotations

import pytest

from eventlens.config.configuration_keys import (
    Placeholder,
    canonical,
    holds,
    is_of_tests,
    placeholders,
    read_entries,
    source_of,
    squashed,
)

SPRING = """\
app:
  version: @project.version@
  topics:
    orders: shop.orders
    all: [a, b]
  consumers:
    - {name: one}
spring.kafka.bootstrap-servers: localhost:9092
---
spring:
  config:
    activate:
      on-profile: "prod & !eu"
app.topics.orders: shop.orders.prod
---
spring.profiles: [it, test]
app.topics.orders: shop.orders.it
"""

QUARKUS = """\
mp.messaging.incoming.orders.topic=orders
%dev.mp.messaging.incoming.orders.topic=orders-dev
%{prod,stage}.mp.messaging.incoming."my.orders".topic=orders-prod
max=500
on=true
"""


def test_documents_have_conditions_and_every_value_its_place() -> None:
    found = {(one.key, one.conditions): (one.value, one.line) for one in read_entries("application.yml", SPRING)}
    assert found[("app.topics.orders", ())] == ("shop.orders", 4)
    assert found[("app.topics.all[1]", ())] == ("b", 5)
    assert found[("app.consumers[0].name", ())] == ("one", 7)
    assert found[("app.topics.orders", ("prod & !eu",))] == ("shop.orders.prod", 14)
    assert found[("app.topics.orders", ("it,test",))] == ("shop.orders.it", 17)
    for one in read_entries("application.yml", SPRING):
        assert str(one.value) in SPRING[one.start : one.end] or one.key == "app.version"


def test_a_prefix_of_a_key_is_a_condition_and_plain_values_have_types() -> None:
    found = [(one.key, one.value, one.conditions) for one in read_entries("application.properties", QUARKUS, "eu")]
    assert found == [
        ("mp.messaging.incoming.orders.topic", "orders", ("eu",)),
        ("mp.messaging.incoming.orders.topic", "orders-dev", ("eu", "%dev")),
        ('mp.messaging.incoming."my.orders".topic', "orders-prod", ("eu", "%prod,stage")),
        ("max", 500, ("eu",)),
        ("on", True, ("eu",)),
    ]
    yaml = '"%prod":\n  app:\n    topic: x\napp: {topic: y}\n'
    assert [(one.key, one.conditions) for one in read_entries("application.yaml", yaml)] == [
        ("app.topic", ("%prod",)),
        ("app.topic", ()),
    ]


def test_documents_of_properties_have_conditions() -> None:
    text = "a=1\n#---\nspring.config.activate.on-profile=test\na=2\n"
    first, _, second = read_entries("application.properties", text)
    assert (first.value, first.conditions, is_of_tests(first)) == (1, (), False)
    assert (second.value, second.conditions, is_of_tests(second)) == (2, ("test",), True)


@pytest.mark.parametrize(
    ("path", "folder", "profile"),
    [
        ("orders/src/main/resources/application.yml", "orders", ""),
        ("orders/src/main/resources/config/application-prod.yaml", "orders", "prod"),
        ("orders/config/application.properties", "orders", ""),
        ("src/main/resources/META-INF/microprofile-config.properties", "", ""),
        ("src/Orders.Api/appsettings.Production.json", "src/Orders.Api", "Production"),
        ("bootstrap-dev.yml", "", "dev"),
    ],
)
def test_a_file_speaks_for_the_folder_of_its_service(path: str, folder: str, profile: str) -> None:
    source = source_of(path)
    assert source is not None
    assert (source.folder, source.profile) == (folder, profile)


@pytest.mark.parametrize("path", ["application.json", "appsettings.yml", "my-application.yml", "applications.yml"])
def test_other_files_are_no_configuration_of_a_service(path: str) -> None:
    assert source_of(path) is None


def test_nearer_files_and_properties_win() -> None:
    paths = [
        "o/src/main/resources/bootstrap.yml",
        "o/src/main/resources/application.yml",
        "o/src/main/resources/application.properties",
        "o/src/main/resources/config/application.yml",
        "o/application.yml",
        "o/config/application.yml",
    ]
    ranks = [source.rank for path in paths if (source := source_of(path)) is not None]
    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize(
    "forms",
    [
        ("spring.kafka.bootstrap-servers", "spring.kafka.bootstrapServers", "spring.kafka.bootstrap_servers"),
        ("Kafka:Topics:0", "Kafka__Topics__0", "kafka.topics[0]"),
        ('mp.messaging.incoming."orders".topic', "mp.messaging.incoming.orders.topic"),
    ],
)
def test_relaxed_forms_are_one_key(forms: tuple[str, ...]) -> None:
    assert len({canonical(form) for form in forms}) == 1


def test_variables_spell_keys_without_separators() -> None:
    assert squashed("SPRING_KAFKA_BOOTSTRAPSERVERS") == squashed("spring.kafka.bootstrap-servers")
    assert squashed("Kafka__Topic") == squashed("Kafka:Topic")


@pytest.mark.parametrize(
    ("expression", "active", "expected"),
    [
        ("prod", ["prod"], True),
        ("Prod", ["prod"], True),
        ("!prod", ["default"], True),
        ("prod & !eu", ["prod", "eu"], False),
        ("(a | b) & c", ["b", "c"], True),
        ("a,b", ["b"], True),
        ("a &", ["a"], False),
        ("(a", ["a"], False),
        ("", ["a"], False),
        ("(" * 500 + "a", ["a"], False),
    ],
)
def test_expressions_over_profiles(expression: str, active: list[str], expected: bool) -> None:
    assert holds(expression, active) is expected


def test_placeholders_nest() -> None:
    assert placeholders("x-${a.b:${c:d}}-${e}.${f:}") == [
        "x-",
        Placeholder("a.b", "${c:d}"),
        "-",
        Placeholder("e", None),
        ".",
        Placeholder("f", ""),
    ]
    assert placeholders("${a.${env}}") == [Placeholder("a.${env}", None)]
    assert placeholders("${open") == ["${open"]


@pytest.mark.parametrize("text", ["a: [", "\x00", "a: &x [*x]", "{{ .Values }}"])
def test_broken_files_give_nothing(text: str) -> None:
    assert read_entries("application.yml", text) == ()
