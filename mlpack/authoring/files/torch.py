"""PyTorch's files and safetensors: TorchScript, whole modules, and the weights of a network."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from mlpack.authoring.files.model import Code, Fields, ModelFile, Need, Tensor, plain
from mlpack.authoring.files.phrases import quoted
from mlpack.authoring.files.pickled import Global, Made, Pickled
from mlpack.authoring.files.sklearn import Folders, local_modules, unknown_needs
from mlpack.authoring.files.streams import CutError, open_stream, stream_of
from mlpack.authoring.files.suspicion import suspicious
from mlpack.authoring.files.unpickling import read_pickle
from mlpack.authoring.files.zips import member

_LEGACY = 0x1950A86A20F9469CFC6C
_STATES = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "ema")
_PATH = 'path = context.artifacts["model"]'
_LARGEST_HEADER = 1 << 26
_SHOWN = 4
_FORWARD = ("return self.network(torch.as_tensor(model_input)).numpy()",)

Shapes = Mapping[str, tuple[int, ...]]


def read_torch_zip(path: Path, archive: zipfile.ZipFile, folders: Folders) -> ModelFile:
    """Tell what ``torch.save`` or ``torch.jit.save`` wrote."""
    names = archive.namelist()
    data = next((name for name in names if name.count("/") == 1 and name.endswith("/data.pkl")), "")
    if not data:
        raise CutError("it does not contain data.pkl, so PyTorch did not write it")
    found = read_pickle(stream_of(member(archive, data)))
    if data.replace("data.pkl", "constants.pkl") in names:
        return _script(path, found)
    return _saved(path, found, folders)


def read_torch_legacy(path: Path, file: BinaryIO, folders: Folders) -> ModelFile | None:
    """Tell what PyTorch wrote before 1.6, which is several pickles; ``None`` for one of others."""
    stream = open_stream(path, file)
    if read_pickle(stream).value != _LEGACY:
        return None
    for _ in ("protocol", "system"):
        read_pickle(stream)
    return _saved(path, read_pickle(stream), folders)


def read_safetensors(path: Path, file: BinaryIO) -> ModelFile:
    """Tell the tensors of a safetensors header."""
    length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= _LARGEST_HEADER:
        raise CutError("it is not a safetensors file, or is damaged")
    text = file.read(length)
    try:
        header = json.loads(text)
        shapes = {
            str(name): tuple(int(n) for n in entry["shape"])
            for name, entry in header.items()
            if name != "__metadata__"
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CutError("its header is cut short or damaged") from error
    loads = "safetensors.torch.load_file(path)"
    return _weights(
        f"{path.name} contains {len(shapes)} tensors.",
        shapes,
        loads,
        imports=("safetensors.torch", "torch"),
        needs=(Need(requirement="safetensors"), Need(requirement="numpy")),
    )


def _saved(path: Path, found: Pickled, folders: Folders) -> ModelFile:
    state, place = _state_in(found.value)
    if state is not None:
        loads = f'torch.load(path, map_location="cpu", weights_only=True){place}'
        says = f"PyTorch wrote {path.name}, the weights of a network."
        told = _weights(says, state, loads, imports=("torch",), needs=(Need(requirement="numpy"),))
        return _with_globals(told, found, path, folders)
    module = found.value.type if isinstance(found.value, Made) else None
    kind = module.name if module else "a value"
    load = 'torch.load(path, map_location="cpu", weights_only=False).eval()'
    told = ModelFile(
        says=f"PyTorch wrote {path.name}, a whole {kind}.",
        framework="PyTorch",
        code=_network_code(load),
        needs=(Need(requirement="numpy"),),
        torch=True,
        **_guess(_tensors_of(found)),
    )
    return _with_globals(told, found, path, folders)


def _script(path: Path, found: Pickled) -> ModelFile:
    load = 'torch.jit.load(path, map_location="cpu").eval()'
    return ModelFile(
        says=f"{path.name} is a TorchScript model, with its code.",
        framework="PyTorch",
        code=_network_code(load),
        needs=(Need(requirement="numpy"),),
        torch=True,
        # Its own classes are in the archive.
        suspicious=suspicious(each for each in found.globals if each.top != "__torch__"),
        **_guess(_tensors_of(found)),
    )


def _with_globals(told: ModelFile, found: Pickled, path: Path, folders: Folders) -> ModelFile:
    own = [each.name for each in found.globals if each.module == "__main__"]
    todo = (
        f"{path.name} needs {', '.join(own[:3])} of the script that wrote it: move this code to a "
        "module, and save the state_dict.",
    )
    return replace(
        told,
        needs=(*told.needs, *unknown_needs(found.globals, folders)),
        todo=todo if own else (),
        suspicious=suspicious(found.globals),
        code_paths=tuple(local_modules(found.globals, folders)),
    )


def _network_code(load: str) -> Code:
    return Code(
        says="An array in, an array out.",
        imports=("torch",),
        load=(_PATH, f"self.network = {load}"),
        predict=_FORWARD,
        decorator="@torch.inference_mode()",
    )


def _weights(
    says: str, shapes: Shapes, loads: str, *, imports: tuple[str, ...], needs: tuple[Need, ...]
) -> ModelFile:
    """Describe weights, whose architecture no file tells."""
    listed = [f"{name} {list(shape)}" for name, shape in list(shapes.items())[:_SHOWN]]
    more = ", …" if len(shapes) > _SHOWN else ""
    before = (
        "def make_network():",
        '    """Return the network that the weights belong to."""',
        "    # TODO: the architecture of the network. Its weights are:",
        f"    # {plain(', '.join(listed))}{more}",
        '    raise NotImplementedError("make_network: return the network, such as Net()")',
    )
    code = Code(
        says="An array in, an array out.",
        imports=imports,
        before=before,
        load=(
            _PATH,
            f"weights = {loads}",
            "self.network = make_network()",
            "self.network.load_state_dict(weights)",
            "self.network.eval()",
        ),
        predict=_FORWARD,
        decorator="@torch.inference_mode()",
    )
    guessed = _guess(shapes)
    return ModelFile(says=says, framework="PyTorch", code=code, needs=needs, torch=True, **guessed)


def _guess(shapes: Shapes) -> dict[str, Any]:
    """Return a table's width, told by a first and a last layer that are linear."""
    layers = [name for name, shape in shapes.items() if name.endswith("weight") and len(shape) > 1]
    linear = [name for name in layers if len(shapes[name]) == 2]
    # An embedding, which takes whole numbers, is a matrix as well, but has no bias.
    if not layers or linear != layers or f"{layers[0].removesuffix('weight')}bias" not in shapes:
        return {}
    inputs: Fields = (Tensor(dtype="float32", shape=(-1, shapes[layers[0]][1])),)
    outputs: Fields = (Tensor(dtype="float32", shape=(-1, shapes[layers[-1]][0])),)
    todo = "is this what the network takes and returns? It is guessed from the weights."
    return {"inputs": inputs, "outputs": outputs, "input_todo": todo}


