"""Keys of a service's configuration, read by code: placeholders, injected values, classes of settings, look-ups."""

from __future__ import annotations

import pytest

from flow.conftest import Find, Found

MODEL = """\
    library: shop-bus
    broker: kafka
    languages: [typescript]
    packages: ["@shop/bus"]
    values:
      Bus: [{type: Bus}]
      Config: [{type: Config}]
      Options: [{type: Options}]
      Services: [{type: Services}]
      Section: [{call: Config.section, bind: {section: "0"}}, {call: Section.section, bind: {section: "0"}}]
    publishes:
      - {call: Bus.send, channel: "0", payload: "1"}
    subscribes:
      - {decorator: Listen, channel: ["decorator 0[]", "decorator 0"], group: "decorator 1", handler: decorated}
      - {decorator: Incoming, channel: {name: ["config mp.messaging.incoming.{decorator 0}.topic", "decorator 0"]},
         handler: decorated, group: "config mp.messaging.incoming.{decorator 0}.group.id",
         delivery-cases: [{when: {path: "config mp.messaging.incoming.{decorator 0}.auto", is: true}, delivery: at-most-once}]}
    lookups:
      - {decorated: Value, text: "decorator 0"}
      - {decorated: Property, key: "decorator 0", default: "decorator 1"}
      - {settings-class: Settings, section: "decorator 0"}
      - {call: Config.get, key: "0", default: "1"}
      - {call: Section.get, key: "0", under: section}
      - {call: Section.bind, section: [], under: section}
      - {decorated: Env, variable: "decorator 0", default-beside: envDefault}
      - {member: "Config.*", key: "member 0", under: section}
      - {member: Options.value, of-type-argument: true}
    registrations:
      - {call: Services.configure, token: "=section of {type-arg 0}", value: "0.section"}
    """
HEAD = "import { Bus, Config, Env, envDefault, Incoming, Listen, Options, Property, Services, Settings, Value } from '@shop/bus';\n"
PACKAGE = '{"name": "orders", "dependencies": {"@shop/bus": "1"}}'


def read(find: Find, code: str, **files: str) -> Found:
    """What is found in a service with this code; other files by their paths below the service."""
    return find(
        {
            ".eventlens/libraries/bus.yaml": MODEL,
            "orders/package.json": PACKAGE,
            "orders/src/main.ts": HEAD + code,
            **{f"orders/{name}": text for name, text in files.items()},
        }
    )


def channels(found: Found) -> set[str]:
    return {name for site in found.sites for name in site.channels}


YAML = "application.yml"


@pytest.mark.parametrize(
    ("written", "configuration", "expected"),
    [
        ("'${app.topics.orders}'", "app: {topics: {orders: shop.orders}}", {"shop.orders"}),
        ("'${app.topics.orders}'", "app.topics.orders: ${prefix}.orders\nprefix: shop", {"shop.orders"}),
        ("'${app.topics.orders:x.${prefix}}'", "prefix: shop", {"x.shop"}),
        ("'${app.topics.${kind}}'", "kind: orders\napp.topics.orders: shop.orders", {"shop.orders"}),
        ("'${app.bootstrapTopic}'", "app: {bootstrap-topic: shop.orders}", {"shop.orders"}),
        ("['${a}', 'b-${b}']", "a: one\nb: two", {"one", "b-two"}),
        ("'${topics}'", "topics: [one, two]", {"one", "two"}),
        ("\"#{'${topics}'.split(',')}\"", "topics: one, two", {"one", "two"}),
        ("\"#{environment['a.b']}\"", "a: {b: one}", {"one"}),
        ("\"#{appSettings.topics['orders'].name}\"", "app: {topics: {orders: {name: shop.orders}}}", {"shop.orders"}),
        ("'#{@appSettings.newTopics.orders}'", "app: {new-topics: {orders: shop.orders}}", {"shop.orders"}),
        ("'#{appSettings.topics.orders}'", "app.topics.orders: one\nold.topics.orders: two", set()),
        ("'#{appSettings.orders}'", "app: {orders: one}", set()),
        ("'${a}-#{T(java.util.UUID).randomUUID()}'", "a: one", {"one-*"}),
        ("'${a}'", "a: 'orders-{{ .Values.global.environment }}'", {"orders-*"}),
        ("'orders-#{random.next()}'", "a: one", {"orders-*"}),
        ("'${missing.key}-x'", "a: b", {"*-x"}),
        ("'${a}'", "a: ${b}\nb: ${a}", set()),
    ],
)
def test_placeholders_in_decorators(find: Find, written: str, configuration: str, expected: set[str]) -> None:
    code = f"class A {{ @Listen({written}) on(m: string) {{}} }}"
    found = read(find, code, **{YAML: configuration})
    assert channels(found) - {"*"} == expected


