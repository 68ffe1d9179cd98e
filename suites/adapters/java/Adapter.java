// An adapter in Java: the crypto, which an SDK's author replaces by calls, then the protocol. It is started without
// being compiled first: java Adapter.java

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

public final class Adapter {
    // --- The crypto: call your SDK in the bodies of these functions ---

    static final int ITERATIONS = 600_000;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** A refused input. Its message is a class of the protocol, a key of REASONS. */
    static final class Reject extends RuntimeException {
        /** What a refusal says: constant texts, so that neither a key nor a plaintext can leak. */
        static final Map<String, String> REASONS = Map.of(
                "malformed", "not base64, too short or not UTF-8",
                "authentication", "the tag does not match",
                "empty_key", "the key is empty",
                "invalid_argument", "iterations below 1, or a data key that is not 32 bytes");

        Reject(String kind) {
            super(kind);
        }
    }

    static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    static byte[] decode(String text) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException notBase64) {
            throw new Reject("malformed");
        }
        // The decoder takes text without padding, and spare bits: what does not come back as it was is refused.
        if (!encode(bytes).equals(text)) {
            throw new Reject("malformed");
        }
        return bytes;
    }

    /** Bytes: a character can be cut in half. */
    static byte[] padKey(byte[] key) {
        byte[] padded = Arrays.copyOf(key, 32);
        if (key.length < 32) {
            Arrays.fill(padded, key.length, 32, (byte) '0');
        }
        return padded;
    }

    /** PBKDF2 of one block. Not by PBEKeySpec, which takes characters: a padded key can end within one. */
    static byte[] derive(byte[] password, String salt, long iterations) throws GeneralSecurityException {
        if (iterations < 1) {
            throw new Reject("invalid_argument");
        }
        Mac mac = Mac.getInstance("HmacSHA256");
        // An empty key is refused by Java, and is the same as one of zeros.
        mac.init(new SecretKeySpec(password.length == 0 ? new byte[1] : password, "HmacSHA256"));
        mac.update(decode(salt));
        byte[] block = mac.doFinal(new byte[] {0, 0, 0, 1});
        byte[] key = block.clone();
        for (long done = 1; done < iterations; done++) {
            mac.update(block);
            mac.doFinal(block, 0);
            for (int at = 0; at < key.length; at++) {
                key[at] ^= block[at];
            }
        }
        return key;
    }

    static String deriveKeyProof(byte[] key, String salt, long iterations) throws GeneralSecurityException {
        return encode(derive(padKey(key), salt, iterations));
    }

    /** Over the key as it is: padding belongs to the proof. */
    static byte[] deriveDataKey(byte[] key, String salt, long iterations) throws GeneralSecurityException {
        return derive(key, salt, iterations);
    }

    static Map<String, Object> generateKeyProof(byte[] key) throws GeneralSecurityException {
        String salt = encode(random(16));
        return Map.of("salt", salt, "proof", deriveKeyProof(key, salt, ITERATIONS), "iterations", ITERATIONS);
    }

    /** As text and in constant time, as the server compares. */
    static boolean verifyKeyProof(byte[] key, String salt, long iterations, byte[] proof)
            throws GeneralSecurityException {
        byte[] ours = deriveKeyProof(key, salt, iterations).getBytes(StandardCharsets.US_ASCII);
        return MessageDigest.isEqual(ours, proof);
    }

    static String encrypt(byte[] key, byte[] plaintext) throws GeneralSecurityException {
        byte[] iv = random(12);
        byte[] sealed = aes(Cipher.ENCRYPT_MODE, key, iv).doFinal(plaintext);
        return encode(ByteBuffer.allocate(12 + sealed.length).put(iv).put(sealed).array());
    }

    static String decrypt(byte[] key, String content) throws GeneralSecurityException {
        byte[] blob = decode(content);
        if (blob.length < 28) {
            throw new Reject("malformed");
        }
        try {
            return text(aes(Cipher.DECRYPT_MODE, key, Arrays.copyOf(blob, 12)).doFinal(blob, 12, blob.length - 12));
        } catch (AEADBadTagException wrongKey) { // its parents are not authentication
            throw new Reject("authentication");
        } catch (CharacterCodingException notUtf8) {
            throw new Reject("malformed");
        }
    }

    static byte[] projectKey(byte[] key) {
        if (key.length == 0) {
            throw new Reject("empty_key");
        }
        return padKey(key);
    }

    private static Cipher aes(int mode, byte[] key, byte[] iv) throws GeneralSecurityException {
        if (key.length != 32) { // 16 and 24 bytes would quietly make another cipher
            throw new Reject("invalid_argument");
        }
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, iv));
        return cipher;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    /** Strictly: new String would put U+FFFD for bad bytes. */
    static String text(byte[] utf8) throws CharacterCodingException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    }

    /** Strictly: getBytes would put a question mark for half of a surrogate pair. */
    static byte[] utf8(String text) throws CharacterCodingException {
        ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        return Arrays.copyOf(bytes.array(), bytes.limit());
    }

    // --- The protocol: it can stay as it is ---

    interface Operation {
        Map<String, Object> call(Params params) throws Exception;
    }

    /** What is missing, or of another type, is an exception. */
    record Params(Map<?, ?> members) {
        String string(String name) {
            return Objects.requireNonNull((String) members.get(name));
        }

        byte[] bytes(String name) throws CharacterCodingException {
            return utf8(string(name));
        }

        long integer(String name) {
            return Long.parseLong(((Json.Number) members.get(name)).digits());
        }
    }

    static final Map<String, Operation> OPERATIONS = new LinkedHashMap<>();

    static {
        OPERATIONS.put("pad_key", p -> Map.of("padded_key", encode(padKey(p.bytes("key")))));
        OPERATIONS.put("derive_key_proof", p -> Map.of(
                "proof", deriveKeyProof(p.bytes("key"), p.string("salt"), p.integer("iterations"))));
        OPERATIONS.put("generate_key_proof", p -> generateKeyProof(p.bytes("key")));
        OPERATIONS.put("verify_key_proof", p -> Map.of("valid", verifyKeyProof(
                p.bytes("key"), p.string("salt"), p.integer("iterations"), p.bytes("proof"))));
        OPERATIONS.put("derive_data_key", p -> Map.of("data_key", encode(
                deriveDataKey(p.bytes("key"), p.string("salt"), p.integer("iterations")))));
        OPERATIONS.put("encrypt", p -> Map.of(
                "content", encrypt(decode(p.string("data_key")), p.bytes("plaintext"))));
        OPERATIONS.put("decrypt", p -> Map.of(
                "plaintext", decrypt(decode(p.string("data_key")), p.string("content"))));
        OPERATIONS.put("encrypt_with_project_key", p -> Map.of(
                "content", encrypt(projectKey(p.bytes("key")), p.bytes("plaintext"))));
        OPERATIONS.put("decrypt_with_project_key", p -> Map.of(
                "plaintext", decrypt(projectKey(p.bytes("key")), p.string("content"))));
    }

    static Map<String, Object> hello() {
        return Map.of("protocol", 1, "name", "keyproof-java", "version", "1.0.0", "language", "java",
                "runtime", "Java " + Runtime.version(), "ops", List.copyOf(OPERATIONS.keySet()), "max_outstanding", 1);
    }

    /** The member of the reply that says what came of it, as JSON. */
    static String answer(Map<?, ?> request) {
        Object op = request.get("op");
        if ("hello".equals(op)) {
            return "\"ok\":" + Json.write(hello());
        }
        if (!OPERATIONS.containsKey(op)) {
            return "\"unsupported\":{}";
        }
        try {
            return "\"ok\":" + Json.write(OPERATIONS.get(op).call(new Params((Map<?, ?>) request.get("params"))));
        } catch (Reject reject) {
            String kind = reject.getMessage();
            return "\"reject\":" + Json.write(Map.of("class", kind, "message", Reject.REASONS.get(kind)));
        } catch (Exception error) { // not its text, which may quote a key
            return "\"error\":{\"message\":\"the operation failed\"}";
        }
    }

    static String serve(byte[] line) {
        try {
            Map<?, ?> request = (Map<?, ?>) Json.read(text(line));
            if (request.get("id") != null) {
                return "{\"id\":" + Json.write(request.get("id")) + "," + answer(request) + "}\n";
            }
        } catch (CharacterCodingException | RuntimeException | StackOverflowError notARequest) {
            // Is told below.
        }
        return "{\"id\":null,\"error\":{\"message\":\"not a request\"}}\n";
    }

    public static void main(String[] arguments) throws IOException {
        InputStream in = System.in; // it has a buffer
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int next = in.read();
            if (next >= 0 && next != '\n') {
                line.write(next);
                continue;
            }
            if (next == '\n' || line.size() > 0) { // the last line may lack its line feed
                // Bytes: characters would be written in the machine's encoding.
                System.out.writeBytes(serve(line.toByteArray()).getBytes(StandardCharsets.US_ASCII));
                System.out.flush();
                line.reset();
            }
            if (next < 0) {
                return;
            }
        }
    }

    /** JSON, as little of it as the protocol needs. What is no JSON is a RuntimeException. */
    static final class Json {
        /** A number as it was written. */
        record Number(String digits) {}

        private final String text;
        private int at;

        private Json(String text) {
            this.text = text;
        }

        static Object read(String text) {
            Json json = new Json(text);
            Object value = json.value();
            json.expect(json.peek() == END);
            return value;
        }

        private static final char END = '\uffff';

        private void expect(boolean holds) {
            if (!holds) {
                throw new IllegalArgumentException("no JSON");
            }
        }

        /** The next character that is not white space. */
        private char peek() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
            return at < text.length() ? text.charAt(at) : END;
        }

        private boolean take(char wanted) {
            boolean found = peek() == wanted;
            at += found ? 1 : 0;
            return found;
        }

        private Object value() {
            switch (peek()) {
                case '{':
                    return object();
                case '[':
                    return list();
                case '"':
                    return string();
                default:
                    Matcher matcher = ATOM.matcher(text).region(at, text.length());
                    expect(matcher.lookingAt());
                    at = matcher.end();
                    String atom = matcher.group();
                    return switch (atom) {
                        case "null" -> null;
                        case "true", "false" -> Boolean.valueOf(atom);
                        default -> new Number(atom);
                    };
            }
        }

        private static final Pattern ATOM =
                Pattern.compile("null|true|false|-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");

        private Map<String, Object> object() {
            Map<String, Object> members = new LinkedHashMap<>();
            expect(take('{'));
            if (take('}')) {
                return members;
            }
            do {
                String name = string();
                expect(take(':'));
                members.put(name, value());
            } while (take(','));
            expect(take('}'));
            return members;
        }

        private List<Object> list() {
            List<Object> items = new ArrayList<>();
            expect(take('['));
            if (take(']')) {
                return items;
            }
            do {
                items.add(value());
            } while (take(','));
            expect(take(']'));
            return items;
        }

        private String string() {
            expect(take('"'));
            StringBuilder string = new StringBuilder();
            while (true) {
                char next = text.charAt(at++);
                expect(next >= ' ');
                if (next == '"') {
                    return string.toString();
                }
                string.append(next == '\\' ? escaped() : next);
            }
        }

        private char escaped() {
            char name = text.charAt(at++);
            if (name == 'u') {
                at += 4;
                String digits = text.substring(at - 4, at);
                expect(digits.chars().allMatch(digit -> Character.digit(digit, 16) >= 0 && digit < 0x80));
                return (char) Integer.parseInt(digits, 16);
            }
            int known = "\"\\/bfnrt".indexOf(name);
            expect(known >= 0);
            return "\"\\/\b\f\n\r\t".charAt(known);
        }

        /** In ASCII: whatever is beyond it is escaped. */
        static String write(Object value) {
            if (value instanceof Map<?, ?> members) {
                return members.entrySet().stream()
                        .map(member -> write(member.getKey()) + ":" + write(member.getValue()))
                        .collect(Collectors.joining(",", "{", "}"));
            }
            if (value instanceof List<?> items) {
                return items.stream().map(Json::write).collect(Collectors.joining(",", "[", "]"));
            }
            if (value instanceof String string) {
                StringBuilder written = new StringBuilder("\"");
                for (char next : string.toCharArray()) {
                    boolean plain = next >= ' ' && next < 0x7f && next != '"' && next != '\\';
                    written.append(plain ? String.valueOf(next) : String.format("\\u%04x", (int) next));
                }
                return written.append('"').toString();
            }
            return value instanceof Number number ? number.digits() : String.valueOf(value);
        }
    }
}
