// An adapter in JavaScript: the crypto first, which an SDK's author replaces by calls, then the protocol.

import { timingSafeEqual } from 'node:crypto';

const { subtle } = globalThis.crypto;
const ITERATIONS = 600_000;

// What a refusal says: constant texts, so that neither a key nor a plaintext can leak.
const REASONS = {
  malformed: 'not base64, too short or not UTF-8',
  authentication: 'the tag does not match',
  empty_key: 'the key is empty',
  invalid_argument: 'iterations below 1, or a data key that is not 32 bytes',
};

// A refused input. Its message is a class of the protocol, a key of REASONS.
class Reject extends Error {}

const encode = (bytes) => Buffer.from(bytes).toString('base64');

function decode(text) {
  const bytes = Buffer.from(text, 'base64');
  // Buffer skips what it cannot read: what does not come back as it was is no standard base64.
  if (encode(bytes) !== text) throw new Reject('malformed');
  return bytes;
}

// Bytes, not UTF-16 units. TextEncoder would take a missing parameter for an empty one, and replace half a surrogate pair.
function utf8(text) {
  if (typeof text !== 'string' || !text.isWellFormed()) throw new TypeError('not text');
  return new TextEncoder().encode(text);
}

function padKey(key) {
  const padded = Buffer.alloc(32, '0');
  padded.set(key.subarray(0, 32));
  return padded;
}

async function pbkdf2(password, salt, iterations) {
  if (!Number.isInteger(iterations)) throw new TypeError('not an integer'); // WebCrypto would convert it
  if (iterations < 1) throw new Reject('invalid_argument');
  const params = { name: 'PBKDF2', hash: 'SHA-256', salt: decode(salt), iterations };
  const key = await subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
  return subtle.deriveBits(params, key, 256); // bits
}

const deriveKeyProof = async (key, salt, iterations) => encode(await pbkdf2(padKey(key), salt, iterations));

// Over the key as it is: padding belongs to the proof.
const deriveDataKey = (key, salt, iterations) => pbkdf2(key, salt, iterations);

async function generateKeyProof(key) {
  const salt = encode(crypto.getRandomValues(new Uint8Array(16)));
  return { salt, proof: await deriveKeyProof(key, salt, ITERATIONS), iterations: ITERATIONS };
}

// As text and in constant time, as the server compares.
async function verifyKeyProof(key, salt, iterations, proof) {
  const [ours, theirs] = [utf8(await deriveKeyProof(key, salt, iterations)), utf8(proof)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

function aesKey(bytes) {
  if (bytes.length !== 32) throw new Reject('invalid_argument');
  return subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

async function encrypt(dataKey, plaintext) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await subtle.encrypt({ name: 'AES-GCM', iv }, await aesKey(dataKey), utf8(plaintext));
  return encode(Buffer.concat([iv, Buffer.from(sealed)]));
}

async function decrypt(dataKey, content) {
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

function projectKey(key) {
  if (key === '') throw new Reject('empty_key');
  return padKey(utf8(key));
}

const operations = {
  pad_key: async (p) => ({ padded_key: encode(padKey(utf8(p.key))) }),
  derive_key_proof: async (p) => ({ proof: await deriveKeyProof(utf8(p.key), p.salt, p.iterations) }),
  generate_key_proof: (p) => generateKeyProof(utf8(p.key)),
  verify_key_proof: async (p) => ({ valid: await verifyKeyProof(utf8(p.key), p.salt, p.iterations, p.proof) }),
  derive_data_key: async (p) => ({ data_key: encode(await deriveDataKey(utf8(p.key), p.salt, p.iterations)) }),
  encrypt: async (p) => ({ content: await encrypt(decode(p.data_key), p.plaintext) }),
  decrypt: async (p) => ({ plaintext: await decrypt(decode(p.data_key), p.content) }),
  encrypt_with_project_key: async (p) => ({ content: await encrypt(projectKey(p.key), p.plaintext) }),
  decrypt_with_project_key: async (p) => ({ plaintext: await decrypt(projectKey(p.key), p.content) }),
};

const hello = {
  protocol: 1, name: 'keyproof-js', version: '1.0.0', language: 'javascript',
  runtime: `Node.js ${process.version}`, ops: Object.keys(operations), max_outstanding: 4,
};

async function answer({ op, params }) {
  if (op === 'hello') return { ok: hello };
  if (!Object.hasOwn(operations, op)) return { unsupported: {} };
  try {
    return { ok: await operations[op](params) };
  } catch (error) {
    if (error instanceof Reject) return { reject: { class: error.message, message: REASONS[error.message] } };
    return { error: { message: 'the operation failed' } }; // not its text, which may quote a key
  }
}

async function serve(line) {
  let request;
  try {
    request = JSON.parse(line);
  } catch {}
  // Only an object can have an id.
  const reply = (request?.id ?? null) !== null
    ? { id: request.id, ...(await answer(request)) }
    : { id: null, error: { message: 'not a request' } };
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

// By line feeds alone: node:readline also splits at other line ends. Node ends by itself once the input
// has ended and every reply is written.
let rest = [];
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = chunk.split('\n');
  rest.push(lines.shift());
  for (const next of lines) {
    serve(rest.join(''));
    rest = [next];
  }
}).on('end', () => {
  if (rest.join('') !== '') serve(rest.join('')); // a last line without a line feed
});
