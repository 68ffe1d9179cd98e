// An adapter in C: the crypto, which an SDK's author replaces by calls, then the protocol.
// cc -O2 -o adapter adapter.c -lcrypto

#define _POSIX_C_SOURCE 200809L
#include <limits.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

// Text or bytes with their length: both can have NULs in them.
typedef struct {
    unsigned char *at;
    size_t length;
} bytes;

// A refused input is a class of the protocol. FAILED is none: its message says nothing of what went wrong.
typedef enum { MALFORMED, AUTHENTICATION, EMPTY_KEY, INVALID_ARGUMENT, FAILED } class;

static jmp_buf refused;

static _Noreturn void refuse(class why)
{
    longjmp(refused, (int)why + 1);
}

// What a request allocates is kept until it is answered.
static void **kept;
static size_t kept_count;

static bytes allocate(size_t length)
{
    void **more = realloc(kept, (kept_count + 1) * sizeof *kept);
    void *at = calloc(length + 1, 1);
    if (more == NULL || at == NULL) {
        abort();
    }
    kept = more;
    kept[kept_count++] = at;
    return (bytes){at, length};
}

static void release(void)
{
    while (kept_count > 0) {
        free(kept[--kept_count]);
    }
}

static bool is_utf8(bytes text)
{
    for (size_t i = 0; i < text.length;) {
        unsigned char first = text.at[i++];
        int more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;
        if (more < 0 || (size_t)more > text.length - i) {
            return false;
        }
        for (int n = 0; n < more; n++) {
            unsigned char next = text.at[i++];
            // Longer than it has to be, a surrogate, or beyond the last character.
            unsigned char least = n > 0 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
            unsigned char most = n > 0 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
            if (next < least || next > most) {
                return false;
            }
        }
    }
    return true;
}

// --- The crypto: call your SDK in the bodies of these functions ---

enum { ITERATIONS = 600000, KEY = 32, SALT = 16, IV = 12, TAG = 16 };

// What a refusal says: constant texts, so that neither a key nor a plaintext can leak.
static const char *const REASONS[][2] = {
    [MALFORMED] = {"malformed", "not base64, too short or not UTF-8"},
    [AUTHENTICATION] = {"authentication", "the tag does not match"},
    [EMPTY_KEY] = {"empty_key", "the key is empty"},
    [INVALID_ARGUMENT] = {"invalid_argument", "iterations below 1, or a data key that is not 32 bytes"},
};

static bytes encode(bytes data)
{
    bytes text = allocate((data.length + 2) / 3 * 4);
    EVP_EncodeBlock(text.at, data.at, (int)data.length);
    return text;
}

static bytes decode(bytes text)
{
    if (text.length % 4 != 0) {
        refuse(MALFORMED);
    }
    bytes data = allocate(text.length / 4 * 3);
    if (EVP_DecodeBlock(data.at, text.at, (int)text.length) < 0) {
        refuse(MALFORMED);
    }
    // It makes zero bytes of the padding.
    for (size_t i = text.length; i > 0 && text.at[i - 1] == '=' && data.length > 0; i--) {
        data.length--;
    }
    // It takes white space and spare bits too: what does not come back as it was is refused.
    bytes again = encode(data);
    if (again.length != text.length || memcmp(again.at, text.at, text.length) != 0) {
        refuse(MALFORMED);
    }
    return data;
}

// By its length, not by strlen: a key can have NULs in it.
static bytes pad_key(bytes key)
{
    bytes padded = allocate(KEY);
    memset(padded.at, '0', KEY);
    memcpy(padded.at, key.at, key.length < KEY ? key.length : KEY);
    return padded;
}

static bytes derive(bytes password, bytes salt, long long iterations)
{
    if (iterations < 1) {
        refuse(INVALID_ARGUMENT);
    }
    bytes raw = decode(salt), key = allocate(KEY);
    if (iterations > INT_MAX || PKCS5_PBKDF2_HMAC((char *)password.at, (int)password.length, raw.at, (int)raw.length,
                                                  (int)iterations, EVP_sha256(), KEY, key.at) != 1) {
        refuse(FAILED);
    }
    return key;
}

static bytes derive_key_proof(bytes key, bytes salt, long long iterations)
{
    return encode(derive(pad_key(key), salt, iterations));
}

// Over the key as it is: padding belongs to the proof.
static bytes derive_data_key(bytes key, bytes salt, long long iterations)
{
    return derive(key, salt, iterations);
}

static bytes random_bytes(int count)
{
    bytes random = allocate((size_t)count);
    if (RAND_bytes(random.at, count) != 1) {
        refuse(FAILED);
    }
    return random;
}

