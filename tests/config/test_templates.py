"""CloudFormation, SAM and serverless.yml as channels, bindings, functions and wirings."""

from __future__ import annotations

from textwrap import dedent

import pytest

from eventlens.config.cloudformation import read_template
from eventlens.config.infrastructure import ChannelName, Infrastructure
from eventlens.config.serverless import is_serverless_name, read_serverless


def template(text: str) -> Infrastructure:
    return read_template("deploy/template.yaml", dedent(text).encode())


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("orders", "orders"),
        ("!Sub 'orders-${Stage}'", "orders-${Stage}"),
        ("!Sub 'orders-${Team}'", "orders-shop"),
        ("!Join ['-', [orders, !Ref Team]]", "orders-shop"),
        ("{'Fn::Join': ['-', [orders, {Ref: Stage}]]}", "orders-${Stage}"),
        ("{'Fn::Sub': ['${A}-x', {A: orders}]}", "orders-x"),
    ],
)
def test_names(written: str, name: str) -> None:
    found = template(
        f"""
        Parameters:
          Stage: {{Type: String, AllowedValues: [a, b], Default: a}}
          Team: {{Type: String, Default: shop}}
        Resources:
          Q: {{Type: AWS::SQS::Queue, Properties: {{QueueName: {written}}}}}
        """
    )
    assert [one.channel for one in found.channels] == [ChannelName("sqs", "queue", name)]


def test_rules_subscriptions_and_mappings() -> None:
    found = template(
        """
        Resources:
          Q: {Type: AWS::SQS::Queue}
          T: {Type: AWS::SNS::Topic, Properties: {TopicName: prices}}
          S:
            Type: AWS::SNS::Subscription
            Properties: {TopicArn: !Ref T, Protocol: sqs, Endpoint: !GetAtt Q.Arn}
          R:
            Type: AWS::Events::Rule
            Properties:
              EventBusName: shop
              EventPattern: {detail-type: [OrderPlaced]}
              Targets: [{Id: q, Arn: !GetAtt Q.Arn}, {Id: f, Arn: !GetAtt F.Arn}]
          F:
            Type: AWS::Lambda::Function
            Properties:
              Handler: a.handle
              Environment: {Variables: {QUEUE: !Ref Q}}
          M:
            Type: AWS::Lambda::EventSourceMapping
            Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F, BatchSize: 3}
        """
    )
    assert [(one.source.name, one.target.name, one.line) for one in found.bindings] == [
        ("prices", "Q", 5),
        ("shop", "Q", 8),
    ]
    assert [(one.source.name, one.function, one.batch_size) for one in found.wirings] == [
        ("shop", "deploy/template.yaml:F", None),
        ("Q", "deploy/template.yaml:F", 3),
    ]
    (function,) = found.functions
    assert [(one.name, one.value) for one in function.environment] == [("QUEUE", "Q")]


def test_events_of_functions() -> None:
    found = template(
        """
        Transform: AWS::Serverless-2016-10-31
        Globals: {Function: {CodeUri: ../src}}
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties:
              Handler: a.handle
              Events:
                Queue: {Type: SQS, Properties: {Queue: "arn:aws:sqs:eu-west-1:1:orders"}}
                Topic: {Type: SNS, Properties: {Topic: "arn:aws:sns:eu-west-1:1:prices"}}
                Stream: {Type: Kinesis, Properties: {Stream: "arn:aws:kinesis:eu-west-1:1:stream/clicks"}}
                Log: {Type: MSK, Properties: {Topics: [clicks]}}
                Rule: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}}}
                Http: {Type: Api, Properties: {Path: /, Method: get}}
          M:
            Type: AWS::Lambda::EventSourceMapping
            Properties: {EventSourceArn: "arn:aws:sqs:eu-west-1:1:returns", FunctionName: !Ref F.Alias}
        """
    )
    assert {one.function for one in found.wirings} == {"deploy/template.yaml:F"}
    assert [(one.source.broker, one.source.name) for one in found.wirings] == [
        ("sqs", "orders"),
        ("sns", "prices"),
        ("kinesis", "clicks"),
        ("kafka", "clicks"),
        ("eventbridge", "default"),
        ("sqs", "returns"),
    ]
    assert found.functions[0].folders == ("src", "deploy")


def test_serverless_services() -> None:
    text = dedent(
        """
        service: mail
        custom: {queue: "mail-${opt:stage}", own: "${self:custom.queue}-x"}
        provider: {environment: {QUEUE: "${self:custom.own}"}}
        functions:
          send:
            handler: src/send.handler
            events:
              - sqs: arn:aws:sqs:eu-west-1:1:mail
              - sns: prices
              - stream: {type: kinesis, arn: "arn:aws:kinesis:eu-west-1:1:stream/clicks"}
              - schedule: rate(1 day)
        """
    )
    found = read_serverless("mail/serverless.yml", text.encode())
    assert [(one.source.broker, one.source.name, one.function) for one in found.wirings] == [
        (broker, name, "mail/serverless.yml:send")
        for broker, name in (("sqs", "mail"), ("sns", "prices"), ("kinesis", "clicks"))
    ]
    (function,) = found.functions
    assert (function.handler, function.folders) == ("src/send.handler", ("mail/src", "mail"))
    assert [(one.name, one.value) for one in function.environment] == [("QUEUE", "mail-${opt_stage}-x")]


def test_which_files_are_services() -> None:
    assert is_serverless_name("a/serverless.yml")
    assert is_serverless_name("serverless.orders.yaml")
    assert not is_serverless_name("a/serverless-offline.js")


@pytest.mark.parametrize(
    "text",
    [b"", b"Resources: 3", b"Resources: {A: {Type: AWS::SQS::Queue, Properties: [1]}}", b"{", b"functions: {a: 1}"],
)
def test_broken_texts_give_what_can_be_read(text: bytes) -> None:
    assert isinstance(read_template("t.yaml", text), Infrastructure)
    assert isinstance(read_serverless("serverless.yml", text), Infrastructure)


def test_variables_that_double_at_each_level_are_worked_out_once() -> None:
    levels = "".join(
        f'  a{level}: "${{self:custom.a{level + 1}}}${{self:custom.a{level + 1}}}"\n' for level in range(60)
    )
    text = f"custom:\n{levels}functions:\n  f:\n    handler: a.b\n    events:\n      - sns: ${{self:custom.a0}}\n"
    assert isinstance(read_serverless("serverless.yml", text.encode()), Infrastructure)
