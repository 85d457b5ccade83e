"""Reading HCL: what Terraform files say, whatever their size."""

from __future__ import annotations

from eventlens.config.hcl import read_hcl


def test_a_large_file_is_read_like_a_small_one() -> None:
    one = 'resource "aws_sqs_queue" "queue_%d" {\n  name = "größe-%d"\n  tags = { team = <<-EOT\n    a\n  EOT\n  }\n}\n'
    blocks = read_hcl("".join(one % (number, number) for number in range(2_000)).encode())
    assert [block.labels[1] for block in blocks] == [f"queue_{number}" for number in range(2_000)]
    assert blocks[-1].line == 1_999 * 7 + 1
