"""An adapter in Python: the crypto and the client, which an SDK's author replaces by calls, then the protocol."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import platform
import sys
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import quote, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# --- The crypto: call your SDK in the bodies of these functions ---

ITERATIONS = 600_000

# What a refusal says: constant texts, so that neither a key nor a plaintext can leak.
REASONS = {
    "malformed": "not base64, too short or not UTF-8, or an answer that breaks the contract",
    "authentication": "the tag does not match, or no key fits",
    "empty_key": "the key is empty",
    "invalid_argument": "iterations below 1, a data key that is not 32 bytes, or a key against the custody",
    "http": "the server refused",
}


class Reject(Exception):
    """A refused input. Its text is a class of the protocol, a key of REASONS."""

    def __init__(self, kind, **details):
        super().__init__(kind)
        self.details = details


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


# --- The client: replace it by calls of your SDK, or leave it and its operations out ---


class NoAnswer(Exception):
    """The server was not reached, or the connection was lost."""


def parse_json(text):
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Reject("malformed") from None


def inner(answer, *path):
    for name in path:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def pick(source, needed, optional=None):
    """Takes these members of an answer and no others. null is what was not sent."""
    picked = {}
    for name, kind in {**needed, **(optional or {})}.items():
        value = inner(source, name)
        if value is None and name not in needed:
            continue
        if type(value) is not kind:  # isinstance would take true for a number
            raise Reject("malformed")
        picked[name] = value
    return picked


def pick_rows(rows, needed, optional=None):
    if not isinstance(rows, list):
        raise Reject("malformed")
    return [pick(row, needed, optional) for row in rows]


def pick_counts(source, *names):
    counts = pick(source, dict.fromkeys(names, int))
    if min(counts.values()) < 0:
        raise Reject("malformed")
    return counts


def given(**members):
    return {name: value for name, value in members.items() if value is not None}


class Client:
    def __init__(self, base_url, token, organization, project):
        self.base_url, self.token = urlsplit(base_url), token
        self.organization, self.project = organization, project

    def send(self, method, *segments, body=None):
        """Gives the answer's bytes. http.client follows no redirect and sends nothing twice."""
        path = "/".join(quote(segment, safe="") for segment in (self.organization, *segments))
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", "X-API-Version": "1",
                   "User-Agent": "keyproof-python/1.0.0"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        connect = HTTPSConnection if self.base_url.scheme == "https" else HTTPConnection
        try:
            with closing(connect(self.base_url.netloc, timeout=30)) as connection:
                connection.request(method, f"/api/v1/{path}", body, headers)
                response = connection.getresponse()
                answer = response.read()
        except (OSError, HTTPException):
            raise NoAnswer from None
        if 200 <= response.status < 300:
            return answer
        try:
            code = inner(json.loads(answer), "error")
        except (ValueError, RecursionError):
            code = None
        # Not the server's message, which could quote something.
        raise Reject("http", status=response.status, **given(code=code if isinstance(code, str) else None))

    def get_encryption_key(self):
        answer = parse_json(self.send("GET", self.project, "encryption-key"))
        document = pick(inner(answer, "data", "attributes"), {"content": str})["content"]  # JSON within a JSON text
        key = pick(inner(parse_json(document), "key"), {"managed": str, "version": int},
                   {"key": str, "key_check_salt": str, "key_check_iterations": int})
        salted = "key_check_salt" in key and key.get("key_check_iterations", 0) >= 1
        unsalted = "key_check_salt" not in key and "key_check_iterations" not in key
        valid = {"client": salted, "server": key.get("key") and (salted or unsalted)}
        if not valid.get(key["managed"]):
            raise Reject("malformed")
        return {**key, "version": str(key["version"])}

    def get_key_history(self):
        answer = parse_json(self.send("GET", self.project, "encryption-key", "history"))
        return pick_rows(inner(answer, "data"), {"version": str, "managed": str, "is_active": bool},
                         {"key_check": str, "key_check_salt": str, "key_check_iterations": int, "created_at": str,
                          "rotated_at": str})

    def rotate_encryption_key(self, history_policy=None):
        body = given(history_policy=history_policy) or None
        answer = parse_json(self.send("POST", self.project, "encryption-key", "rotate", body=body))
        return pick(inner(answer, "data", "key", "attributes"), {"version": str, "key": str})

    def rotate_client_keys(self, secrets, key_check, key_check_salt, key_check_iterations, history_policy=None):
        body = given(secrets=secrets, key_check=key_check, key_check_salt=key_check_salt,
                     key_check_iterations=key_check_iterations, history_policy=history_policy)
        self.send("POST", self.project, "secrets", "rotate-client-keys", body=body)

    def list_pending_reencrypt(self, limit=None):
        path = self.project, "secrets", "re-encrypt-history", "pending"
        answer = parse_json(self.send("POST", *path, body=given(limit=limit)))
        versions = pick_rows(inner(answer, "data"), {"id": int, "content": str, "key_version": str})
        return {"versions": versions, **pick_counts(inner(answer, "meta"), "remaining")}

    def submit_reencrypted_history(self, versions, key_proof):
        body = {"versions": versions, "key_proof": key_proof}
        answer = parse_json(self.send("POST", self.project, "secrets", "re-encrypt-history", body=body))
        return pick_counts(inner(answer, "data"), "updated", "remaining")

    def store_secrets(self, target, environment, content, key_proof=None):
        body = given(project=self.project, target=target, environment=environment, content=content, key_proof=key_proof)
        self.send("POST", "secrets", "store", body=body)

    def create_client_project(self, name, key):
        proof = generate_key_proof(key)
        answer = parse_json(self.send("POST", "projects", body={
            "name": name, "storage_mode": "client", "key_check": proof["proof"], "key_check_salt": proof["salt"],
            "key_check_iterations": proof["iterations"],
        }))
        slug = pick(inner(answer, "data", "attributes"), {"slug": str})["slug"]
        if not slug:
            raise Reject("malformed")
        return slug

    def active_key(self, key):
        """Asks for the descriptor anew each time, since the key can have been rotated. Gives the data key and how it
        is derived. The user's key and the custody must agree: a server that suddenly hands out a key of its own must
        not get secrets sealed under it."""
        descriptor = self.get_encryption_key()
        if (key is not None) != (descriptor["managed"] == "client"):
            raise Reject("invalid_argument")
        password = descriptor["key"].encode() if key is None else key
        if "key_check_salt" not in descriptor:  # a server's key from before there were salts
            return pad_key(password), None
        derivation = descriptor["key_check_salt"], descriptor["key_check_iterations"]
        return derive_data_key(password, *derivation), derivation

    def push_secrets(self, target, environment, key, plaintext):
        data_key, derivation = self.active_key(key)
        proof = None if key is None else derive_key_proof(key, *derivation)
        self.store_secrets(target, environment, encrypt(data_key, plaintext), proof)

    def pull_secrets(self, target, environment, key):
        # Without a target, the environment's slug would stand where a target's does.
        if target is None and environment is not None:
            raise Reject("invalid_argument")
        path = [slug for slug in (self.project, target, environment) if slug is not None]
        levels = inner(parse_json(self.send("GET", *path, "secrets")), "data", "attributes", "levels")
        if levels != [] and not isinstance(levels, dict):  # PHP writes an empty object as []
            raise Reject("malformed")
        data_key, _ = self.active_key(key)
        opened = []
        for level in ("project", "target", "environment"):
            secret = inner(levels, level)
            content = pick(secret, {"content": str})["content"] if secret is not None else ""
            if content:
                opened.append({"level": level, "plaintext": decrypt(data_key, content)})  # nothing is dropped silently
        return opened

    def rotate_client_key(self, key, new_key, secrets):
        data_key, _ = self.active_key(key)
        opened = [(secret["id"], decrypt(data_key, secret["content"]).encode()) for secret in secrets]
        proof = generate_key_proof(new_key)
        new_data_key = derive_data_key(new_key, proof["salt"], proof["iterations"])
        sealed = [{"id": id, "content": encrypt(new_data_key, plaintext)} for id, plaintext in opened]
        self.rotate_client_keys(sealed, proof["proof"], proof["salt"], proof["iterations"])

    def reencrypt_history(self, key, old_keys, batch_size):
        """Submits whole batches only: a version is never left out, nor submitted as it came."""
        data_key, derivation = self.active_key(key)
        proof = derive_key_proof(key, *derivation)
        keyring = Keyring(self.get_key_history(), [*old_keys, key])
        updated, before = 0, None
        while True:
            pending = self.list_pending_reencrypt(batch_size)
            if not pending["versions"]:
                if pending["remaining"]:
                    raise Reject("malformed")
                return {"updated": updated, "remaining": 0}
            sealed = [{"id": version["id"], "content": encrypt(data_key, keyring.open(version).encode())}
                      for version in pending["versions"]]
            submitted = self.submit_reencrypted_history(sealed, proof)
            updated, remaining = updated + submitted["updated"], submitted["remaining"]
            if remaining == 0:
                return {"updated": updated, "remaining": 0}
            # Or it could go on for ever. The list's own number is no measure: not every server counts the page in it.
            if submitted["updated"] == 0 or (before is not None and remaining >= before):
                raise Reject("malformed")
            before = remaining