static bytes generate_key_proof(bytes key, bytes *salt)
{
    *salt = encode(random_bytes(SALT));
    return derive_key_proof(key, *salt, ITERATIONS);
}

// As text and in constant time, as the server compares.
static bool verify_key_proof(bytes key, bytes salt, long long iterations, bytes proof)
{
    bytes ours = derive_key_proof(key, salt, iterations);
    return ours.length == proof.length && CRYPTO_memcmp(ours.at, proof.at, ours.length) == 0;
}

static bytes encrypt(bytes key, bytes plaintext)
{
    if (key.length != KEY) {
        refuse(INVALID_ARGUMENT);
    }
    bytes iv = random_bytes(IV), blob = allocate(IV + plaintext.length + TAG);
    unsigned char *sealed = blob.at + IV, *tag = sealed + plaintext.length;
    memcpy(blob.at, iv.at, IV);
    int length = 0, last = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool done = cipher != NULL && EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key.at, iv.at) == 1
        && EVP_EncryptUpdate(cipher, sealed, &length, plaintext.at, (int)plaintext.length) == 1
        && EVP_EncryptFinal_ex(cipher, sealed + length, &last) == 1
        && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1;
    EVP_CIPHER_CTX_free(cipher);
    if (!done) {
        refuse(FAILED);
    }
    return encode(blob);
}

static bytes decrypt(bytes key, bytes content)
{
    if (key.length != KEY) {
        refuse(INVALID_ARGUMENT);
    }
    bytes blob = decode(content);
    if (blob.length < IV + TAG) {
        refuse(MALFORMED);
    }
    bytes plaintext = allocate(blob.length - IV - TAG);
    unsigned char *sealed = blob.at + IV, *tag = sealed + plaintext.length;
    int length = 0, last = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool ready = cipher != NULL && EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key.at, blob.at) == 1
        && EVP_DecryptUpdate(cipher, plaintext.at, &length, sealed, (int)plaintext.length) == 1
        && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1;
    bool opened = ready && EVP_DecryptFinal_ex(cipher, plaintext.at + length, &last) == 1;
    EVP_CIPHER_CTX_free(cipher);
    if (!opened) {
        refuse(ready ? AUTHENTICATION : FAILED);
    }
    if (!is_utf8(plaintext)) {
        refuse(MALFORMED);
    }
    return plaintext;
}

static bytes project_key(bytes key)
{
    if (key.length == 0) {
        refuse(EMPTY_KEY);
    }
    return pad_key(key);
}

// --- The protocol: it can stay as it is ---

// A JSON value is what it looks like in the line: a part of it.
typedef struct {
    const unsigned char *next, *end;
} reader;

static bool skip_one_of(reader *in, const char *wanted)
{
    bool is_one = in->next < in->end && *in->next != '\0' && strchr(wanted, *in->next) != NULL;
    in->next += is_one;
    return is_one;
}

static void skip_space(reader *in)
{
    while (skip_one_of(in, " \t\r\n")) {
    }
}

static bool take(reader *in, char wanted)
{
    skip_space(in);
    if (in->next == in->end || *in->next != (unsigned char)wanted) {
        return false;
    }
    in->next++;
    return true;
}

static bool read_unit(reader *in, unsigned *unit)
{
    *unit = 0;
    for (int n = 0; n < 4; n++, in->next++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *digit = in->next < in->end && *in->next != '\0' ? strchr(digits, *in->next) : NULL;
        if (digit == NULL) {
            return false;
        }
        *unit = *unit << 4 | (unsigned)(digit - digits) % 16;
    }
    return true;
}

static bool read_escaped(reader *in, bytes *text)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (in->next == in->end || *in->next == '\0') {
        return false;
    }
    unsigned char name = *in->next++;
    const char *known = strchr(names, name);
    unsigned point, low;
    if (known != NULL) {
        point = (unsigned char)values[known - names];
    } else if (name != 'u' || !read_unit(in, &point)) {
        return false;
    } else if (point >= 0xd800 && point < 0xe000) { // half a character, which needs the other half
        bool pair = point < 0xdc00 && in->end - in->next >= 6 && *in->next++ == '\\' && *in->next++ == 'u'
            && read_unit(in, &low) && low >= 0xdc00 && low < 0xe000;
        if (!pair) {
            return false;
        }
        point = 0x10000 + ((point & 0x3ff) << 10 | (low & 0x3ff));
    }
    int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char marks[] = {0, 0xc0, 0xe0, 0xf0};
    text->at[text->length++] = (unsigned char)(marks[more] | point >> 6 * more);
    while (more-- > 0) {
        text->at[text->length++] = (unsigned char)(0x80 | (point >> 6 * more & 0x3f));
    }
    return true;
}