def test_what_a_chart_leaves_open_is_a_hole(find: Find) -> None:
    chart = {
        "chart/Chart.yaml": "name: orders\n",
        "chart/values.yaml": "env:\n  ORDERS_TOPIC: orders-{{ .Values.global.environment }}\n",
    }
    found = read(find, "class A { @Listen('${t}') on(m: string) {} }", **{YAML: "t: ${ORDERS_TOPIC:none}"}, **chart)
    assert channels(found) == {"orders-*"}


@pytest.mark.parametrize(
    ("field", "expected"), [("topic = 'shop.orders'", {"shop.orders"}), ("other = 'shop.orders'", set())]
)
def test_a_decorator_speaks_of_the_object_that_carries_it(find: Find, field: str, expected: set[str]) -> None:
    found = read(find, f"class A {{ {field}; @Listen('#{{__listener.topic}}') on(m: string) {{}} }}")
    assert channels(found) - {"*"} == expected


def test_the_evidence_leads_to_the_lines_of_the_configuration(find: Find) -> None:
    found = read(find, "class A { @Listen('${t}') on(m: string) {} }", **{YAML: "x: shop\n\nt: ${x}.orders\n"})
    (site,) = found.sites
    assert site.channel == "shop.orders"
    assert {(step.file, step.line) for step in site.evidence} >= {
        ("orders/application.yml", 1),
        ("orders/application.yml", 3),
    }


PROFILED = """\
    t: plain
    ---
    spring.config.activate.on-profile: prod
    t: prod
    ---
    spring.config.activate.on-profile: test
    t: test
    u: test
    ---
    spring.config.activate.on-profile: dev
    u: dev
    """


@pytest.mark.parametrize(
    ("key", "settings", "expected"),
    [
        ("t", "", {"plain"}),
        ("t", "profiles = ['prod']", {"prod"}),
        ("t", "profiles = ['prod', 'eu']", {"eu"}),
        ("u", "", {"dev"}),
        ("v", "", {"prod"}),
        ("v", "profiles = ['dev']", {"dev"}),
    ],
)
def test_profiles(find: Find, key: str, settings: str, expected: set[str]) -> None:
    found = find(
        {
            ".eventlens/libraries/bus.yaml": MODEL,
            "eventlens.toml": settings,
            "orders/package.json": PACKAGE,
            "orders/src/main.ts": HEAD + f"class A {{ @Listen('${{{key}}}') on(m: string) {{}} }}",
            "orders/src/main/resources/application.yml": PROFILED,
            "orders/src/main/resources/application-eu.yml": "t: eu",
            "orders/src/main/resources/application.properties": "%prod.v=prod\n%dev.v=dev\n",
            "orders/src/test/resources/application.yml": "t: test",
        }
    )
    assert channels(found) == expected


def test_the_environment_overrides_files_and_the_user_overrides_both(find: Find) -> None:
    code = "class A { @Listen('${app.my-topic}') on(m: string) {} @Listen('${app.other}') off(m: string) {} }"
    found = find(
        {
            ".eventlens/libraries/bus.yaml": MODEL,
            "eventlens.toml": "[values]\n'app.other' = 'stated'\n",
            "orders/package.json": PACKAGE,
            "orders/src/main.ts": HEAD + code,
            "orders/application.yml": "app: {my-topic: file, other: file}",
            "orders/.env": "APP_MYTOPIC=env\nAPP_OTHER=env\n",
            "payments/.env": "APP_MYTOPIC=foreign\n",
        }
    )
    assert channels(found) == {"env", "stated"}


