<?php
// An adapter in PHP: the crypto first, which an SDK's author replaces by calls, then the protocol.
declare(strict_types=1);

// A notice on standard output would be taken for a reply.
ini_set('display_errors', 'stderr');
ini_set('memory_limit', '512M');
ini_set('zend.exception_ignore_args', '1'); // no keys in stack traces

const ITERATIONS = 600000;

/** What a refusal says: constant texts, so that neither a key nor a plaintext can leak. */
const REASONS = [
    'malformed' => 'not base64, too short or not UTF-8',
    'authentication' => 'the tag does not match',
    'empty_key' => 'the key is empty',
    'invalid_argument' => 'iterations below 1, or a data key that is not 32 bytes',
];

/** A refused input. Its message is a class of the protocol, a key of REASONS. */
final class Reject extends Exception {}

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
    return hash_pbkdf2('sha256', $password, decode($salt), $iterations, 32, true);
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
];

$answer = function (array $request) use ($operations): array {
    $op = $request['op'] ?? null;
    if ($op === 'hello') {
        return ['ok' => [
            'protocol' => 1, 'name' => 'keyproof-php', 'version' => '1.0.0', 'language' => 'php',
            'runtime' => 'PHP ' . PHP_VERSION, 'ops' => array_keys($operations), 'max_outstanding' => 1,
        ]];
    }
    if (!is_string($op) || !isset($operations[$op])) {
        return ['unsupported' => new stdClass()];
    }
    // A missing parameter is a mere warning in PHP.
    set_error_handler(fn () => throw new ErrorException('a warning'));
    try {
        return ['ok' => $operations[$op]($request['params'])];
    } catch (Reject $reject) {
        $class = $reject->getMessage();
        return ['reject' => ['class' => $class, 'message' => REASONS[$class]]];
    } catch (Throwable) { // not its text, which may quote a key
        return ['error' => ['message' => 'the operation failed']];
    } finally {
        restore_error_handler();
    }
};

while (($line = fgets(STDIN)) !== false) {
    $request = json_decode($line, true);
    $reply = is_array($request) && isset($request['id'])
        ? ['id' => $request['id']] + $answer($request)
        : ['id' => null, 'error' => ['message' => 'not a request']];
    fwrite(STDOUT, json_encode($reply, JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR) . "\n");
    fflush(STDOUT);
}