static bool read_text(reader *in, bytes *text)
{
    if (!take(in, '"')) {
        return false;
    }
    const unsigned char *end = in->next;
    while (end < in->end && *end != '"') {
        end += *end == '\\' && in->end - end > 1 ? 2 : 1;
    }
    *text = allocate((size_t)(end - in->next)); // nothing gets longer by being unescaped
    text->length = 0;
    while (in->next < in->end && *in->next != '"') {
        unsigned char next = *in->next++;
        if (next < ' ' || (next == '\\' && !read_escaped(in, text))) {
            return false;
        }
        if (next != '\\') {
            text->at[text->length++] = next;
        }
    }
    return take(in, '"');
}

static bool skip_digits(reader *in)
{
    bool some = false;
    while (skip_one_of(in, "0123456789")) {
        some = true;
    }
    return some;
}

static bool read_number(reader *in)
{
    skip_one_of(in, "-");
    if (!skip_one_of(in, "0") && !skip_digits(in)) {
        return false;
    }
    if (skip_one_of(in, ".") && !skip_digits(in)) {
        return false;
    }
    if (!skip_one_of(in, "eE")) {
        return true;
    }
    skip_one_of(in, "+-");
    return skip_digits(in);
}

// Reads past a value.
static bool read_value(reader *in, int depth)
{
    bytes ignored;
    skip_space(in);
    if (in->next == in->end || depth > 64) {
        return false;
    }
    char first = (char)*in->next;
    if (first == '"') {
        return read_text(in, &ignored);
    }
    if (first == '{' || first == '[') {
        char last = first == '{' ? '}' : ']';
        in->next++;
        if (take(in, last)) {
            return true;
        }
        do {
            if ((first == '{' && !(read_text(in, &ignored) && take(in, ':'))) || !read_value(in, depth + 1)) {
                return false;
            }
        } while (take(in, ','));
        return take(in, last);
    }
    static const char *const words[] = {"null", "true", "false"};
    for (int n = 0; n < 3; n++) {
        size_t length = strlen(words[n]);
        if ((size_t)(in->end - in->next) >= length && memcmp(in->next, words[n], length) == 0) {
            in->next += length;
            return true;
        }
    }
    return read_number(in);
}

static bool is(bytes text, const char *word)
{
    return text.length == strlen(word) && memcmp(text.at, word, text.length) == 0;
}

// The value of a member, or one of no length.
static reader member(reader object, const char *name)
{
    bytes key;
    bool more = take(&object, '{');
    while (more && read_text(&object, &key) && take(&object, ':')) {
        skip_space(&object);
        reader value = {object.next, object.end};
        if (!read_value(&object, 0)) {
            break;
        }
        value.end = object.next;
        if (is(key, name)) {
            return value;
        }
        more = take(&object, ',');
    }
    return (reader){object.end, object.end};
}

static bytes text_of(reader params, const char *name)
{
    bytes text;
    reader value = member(params, name);
    if (!read_text(&value, &text)) {
        refuse(FAILED);
    }
    return text;
}

static long long integer_of(reader params, const char *name)
{
    reader value = member(params, name);
    char digits[24] = "", *end = digits;
    size_t length = (size_t)(value.end - value.next);
    if (length > 0 && length < sizeof digits) {
        memcpy(digits, value.next, length);
    }
    long long number = strtoll(digits, &end, 10);
    if (end == digits || *end != '\0') { // missing, not a number, or not an integer that fits
        refuse(FAILED);
    }
    return number;
}

// The reply, which a refusal throws away.
static FILE *reply;

static void write_text(const char *name, bytes text)
{
    fprintf(reply, "\"%s\":\"", name);
    for (size_t i = 0; i < text.length; i++) {
        unsigned char next = text.at[i];
        if (next < ' ' || next == '"' || next == '\\') {
            fprintf(reply, "\\u%04x", next);
        } else {
            putc(next, reply);
        }
    }
    putc('"', reply);
}

// An operation writes the members of `ok`.

static void op_pad_key(reader p)
{
    write_text("padded_key", encode(pad_key(text_of(p, "key"))));
}

static void op_derive_key_proof(reader p)
{
    write_text("proof", derive_key_proof(text_of(p, "key"), text_of(p, "salt"), integer_of(p, "iterations")));
}

static void op_generate_key_proof(reader p)
{
    bytes salt, proof = generate_key_proof(text_of(p, "key"), &salt);
    write_text("salt", salt);
    putc(',', reply);
    write_text("proof", proof);
    fprintf(reply, ",\"iterations\":%d", ITERATIONS);
}