def test_a_service_reads_its_own_files_and_shared_code_those_of_all(find: Find) -> None:
    code = HEAD + "class A { @Listen('${t}') on(m: string) {} }"
    found = find(
        {
            ".eventlens/libraries/bus.yaml": MODEL,
            "a/package.json": PACKAGE,
            "a/src/main.ts": code,
            "a/application.yml": "t: one",
            "b/package.json": PACKAGE,
            "b/application.yml": "t: two",
            "common/package.json": PACKAGE,
            "common/src/main.ts": code,
        }
    )
    by_file = {site.file: set(site.channels) for site in found.sites}
    assert by_file == {"a/src/main.ts": {"one"}, "common/src/main.ts": {"one", "two"}}


def test_what_shared_code_reads_is_what_the_service_sets_that_hands_it_on(find: Find) -> None:
    shared = (
        "import { Bus } from '@shop/bus';\n"
        "export const settings = { topic: process.env.ORDERS_TOPIC };\n"
        "export function publish(bus: Bus, topic: string, text: string): void { bus.send(topic, text); }\n"
    )
    own = (
        "import { Bus } from '@shop/bus';\nimport { publish, settings } from '../../common/src/bus';\n"
        "export function accept(bus: Bus): void { publish(bus, settings.topic, 'accepted'); }\n"
    )
    found = find(
        {
            ".eventlens/libraries/bus.yaml": MODEL,
            "common/package.json": PACKAGE,
            "common/src/bus.ts": shared,
            **{f"{name}/package.json": PACKAGE for name in ("a", "b", "c")},
            **{f"{name}/src/main.ts": own for name in ("a", "b", "c")},
            "a/.env": "ORDERS_TOPIC=one\n",
            "b/.env": "ORDERS_TOPIC=two\n",
        }
    )
    by_file = {site.file: set(site.channels) for site in found.sites}
    assert by_file == {"a/src/main.ts": {"one"}, "b/src/main.ts": {"two"}, "c/src/main.ts": {"one", "two"}}


def test_keys_named_by_a_model(find: Find) -> None:
    code = "class A { @Incoming('orders') on(m: string) {} @Incoming('plain') off(m: string) {} }"
    configuration = """\
        mp.messaging.incoming.orders.topic=shop.orders
        mp.messaging.incoming.orders.group.id=billing
        mp.messaging.incoming.orders.auto=true
        """
    found = read(find, code, **{"src/main/resources/application.properties": configuration})
    assert found.rows("channel", "group", "guarantee") == {
        ("shop.orders", "billing", "at-most-once"),
        ("plain", None, "at-least-once"),
    }


IN_CLASS = "class A {{ constructor(private bus: Bus, {parameters}) {{}} f() {{ this.bus.send({sent}, 1); }} }}"
CONFIG = "private c: Config"
FORMS = [
    ("a field with a text", "@Value('${a.b}') private topic: string", "this.topic", "", "one"),
    ("a text with more in it", "@Value('x.${a.b}') private topic: string", "this.topic", "", "x.one"),
    ("a key", "@Property('a.b') private topic: string", "this.topic", "", "one"),
    ("a key without a value", "@Property('no.such', 'fallback') private topic: string", "this.topic", "", "fallback"),
    ("a call", CONFIG, "this.c.get('a.b')", "", "one"),
    ("a call with a default", CONFIG, "this.c.get('no.such', 'fallback')", "", "fallback"),
    ("a section", CONFIG, "this.c.section('a').get('b')", "", "one"),
    ("a section of a section", CONFIG, "this.c.section('a').section('c').get('d')", "", "two"),
    ("a section as an object", CONFIG, "this.c.section('a').bind<O>().b", "class O { b: string; }", "one"),
    ("an element", CONFIG, "this.c['A:B']", "", "one"),
    (
        "options",
        "private o: Options<O>",
        "this.o.value.b",
        "class O { b: string; } function f(s: Services, c: Config) { s.configure<O>(c.section('a')); }",
        "one",
    ),
    ("settings", "private p: P", "this.p.b", "@Settings('a') class P { b: string; }", "one"),
    (
        "settings in settings",
        "private p: P",
        "this.p.c.d",
        "class C { d: string; } @Settings('a') class P { c: C; }",
        "two",
    ),
    ("their default", "private p: P", "this.p.e", "@Settings('a') class P { e = 'fallback'; }", "fallback"),
]


