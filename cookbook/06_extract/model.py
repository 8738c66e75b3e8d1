"""Who answers: the model that the command line names, else a script that plays one."""

import sys

from s2s_tasks import Capabilities, Tasks
from s2s_tasks.testing import Script, Scripted


def client(played: Script, *, context: int | None = None) -> Tasks:
    """`played` is what the script answers; `context` is how many words it can read at once."""
    if sys.argv[1:]:
        return Tasks(backend="local", model=sys.argv[1])
    able = Capabilities("scripted", follows_words=True, streams=True, batch=8, context=context)
    return Tasks(backend=Scripted(played, capabilities=able))
