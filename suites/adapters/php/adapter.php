<?php
// An adapter in PHP: the crypto and the client, which an SDK's author replaces by calls, then the protocol.
declare(strict_types=1);

// A notice on standard output would be taken for a reply.
ini_set('display_errors', 'stderr');
ini_set('memory_limit', '512M');
ini_set('zend.exception_ignore_args', '1'); // no keys in stack traces

// --- The crypto: call your SDK in the bodies of these functions ---

const ITERATIONS = 600000;
const JSON = JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR;

/** What a refusal says: constant texts, so that neither a key nor a plaintext can leak. */
const REASONS = [
    'malformed' => 'not base64, too short or not UTF-8, or an answer that breaks the contract',
    'authentication' => 'the tag does not match, or no key fits',
    'empty_key' => 'the key is empty',
    'invalid_argument' => 'iterations below 1, a data key that is not 32 bytes, or a key against the custody',
    'http' => 'the server refused',
];

/** A refused input. Its message is a class of the protocol, a key of REASONS. */
final class Reject extends Exception
{
    public function __construct(string $class, public readonly array $details = [])
    {
        parent::__construct($class);
    }
}

function decode(string $text): string
{
    $bytes = base64_decode($text, true);
    // Even the strict decoder skips white space: what does not come back as it was is refused.
    if ($bytes === false || base64_encode($bytes) !== $text) {
        throw new Reject('malformed');
    }
    return $bytes;
}

/** Bytes: str_pad and substr, never mb_. */
function pad_key(string $key): string
{
    return substr(str_pad($key, 32, '0'), 0, 32);
}

function derive(string $password, string $salt, int $iterations): string
{
    if ($iterations < 1) {
        throw new Reject('invalid_argument');
    }
    if ($iterations > 0x7fffffff) { // OpenSSL would cut the number
        throw new RangeException();
    }
    // A third of the time of hash_pbkdf2, which gives hex without its last argument, true.
    return openssl_pbkdf2($password, decode($salt), 32, $iterations, 'sha256');
}

function derive_key_proof(string $key, string $salt, int $iterations): string
{
    return base64_encode(derive(pad_key($key), $salt, $iterations));
}

/** Over the key as it is: padding belongs to the proof. */
function derive_data_key(string $key, string $salt, int $iterations): string
{
    return derive($key, $salt, $iterations);
}

function generate_key_proof(string $key): array
{
    $salt = base64_encode(random_bytes(16));
    return ['salt' => $salt, 'proof' => derive_key_proof($key, $salt, ITERATIONS), 'iterations' => ITERATIONS];
}

/** As text and in constant time, as the server compares. */
function verify_key_proof(string $key, string $salt, int $iterations, string $proof): bool
{
    return hash_equals(derive_key_proof($key, $salt, $iterations), $proof);
}

/** openssl would quietly pad a short key with NUL, and cut a long one. */
function aes_key(string $key): string
{
    return strlen($key) === 32 ? $key : throw new Reject('invalid_argument');
}

function encrypt(string $key, string $plaintext): string
{
    $iv = random_bytes(12);
    $sealed = openssl_encrypt($plaintext, 'aes-256-gcm', aes_key($key), OPENSSL_RAW_DATA, $iv, $tag);
    if ($sealed === false) {
        throw new RuntimeException('openssl');
    }
    return base64_encode($iv . $sealed . $tag);
}

function decrypt(string $key, string $content): string
{
    $key = aes_key($key);
    $blob = decode($content);
    if (strlen($blob) < 28) {
        throw new Reject('malformed');
    }
    [$iv, $sealed, $tag] = [substr($blob, 0, 12), substr($blob, 12, -16), substr($blob, -16)];
    $opened = openssl_decrypt($sealed, 'aes-256-gcm', $key, OPENSSL_RAW_DATA, $iv, $tag);
    if ($opened === false) {
        throw new Reject('authentication');
    }
    return preg_match('//u', $opened) ? $opened : throw new Reject('malformed');
}

function project_key(string $key): string
{
    return $key === '' ? throw new Reject('empty_key') : pad_key($key);
}

// --- The client: replace it by calls of your SDK, or leave it and its operations out ---

/** The server was not reached, or the connection was lost. */
final class NoAnswer extends Exception {}