@pytest.mark.parametrize(("form", "parameters", "sent", "classes", "expected"), FORMS, ids=[one[0] for one in FORMS])
def test_forms_of_reading_a_key(find: Find, form: str, parameters: str, sent: str, classes: str, expected: str) -> None:
    code = f"{classes}\n{IN_CLASS.format(parameters=parameters, sent=sent)}"
    assert channels(read(find, code, **{YAML: "a: {b: one, c: {d: two}}"})) == {expected}


def test_fields_and_parameters_hold_what_their_decorators_say(find: Find) -> None:
    code = """
        class A { @Value('${a.b}') topic: string; constructor(private bus: Bus) {} f() { this.bus.send(this.topic, 1); } }
        class B { t: string; constructor(private bus: Bus, @Value('${a.c}') topic: string) { this.t = topic; }
                  f() { this.bus.send(this.t, 1); } }
        """
    assert channels(read(find, code, **{YAML: "a: {b: one, c: two}"})) == {"one", "two"}


def test_a_secret_is_never_shown(find: Find) -> None:
    code = "class A { @Listen('q-${db.password}') on(m: string) {} @Listen('r-${api.token:abc123}') off(m: string) {} }"
    found = read(find, code, **{YAML: "db: {password: hunter2}"})
    shown = repr(found.sites)
    assert "hunter2" not in shown
    assert "abc123" not in shown.replace("'r-${api.token:abc123}'", "")
    assert len(channels(found)) == 2


JAVA = """\
    package shop;

    import org.springframework.beans.factory.annotation.Value;
    import org.springframework.kafka.annotation.KafkaListener;
    import org.springframework.kafka.core.KafkaTemplate;
    import org.springframework.stereotype.Service;

    @Service
    class Orders {
        private final KafkaTemplate<String, Order> template;
        private final Topics topics;
        private final String refunds;
        @Value("${app.topics.audit}")
        private String audit;

        Orders(KafkaTemplate<String, Order> template, Topics topics, @Value("${app.topics.refunds:shop.refunds}") String refunds) {
            this.template = template;
            this.topics = topics;
            this.refunds = refunds;
        }

        @KafkaListener(topics = "${app.topics.orders}", groupId = "${spring.application.name}")
        void on(Order order) {
            template.send(topics.paid(), order);
            template.send(topics.retry().last(), order);
            template.send(refunds, order);
            template.send(audit, order);
        }
    }
    """
TOPICS = """\
    package shop;

    import org.springframework.boot.context.properties.ConfigurationProperties;

    @ConfigurationProperties(prefix = "app.topics")
    record Topics(String paid, Retry retry) {
        record Retry(String last) {}
    }
    """
JAVA_YAML = """\
    spring:
      application.name: orders
    app:
      topics:
        orders: shop.orders
        paid: ${app.prefix}.paid
        retry:
          last: shop.retry.last
      prefix: shop
    ---
    spring.config.activate.on-profile: test
    app.topics.orders: test.orders
    """


def test_spring(find: Find) -> None:
    found = find(
        {
            "orders/pom.xml": "<project><artifactId>orders</artifactId></project>",
            "orders/src/main/java/shop/Orders.java": JAVA,
            "orders/src/main/java/shop/Topics.java": TOPICS,
            "orders/src/main/java/shop/Order.java": "package shop;\nrecord Order(String id) {}\n",
            "orders/src/main/resources/application.yml": JAVA_YAML,
            "orders/.env": "APP_TOPICS_AUDIT=shop.audit",
        }
    )
    assert found.rows("role", "channel", "group") == {
        ("subscribe", "shop.orders", "orders"),
        ("publish", "shop.paid", None),
        ("publish", "shop.retry.last", None),
        ("publish", "shop.refunds", None),
        ("publish", "shop.audit", None),
    }


