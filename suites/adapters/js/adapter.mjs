// An adapter in JavaScript: the crypto and the client, which an SDK's author replaces by calls, then the protocol.

import { timingSafeEqual } from 'node:crypto';

// --- The crypto: call your SDK in the bodies of these functions ---

const { subtle } = globalThis.crypto;
const ITERATIONS = 600_000;

// What a refusal says: constant texts, so that neither a key nor a plaintext can leak.
const REASONS = {
  malformed: 'not base64, too short or not UTF-8, or an answer that breaks the contract',
  authentication: 'the tag does not match, or no key fits',
  empty_key: 'the key is empty',
  invalid_argument: 'iterations below 1, a data key that is not 32 bytes, or a key against the custody',
  http: 'the server refused',
};

// A refused input. Its message is a class of the protocol, a key of REASONS.
class Reject extends Error {
  constructor(kind, details) {
    super(kind);
    this.details = details;
  }
}

const encode = (bytes) => Buffer.from(bytes).toString('base64');

function decode(text) {
  const bytes = Buffer.from(text, 'base64');
  // Buffer skips what it cannot read: what does not come back as it was is no standard base64.
  if (encode(bytes) !== text) throw new Reject('malformed');
  return bytes;
}

// Bytes, not UTF-16 units. TextEncoder would take a missing parameter for an empty one, and replace half a surrogate pair.
function utf8(value) {
  return new TextEncoder().encode(text(value));
}

function text(value) {
  if (typeof value !== 'string' || !value.isWellFormed()) throw new TypeError('not text');
  return value;
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
  return new Uint8Array(await subtle.deriveBits(params, key, 256)); // bits
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

// --- The client: replace it by calls of your SDK, or leave it and its operations out ---

class NoAnswer extends Error {}

const isText = (value) => typeof value === 'string';
const isInteger = (value) => Number.isSafeInteger(value);
const isCount = (value) => isInteger(value) && value >= 0;
const isBoolean = (value) => typeof value === 'boolean';
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// Takes these members of an answer and no others. null is what was not sent.
function pick(from, needed, optional = {}) {
  const picked = {};
  for (const [name, is] of Object.entries({ ...needed, ...optional })) {
    const value = from?.[name] ?? undefined;
    if (value === undefined && Object.hasOwn(optional, name)) continue;
    if (!is(value)) throw new Reject('malformed');
    picked[name] = value;
  }
  return picked;
}

function rows(list, needed, optional) {
  if (!Array.isArray(list)) throw new Reject('malformed');
  return list.map((row) => pick(row, needed, optional));
}

function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    throw new Reject('malformed');
  }
}

class Client {
  constructor({ base_url, token, organization, project }) {
    Object.assign(this, { base_url: text(base_url), token: text(token), organization: text(organization), project });
  }

  // Gives the answer's text. A body that is undefined is not sent.
  async send(method, segments, body) {
    const path = [this.organization, ...segments].map((segment) => encodeURIComponent(text(segment))).join('/');
    const headers = {
      Authorization: `Bearer ${this.token}`,
      Accept: 'application/json',
      'X-API-Version': '1',
      'User-Agent': 'keyproof-javascript/1.0.0',
      ...(body && { 'Content-Type': 'application/json' }),
    };
    const signal = AbortSignal.timeout(30_000);
    const options = { method, headers, body: JSON.stringify(body), redirect: 'manual', signal };
    let response;
    let answer;
    try {
      response = await fetch(`${this.base_url}/api/v1/${path}`, options);
      answer = await response.text();
    } catch {
      throw new NoAnswer();
    }
    if (response.ok) return answer;
    let code;
    try {
      code = JSON.parse(answer)?.error;
    } catch {}
    // Not the server's message, which could quote something.
    throw new Reject('http', { status: response.status, ...(isText(code) && { code }) });
  }

  async getEncryptionKey() {
    const reply = parse(await this.send('GET', [this.project, 'encryption-key']));
    const { content } = pick(reply?.data?.attributes, { content: isText }); // JSON within a JSON text
    const key = pick(
      parse(content)?.key,
      { managed: isText, version: isInteger },
      { key: isText, key_check_salt: isText, key_check_iterations: (value) => isInteger(value) && value >= 1 },
    );
    const [salted, counted] = [key.key_check_salt !== undefined, key.key_check_iterations !== undefined];
    const valid = { client: salted && counted, server: key.key && salted === counted };
    if (!Object.hasOwn(valid, key.managed) || !valid[key.managed]) throw new Reject('malformed');
    return { ...key, version: String(key.version) };
  }