/** With objects as objects: as arrays, {} and [] would look the same. */
function parse_json(string $json): mixed
{
    try {
        return json_decode($json, flags: JSON_THROW_ON_ERROR);
    } catch (JsonException) {
        throw new Reject('malformed');
    }
}

/** Takes these members of an answer and no others. null is what was not sent. */
function pick(mixed $source, array $needed, array $optional = []): array
{
    $picked = [];
    foreach ($needed + $optional as $name => $type) {
        $value = $source->$name ?? null;
        if ($value === null && isset($optional[$name])) {
            continue;
        }
        if (get_debug_type($value) !== $type) {
            throw new Reject('malformed');
        }
        $picked[$name] = $value;
    }
    return $picked;
}

function pick_rows(mixed $rows, array $needed, array $optional = []): array
{
    is_array($rows) || throw new Reject('malformed');
    return array_map(fn ($row) => pick($row, $needed, $optional), $rows);
}

function pick_counts(mixed $source, string ...$names): array
{
    $counts = pick($source, array_fill_keys($names, 'int'));
    return min($counts) >= 0 ? $counts : throw new Reject('malformed');
}

/** Without the members that are null. */
function given(array $members): array
{
    return array_filter($members, fn ($value) => $value !== null);
}

final class Client
{
    public function __construct(
        private string $baseUrl,
        private string $token,
        private string $organization,
        private string $project,
    ) {}

    /** Gives the answer's text. A body that is null is not sent. */
    private function send(string $method, array $segments, ?array $body = null): string
    {
        $path = implode('/', array_map(rawurlencode(...), [$this->organization, ...$segments]));
        $headers = [
            "Authorization: Bearer $this->token", 'Accept: application/json', 'X-API-Version: 1',
            'User-Agent: keyproof-php/1.0.0', 'Connection: close',
        ];
        $options = [
            'method' => $method, 'protocol_version' => '1.1', 'timeout' => 30, 'follow_location' => 0,
            'ignore_errors' => true, // or there would be no body with a status that is an error
        ];
        if ($body !== null) {
            $headers[] = 'Content-Type: application/json';
            $options['content'] = json_encode((object) $body, JSON);
        }
        $context = stream_context_create(['http' => $options + ['header' => $headers]]);
        [$answer, $deadline] = ['', microtime(true) + 30]; // the context's limit is one of silence
        try {
            $stream = fopen("$this->baseUrl/api/v1/$path", 'r', false, $context);
            do {
                $answer .= fread($stream, 65536);
                $meta = stream_get_meta_data($stream);
                $late = $meta['timed_out'] || microtime(true) > $deadline;
            } while (!$late && !feof($stream));
        } catch (ErrorException) { // a warning, see below
            throw new NoAnswer();
        }
        $header = implode("\n", $meta['wrapper_data']);
        // PHP takes an answer that was cut off for a whole one.
        $cut = preg_match('/^Content-Length: *(\d+)/mi', $header, $length) && strlen($answer) < $length[1];
        if (!preg_match('~^HTTP/\S+ (\d{3})~', $header, $status) || $late || $cut) {
            throw new NoAnswer();
        }
        $status = (int) $status[1];
        if ($status >= 200 && $status < 300) {
            return $answer;
        }
        $code = json_decode($answer)->error ?? null;
        // Not the server's message, which could quote something.
        throw new Reject('http', given(['status' => $status, 'code' => is_string($code) ? $code : null]));
    }

    public function getEncryptionKey(): array
    {
        $answer = parse_json($this->send('GET', [$this->project, 'encryption-key']));
        // JSON within a JSON text.
        $document = pick($answer->data->attributes ?? null, ['content' => 'string'])['content'];
        $key = pick(
            parse_json($document)->key ?? null,
            ['managed' => 'string', 'version' => 'int'],
            ['key' => 'string', 'key_check_salt' => 'string', 'key_check_iterations' => 'int'],
        );
        $salted = isset($key['key_check_salt']) && ($key['key_check_iterations'] ?? 0) >= 1;
        $unsalted = !isset($key['key_check_salt']) && !isset($key['key_check_iterations']);
        $valid = match ($key['managed']) {
            'client' => $salted,
            'server' => ($key['key'] ?? '') !== '' && ($salted || $unsalted),
            default => false,
        };
        return $valid ? ['version' => (string) $key['version']] + $key : throw new Reject('malformed');
    }