QUARKUS = """\
    package shop;

    import org.eclipse.microprofile.config.inject.ConfigProperty;
    import org.eclipse.microprofile.reactive.messaging.Incoming;
    import org.eclipse.microprofile.reactive.messaging.Outgoing;

    class Orders {
        @Incoming("orders")
        @Outgoing("paid")
        Order on(Order order) { return order; }
    }
    """
QUARKUS_PROPERTIES = """\
    mp.messaging.incoming.orders.connector=smallrye-kafka
    mp.messaging.incoming.orders.topic=shop.orders
    %dev.mp.messaging.incoming.orders.topic=dev.orders
    mp.messaging.outgoing.paid.connector=smallrye-kafka
    %prod.mp.messaging.outgoing.paid.topic=shop.paid
    """


def test_quarkus(find: Find) -> None:
    found = find(
        {
            "orders/pom.xml": "<project><artifactId>orders</artifactId></project>",
            "orders/src/main/java/shop/Orders.java": QUARKUS,
            "orders/src/main/resources/application.properties": QUARKUS_PROPERTIES,
        }
    )
    assert found.rows("role", "broker", "channel") == {
        ("subscribe", "kafka", "shop.orders"),
        ("publish", "kafka", "shop.paid"),
    }


CSHARP = """\
    using Confluent.Kafka;
    using Microsoft.Extensions.Configuration;
    using Microsoft.Extensions.DependencyInjection;
    using Microsoft.Extensions.Options;

    namespace Shop;

    public class KafkaOptions { public string Orders { get; set; } = "none"; public string Retry { get; set; } = "shop.retry"; }

    public static class Setup
    {
        public static void Add(IServiceCollection services, IConfiguration configuration)
        {
            services.Configure<KafkaOptions>(configuration.GetSection("Kafka:Topics"));
        }
    }

    public class Orders
    {
        private readonly IProducer<string, string> _producer;
        private readonly KafkaOptions _options;
        private readonly IConfiguration _configuration;

        public Orders(IProducer<string, string> producer, IOptions<KafkaOptions> options, IConfiguration configuration)
        {
            _producer = producer;
            _options = options.Value;
            _configuration = configuration;
        }

        public async Task Publish(string id)
        {
            await _producer.ProduceAsync(_options.Orders, new Message<string, string> { Key = id, Value = id });
            await _producer.ProduceAsync(_options.Retry, new Message<string, string> { Key = id, Value = id });
            await _producer.ProduceAsync(_configuration["Kafka:Audit"], new Message<string, string> { Key = id, Value = id });
            await _producer.ProduceAsync(_configuration.GetValue<string>("Kafka:Paid"), new Message<string, string> { Key = id, Value = id });
        }
    }
    """


def test_dotnet(find: Find) -> None:
    found = find(
        {
            "Orders/Orders.csproj": '<Project Sdk="Microsoft.NET.Sdk" />',
            "Orders/Orders.cs": CSHARP,
            "Orders/appsettings.json": '{"Kafka": {"Topics": {"Orders": "shop.orders"}, "Audit": "shop.audit"}}',
            "Orders/appsettings.Development.json": '{"Kafka": {"Topics": {"Orders": "dev.orders"}}}',
            "Orders/.env": "KAFKA__PAID=shop.paid",
        }
    )
    assert channels(found) == {"shop.orders", "shop.retry", "shop.audit", "shop.paid"}


def test_tags_name_variables_and_their_defaults(find: Find) -> None:
    code = """
        class C { @Env('ORDERS_TOPIC,required') orders: string; @Env('PAID_TOPIC') @envDefault('shop.paid') paid: string; }
        class A { constructor(private bus: Bus, private c: C) {} f() { this.bus.send(this.c.orders, 1); } g() { this.bus.send(new C().paid, 1); } }
        """
    found = read(find, code, **{".env": "ORDERS_TOPIC=shop.orders"})
    assert channels(found) == {"shop.orders", "shop.paid"}


