"""A caller that says which of two channels a wrapper sends to reaches that one alone."""

from __future__ import annotations

import pytest

from flow.conftest import Find

_BUILD = 'plugins { kotlin("jvm") }\ndependencies { implementation("software.amazon.awssdk:sqs:2.29.0") }\n'
_SENDER = """
    package parcels

    import software.amazon.awssdk.services.sqs.SqsClient
    import software.amazon.awssdk.services.sqs.model.SendMessageRequest

    class Requeuing(private val sqs: SqsClient) {
      fun again(body: String, target: Target) {
        sqs.sendMessage(
          SendMessageRequest.builder()
            .queueUrl(
              when (target) {
                Target.ARRIVALS -> "https://sqs.eu-west-1.amazonaws.com/1/arrivals"
                Target.RETURNS -> "https://sqs.eu-west-1.amazonaws.com/1/returns"
              },
            )
            .messageBody(body)
            .build(),
        )
      }

      enum class Target { ARRIVALS, RETURNS }
    }
    """
_CALLERS = """
    package parcels

    class Retries(private val requeuing: Requeuing) {
      fun arrivalFailed(body: String) = requeuing.again(body, Requeuing.Target.ARRIVALS)

      fun returnFailed(body: String) = requeuing.again(body, Requeuing.Target.RETURNS)

      fun failed(body: String, target: Requeuing.Target) = requeuing.again(body, target)
    }
    """


@pytest.mark.parametrize(("line", "channels"), [(5, ("arrivals",)), (7, ("returns",)), (9, ("arrivals", "returns"))])
def test_which_channel_a_caller_means(find: Find, line: int, channels: tuple[str, ...]) -> None:
    found = find({"build.gradle.kts": _BUILD, "src/main/kotlin/parcels/Requeuing.kt": _SENDER, "src/main/kotlin/parcels/Retries.kt": _CALLERS})  # fmt: skip
    assert (f"src/main/kotlin/parcels/Retries.kt:{line}", channels) in found.rows("place", "channels")