    public function getKeyHistory(): array
    {
        $answer = parse_json($this->send('GET', [$this->project, 'encryption-key', 'history']));
        return pick_rows(
            $answer->data ?? null,
            ['version' => 'string', 'managed' => 'string', 'is_active' => 'bool'],
            [
                'key_check' => 'string', 'key_check_salt' => 'string', 'key_check_iterations' => 'int',
                'created_at' => 'string', 'rotated_at' => 'string',
            ],
        );
    }

    public function rotateEncryptionKey(?string $historyPolicy = null): array
    {
        $body = given(['history_policy' => $historyPolicy]) ?: null;
        $answer = parse_json($this->send('POST', [$this->project, 'encryption-key', 'rotate'], $body));
        return pick($answer->data->key->attributes ?? null, ['version' => 'string', 'key' => 'string']);
    }

    public function rotateClientKeys(array $secrets, array $newKey, ?string $historyPolicy = null): void
    {
        $body = given(['secrets' => $secrets] + $newKey + ['history_policy' => $historyPolicy]);
        $this->send('POST', [$this->project, 'secrets', 'rotate-client-keys'], $body);
    }

    public function listPendingReencrypt(?int $limit = null): array
    {
        $path = [$this->project, 'secrets', 're-encrypt-history', 'pending'];
        $answer = parse_json($this->send('POST', $path, given(['limit' => $limit])));
        $types = ['id' => 'int', 'content' => 'string', 'key_version' => 'string'];
        return ['versions' => pick_rows($answer->data ?? null, $types)]
            + pick_counts($answer->meta ?? null, 'remaining');
    }

    public function submitReencryptedHistory(array $versions, string $proof): array
    {
        $body = ['versions' => $versions, 'key_proof' => $proof];
        $answer = parse_json($this->send('POST', [$this->project, 'secrets', 're-encrypt-history'], $body));
        return pick_counts($answer->data ?? null, 'updated', 'remaining');
    }

    public function storeSecrets(array $place, string $content, ?string $proof = null): void
    {
        $body = ['project' => $this->project] + $place + given(['content' => $content, 'key_proof' => $proof]);
        $this->send('POST', ['secrets', 'store'], $body);
    }

    public function createClientProject(string $name, string $key): string
    {
        $body = ['name' => $name, 'storage_mode' => 'client'] + self::keyCheck($key);
        $answer = parse_json($this->send('POST', ['projects'], $body));
        $slug = pick($answer->data->attributes ?? null, ['slug' => 'string'])['slug'];
        return $slug !== '' ? $slug : throw new Reject('malformed');
    }

    private static function keyCheck(string $key): array
    {
        ['salt' => $salt, 'proof' => $proof, 'iterations' => $iterations] = generate_key_proof($key);
        return ['key_check' => $proof, 'key_check_salt' => $salt, 'key_check_iterations' => $iterations];
    }

    /**
     * The data key, and salt and iterations. Asks for the descriptor anew each time, since the key can have been
     * rotated. The user's key and the custody must agree: a server that suddenly hands out a key of its own must not
     * get secrets sealed under it.
     */
    private function activeKey(?string $key): array
    {
        $descriptor = $this->getEncryptionKey();
        if (($key !== null) !== ($descriptor['managed'] === 'client')) {
            throw new Reject('invalid_argument');
        }
        $key ??= $descriptor['key'];
        if (!isset($descriptor['key_check_salt'])) { // a server's key from before there were salts
            return [pad_key($key), null, null];
        }
        [$salt, $iterations] = [$descriptor['key_check_salt'], $descriptor['key_check_iterations']];
        return [derive_data_key($key, $salt, $iterations), $salt, $iterations];
    }

    public function pushSecrets(array $place, ?string $key, string $plaintext): void
    {
        [$dataKey, $salt, $iterations] = $this->activeKey($key);
        $proof = $key === null ? null : derive_key_proof($key, $salt, $iterations);
        $this->storeSecrets($place, encrypt($dataKey, $plaintext), $proof);
    }

