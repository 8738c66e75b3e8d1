"""
Third-party servers, started on loopback where `.ci/peers` has installed them under $S2S_PEERS.

Each is a context manager that gives the root of its URL; where it is not installed, the test is
skipped and the reason names what is missing.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["LITELLM_KEY", "aimock", "litellm", "llama_cpp", "transformers_serve"]

TESTS = Path(__file__).parent
PATIENCE = 60
"""Seconds for a server to start: transformers takes 10 on a free core."""

LOADING = 503
LITELLM_KEY = "sk-test-1234"

LLAMA_CPP = """
import signal, sys, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.port, p.hostnames = sys.argv[1], int(sys.argv[2]), ["127.0.0.1"]
p.n_ctx, p.n_parallel, p.n_predict = 4096, 2, 256
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 1
p.warmup, p.use_jinja, p.model_alias = False, True, {"tiny"}
p.api_keys = sys.argv[3:]
server = xllamacpp.Server(p)
signal.pause()
"""


@contextmanager
def aimock(fixtures, folder):
    """Answers that are scripted by `fixtures`, in aimock's own form."""
    script = _home("aimock") / "node_modules/@copilotkit/aimock/dist/cli.js"
    if not script.is_file() or shutil.which("node") is None:
        pytest.skip("aimock or node is not installed: .ci/peers aimock")
    file, port = Path(folder) / "fixtures.json", _free_port()
    file.write_text(json.dumps({"fixtures": fixtures}))
    command = ["node", str(script), "-h", "127.0.0.1", "-p", str(port), "-f", str(file)]
    with _running(command, port, "/v1/models", folder) as url:
        yield url


@contextmanager
def llama_cpp(folder, *, key=""):
    """llama.cpp's own server, on a tiny random model; its name is "tiny"."""
    home = _home("llamacpp")
    if not (home / "xllamacpp").is_dir():
        pytest.skip("xllamacpp is not installed: .ci/peers llamacpp")
    env = {"PYTHONPATH": str(home)}
    model, port = Path(folder) / "tiny.gguf", _free_port()
    _run([sys.executable, str(TESTS / "tiny_gguf.py"), str(model)], env)
    command = [sys.executable, "-c", LLAMA_CPP, str(model), str(port), *([key] if key else [])]
    with _running(command, port, "/health", folder, env) as url:
        yield url


@contextmanager
def transformers_serve(checkpoint, folder):
    """`transformers serve` on a checkpoint's folder, which also is the name of its model."""
    home = _home("serve")
    if not (home / "fastapi").is_dir():
        pytest.skip("fastapi and what it needs are not installed: .ci/peers serve")
    hub, port = Path(folder) / "hub", _free_port()
    hub.mkdir()
    env = {"PYTHONPATH": str(home), "HF_HUB_CACHE": str(hub), "HF_HUB_OFFLINE": "1"}
    command = [
        sys.executable, "-m", "transformers.cli.transformers", "serve", str(checkpoint),
        "--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--default-seed", "0",
    ]  # fmt: skip
    with _running(command, port, "/health", folder, {**env, "OMP_NUM_THREADS": "1"}) as url:
        yield url


@contextmanager
def litellm(models, folder):
    """LiteLLM's proxy over `models`, each its `litellm_params` by its name; the key is LITELLM_KEY."""
    home = _home("litellm")
    if not (home / "bin/litellm").is_file():
        pytest.skip("litellm is not installed: .ci/peers litellm")
    config, port = Path(folder) / "config.json", _free_port()
    listed = [{"model_name": name, "litellm_params": how} for name, how in models.items()]
    settings = {"model_list": listed, "general_settings": {"master_key": LITELLM_KEY}}
    config.write_text(json.dumps(settings))  # which is YAML, too
    command = [
        str(home / "bin/litellm"),
        "--config",
        str(config),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    with _running(command, port, "/health/liveliness", folder, env) as url:
        yield url


def _home(peer):
    home = os.environ.get("S2S_PEERS")
    if not home:
        pytest.skip(f"S2S_PEERS is not set: .ci/peers installs {peer} there")
    return Path(home) / peer


def _free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def _run(command, env):
    subprocess.run(command, env=os.environ | env, check=True, capture_output=True, timeout=PATIENCE)


@contextmanager
def _running(command, port, path, folder, env=None):
    log = Path(folder) / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, env=os.environ | (env or {}), stdout=out, stderr=out, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(server, url + path, log)
        yield url
    finally:
        server.kill()
        server.wait()


def _await(server, url, log):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        if _answers(url):
            return
        time.sleep(0.05)
    pytest.fail(f"{url} did not come up: {log.read_text(errors='replace')[-2000:]}")


def _answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as error:
        return error.code != LOADING
    except OSError:
        return False
