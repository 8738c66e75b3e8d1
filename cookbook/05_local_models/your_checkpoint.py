"""
A checkpoint of your own: what is read from it, what is refused, and where it runs.

    python cookbook/05_local_models/your_checkpoint.py toys/translator

Lines that begin with `#>` are what the toy prints. Yours is a folder that save_pretrained wrote,
or a name on the hub: model="org/name", or "org/name@v1.2" for a branch, a tag or a commit. With a
commit it is fetched once, and the hub is never asked again.
"""

import json
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from s2s_transformers.opening import opened

from s2s_tasks import S2SError, Tasks

model = sys.argv[1]
text = "The old harbour is closed today."

# 1. What it can do is read from its files. Nobody has to say that it is a translator, or of what.
client = Tasks(backend="local", model=model)
can = client.registry.open("local", model).capabilities
print(can.architecture, *sorted(can.tasks), *sorted(can.languages), can.context)
#> encoder-decoder translate de en 510

print(client.translate(text, to="German"))
#> Der alte Hafen ist heute geschlossen.


# 2. So what it cannot do is known before any work.
def refused(work: Callable[[], object], name: str = model) -> None:
    try:
        work()
    except S2SError as error:
        print(f"{type(error).__name__}: {error}".replace(name, "yours"))
        if error.hint:
            print("->", error.hint)


refused(lambda: client.translate(text, to="French"))
refused(lambda: client.summarize(text))
refused(lambda: Tasks(backend="local", model="./nowhere").translate(text, to="de"))
refused(lambda: Tasks(backend="decoder-only", model=model).translate(text, to="de"))
#> Unsupported: local cannot do this: does not know the language 'fr' (it knows English (en),
#  German (de))
#> Unsupported: local cannot do this: does not summarize (it does translate)
#> UnknownName: there is no folder ./nowhere
#> -> a name of the hub looks like 'org/name', with no '.', '/' or '~' before it
#> Unsupported: yours is encoder-decoder (MarianMTModel), not decoder-only
#> -> open it with backend='encoder-decoder' or backend='local'


# 3. Files are looked through before anything is loaded: weights are nothing but weights, no code of
#    a checkpoint is run, and nothing is missing or broken. The hint says the way out.
def pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def with_code(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    config["auto_map"] = {"AutoModel": "modeling.Mine"}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")


def without_tokenizer(folder: Path) -> None:
    for file in ("source.spm", "target.spm"):
        (folder / file).unlink()


def cut_off(folder: Path) -> None:
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[:9_000])


for spoil in (pickled, with_code, without_tokenizer, cut_off):
    with TemporaryDirectory() as place:
        folder = shutil.copytree(model, Path(place) / "mine")
        spoil(folder)
        mine = Tasks(backend="local", model=str(folder))
        refused(partial(mine.translate, text, to="de"), str(folder))
#> NotConfigured: yours has its weights as pickles only (pytorch_model.bin): they can run code, and
#  only safetensors are loaded
#> -> look for a pull request with safetensors (org/name@refs/pr/1), or, if you trust it, load it
#  in transformers and write it with save_pretrained(folder)
#> NotConfigured: yours is refused: config.json has an auto_map, and no code of a checkpoint is run
#> -> take a checkpoint that transformers knows by itself; where it knows this one too, remove
#  auto_map and the .py files from a copy
#> NotConfigured: yours has no tokenizer: neither tokenizer.json, nor vocab.json with source.spm or
#  sentencepiece.bpe.model
#> -> save it there: AutoTokenizer.from_pretrained(model).save_pretrained(folder)
#> NotConfigured: model.safetensors of yours is broken: it has 4,272 bytes of tensors, and its
#  header says 401,668
#> -> download or save the checkpoint anew


# 4. Where it runs, and in which numbers, is chosen by the hardware. S2S_DEVICE and S2S_DTYPE change
#    it for a whole process; in a program, open the backend yourself and give it in place of a name.
#    It may be shared by threads and clients; weights are loaded when they are first needed.
backend = opened("local", model, device="cpu", dtype="float32")
backend.warm()
print(Tasks(backend=backend).translate(text, to="de"))
#> Der alte Hafen ist heute geschlossen.

refused(lambda: opened("local", model, device="tpu"))
refused(lambda: opened("local", model, dtype="int8"))
#> BadSetting: device='tpu' is unknown
#> -> it is auto, cpu, cuda, cuda:<number> or mps
#> BadSetting: dtype='int8' is unknown
#> -> it is auto, float32, bfloat16, float16, fp32, bf16, fp16

# CTranslate2 has its own: s2s_ctranslate2.opening.opened(model, device="cpu", compute="float32").