CHART = {
    "deploy/Chart.yaml": "name: orders\n",
    "deploy/values.yaml": "topics:\n  orders: shop.orders\nenv:\n  PAID_TOPIC: shop.paid\n",
    "deploy/templates/deployment.yaml": """\
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: {{ .Release.Name }}
        spec:
          template:
            spec:
              containers:
                - name: orders
                  env:
                    - name: ORDERS_TOPIC
                      value: {{ .Values.topics.orders | quote }}
                    - name: RETRY_TOPIC
                      valueFrom: {configMapKeyRef: {name: topics, key: retry}}
        """,
    "deploy/maps.yaml": """\
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: topics}
        data: {retry: shop.retry}
        """,
}


def test_variables_of_a_chart(find: Find) -> None:
    sends = " ".join(f"this.bus.send(process.env.{name}, 1);" for name in ("ORDERS_TOPIC", "PAID_TOPIC", "RETRY_TOPIC"))
    code = f"class A {{ constructor(private bus: Bus) {{}} f() {{ {sends} }} }}"
    found = read(find, code, **CHART)
    assert channels(found) == {"shop.orders", "shop.paid", "shop.retry"}
    told = {(step.file, step.line) for site in found.sites for step in site.evidence}
    assert {("orders/deploy/values.yaml", 2), ("orders/deploy/values.yaml", 4)} <= told


def test_the_default_of_a_secret_is_not_shown(find: Find) -> None:
    code = "class A { @Property('api.token', 'abc123') private t: string; constructor(private bus: Bus) {} f() { this.bus.send(this.t, 1); } }"
    (site,) = read(find, code).sites
    assert "abc123" not in repr(site.channels) + repr([step.message for step in site.evidence])


BEANS = """\
    package shop;

    import org.springframework.boot.context.properties.ConfigurationProperties;
    import org.springframework.kafka.core.KafkaTemplate;
    import io.smallrye.config.ConfigMapping;

    @ConfigurationProperties("app.topics")
    class Topics {
        private String orders;
        public String getOrders() { return orders; }
        public void setOrders(String orders) { this.orders = orders; }
    }

    @ConfigMapping(prefix = "app.topics")
    interface Mapped {
        String paid();
        Retry retry();
        interface Retry { String lastTopic(); }
    }

    class Orders {
        private final KafkaTemplate<String, String> template;
        private final Topics topics;
        private final Mapped mapped;

        Orders(KafkaTemplate<String, String> template, Topics topics, Mapped mapped) {
            this.template = template;
            this.topics = topics;
            this.mapped = mapped;
        }

        void send() {
            template.send(topics.getOrders(), "x");
            template.send(mapped.paid(), "x");
            template.send(mapped.retry().lastTopic(), "x");
        }
    }
    """


def test_settings_with_accessors_and_settings_that_an_interface_maps(find: Find) -> None:
    found = find(
        {
            "orders/pom.xml": "<project><artifactId>orders</artifactId></project>",
            "orders/src/main/java/shop/Orders.java": BEANS,
            "orders/application.properties": "app.topics.orders=one\napp.topics.paid=two\napp.topics.retry.last-topic=three\n",
        }
    )
    assert channels(found) == {"one", "two", "three"}


def test_a_parameter_declared_as_settings_reads_the_environment_whoever_makes_it(find: Find) -> None:
    found = find({
        ".env": "LOAN_TOPIC=loans\n",
        "settings.py": """
            from pydantic_settings import BaseSettings
            class Topics(BaseSettings):
                loan_topic: str
                return_topic: str = "returns"
            class Config(Topics):
                retries: int = 3
            class Plain:
                loan_topic: str = "plain"
            """,
        "desk.py": """
            from confluent_kafka import Producer
            from settings import Config, Plain
            producer = Producer({})
            class Desk:
                def __init__(self, *, config: Config):
                    self._config = config
                def lend(self, book):
                    producer.produce(self._config.loan_topic, book)
                def take_back(self, book):
                    producer.produce(self._config.return_topic, book)
            def other(config: Plain, book):
                producer.produce(config.loan_topic, book)
            """,
    })  # fmt: skip
    assert found.rows("place", "channel") == {("desk.py:9", "loans"), ("desk.py:11", "returns")}
