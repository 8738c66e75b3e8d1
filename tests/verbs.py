"""The verbs of a client, as functions with one signature: any scenario runs through all."""

import asyncio

import pytest

from s2s_tasks import Result


def call(client, task, value) -> Result:
    try:
        return client.run(task, value)
    except Exception as error:
        if getattr(error, "result", None) is None:
            raise
        return error.result


def aio(client, task, value):
    async def run():
        try:
            return await client.arun(task, value)
        except Exception as error:
            if getattr(error, "result", None) is None:
                raise
            return error.result

    return asyncio.run(run())


def stream(client, task, value):
    stream = client.stream(task, value)
    pieces = []
    try:
        pieces += stream
    except Exception:
        if not stream._results:
            raise
    return told(stream.result, pieces)


def astream(client, task, value):
    async def run():
        stream = client.stream(task, value)
        pieces = []
        try:
            pieces.extend([piece async for piece in stream])
        except Exception:
            if not stream._results:
                raise
        return told(stream.result, pieces)

    return asyncio.run(run())


def told(result, pieces):
    """Whatever was streamed, its last attempt is the value."""
    if result.ok and isinstance(result.output, str):
        last = max((piece.attempt for piece in pieces), default=0)
        assert "".join(piece for piece in pieces if piece.attempt == last) == result.output
    return result


def map_(client, task, value):
    [result] = client.map(task, [value])
    return result


def as_completed(client, task, value):
    [result] = client.map(task, [value]).as_completed()
    return result


def amap(client, task, value):
    async def run():
        return [result async for result in client.map(task, [value])]

    [result] = asyncio.run(run())
    return result


def amap_async_source(client, task, value):
    async def source():
        yield value

    async def run():
        return [result async for result in client.map(task, source())]

    [result] = asyncio.run(run())
    return result


VERBS = [call, aio, stream, astream, map_, as_completed, amap, amap_async_source]
every_verb = pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__.strip("_"))
