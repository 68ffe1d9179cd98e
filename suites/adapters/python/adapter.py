"""An adapter in Python: the crypto first, which an SDK's author replaces by calls, then the protocol."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import platform
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ITERATIONS = 600_000


# What a refusal says: constant texts, so that neither a key nor a plaintext can leak.
REASONS = {
    "malformed": "not base64, too short or not UTF-8",
    "authentication": "the tag does not match",
    "empty_key": "the key is empty",
    "invalid_argument": "iterations below 1, or a data key that is not 32 bytes",
}


class Reject(Exception):
    """A refused input. Its text is a class of the protocol, a key of REASONS."""


def encode(data):
    return base64.b64encode(data).decode()


def decode(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Reject("malformed") from None
    # Spare bits that are not zero are another spelling of the same bytes.
    if encode(data) != text:
        raise Reject("malformed")
    return data


def pad_key(key):
    # Bytes: a character can be cut in half.
    return key[:32].ljust(32, b"0")


def pbkdf2(password, salt, iterations):
    if iterations < 1:
        raise Reject("invalid_argument")
    return hashlib.pbkdf2_hmac("sha256", password, decode(salt), iterations, 32)


def derive_key_proof(key, salt, iterations):
    return encode(pbkdf2(pad_key(key), salt, iterations))


def derive_data_key(key, salt, iterations):
    # Over the key as it is: padding belongs to the proof.
    return pbkdf2(key, salt, iterations)


def generate_key_proof(key):
    salt = encode(os.urandom(16))
    proof = derive_key_proof(key, salt, ITERATIONS)
    return {"salt": salt, "proof": proof, "iterations": ITERATIONS}


def verify_key_proof(key, salt, iterations, proof):
    # As text and in constant time, as the server compares.
    return hmac.compare_digest(derive_key_proof(key, salt, iterations).encode(), proof.encode())


def encrypt(data_key, plaintext):
    iv = os.urandom(12)
    return encode(iv + AESGCM(aes_key(data_key)).encrypt(iv, plaintext, None))


def decrypt(data_key, content):
    aes, blob = AESGCM(aes_key(data_key)), decode(content)
    if len(blob) < 28:
        raise Reject("malformed")
    try:
        return aes.decrypt(blob[:12], blob[12:], None).decode()
    except InvalidTag:
        raise Reject("authentication") from None
    except UnicodeDecodeError:
        raise Reject("malformed") from None


def aes_key(data_key):
    if len(data_key) != 32:
        raise Reject("invalid_argument")
    return data_key


def project_key(key):
    if not key:
        raise Reject("empty_key")
    return pad_key(key)


OPERATIONS = {
    "pad_key": lambda p: {"padded_key": encode(pad_key(p["key"].encode()))},
    "derive_key_proof": lambda p: {"proof": derive_key_proof(p["key"].encode(), p["salt"], p["iterations"])},
    "generate_key_proof": lambda p: generate_key_proof(p["key"].encode()),
    "verify_key_proof": lambda p: {
        "valid": verify_key_proof(p["key"].encode(), p["salt"], p["iterations"], p["proof"])
    },
    "derive_data_key": lambda p: {"data_key": encode(derive_data_key(p["key"].encode(), p["salt"], p["iterations"]))},
    "encrypt": lambda p: {"content": encrypt(decode(p["data_key"]), p["plaintext"].encode())},
    "decrypt": lambda p: {"plaintext": decrypt(decode(p["data_key"]), p["content"])},
    "encrypt_with_project_key": lambda p: {"content": encrypt(project_key(p["key"].encode()), p["plaintext"].encode())},
    "decrypt_with_project_key": lambda p: {"plaintext": decrypt(project_key(p["key"].encode()), p["content"])},
}


def hello():
    runtime = f"Python {platform.python_version()}"
    return {"protocol": 1, "name": "keyproof-python", "version": "1.0.0", "language": "python",
            "runtime": runtime, "ops": list(OPERATIONS), "max_outstanding": 1}


def answer(request):
    op = request.get("op")
    if op == "hello":
        return {"ok": hello()}
    if not isinstance(op, str) or op not in OPERATIONS:
        return {"unsupported": {}}
    try:
        return {"ok": OPERATIONS[op](request["params"])}
    except Reject as reject:
        return {"reject": {"class": str(reject), "message": REASONS[str(reject)]}}
    except Exception:  # Not its text, which may quote a key.
        return {"error": {"message": "the operation failed"}}


def parse(line):
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return request if isinstance(request, dict) and request.get("id") is not None else None


# The bytes: sys.stdin as text would have the locale's encoding and translate line ends.
for line in sys.stdin.buffer:
    request = parse(line)
    if request is None:
        reply = {"id": None, "error": {"message": "not a request"}}
    else:
        reply = {"id": request["id"], **answer(request)}
    print(json.dumps(reply), flush=True)
