// An adapter in TypeScript: the crypto, which an SDK's author replaces by calls, then the protocol. Node.js 22.18 or newer
// runs it as it is: node adapter.mts

import { timingSafeEqual } from 'node:crypto';

// --- The crypto: call your SDK in the bodies of these functions ---

const { subtle } = globalThis.crypto;
const ITERATIONS = 600_000;

// What a refusal says: constant texts, so that neither a key nor a plaintext can leak.
const REASONS = {
  malformed: 'not base64, too short or not UTF-8',
  authentication: 'the tag does not match',
  empty_key: 'the key is empty',
  invalid_argument: 'iterations below 1, or a data key that is not 32 bytes',
};

type Bytes = Uint8Array<ArrayBuffer>;

// A refused input: a class of the protocol.
class Reject extends Error {
  readonly kind: keyof typeof REASONS;

  constructor(kind: keyof typeof REASONS) {
    super(kind);
    this.kind = kind;
  }
}

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function decode(text: string): Bytes {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  // Buffer skips what it cannot read: what does not come back as it was is no standard base64.
  if (encode(bytes) !== text) throw new Reject('malformed');
  return bytes;
}

// Bytes, not UTF-16 units. TextEncoder would replace half a surrogate pair.
function utf8(text: string): Bytes {
  if (!text.isWellFormed()) throw new TypeError('not text');
  return new TextEncoder().encode(text);
}

function padKey(key: Bytes): Bytes {
  const padded = new Uint8Array(32).fill(0x30);
  padded.set(key.subarray(0, 32));
  return padded;
}

async function derive(password: Bytes, salt: string, iterations: number): Promise<Bytes> {
  if (iterations < 1) throw new Reject('invalid_argument');
  const params = { name: 'PBKDF2', hash: 'SHA-256', salt: decode(salt), iterations };
  const key = await subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
  return new Uint8Array(await subtle.deriveBits(params, key, 256)); // bits
}

async function deriveKeyProof(key: Bytes, salt: string, iterations: number): Promise<string> {
  return encode(await derive(padKey(key), salt, iterations));
}

// Over the key as it is: padding belongs to the proof.
const deriveDataKey = derive;

async function generateKeyProof(key: Bytes) {
  const salt = encode(crypto.getRandomValues(new Uint8Array(16)));
  return { salt, proof: await deriveKeyProof(key, salt, ITERATIONS), iterations: ITERATIONS };
}

// As text and in constant time, as the server compares.
async function verifyKeyProof(key: Bytes, salt: string, iterations: number, proof: string): Promise<boolean> {
  const [ours, theirs] = [utf8(await deriveKeyProof(key, salt, iterations)), utf8(proof)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

// WebCrypto takes 16 bytes too.
async function aesKey(bytes: Bytes) {
  if (bytes.length !== 32) throw new Reject('invalid_argument');
  return subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

async function encrypt(dataKey: Bytes, plaintext: Bytes): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await subtle.encrypt({ name: 'AES-GCM', iv }, await aesKey(dataKey), plaintext);
  return encode(Buffer.concat([iv, new Uint8Array(sealed)]));
}

async function decrypt(dataKey: Bytes, content: string): Promise<string> {
  const [key, blob] = [await aesKey(dataKey), decode(content)];
  if (blob.length < 28) throw new Reject('malformed');
  const params = { name: 'AES-GCM', iv: blob.subarray(0, 12) };
  const opened = await subtle.decrypt(params, key, blob.subarray(12)).catch(() => {
    throw new Reject('authentication');
  });
  try {
    // Without ignoreBOM a byte order mark in front would be swallowed.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(opened);
  } catch {
    throw new Reject('malformed');
  }
}

function projectKey(key: Bytes): Bytes {
  if (key.length === 0) throw new Reject('empty_key');
  return padKey(key);
}

// --- The protocol: it can stay as it is ---

// The parameters of a request, by their types.
class Params {
  readonly #members: Record<string, unknown>;

  constructor(members: unknown) {
    this.#members = Object(members);
  }

  text(name: string): string {
    const value = this.#members[name];
    if (typeof value !== 'string') throw new TypeError('not text');
    return value;
  }

  utf8(name: string): Bytes {
    return utf8(this.text(name));
  }

  bytes(name: string): Bytes {
    return decode(this.text(name));
  }

  integer(name: string): number {
    const value = this.#members[name];
    if (!Number.isSafeInteger(value)) throw new TypeError('not an integer');
    return Number(value);
  }

  /** What all derivations take. */
  derivation(): [Bytes, string, number] {
    return [this.utf8('key'), this.text('salt'), this.integer('iterations')];
  }
}

const operations = new Map<unknown, (p: Params) => object | Promise<object>>([
  ['pad_key', (p) => ({ padded_key: encode(padKey(p.utf8('key'))) })],
  ['derive_key_proof', async (p) => ({ proof: await deriveKeyProof(...p.derivation()) })],
  ['generate_key_proof', (p) => generateKeyProof(p.utf8('key'))],
  ['verify_key_proof', async (p) => ({ valid: await verifyKeyProof(...p.derivation(), p.text('proof')) })],
  ['derive_data_key', async (p) => ({ data_key: encode(await deriveDataKey(...p.derivation())) })],
  ['encrypt', async (p) => ({ content: await encrypt(p.bytes('data_key'), p.utf8('plaintext')) })],
  ['decrypt', async (p) => ({ plaintext: await decrypt(p.bytes('data_key'), p.text('content')) })],
  ['encrypt_with_project_key', async (p) => ({ content: await encrypt(projectKey(p.utf8('key')), p.utf8('plaintext')) })],
  ['decrypt_with_project_key', async (p) => ({ plaintext: await decrypt(projectKey(p.utf8('key')), p.text('content')) })],
]);

const hello = {
  protocol: 1, name: 'keyproof-ts', version: '1.0.0', language: 'javascript',
  runtime: `Node.js ${process.version}`, ops: [...operations.keys()], max_outstanding: 4,
};

async function answer({ op, params }: { op?: unknown; params?: unknown }): Promise<object> {
  if (op === 'hello') return { ok: hello };
  const operation = operations.get(op);
  if (!operation) return { unsupported: {} };
  try {
    return { ok: await operation(new Params(params)) };
  } catch (error) {
    if (error instanceof Reject) return { reject: { class: error.kind, message: REASONS[error.kind] } };
    return { error: { message: 'the operation failed' } }; // not its text, which may quote a key
  }
}

async function serve(line: string): Promise<void> {
  let request: { id?: unknown; op?: unknown; params?: unknown } | null = null;
  try {
    request = JSON.parse(line);
  } catch {}
  const id = request?.id ?? null; // only an object can have one
  const reply = request && id !== null
    ? { id, ...(await answer(request)) }
    : { id: null, error: { message: 'not a request' } };
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

// By line feeds alone: node:readline also splits at other line ends. Node ends by itself once the input
// has ended and every reply is written.
let rest: string[] = [];
process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
  const lines = chunk.split('\n');
  rest.push(lines.shift() ?? '');
  for (const next of lines) {
    serve(rest.join(''));
    rest = [next];
  }
}).on('end', () => {
  if (rest.join('') !== '') serve(rest.join('')); // a last line without a line feed
});
