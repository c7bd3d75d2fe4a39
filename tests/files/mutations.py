"""Damaged, altered and forged files: random bytes, flipped bits, and crafted content under checksums that fit."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import struct
import zipfile

HOSTILE = [
    None, True, -1, 0, 1, 2**31, 2**63, 2**64, 10**400, 1e308, "", "x", "\ud800", "s0", "log(0)", "float", "exact", [],
    {}, [[]], [0, 0], [-1], [2**40, 2**40], {"type": "RBM"}, "0" * 70, "exp(65536*s0) - exp(s0) + 1", "((((((((1))))))))",
    "log(exp(99999999999*s0) + 1)", "1/0", "__import__('os')", "9" * 6000, "(exp(s0) + 1)^(1/2)*" * 12 + "1",
    json.loads("[" * 900 + "]" * 900), json.loads('{"a":' * 40 + "1" + "}" * 40),
]  # fmt: skip


def damaged(content, rng):
    """Change bytes somewhere: the checksum no longer fits."""
    data = bytearray(content)
    kind, place = rng.integers(7), int(rng.integers(len(data)))
    if kind == 0:
        data[place] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        del data[place:]
    elif kind == 2:
        data[place : place + 8] = rng.bytes(8)
    elif kind == 3:
        data[place:place] = rng.bytes(int(rng.integers(1, 50)))
    elif kind == 4:
        del data[place : place + int(rng.integers(1, 50))]
    elif kind == 5:
        data += data[: int(rng.integers(1, 100))]
    else:
        data = bytearray(rng.bytes(int(rng.integers(0, 300))))
    return bytes(data)


def mutated_json(value, rng):
    """Replace, drop or repeat something in a JSON value."""
    if isinstance(value, dict | list) and value and rng.random() < 0.9:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = keys[int(rng.integers(len(keys)))]
        changed = dict(value) if isinstance(value, dict) else list(value)
        what = rng.random()
        if what < 0.1:
            del changed[key]
        elif what < 0.2 and isinstance(changed, list):
            changed.insert(key, changed[key])
        else:
            changed[key] = mutated_json(value[key], rng)
        return changed
    if isinstance(value, str) and value and rng.random() < 0.5:
        place = int(rng.integers(len(value)))
        return value[:place] + str(rng.choice(list("0123456789s+-*/^()exploga "))) + value[place + rng.integers(2) :]
    if isinstance(value, int) and rng.random() < 0.3:
        return value + int(rng.integers(-2, 3))
    return HOSTILE[int(rng.integers(len(HOSTILE)))]


def sealed_archive(members):
    """Return the bytes of an archive with a digest that fits, whatever its members are."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    content = buffer.getvalue()[:-2]
    return content + struct.pack("<H", 64) + hashlib.sha256(content).hexdigest().encode()


def forged_archive(content, rng):
    """Alter what an archive says, or what its arrays hold, and renew all checksums."""
    if rng.random() < 0.2:  # the structure of the zip file itself
        data = bytearray(content[:-66])
        for _ in range(int(rng.integers(1, 4))):
            data[-1 - int(rng.integers(min(len(data), 400)))] = int(rng.integers(256))
        return bytes(data) + struct.pack("<H", 64) + hashlib.sha256(data).hexdigest().encode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    header = json.loads(members["header.json"])
    names = sorted(members.keys() - {"header.json"})
    if names and rng.random() < 0.4:
        name = names[int(rng.integers(len(names)))]
        data = bytearray(members[name])
        for _ in range(int(rng.integers(1, 4))):
            start = 0 if rng.random() < 0.3 else min(127, len(data))  # the npy header takes 128 bytes
            place = int(rng.integers(start, len(data) + 1))
            data[place : place + 1] = rng.bytes(1)
        members[name] = bytes(data)
        header["arrays"][name[:-4]]["sha256"] = hashlib.sha256(data[128:]).hexdigest()
    else:
        header = mutated_json(header, rng)
    members["header.json"] = json.dumps(header).encode()
    return sealed_archive(members)


def forged_safetensors(content, rng):
    """Alter the header or the numbers of a safetensors file, and renew its checksum."""
    length = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8 : 8 + length]), bytearray(content[8 + length :])
    if data and rng.random() < 0.3:
        data[int(rng.integers(len(data)))] = int(rng.integers(256))
    elif rng.random() < 0.5:
        fields = json.loads(header["__metadata__"]["fields"])
        header["__metadata__"]["fields"] = json.dumps(mutated_json(fields, rng))
    else:
        header = mutated_json(header, rng)
    with contextlib.suppress(TypeError, KeyError):
        header["__metadata__"]["sha256"] = "0" * 64
    text = json.dumps(header).encode()
    whole = struct.pack("<Q", len(text)) + text + data
    digest = hashlib.sha256(whole).hexdigest().encode()
    return whole.replace(b'"sha256": "' + b"0" * 64, b'"sha256": "' + digest, 1)