static void op_verify_key_proof(reader p)
{
    bytes key = text_of(p, "key"), salt = text_of(p, "salt"), proof = text_of(p, "proof");
    bool valid = verify_key_proof(key, salt, integer_of(p, "iterations"), proof);
    fprintf(reply, "\"valid\":%s", valid ? "true" : "false");
}

static void op_derive_data_key(reader p)
{
    bytes key = derive_data_key(text_of(p, "key"), text_of(p, "salt"), integer_of(p, "iterations"));
    write_text("data_key", encode(key));
}

static void op_encrypt(reader p)
{
    write_text("content", encrypt(decode(text_of(p, "data_key")), text_of(p, "plaintext")));
}

static void op_decrypt(reader p)
{
    write_text("plaintext", decrypt(decode(text_of(p, "data_key")), text_of(p, "content")));
}

static void op_encrypt_with_project_key(reader p)
{
    write_text("content", encrypt(project_key(text_of(p, "key")), text_of(p, "plaintext")));
}

static void op_decrypt_with_project_key(reader p)
{
    write_text("plaintext", decrypt(project_key(text_of(p, "key")), text_of(p, "content")));
}

static const struct {
    const char *name;
    void (*run)(reader params);
} OPERATIONS[] = {
    {"pad_key", op_pad_key},
    {"derive_key_proof", op_derive_key_proof},
    {"generate_key_proof", op_generate_key_proof},
    {"verify_key_proof", op_verify_key_proof},
    {"derive_data_key", op_derive_data_key},
    {"encrypt", op_encrypt},
    {"decrypt", op_decrypt},
    {"encrypt_with_project_key", op_encrypt_with_project_key},
    {"decrypt_with_project_key", op_decrypt_with_project_key},
};
static const size_t COUNT = sizeof OPERATIONS / sizeof *OPERATIONS;

static void hello(void)
{
    fprintf(reply, "\"ok\":{\"protocol\":1,\"name\":\"keyproof-c\",\"version\":\"1.0.0\",\"language\":\"c\","
           "\"runtime\":\"%s\",\"max_outstanding\":1,\"ops\":[", OpenSSL_version(OPENSSL_VERSION));
    for (size_t i = 0; i < COUNT; i++) {
        fprintf(reply, "%s\"%s\"", i > 0 ? "," : "", OPERATIONS[i].name);
    }
    fprintf(reply, "]}");
}

// The member of the reply that says what came of it.
static void answer(reader name, reader params)
{
    bytes op = {NULL, 0};
    read_text(&name, &op);
    size_t at = 0;
    while (at < COUNT && !is(op, OPERATIONS[at].name)) {
        at++;
    }
    if (is(op, "hello")) {
        hello();
        return;
    }
    if (at == COUNT) {
        fprintf(reply, "\"unsupported\":{}");
        return;
    }
    fprintf(reply, "\"ok\":{");
    OPERATIONS[at].run(params);
    putc('}', reply);
}

static void serve(bytes line)
{
    reader in = {line.at, line.at + line.length}, request = in;
    bool whole = is_utf8(line) && read_value(&in, 0);
    skip_space(&in);
    reader id = member(request, "id"), name = member(request, "op");
    bool has_id = id.next < id.end && *id.next != 'n'; // null
    if (!whole || in.next < in.end || !has_id) {
        printf("{\"id\":null,\"error\":{\"message\":\"not a request\"}}\n");
        return;
    }
    printf("{\"id\":%.*s,", (int)(id.end - id.next), (const char *)id.next); // as it came
    static char *text;
    static size_t length;
    reply = open_memstream(&text, &length);
    if (reply == NULL) {
        abort();
    }
    int why = setjmp(refused);
    if (why == 0) {
        answer(name, member(request, "params"));
    }
    if (fclose(reply) != 0) {
        abort();
    }
    if (why == 0) {
        fwrite(text, 1, length, stdout);
    } else if (why == FAILED + 1) {
        printf("\"error\":{\"message\":\"the operation failed\"}");
    } else {
        const char *const *reason = REASONS[why - 1];
        printf("\"reject\":{\"class\":\"%s\",\"message\":\"%s\"}", reason[0], reason[1]);
    }
    printf("}\n");
    free(text);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    while ((length = getline(&line, &size, stdin)) > 0) {
        serve((bytes){(unsigned char *)line, (size_t)length});
        release();
        if (fflush(stdout) != 0) { // each reply leaves at once
            return 1;
        }
    }
    free(line);
    free(kept);
    return 0;
}
