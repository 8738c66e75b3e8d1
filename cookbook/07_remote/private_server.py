"""
A server of your own: llama.cpp, vLLM, Ollama or any other that speaks OpenAI's dialect.

    llama-server -m model.gguf --port 8080
    export S2S_OPENAI_URL=http://127.0.0.1:8080
    python cookbook/07_remote/private_server.py
    python cookbook/07_remote/private_server.py MODEL

The server is looked at first, and asked for what its kind really does and for nothing else. A key,
if it wants one, stands in S2S_OPENAI_KEY. Without MODEL the server must have one only. Lines that
begin with `#>` are what is printed for a llama.cpp.
"""

import sys

from pydantic import BaseModel, Field

from s2s_tasks import Beam, Policy, Tasks, Unsupported

# 1. A wall: nothing leaves this machine. A server on loopback is behind it, one elsewhere is not, and
#    neither is a model that an Ollama here only passes on to its cloud.
client = Tasks(
    backend="openai",
    model=sys.argv[1] if sys.argv[1:] else None,
    policy=Policy(local_only=True),
    timeout=120,
)

# 2. What it is and what it can do, as it tells itself; the command line tells more:
#    s2s doctor --server http://127.0.0.1:8080
server = client.registry.open("openai", client.model)
print(f"{server.profile.title} with {server.model}")
print(server.capabilities.context, "tokens of input,", server.capabilities.concurrency, "at once")
#> llama.cpp with qwen
#> 3008 tokens of input, 2 at once


class Order(BaseModel):
    """
    What a customer wants. Everything has an end, since a small model that is lost writes on; fractions
    have none in the grammars of llama.cpp, so the price is in cents.
    """

    item: str = Field(max_length=60)
    count: int = Field(ge=1, le=1_000)
    cents: int = Field(ge=1, le=100_000)


# 3. Data. The server holds the model to the schema while it writes, if its kind does; whether it did
#    is on the result. The value is checked here in both cases: a server that ignores the schema, as
#    some do without a word, gives an error at worst, and no data.
mail = "Hello, please send us three tins of Assam at 12.50 each. Yours, E. Farrow"
found = client.extract(mail, schema=Order)
print(found.value.item, found.value.count, found.value.cents)
print(found.enforced, "by", found.backend)
#> Assam 3 1250
#> natively by openai

# 4. What it has cost you in fees. (A server that is not on this machine: None, unless S2S_PRICES
#    names a file with its prices.)
print(f"${found.cost} for {found.usage.input_tokens} + {found.usage.output_tokens} tokens")
#> $0 for 300 + 40 tokens

# 5. A label is held to as well, by a grammar or as the server calls it.
print(client.classify(mail, labels=["order", "complaint", "praise"]))
#> order

# 6. What its kind cannot do is refused before anything is sent.
try:
    client.summarize(mail, decoding=Beam(4))
except Unsupported as error:
    print(error)
#> openai cannot do this: does not decode by Beam (it takes Greedy, Sample)

# Several servers in one program are opened by their addresses, and closed when they are not needed
# any more:
#
#    from s2s_openai.opening import opened
#    client = Tasks(backend=opened("qwen", url="http://10.0.0.7:8000/v1", key=...))
#    ...
#    client.backend.close()