  async getKeyHistory() {
    const reply = parse(await this.send('GET', [this.project, 'encryption-key', 'history']));
    return rows(
      reply?.data,
      { version: isText, managed: isText, is_active: isBoolean },
      {
        key_check: isText, key_check_salt: isText, key_check_iterations: isInteger, created_at: isText, rotated_at: isText,
      },
    );
  }

  async rotateEncryptionKey(history_policy) {
    const body = history_policy === undefined ? undefined : { history_policy };
    const reply = parse(await this.send('POST', [this.project, 'encryption-key', 'rotate'], body));
    return pick(reply?.data?.key?.attributes, { version: isText, key: isText });
  }

  async rotateClientKeys({ secrets, key_check, key_check_salt, key_check_iterations, history_policy }) {
    const body = { secrets, key_check, key_check_salt, key_check_iterations, history_policy };
    await this.send('POST', [this.project, 'secrets', 'rotate-client-keys'], body);
  }

  async listPendingReencrypt(limit) {
    const reply = parse(await this.send('POST', [this.project, 'secrets', 're-encrypt-history', 'pending'], { limit }));
    const versions = rows(reply?.data, { id: isInteger, content: isText, key_version: isText });
    return { versions, ...pick(reply.meta, { remaining: isCount }) };
  }

  async submitReencryptedHistory(versions, key_proof) {
    const body = { versions, key_proof };
    const reply = parse(await this.send('POST', [this.project, 'secrets', 're-encrypt-history'], body));
    return pick(reply?.data, { updated: isCount, remaining: isCount });
  }

  async storeSecrets({ target, environment }, content, key_proof) {
    const body = { project: text(this.project), target, environment, content: text(content), key_proof };
    await this.send('POST', ['secrets', 'store'], body);
  }

  async createClientProject(name, key) {
    const { salt, proof, iterations } = await generateKeyProof(key);
    const custody = { storage_mode: 'client', key_check: proof, key_check_salt: salt, key_check_iterations: iterations };
    const reply = parse(await this.send('POST', ['projects'], { name: text(name), ...custody }));
    return pick(reply?.data?.attributes, { slug: (value) => isText(value) && value !== '' }).slug;
  }

  // Asks for the descriptor anew each time, since the key can have been rotated. The user's key and the custody must
  // agree: a server that suddenly hands out a key of its own must not get secrets sealed under it.
  async activeKey(key) {
    const descriptor = await this.getEncryptionKey();
    if ((key !== undefined) !== (descriptor.managed === 'client')) throw new Reject('invalid_argument');
    const { key_check_salt: salt, key_check_iterations: iterations } = descriptor;
    const password = key ?? utf8(descriptor.key);
    // Without a salt it is a server's key from before there were salts.
    const dataKey = salt === undefined ? padKey(password) : await deriveDataKey(password, salt, iterations);
    return { dataKey, salt, iterations };
  }

  async pushSecrets(level, key, plaintext) {
    const { dataKey, salt, iterations } = await this.activeKey(key);
    const proof = key && await deriveKeyProof(key, salt, iterations);
    await this.storeSecrets(level, await encrypt(dataKey, plaintext), proof);
  }

  async pullSecrets({ target, environment }, key) {
    // Without a target, the environment's slug would stand where a target's does.
    if (target === undefined && environment !== undefined) throw new Reject('invalid_argument');
    const path = [this.project, target, environment].filter((slug) => slug !== undefined);
    const levels = parse(await this.send('GET', [...path, 'secrets']))?.data?.attributes?.levels;
    // PHP writes an empty object as [].
    if (!isObject(levels) && !(Array.isArray(levels) && levels.length === 0)) throw new Reject('malformed');
    const { dataKey } = await this.activeKey(key);
    const opened = [];
    for (const level of ['project', 'target', 'environment']) {
      if ((levels[level] ?? null) === null) continue;
      const { content } = pick(levels[level], { content: isText });
      if (content === '') continue;
      opened.push({ level, plaintext: await decrypt(dataKey, content) }); // nothing is dropped silently
    }
    return opened;
  }