    public function pullSecrets(array $place, ?string $key): array
    {
        // Without a target, the environment's slug would stand where a target's does.
        if (isset($place['environment']) && !isset($place['target'])) {
            throw new Reject('invalid_argument');
        }
        $answer = parse_json($this->send('GET', [$this->project, ...array_values($place), 'secrets']));
        $levels = $answer->data->attributes->levels ?? null;
        if (!is_object($levels) && $levels !== []) { // PHP servers write an empty object as []
            throw new Reject('malformed');
        }
        [$dataKey] = $this->activeKey($key);
        $opened = [];
        foreach (['project', 'target', 'environment'] as $level) {
            $content = isset($levels->$level) ? pick($levels->$level, ['content' => 'string'])['content'] : '';
            if ($content !== '') { // nothing is dropped silently
                $opened[] = ['level' => $level, 'plaintext' => decrypt($dataKey, $content)];
            }
        }
        return $opened;
    }

    public function rotateClientKey(string $key, string $newKey, array $secrets): void
    {
        [$dataKey] = $this->activeKey($key);
        $opened = array_map(fn ($secret) => decrypt($dataKey, $secret['content']), $secrets);
        $check = self::keyCheck($newKey);
        $newDataKey = derive_data_key($newKey, $check['key_check_salt'], $check['key_check_iterations']);
        $seal = fn ($secret, $plaintext) => ['id' => $secret['id'], 'content' => encrypt($newDataKey, $plaintext)];
        $this->rotateClientKeys(array_map($seal, $secrets, $opened), $check);
    }

    /** Submits whole batches only: a version is never left out, nor submitted as it came. */
    public function reencryptHistory(string $key, array $oldKeys, int $batchSize): array
    {
        [$dataKey, $salt, $iterations] = $this->activeKey($key);
        $proof = derive_key_proof($key, $salt, $iterations);
        $keyring = new Keyring($this->getKeyHistory(), [...$oldKeys, $key]);
        [$updated, $before] = [0, PHP_INT_MAX];
        while (true) {
            ['versions' => $versions, 'remaining' => $remaining] = $this->listPendingReencrypt($batchSize);
            if ($versions === []) {
                return $remaining === 0 ? compact('updated', 'remaining') : throw new Reject('malformed');
            }
            $sealed = array_map(fn ($version) => [
                'id' => $version['id'], 'content' => encrypt($dataKey, $keyring->open($version)),
            ], $versions);
            ['updated' => $moved, 'remaining' => $remaining] = $this->submitReencryptedHistory($sealed, $proof);
            $updated += $moved;
            if ($remaining === 0) {
                return compact('updated', 'remaining');
            }
            // Or it could go on for ever. The list's own number is no measure: not every server counts the page in it.
            if ($moved === 0 || $remaining >= $before) {
                throw new Reject('malformed');
            }
            $before = $remaining;
        }
    }
}

/** Opens older versions with whichever key fits, and derives the data key of a key version once. */
final class Keyring
{
    private array $dataKeys = [];

    public function __construct(private array $history, private array $keys) {}

    public function open(array $version): string
    {
        ['key_version' => $keyVersion, 'content' => $content] = $version;
        if (isset($this->dataKeys[$keyVersion])) {
            return decrypt($this->dataKeys[$keyVersion], $content);
        }
        $entry = array_column($this->history, null, 'version')[$keyVersion] ?? [];
        [$salt, $iterations] = [$entry['key_check_salt'] ?? null, $entry['key_check_iterations'] ?? 0];
        if ($salt === null || $iterations < 1) {
            throw new Reject('malformed');
        }
        foreach ($this->keys as $key) {
            if (isset($entry['key_check']) && !verify_key_proof($key, $salt, $iterations, $entry['key_check'])) {
                continue;
            }
            $dataKey = derive_data_key($key, $salt, $iterations);
            try {
                $plaintext = decrypt($dataKey, $content);
            } catch (Reject $reject) {
                if ($reject->getMessage() !== 'authentication') {
                    throw $reject;
                }
                continue; // even if the proof fits: keys that pad alike share it
            }
            $this->dataKeys[$keyVersion] = $dataKey;
            return $plaintext;
        }
        throw new Reject('authentication');
    }
}

// --- The protocol: it can stay as it is ---

$client = fn ($p) => new Client($p['base_url'], $p['token'], $p['organization'], $p['project']);
$place = fn ($p) => given(['target' => $p['target'] ?? null, 'environment' => $p['environment'] ?? null]);
$nothing = fn (mixed $done) => new stdClass(); // as an array it would be []