class Keyring:
    """Opens older versions with whichever key fits, and derives the data key of a key version once."""

    def __init__(self, history, keys):
        self.history, self.keys, self.data_keys = {entry["version"]: entry for entry in history}, keys, {}

    def open(self, version):
        key_version, content = version["key_version"], version["content"]
        if key_version in self.data_keys:
            return decrypt(self.data_keys[key_version], content)
        entry = self.history.get(key_version, {})
        salt, iterations, check = map(entry.get, ("key_check_salt", "key_check_iterations", "key_check"))
        if salt is None or iterations is None or iterations < 1:
            raise Reject("malformed")
        for key in self.keys:
            if check is not None and not verify_key_proof(key, salt, iterations, check):
                continue
            data_key = derive_data_key(key, salt, iterations)
            try:
                plaintext = decrypt(data_key, content)
            except Reject as reject:
                if str(reject) != "authentication":
                    raise
                continue  # even if the proof fits: keys that pad alike share it
            self.data_keys[key_version] = data_key
            return plaintext
        raise Reject("authentication")


# --- The protocol: it can stay as it is ---


def client(p):
    return Client(p["base_url"], p["token"], p["organization"], p["project"])


def place(p):
    return p.get("target"), p.get("environment")


def optional_key(p):
    return None if p.get("key") is None else p["key"].encode()


