"""
Summarize with Claude, and at home when that cannot be.

    export ANTHROPIC_API_KEY=...
    python cookbook/07_remote/fall_back.py
    python cookbook/07_remote/fall_back.py FILE

Try it with the key and without, with a wrong one, and with the network off: there is a summary each
time, and the result says whose it is, what went wrong on the way and what it cost. At the end of
this file stands what is printed, circumstance by circumstance.
"""

import sys
from decimal import Decimal
from pathlib import Path

from s2s_tasks import Policy, Result, Tasks, Timeout

ARTICLE = Path(__file__).parents[1] / "data" / "article.md"

# "extractive" is always there, and quick. With a checkpoint on this machine there is something in
# between: fallback=("local", "extractive"). The next in turn is asked when one fails, refuses, is cut
# off or breaks off, and when its answer still breaks a rule after being told so.
#
# The wall of costs is not among these reasons: a request that could cost more is an OverBudget, and
# nothing is sent. It counts the most that an answer can take, not what it will.
#
# What may pass by itself (a limit per minute, an overload, a broken connection) is tried up to three
# times in all before that, by a backend of its own accord, and within the timeout.
client = Tasks(
    backend="claude",
    policy=Policy(fallback="extractive", max_cost=Decimal("0.50")),
    timeout=Timeout(total=60),
)


def report(summary: Result[str]) -> None:
    """Whose it is, how that came, and what there is to pay."""
    print(f"by {summary.backend} ({summary.model})")
    for attempt in summary.attempts:
        if attempt.problem:
            print(f"- {attempt.backend}: {attempt.finish}: {attempt.problem}")
    for warning in summary.warnings:
        print(f"! {warning}")
    print("cost:", "not known" if summary.cost is None else f"${summary.cost}")


text = Path(sys.argv[1]) if sys.argv[1:] else ARTICLE
report(client.summarize(text.read_text("utf-8"), max_words=60))

# with a key, of 3,000 tokens read and 100 written:
#> by claude (claude-sonnet-5-5)
#> cost: $0.007

# without a key:
#> by extractive (sentence-graph)
#> - claude: error: there is no key for Claude
#> cost: $0

# with a wrong key:
#> by extractive (sentence-graph)
#> - claude: error: the key was not accepted (invalid x-api-key; request req_011)
#> cost: $0

# at a limit that does not pass in time:
#> by extractive (sentence-graph)
#> - claude: error: too many requests for this account (slow down; request req_011)
#> - claude: error: too many requests for this account (slow down; request req_011)
#> - claude: error: too many requests for this account (slow down; request req_011)
#> cost: $0

# where nobody can be reached:
#> by extractive (sentence-graph)
#> - claude: error: the server cannot be reached (ConnectError: [Errno 111] Connection refused)
#> - claude: error: the server cannot be reached (ConnectError: [Errno 111] Connection refused)
#> - claude: error: the server cannot be reached (ConnectError: [Errno 111] Connection refused)
#> cost: $0

# when Claude refuses, which is paid for:
#> by extractive (sentence-graph)
#> - claude: refusal: ended by refusal; refused by the service's policy
#> cost: $0.007
