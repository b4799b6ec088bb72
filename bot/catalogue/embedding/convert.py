"""Making the embedded default model: 4-bit weights out, a normal sentence-transformers folder in.

The folder holds fp16 weights with a vocabulary pruned to Vietnamese (``vocabulary.py``); any version of
sentence-transformers reads it. Needs numpy, tokenizers and safetensors, no torch.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from bot.catalogue.embedding.tuning import Tuning
from bot.catalogue.embedding.vocabulary import kept_pieces
from bot.catalogue.embedding.weights_file import Shape, Weights

RECIPE = 2
FINGERPRINT_FILE = "build.json"
MAX_TOKENS = 256

_FIRST_SPECIALS = {0: "<s>", 1: "<pad>", 2: "</s>", 3: "<unk>"}
_DROPPED = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
_BLANKS = r"[\t\n\f\r\u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2581\u3000\ufeff\ufffd]"


def _tokenizer(pieces: Sequence[tuple[str, float]]) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram(list(pieces), unk_id=3, byte_fallback=False))
    steps = [
        normalizers.Replace(Regex(_DROPPED), ""),
        normalizers.Replace(Regex(_BLANKS.encode().decode("unicode_escape")), " "),
        normalizers.NFKC(),
        normalizers.Replace(Regex(" {2,}"), " "),
        normalizers.Strip(),
    ]
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme="always")
    return tokenizer


def _specials(weights: Weights) -> dict[int, str]:
    """Special pieces by id: four at the beginning, the mask at the end."""
    return _FIRST_SPECIALS | {len(weights.pieces) - 1: "<mask>"}


class _FullVocabulary:
    """The uncut tokenizer, asked which pieces texts are cut into."""

    def __init__(self, weights: Weights) -> None:
        self._tokenizer = _tokenizer(list(zip(weights.pieces, weights.scores, strict=True)))

    def piece_ids(self, texts: Sequence[str]) -> set[int]:
        found: set[int] = set()
        for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False):
            found.update(encoding.ids)
        return found


def _tensors(weights: Weights, keep: Sequence[int]) -> dict[str, np.ndarray[Any, Any]]:
    shape = weights.shape
    hidden, inner = shape.hidden, shape.intermediate
    found = {
        "embeddings.word_embeddings.weight": weights.dequantised("emb.word", shape.vocabulary, hidden)[list(keep)],
        "embeddings.position_embeddings.weight": weights.floats("emb.pos", shape.positions, hidden),
        "embeddings.token_type_embeddings.weight": weights.floats("emb.type", shape.types, hidden),
        "embeddings.LayerNorm.weight": weights.floats("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": weights.floats("emb.ln.b", hidden),
        # The pooling layer is not used by mean pooling; zeros keep loaders from reporting it as missing.
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    linear = {
        "attention.self.query": ("q", hidden, hidden),
        "attention.self.key": ("k", hidden, hidden),
        "attention.self.value": ("v", hidden, hidden),
        "attention.output.dense": ("ao", hidden, hidden),
        "intermediate.dense": ("fi", inner, hidden),
        "output.dense": ("fo", hidden, inner),
    }
    norms = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
    for layer in range(shape.layers):
        prefix = f"encoder.layer.{layer}."
        for target, (source, rows, columns) in linear.items():
            found[f"{prefix}{target}.weight"] = weights.dequantised(f"l{layer}.{source}.w", rows, columns)
            found[f"{prefix}{target}.bias"] = weights.floats(f"l{layer}.{source}.b", rows)
        for target, source in norms.items():
            found[f"{prefix}{target}.weight"] = weights.floats(f"l{layer}.{source}.w", hidden)
            found[f"{prefix}{target}.bias"] = weights.floats(f"l{layer}.{source}.b", hidden)
    return {name: np.ascontiguousarray(values.astype(np.float16)) for name, values in found.items()}


def _bert_config(shape: Shape, vocabulary: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": vocabulary,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.intermediate,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.types,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 1,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "torch_dtype": "float16",
    }


def _settings(shape: Shape) -> dict[str, Any]:
    special = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>"}
    special |= {"unk_token": "<unk>", "mask_token": "<mask>"}
    longest = min(MAX_TOKENS, shape.positions)
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return {
        "tokenizer_config.json": special | {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": longest},
        "special_tokens_map.json": special,
        "sentence_bert_config.json": {"max_seq_length": longest, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
            for i, (path, name) in enumerate(modules)
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
    }


def _write_folder(
    folder: Path, weights: Weights, keep: Sequence[int], tuning: Tuning | None, fingerprint: dict[str, Any]
) -> None:
    tokenizer = _tokenizer([(weights.pieces[i], float(weights.scores[i])) for i in keep])
    position = {old: new for new, old in enumerate(keep)}
    tokenizer.add_special_tokens(list(_specials(weights).values()))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", position[0]), ("</s>", position[2])],
    )
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "2_Normalize").mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    tensors = _tensors(weights, keep)
    tuned = tuning.corrected(tensors) if tuning else tensors
    save_file(tuned, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    files = {"config.json": _bert_config(weights.shape, len(keep))} | _settings(weights.shape)
    for name, content in (files | {FINGERPRINT_FILE: fingerprint}).items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def is_built(folder: Path, source_sha256: str, tuning: Tuning | None = None) -> bool:
    """Whether the folder was built by this recipe from these weights and this correction, completely."""
    try:
        found = json.loads((folder / FINGERPRINT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    complete = (folder / "model.safetensors").is_file() and (folder / "tokenizer.json").is_file()
    if not complete or not isinstance(found, dict):
        return False
    wanted = (source_sha256, RECIPE, tuning.digest if tuning else None)
    return (found.get("source"), found.get("recipe"), found.get("tuning")) == wanted


def build_folder(weights: Weights, source_sha256: str, folder: Path, texts: Iterable[str], tuning: Tuning | None = None) -> int:
    """Writes the model folder and returns the number of pieces kept. The folder appears under its name only when complete;
    one that was there is replaced. ``texts`` (the catalogue's names) never lose a piece; ``tuning`` is added to the weights.
    Raises ``TuningError`` where it does not fit."""
    full = _FullVocabulary(weights)
    keep = kept_pieces(full, weights.pieces, weights.scores, texts, _specials(weights))
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh = scratch / "new"
        built_from = {"recipe": RECIPE, "source": source_sha256, "pieces": len(keep), "tuning": tuning.digest if tuning else None}
        _write_folder(fresh, weights, keep, tuning, built_from)
        if folder.exists():
            folder.rename(scratch / "old")
        fresh.rename(folder)
        folder.chmod(0o755)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return len(keep)
