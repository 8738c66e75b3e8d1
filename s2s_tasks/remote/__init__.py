"""
What backends of remote models share, whatever dialect they speak. None of it knows a provider's
library, and none is imported before it is used.

`Retrying` is the one layer that asks again: a backend sends once, and explains in a Failure what
came of it. `Rates` keep to requests and tokens per minute, as configured and as the server says.
`wire.guarded` puts deadline and signal under every read of a client's sockets, and bounds what a
server may send. Prices are dated data; pictures are made small enough; secrets are taken out of
whatever is said.
"""
