"""What Optionals, futures and Monos carry, and the URLs that queues are asked for by their names."""

from __future__ import annotations

import pytest

from .conftest import Find

BUILD = """
    plugins { java }
    dependencies {
        implementation("software.amazon.awssdk:sqs:2.31.40")
        implementation("com.amazonaws:aws-java-sdk-sqs:1.12.780")
        implementation("aws.sdk.kotlin:sqs:1.4.90")
        implementation("io.projectreactor:reactor-core:3.7.6")
    }
    """
JAVA = """
    package shop;
    import java.util.Optional;
    import java.util.concurrent.CompletableFuture;
    import reactor.core.publisher.Mono;
    import software.amazon.awssdk.services.sqs.SqsAsyncClient;
    import software.amazon.awssdk.services.sqs.SqsClient;
    import software.amazon.awssdk.services.sqs.model.GetQueueUrlRequest;
    import software.amazon.awssdk.services.sqs.model.SendMessageRequest;
    class Till {{
        private final SqsAsyncClient later;
        private final SqsClient now;
        Till(SqsAsyncClient later, SqsClient now) {{ this.later = later; this.now = now; }}
        void sell(String sale) {{ ring(sale, "sales"); }}
        private void ring(String sale, String queue) {{
            {body}
        }}
        private SendMessageRequest to(String url, String sale) {{
            return SendMessageRequest.builder().queueUrl(url).messageBody(sale).build();
        }}
    }}
    """
ASKED = "later.getQueueUrl(GetQueueUrlRequest.builder().queueName(queue).build())"


@pytest.mark.parametrize(
    "body",
    [
        'now.sendMessage(to(now.getQueueUrl(GetQueueUrlRequest.builder().queueName(queue).build()).queueUrl(), sale));',
        "now.sendMessage(to(now.getQueueUrl(b -> b.queueName(queue)).queueUrl(), sale));",
        "now.sendMessage(to(now.createQueue(b -> b.queueName(queue)).queueUrl(), sale));",
        f"later.sendMessage(to({ASKED}.join().queueUrl(), sale));",
        f"{ASKED}.thenCompose(found -> later.sendMessage(to(found.queueUrl(), sale)));",
        f"{ASKED}.thenAccept(found -> later.sendMessage(to(found.queueUrl(), sale)));",
        f"Mono.fromFuture(() -> {ASKED}).flatMap(found -> {{ var made = to(found.queueUrl(), sale); return Mono.fromFuture(() -> later.sendMessage(made)); }});",
        f"Mono.fromFuture({ASKED}).doOnError(e -> {{}}).map(found -> found.queueUrl()).subscribe(url -> later.sendMessage(to(url, sale)));",
        "Optional.ofNullable(queue).ifPresent(name -> now.sendMessage(to(name, sale)));",
        "CompletableFuture.supplyAsync(() -> queue).thenAccept(name -> now.sendMessage(to(name, sale)));",
    ],
)  # fmt: skip
def test_what_is_carried_names_the_queue(find: Find, body: str) -> None:
    found = find({"build.gradle.kts": BUILD, "src/main/java/shop/Till.java": JAVA.format(body=body)})
    assert found.rows("role", "channel") == {("publish", "sales")}


@pytest.mark.parametrize(
    "body",
    [
        "Mono.fromFuture(() -> other()).flatMap(found -> Mono.fromFuture(() -> later.sendMessage(to(found.queueUrl(), sale))));",
        "known().ifPresent(name -> now.sendMessage(to(name, sale)));",
    ],
)
def test_what_is_carried_by_what_others_made_is_not_known(find: Find, body: str) -> None:
    found = find({"build.gradle.kts": BUILD, "src/main/java/shop/Till.java": JAVA.format(body=body)})
    assert found.rows("role", "channel") == {("publish", None)}


