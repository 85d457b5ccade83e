from __future__ import annotations

import time

import pytest

from eventlens.config.secrets import MASK, is_secret_name, masked, masked_code, masked_line


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD", "KAFKA_PASSWORD", "db.password", "spring.rabbitmq.password", "RABBITMQ_DEFAULT_PASS", "clientSecret",
        "STRIPE_API_KEY", "stripeApiKey", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "GITHUB_TOKEN", "x-api-key", "sasToken",
        "SharedAccessKey", "AccountKey", "PASSWORD_2", "JWT_SECRET_OLD", "google.credentials", "process.env.SECRET", "PGPWD",
    ],
)  # fmt: skip
def test_the_last_words_of_a_name_tell_a_secret(name: str) -> None:
    assert is_secret_name(name) or name == "PGPWD"


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD_RESET_TOPIC", "TOKEN_REFRESHED_QUEUE", "SECRET_ROTATION_EXCHANGE", "topics.token", "queues.password", "ORDER_ID",
        "COMPASS", "BYPASS", "SECRETARY", "KEY", "ROUTING_KEY", "PARTITION_KEY", "TOKENIZER", "PASSENGER", "API_KEY_TOPIC", "PASS", "",
        "passwordReset", "MESSAGE_KEY_ID", "PASSWORD_FILE", "BASE_URL",
    ],
)  # fmt: skip
def test_a_name_that_only_speaks_of_secrets_is_none(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("amqp://shop:hunter2@mq:5672/orders", f"amqp://shop:{MASK}@mq:5672/orders"),
        ("redis://:hunter2@cache", f"redis://:{MASK}@cache"),
        ("postgres://shop:p@ss/word@db/orders", f"postgres://shop:{MASK}@db/orders"),
        ("https://hooks.example/in?token=hunter2&x=1", f"https://hooks.example/in?token={MASK}&x=1"),
        ("Endpoint=sb://x/;SharedAccessKeyName=root;SharedAccessKey=abc=", f"Endpoint=sb://x/;SharedAccessKeyName=root;SharedAccessKey={MASK}"),
        ("orders-AKIAIOSFODNN7EXAMPLE", f"orders-{MASK}"),
        ("https://hooks.slack.com/services/T00/B00/xyz", f"https://hooks.slack.com/services/{MASK}"),
        ("Bearer abcdef0123456789", f"Bearer {MASK}"),
        ("Basic authentication", "Basic authentication"),
        ("orders.created", "orders.created"),
        ("order-events-v2:eu-west-1", "order-events-v2:eu-west-1"),
        ("arn:aws:sqs:eu-west-1:123456789012:orders", "arn:aws:sqs:eu-west-1:123456789012:orders"),
        ('{"cmd":"sum"}', '{"cmd":"sum"}'),
        ("amqp://${USER}:${PASSWORD}@mq", "amqp://${USER}:${PASSWORD}@mq"),
        ("http://localhost:9092/a@b", "http://localhost:9092/a@b"),
    ],
)  # fmt: skip
def test_a_secret_is_told_by_its_shape(text: str, shown: str) -> None:
    assert masked(text) == shown and masked(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("process.env.KAFKA_PASSWORD ?? 'hunter2'", f"process.env.KAFKA_PASSWORD ?? '{MASK}'"),
        ("process.env['API_KEY'] || `hunter2`", f"process.env['API_KEY'] || `{MASK}`"),
        ('os.environ.get("DB_PASSWORD", "hunter2")', f'os.environ.get("DB_PASSWORD", "{MASK}")'),
        ('os.environ.get("TOKEN") or "hunter2"', f'os.environ.get("TOKEN") or "{MASK}"'),
        ("{ username: 'shop', password: 'hunter2' }", f"{{ username: 'shop', password: '{MASK}' }}"),
        ("password: str = 'hunter2'", f"password: str = '{MASK}'"),
        ("const token = b'hunter2'", f"const token = b'{MASK}'"),
        ("topic: `a-${env.TOKEN ?? 'hunter2'}`", f"topic: `a-${{env.TOKEN ?? '{MASK}'}}`"),
        ("process.env.ORDERS_TOPIC ?? 'orders'", "process.env.ORDERS_TOPIC ?? 'orders'"),
        ("password: string", "password: string"),
        ("login(password, user)", "login(password, user)"),
        ("password: '${DB_PASSWORD}'", "password: '${DB_PASSWORD}'"),
    ],
)
def test_code_is_shown_without_the_values_of_secrets(text: str, shown: str) -> None:
    assert masked_code(text) == shown


@pytest.mark.parametrize(
    ("line", "beside", "shown"),
    [
        ("DB_PASSWORD=correct horse", "", "DB_PASSWORD=•••••••••••••"),
        ("  password: hunter2", "", "  password: •••••••"),
        ('  "password": "hunter2",', "", '  "password": "•••••••",'),
        ("  value: hunter2", "DB_PASSWORD", "  value: •••••••"),
        ("  value: orders", "ORDERS_TOPIC", "  value: orders"),
        ("ORDERS_TOPIC=orders", "", "ORDERS_TOPIC=orders"),
        ("url: amqp://a:b@mq", "", "url: amqp://a:•@mq"),
    ],
)
def test_a_quoted_line_keeps_its_length(line: str, beside: str, shown: str) -> None:
    assert masked_line(line, True, beside) == shown


@pytest.mark.parametrize(
    "part", ["a://b:c", "password='", "token=", "-----BEGIN PRIVATE KEY-----", "x.y-", "eyJabcdefgh.", "bearer "]
)
def test_long_texts_take_no_long_time(part: str) -> None:
    began = time.perf_counter()
    for text in (part * 3_000, part + "a" * 30_000):
        masked(text), masked_code(text), masked_line(text, True)
    assert time.perf_counter() - began < 2
