// An adapter in Go: the crypto first, which an SDK's author replaces by calls, then the protocol.
package main

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"
)

const platformIterations = 600_000

// reasons is what a refusal says: constant texts, so that neither a key nor a plaintext can leak.
var reasons = map[reject]string{
	"malformed":        "not base64, too short or not UTF-8",
	"authentication":   "the tag does not match",
	"empty_key":        "the key is empty",
	"invalid_argument": "iterations below 1, or a data key that is not 32 bytes",
}

// reject is a refused input: a class of the protocol.
type reject string

func (r reject) Error() string { return string(r) }

func encode(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

func decode(text string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	// The decoder skips line ends and spare bits: what does not come back as it was is refused.
	if err != nil || encode(data) != text {
		return nil, reject("malformed")
	}
	return data, nil
}

// padKey counts bytes: a character can be cut in half.
func padKey(key string) []byte {
	padded := bytes.Repeat([]byte{'0'}, 32)
	copy(padded, key)
	return padded
}

func derive(password, salt string, iterations int) ([]byte, error) {
	if iterations < 1 {
		return nil, reject("invalid_argument")
	}
	raw, err := decode(salt)
	if err != nil {
		return nil, err
	}
	return pbkdf2.Key(sha256.New, password, raw, iterations, 32)
}

func deriveKeyProof(key, salt string, iterations int) (string, error) {
	proof, err := derive(string(padKey(key)), salt, iterations)
	return encode(proof), err
}

// deriveDataKey takes the key as it is: padding belongs to the proof.
func deriveDataKey(key, salt string, iterations int) ([]byte, error) {
	return derive(key, salt, iterations)
}

func generateKeyProof(key string) (salt, proof string, err error) {
	raw := make([]byte, 16)
	rand.Read(raw)
	salt = encode(raw)
	proof, err = deriveKeyProof(key, salt, platformIterations)
	return salt, proof, err
}

// verifyKeyProof compares as text and in constant time, as the server does.
func verifyKeyProof(key, salt string, iterations int, proof string) (bool, error) {
	ours, err := deriveKeyProof(key, salt, iterations)
	return subtle.ConstantTimeCompare([]byte(ours), []byte(proof)) == 1, err
}

func gcm(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 { // 16 and 24 bytes would quietly make another cipher
		return nil, reject("invalid_argument")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func encrypt(key []byte, plaintext string) (string, error) {
	aead, err := gcm(key)
	if err != nil {
		return "", err
	}
	iv := make([]byte, aead.NonceSize())
	rand.Read(iv)
	return encode(aead.Seal(iv, iv, []byte(plaintext), nil)), nil
}

func decrypt(key []byte, content string) (string, error) {
	aead, err := gcm(key)
	if err != nil {
		return "", err
	}
	blob, err := decode(content)
	if err != nil {
		return "", err
	}
	if len(blob) < aead.NonceSize()+aead.Overhead() {
		return "", reject("malformed")
	}
	opened, err := aead.Open(nil, blob[:aead.NonceSize()], blob[aead.NonceSize():], nil)
	if err != nil {
		return "", reject("authentication")
	}
	if !utf8.Valid(opened) {
		return "", reject("malformed")
	}
	return string(opened), nil
}

func projectKey(key string) ([]byte, error) {
	if key == "" {
		return nil, reject("empty_key")
	}
	return padKey(key), nil
}

type object = map[string]any

type params struct {
	Key        string `json:"key"`
	Salt       string `json:"salt"`
	Iterations int    `json:"iterations"`
	Proof      string `json:"proof"`
	DataKey    string `json:"data_key"`
	Plaintext  string `json:"plaintext"`
	Content    string `json:"content"`
}

// under runs one of the ciphers with a key that may have been refused.
func under(key []byte, err error, run func([]byte, string) (string, error), text string) (string, error) {
	if err != nil {
		return "", err
	}
	return run(key, text)
}

// operation names what it needs, because Go reads a missing string as an empty one.
type operation struct {
	needs string
	run   func(p params) (object, error)
}

var operations = map[string]operation{
	"pad_key": {"key", func(p params) (object, error) {
		return object{"padded_key": encode(padKey(p.Key))}, nil
	}},
	"derive_key_proof": {"key salt iterations", func(p params) (object, error) {
		proof, err := deriveKeyProof(p.Key, p.Salt, p.Iterations)
		return object{"proof": proof}, err
	}},
	"generate_key_proof": {"key", func(p params) (object, error) {
		salt, proof, err := generateKeyProof(p.Key)
		return object{"salt": salt, "proof": proof, "iterations": platformIterations}, err
	}},
	"verify_key_proof": {"key salt iterations proof", func(p params) (object, error) {
		valid, err := verifyKeyProof(p.Key, p.Salt, p.Iterations, p.Proof)
		return object{"valid": valid}, err
	}},
	"derive_data_key": {"key salt iterations", func(p params) (object, error) {
		key, err := deriveDataKey(p.Key, p.Salt, p.Iterations)
		return object{"data_key": encode(key)}, err
	}},
	"encrypt": {"data_key plaintext", func(p params) (object, error) {
		key, err := decode(p.DataKey)
		content, err := under(key, err, encrypt, p.Plaintext)
		return object{"content": content}, err
	}},
	"decrypt": {"data_key content", func(p params) (object, error) {
		key, err := decode(p.DataKey)
		plaintext, err := under(key, err, decrypt, p.Content)
		return object{"plaintext": plaintext}, err
	}},
	"encrypt_with_project_key": {"key plaintext", func(p params) (object, error) {
		key, err := projectKey(p.Key)
		content, err := under(key, err, encrypt, p.Plaintext)
		return object{"content": content}, err
	}},
	"decrypt_with_project_key": {"key content", func(p params) (object, error) {
		key, err := projectKey(p.Key)
		plaintext, err := under(key, err, decrypt, p.Content)
		return object{"plaintext": plaintext}, err
	}},
}

func hello() object {
	return object{"protocol": 1, "name": "keyproof-go", "version": "1.0.0", "language": "go", "runtime": runtime.Version(),
		"ops": slices.Sorted(maps.Keys(operations)), "max_outstanding": 1}
}

func (o operation) call(raw json.RawMessage) (object, error) {
	var members map[string]any
	var p params
	if err := errors.Join(json.Unmarshal(raw, &members), json.Unmarshal(raw, &p)); err != nil {
		return nil, err
	}
	for _, name := range strings.Fields(o.needs) {
		if members[name] == nil {
			return nil, errors.New("a parameter is missing")
		}
	}
	return o.run(p)
}

func answer(line []byte) object {
	var request struct {
		ID     any             `json:"id"`
		Op     any             `json:"op"`
		Params json.RawMessage `json:"params"`
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber() // an id goes back as it came, not as a float64
	if !json.Valid(line) || decoder.Decode(&request) != nil || request.ID == nil {
		return object{"id": nil, "error": object{"message": "not a request"}}
	}
	if request.Op == "hello" {
		return object{"id": request.ID, "ok": hello()}
	}
	name, _ := request.Op.(string)
	op, known := operations[name]
	if !known {
		return object{"id": request.ID, "unsupported": object{}}
	}
	ok, err := op.call(request.Params)
	var refused reject
	if errors.As(err, &refused) {
		return object{"id": request.ID, "reject": object{"class": refused, "message": reasons[refused]}}
	}
	if err != nil { // not its text, which may quote a key
		return object{"id": request.ID, "error": object{"message": "the operation failed"}}
	}
	return object{"id": request.ID, "ok": ok}
}

func main() {
	// Not a Scanner, which gives up at 64 KiB.
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout) // unbuffered: each reply leaves at once
	for {
		line, end := in.ReadBytes('\n')
		if len(line) > 0 { // the last line may lack its line feed
			if out.Encode(answer(line)) != nil {
				os.Exit(1)
			}
		}
		if end != nil {
			return
		}
	}
}