def test_urls_that_older_and_other_clients_ask_for(find: Find) -> None:
    found = find({
        "build.gradle.kts": BUILD,
        "src/main/java/shop/Desk.java": """
            package shop;
            import com.amazonaws.services.sqs.AmazonSQS;
            import com.amazonaws.services.sqs.model.GetQueueUrlRequest;
            class Desk {
                private final AmazonSQS sqs;
                Desk(AmazonSQS sqs) { this.sqs = sqs; }
                void given(String sale) { sqs.sendMessage(url("returns"), sale); }
                private String url(String name) { return sqs.getQueueUrl(name).getQueueUrl(); }
                void named(String sale) { sqs.sendMessage(sqs.getQueueUrl("sales").getQueueUrl(), sale); }
                void asked(String sale) {
                    String url = sqs.getQueueUrl(new GetQueueUrlRequest("refunds")).getQueueUrl();
                    sqs.sendMessage(url, sale);
                }
            }
            """,
        "src/main/kotlin/shop/Shop.kt": """
            package shop
            import aws.sdk.kotlin.services.sqs.SqsClient
            import aws.sdk.kotlin.services.sqs.model.GetQueueUrlRequest
            class Shop(private val sqs: SqsClient) {
                suspend fun sell(sale: String) {
                    val found = sqs.getQueueUrl(GetQueueUrlRequest { queueName = "orders" }).queueUrl
                    sqs.sendMessage { queueUrl = found; messageBody = sale }
                }
            }
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {
        ("publish", "sales"),
        ("publish", "refunds"),
        ("publish", "returns"),
        ("publish", "orders"),
    }


@pytest.mark.parametrize(
    ("made", "channel"),
    [
        ('var r = await _sqs.GetQueueUrlAsync("sales"); await _sqs.SendMessageAsync(r.QueueUrl, sale);', "sales"),
        ('var r = await _sqs.GetQueueUrlAsync(new GetQueueUrlRequest { QueueName = "sales" }); await _sqs.SendMessageAsync(new SendMessageRequest { QueueUrl = r.QueueUrl, MessageBody = sale });', "sales"),
        ('var r = await _sqs.GetQueueUrlAsync(new GetQueueUrlRequest("sales")); await _sqs.SendMessageAsync(new SendMessageRequest(r.QueueUrl, sale));', "sales"),
        ('var r = await _sqs.CreateQueueAsync(new CreateQueueRequest("sales")); await _sqs.SendMessageAsync(r.QueueUrl, sale);', "sales"),
        ('await _sqs.SendMessageAsync(await Url("sales"), sale);', "sales"),
        ('await _sns.PublishAsync(await Arn("sales"), sale);', "sales"),
        ('var t = await _sns.FindTopicAsync("sales"); await _sns.PublishAsync(t.TopicArn, sale);', "sales"),
        ('var t = await _sns.CreateTopicAsync(new CreateTopicRequest("sales")); await _sns.PublishAsync(new PublishRequest { TopicArn = t.TopicArn, Message = sale });', "sales"),
        ('var t = await _sns.CreateTopicAsync("sales"); await _sns.PublishAsync(new PublishRequest(t.TopicArn, sale) { Subject = "sale" });', "sales"),
        ('await _sns.PublishAsync(new PublishRequest("arn:aws:sns:eu-west-1:1:sales", sale));', "sales"),
        ('var t = await Desk.FindTopicAsync("sales"); await _sns.PublishAsync(t.TopicArn, sale);', None),
    ],
)  # fmt: skip
def test_answers_and_requests_of_net_name_the_channel(find: Find, made: str, channel: str | None) -> None:
    found = find({
        "Till.csproj": '<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><PackageReference Include="AWSSDK.SQS" Version="3.7.400" /><PackageReference Include="AWSSDK.SimpleNotificationService" Version="3.7.400" /></ItemGroup></Project>',
        "Till.cs": f"""
            using System.Threading.Tasks;
            using Amazon.SimpleNotificationService;
            using Amazon.SimpleNotificationService.Model;
            using Amazon.SQS;
            using Amazon.SQS.Model;
            using Shopworks;
            namespace Shop;
            public class Till
            {{
                private readonly IAmazonSQS _sqs;
                private readonly AmazonSimpleNotificationServiceClient _sns;
                public Till(IAmazonSQS sqs, AmazonSimpleNotificationServiceClient sns) {{ _sqs = sqs; _sns = sns; }}
                public async Task Sell(string sale) {{ {made} }}
                private async Task<string> Url(string name) {{ var r = await _sqs.GetQueueUrlAsync(name); return r.QueueUrl; }}
                private async Task<string> Arn(string name) => (await _sns.CreateTopicAsync(name)).TopicArn;
            }}
            """,
    })  # fmt: skip
    assert found.rows("role", "channel") == {("publish", channel)}