  async rotateClientKey(key, newKey, secrets) {
    const { dataKey } = await this.activeKey(key);
    const { salt, proof, iterations } = await generateKeyProof(newKey);
    const newDataKey = await deriveDataKey(newKey, salt, iterations);
    const sealed = [];
    for (const { id, content } of secrets) {
      sealed.push({ id, content: await encrypt(newDataKey, await decrypt(dataKey, content)) });
    }
    const fresh = { key_check: proof, key_check_salt: salt, key_check_iterations: iterations };
    await this.rotateClientKeys({ secrets: sealed, ...fresh });
  }

  // Submits whole batches only: a version is never left out, nor submitted as it came.
  async reencryptHistory(key, oldKeys, batchSize) {
    const { dataKey, salt, iterations } = await this.activeKey(key);
    const proof = await deriveKeyProof(key, salt, iterations);
    const open = opener(await this.getKeyHistory(), [...oldKeys, key]);
    for (let updated = 0, before = Infinity; ;) {
      const { versions, remaining } = await this.listPendingReencrypt(batchSize);
      if (versions.length === 0) {
        if (remaining > 0) throw new Reject('malformed');
        return { updated, remaining };
      }
      const sealed = [];
      for (const version of versions) {
        sealed.push({ id: version.id, content: await encrypt(dataKey, await open(version)) });
      }
      const submitted = await this.submitReencryptedHistory(sealed, proof);
      updated += submitted.updated;
      if (submitted.remaining === 0) return { updated, remaining: 0 };
      // Or it could go on for ever. A list counts from its own page on: only a submit tells what a submit left.
      if (submitted.updated === 0 || submitted.remaining >= before) throw new Reject('malformed');
      before = submitted.remaining;
    }
  }
}

// Opens older versions with whichever key fits, and derives the data key of a key version once.
function opener(history, keys) {
  const dataKeys = new Map();
  return async ({ key_version, content }) => {
    if (dataKeys.has(key_version)) return decrypt(dataKeys.get(key_version), content);
    const entry = history.find(({ version }) => version === key_version);
    const { key_check: check, key_check_salt: salt, key_check_iterations: iterations } = entry ?? {};
    if (salt === undefined || !(iterations >= 1)) throw new Reject('malformed');
    for (const key of keys) {
      if (check !== undefined && !(await verifyKeyProof(key, salt, iterations, check))) continue;
      const dataKey = await deriveDataKey(key, salt, iterations);
      try {
        const plaintext = await decrypt(dataKey, content);
        dataKeys.set(key_version, dataKey);
        return plaintext;
      } catch (error) {
        // Even if the proof fits: keys that pad alike share it.
        if (error.message !== 'authentication') throw error;
      }
    }
    throw new Reject('authentication');
  };
}

// --- The protocol: it can stay as it is ---

// An optional parameter.
const given = (value) => value ?? undefined;
const optionalKey = ({ key }) => (given(key) === undefined ? undefined : utf8(key));
const level = ({ target, environment }) => ({ target: given(target), environment: given(environment) });

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

  get_encryption_key: (p) => new Client(p).getEncryptionKey(),
  get_key_history: async (p) => ({ keys: await new Client(p).getKeyHistory() }),
  rotate_encryption_key: (p) => new Client(p).rotateEncryptionKey(given(p.history_policy)),
  rotate_client_keys: async (p) => (await new Client(p).rotateClientKeys(p), {}),
  list_pending_reencrypt: (p) => new Client(p).listPendingReencrypt(given(p.limit)),
  submit_reencrypted_history: (p) => new Client(p).submitReencryptedHistory(p.versions, text(p.key_proof)),
  store_secrets: async (p) => (await new Client(p).storeSecrets(level(p), p.content, given(p.key_proof)), {}),
  create_client_project: async (p) => ({ project: await new Client(p).createClientProject(p.name, utf8(p.key)) }),
  push_secrets: async (p) => (await new Client(p).pushSecrets(level(p), optionalKey(p), text(p.plaintext)), {}),
  pull_secrets: async (p) => ({ levels: await new Client(p).pullSecrets(level(p), optionalKey(p)) }),
  rotate_client_key: async (p) => (await new Client(p).rotateClientKey(utf8(p.key), utf8(p.new_key), p.secrets), {}),
  reencrypt_history: (p) => new Client(p).reencryptHistory(utf8(p.key), p.old_keys.map(utf8), p.batch_size ?? 50),
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
    if (error instanceof Reject) {
      return { reject: { class: error.message, message: REASONS[error.message], ...error.details } };
    }
    if (error instanceof NoAnswer) return { error: { message: 'no answer' } };
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
