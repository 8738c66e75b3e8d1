"""
Runs hostile cases in a process of its own, within bounds of memory and without files or network.

As a script: `hostile.py MODULE`, one line of JSON for each case, before and after it.
"""

import importlib
import json
import subprocess
import sys
import time
from pathlib import Path

MEMORY = 256 * 2**20
SECONDS = 1.0
WATCHED = ("open", "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "urllib.")


def answers(kind):
    """What came of each case of `schemas` or `instances`, by its name."""
    done = subprocess.run(
        [sys.executable, __file__, f"hostile_{kind}"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        timeout=240,
        check=False,  # how it ended is told with the case at hand
    )
    made = {}
    for line in done.stdout.splitlines():
        told = json.loads(line)
        made.setdefault(told.pop("name"), {"answer": "killed the process"}).update(told)
    assert done.returncode == 0, f"died at {[*made][-1:]}: {done.stderr[-2000:]}"
    return made


def schema_case(schema):
    from s2s_tasks.schema import Schema

    Schema.of(schema).read("0")


def instance_case(case):
    from s2s_tasks.schema import Schema

    Schema.of(case[0]).read(case[1])


def answered(run, case):
    from s2s_tasks import InvalidOutput, SchemaRejected

    try:
        run(case)
    except SchemaRejected as refused:
        return "schema refused", str(refused)
    except InvalidOutput as refused:
        return "output refused", str(refused)
    except Exception as error:  # noqa: BLE001  # any other is the failure that is looked for
        return f"{type(error).__name__}", str(error)[:300]
    return "taken", ""


def watch(touched):
    def hook(event, arguments):
        if event.startswith(WATCHED):
            touched.append(f"{event} {arguments[:1]}")

    sys.addaudithook(hook)


def tell(**told):
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main(module):
    import resource

    cases = importlib.import_module(module)
    run = schema_case if module.endswith("schemas") else instance_case
    answered(run, {} if run is schema_case else ({}, "{"))  # everything is loaded
    touched = []
    watch(touched)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    touched.clear()
    # The audit hook sees Python's files and sockets, this limit those of extensions: there are none.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
    for name, case in {**cases.REFUSED, **cases.TAKEN}.items():
        tell(name=name)
        start = time.process_time()
        answer, message = answered(run, case)
        seconds = time.process_time() - start
        tell(name=name, answer=answer, message=message, seconds=seconds, touched=[*touched])
        touched.clear()


if __name__ == "__main__":
    main(sys.argv[1])