$operations = [
    'pad_key' => fn ($p) => ['padded_key' => base64_encode(pad_key($p['key']))],
    'derive_key_proof' => fn ($p) => ['proof' => derive_key_proof($p['key'], $p['salt'], $p['iterations'])],
    'generate_key_proof' => fn ($p) => generate_key_proof($p['key']),
    'verify_key_proof' => fn ($p) => [
        'valid' => verify_key_proof($p['key'], $p['salt'], $p['iterations'], $p['proof']),
    ],
    'derive_data_key' => fn ($p) => [
        'data_key' => base64_encode(derive_data_key($p['key'], $p['salt'], $p['iterations'])),
    ],
    'encrypt' => fn ($p) => ['content' => encrypt(decode($p['data_key']), $p['plaintext'])],
    'decrypt' => fn ($p) => ['plaintext' => decrypt(decode($p['data_key']), $p['content'])],
    'encrypt_with_project_key' => fn ($p) => ['content' => encrypt(project_key($p['key']), $p['plaintext'])],
    'decrypt_with_project_key' => fn ($p) => ['plaintext' => decrypt(project_key($p['key']), $p['content'])],

    'get_encryption_key' => fn ($p) => $client($p)->getEncryptionKey(),
    'get_key_history' => fn ($p) => ['keys' => $client($p)->getKeyHistory()],
    'rotate_encryption_key' => fn ($p) => $client($p)->rotateEncryptionKey($p['history_policy'] ?? null),
    'rotate_client_keys' => fn ($p) => $nothing($client($p)->rotateClientKeys($p['secrets'], [
        'key_check' => $p['key_check'],
        'key_check_salt' => $p['key_check_salt'],
        'key_check_iterations' => $p['key_check_iterations'],
    ], $p['history_policy'] ?? null)),
    'list_pending_reencrypt' => fn ($p) => $client($p)->listPendingReencrypt($p['limit'] ?? null),
    'submit_reencrypted_history' => fn ($p) => $client($p)->submitReencryptedHistory($p['versions'], $p['key_proof']),
    'store_secrets' => fn ($p) => $nothing(
        $client($p)->storeSecrets($place($p), $p['content'], $p['key_proof'] ?? null),
    ),
    'create_client_project' => fn ($p) => [
        'project' => $client($p + ['project' => ''])->createClientProject($p['name'], $p['key']),
    ],
    'push_secrets' => fn ($p) => $nothing($client($p)->pushSecrets($place($p), $p['key'] ?? null, $p['plaintext'])),
    'pull_secrets' => fn ($p) => ['levels' => $client($p)->pullSecrets($place($p), $p['key'] ?? null)],
    'rotate_client_key' => fn ($p) => $nothing($client($p)->rotateClientKey($p['key'], $p['new_key'], $p['secrets'])),
    'reencrypt_history' => fn ($p) => $client($p)->reencryptHistory($p['key'], $p['old_keys'], $p['batch_size'] ?? 50),
];

$answer = function (array $request) use ($operations): string {
    $reply = fn (string $member, array|object $value) => json_encode(['id' => $request['id'], $member => $value], JSON);
    $op = $request['op'] ?? null;
    if ($op === 'hello') {
        return $reply('ok', [
            'protocol' => 1, 'name' => 'keyproof-php', 'version' => '1.0.0', 'language' => 'php',
            'runtime' => 'PHP ' . PHP_VERSION, 'ops' => array_keys($operations), 'max_outstanding' => 1,
        ]);
    }
    if (!is_string($op) || !isset($operations[$op])) {
        return $reply('unsupported', new stdClass());
    }
    // A missing parameter is a mere warning in PHP, and so is a server that does not answer.
    set_error_handler(fn () => throw new ErrorException('a warning'));
    try {
        return $reply('ok', $operations[$op]($request['params'])); // what an SDK returns may be no UTF-8
    } catch (Reject $reject) {
        $class = $reject->getMessage();
        return $reply('reject', ['class' => $class, 'message' => REASONS[$class]] + $reject->details);
    } catch (NoAnswer) {
        return $reply('error', ['message' => 'no answer']);
    } catch (Throwable) { // not its text, which may quote a key
        return $reply('error', ['message' => 'the operation failed']);
    } finally {
        restore_error_handler();
    }
};

while (($line = fgets(STDIN)) !== false) {
    $request = json_decode($line, true);
    $reply = is_array($request) && isset($request['id'])
        ? $answer($request)
        : json_encode(['id' => null, 'error' => ['message' => 'not a request']], JSON);
    fwrite(STDOUT, "$reply\n");
    fflush(STDOUT);
}