def _state_in(value: Any) -> tuple[Shapes | None, str]:
    """Return the weights in a state_dict, or in a checkpoint that has one, and where."""
    entries = _entries(value)
    shapes = _shapes(entries)
    if shapes:
        return shapes, ""
    for key in (*_STATES, *(key for key in entries if isinstance(key, str))):
        if inner := _shapes(_entries(entries.get(key))):
            return inner, f"[{quoted(key)}]"
    return None, ""


def _entries(value: Any) -> Mapping[Any, Any]:
    if isinstance(value, Made) and isinstance(value.type, Global):
        return (value.entries or {}) if value.type.name == "OrderedDict" else {}
    return value if isinstance(value, dict) else {}


def _shapes(entries: Mapping[Any, Any]) -> Shapes:
    return {
        key: shape
        for key, each in entries.items()
        if isinstance(key, str) and (shape := _shape(each)) is not None
    }


def _shape(value: Any) -> tuple[int, ...] | None:
    """Return the shape of a tensor that ``torch._utils`` rebuilds from a storage."""
    if not isinstance(value, Made) or value.type is None:
        return None
    if value.type.name == "_rebuild_parameter" and value.arguments:
        return _shape(value.arguments[0])
    if not value.type.name.startswith("_rebuild_tensor") or len(value.arguments) < 3:
        return None
    shape = value.arguments[2]
    return shape if isinstance(shape, tuple) and all(isinstance(n, int) for n in shape) else None


def _tensors_of(found: Pickled) -> Shapes:
    """Return all tensors in the order of the modules that have them."""
    return dict(_named_tensors(found))


def _named_tensors(found: Pickled) -> Iterator[tuple[str, tuple[int, ...]]]:
    for number, made in enumerate(found.objects):
        parameters = _entries(made.attributes.get("_parameters"))
        for holder in (made.entries or {}, made.attributes, parameters):
            for key, each in holder.items():
                shape = _shape(each)
                if shape is not None and isinstance(key, str):
                    yield f"{number}.{key}", shape