def rotate_client_keys(p):
    client(p).rotate_client_keys(p["secrets"], p["key_check"], p["key_check_salt"], p["key_check_iterations"],
                                 p.get("history_policy"))
    return {}


def reencrypt_history(p):
    old_keys = [key.encode() for key in p["old_keys"]]
    return client(p).reencrypt_history(p["key"].encode(), old_keys, p.get("batch_size") or 50)


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

    "get_encryption_key": lambda p: client(p).get_encryption_key(),
    "get_key_history": lambda p: {"keys": client(p).get_key_history()},
    "rotate_encryption_key": lambda p: client(p).rotate_encryption_key(p.get("history_policy")),
    "rotate_client_keys": rotate_client_keys,
    "list_pending_reencrypt": lambda p: client(p).list_pending_reencrypt(p.get("limit")),
    "submit_reencrypted_history": lambda p: client(p).submit_reencrypted_history(p["versions"], p["key_proof"]),
    "store_secrets": lambda p: client(p).store_secrets(*place(p), p["content"], p.get("key_proof")) or {},
    "create_client_project": lambda p: {
        "project": client({**p, "project": None}).create_client_project(p["name"], p["key"].encode())
    },
    "push_secrets": lambda p: client(p).push_secrets(*place(p), optional_key(p), p["plaintext"].encode()) or {},
    "pull_secrets": lambda p: {"levels": client(p).pull_secrets(*place(p), optional_key(p))},
    "rotate_client_key": lambda p: client(p).rotate_client_key(
        p["key"].encode(), p["new_key"].encode(), p["secrets"]
    ) or {},
    "reencrypt_history": reencrypt_history,
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
        ok = OPERATIONS[op](request["params"])
        json.dumps(ok, ensure_ascii=False).encode()  # what an SDK returns may be no text at all
        return {"ok": ok}
    except Reject as reject:
        return {"reject": {"class": str(reject), "message": REASONS[str(reject)], **reject.details}}
    except NoAnswer:
        return {"error": {"message": "no answer"}}
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
