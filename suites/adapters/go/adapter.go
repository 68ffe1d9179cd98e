// An adapter in Go: the crypto and the client, which an SDK's author replaces by calls, then the protocol.
package main

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// --- The crypto: call your SDK in the bodies of these functions ---

const platformIterations = 600_000

// reasons is what a refusal says: constant texts, so that neither a key nor a plaintext can leak.
var reasons = map[reject]string{
	"malformed":        "not base64, too short or not UTF-8, or an answer that breaks the contract",
	"authentication":   "the tag does not match, or no key fits",
	"empty_key":        "the key is empty",
	"invalid_argument": "iterations below 1, a data key that is not 32 bytes, or a key against the custody",
	"http":             "the server refused",
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
	return pbkdf2(password, raw, iterations), nil
}

// pbkdf2 is that of one block of SHA-256. From Go 1.24 on the standard library has it: crypto/pbkdf2.
func pbkdf2(password string, salt []byte, iterations int) []byte {
	mac := hmac.New(sha256.New, []byte(password))
	mac.Write(salt)
	mac.Write([]byte{0, 0, 0, 1})
	block := mac.Sum(nil)
	key := append([]byte(nil), block...)
	for done := 1; done < iterations; done++ {
		mac.Reset()
		mac.Write(block)
		block = mac.Sum(block[:0])
		for i := range key {
			key[i] ^= block[i]
		}
	}
	return key
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
	if _, err := rand.Read(raw); err != nil {
		return "", "", err
	}
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
	if _, err := rand.Read(iv); err != nil {
		return "", err
	}
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

// under runs one of the ciphers with a key that may have been refused.
func under(key []byte, err error, run func([]byte, string) (string, error), text string) (string, error) {
	if err != nil {
		return "", err
	}
	return run(key, text)
}

type object = map[string]any

// --- The client: replace it by calls of your SDK, or leave it and its operations out ---

var errNoAnswer = errors.New("no answer")

// refusal is an answer with a status other than 2xx. Its message is not kept, since it could quote something.
type refusal struct {
	status int
	code   any // what the server calls it: text or nil
}

func (r refusal) Error() string { return "http" }

var web = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	// On a connection that is used again, the transport would by itself repeat a request that was lost.
	Transport: &http.Transport{DisableKeepAlives: true},
}

type client struct {
	BaseURL      string `json:"base_url"`
	Token        string `json:"token"`
	Organization string `json:"organization"`
	Project      string `json:"project"`
}

// send leaves out a body that is nil, and does not read an answer for which reply is nil.
func (c client) send(method string, body, reply any, segments ...string) error {
	address := c.BaseURL + "/api/v1/" + url.PathEscape(c.Organization)
	for _, segment := range segments {
		address += "/" + url.PathEscape(segment)
	}
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, address, &content)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.Token)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("X-API-Version", "1")
	request.Header.Set("User-Agent", "keyproof-go/1.0.0")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := web.Do(request)
	if err != nil {
		return errNoAnswer
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return errNoAnswer
	}
	if response.StatusCode/100 != 2 {
		var told object
		json.Unmarshal(text, &told)
		return refusal{response.StatusCode, told["error"]}
	}
	if reply != nil && json.Unmarshal(text, reply) != nil {
		return reject("malformed")
	}
	return nil
}

// need is for answers that lack a member.
func need(err error, complete bool) error {
	if err == nil && !complete {
		return reject("malformed")
	}
	return err
}

// descriptor, as all answers, has pointers: a member that was not sent is neither empty nor zero.
type descriptor struct {
	Managed    string  `json:"managed"`
	Version    *int64  `json:"version"`
	Key        *string `json:"key"`
	Salt       *string `json:"key_check_salt"`
	Iterations *int    `json:"key_check_iterations"`
}

func (d descriptor) valid() bool {
	salted := d.Salt != nil && d.Iterations != nil && *d.Iterations >= 1
	unsalted := d.Salt == nil && d.Iterations == nil
	keyed := d.Key != nil && *d.Key != ""
	client, server := d.Managed == "client" && salted, d.Managed == "server" && keyed && (salted || unsalted)
	return d.Version != nil && (client || server)
}

func (c client) getEncryptionKey() (descriptor, error) {
	var reply struct {
		Data struct{ Attributes struct{ Content string } }
	}
	err := c.send("GET", nil, &reply, c.Project, "encryption-key")
	var document struct{ Key descriptor } // JSON within a JSON text
	broken := json.Unmarshal([]byte(reply.Data.Attributes.Content), &document)
	return document.Key, need(err, broken == nil && document.Key.valid())
}

type historyKey struct {
	Version    *string `json:"version"`
	Managed    *string `json:"managed"`
	IsActive   *bool   `json:"is_active"`
	KeyCheck   *string `json:"key_check,omitempty"`
	Salt       *string `json:"key_check_salt,omitempty"`
	Iterations *int    `json:"key_check_iterations,omitempty"`
	CreatedAt  *string `json:"created_at,omitempty"`
	RotatedAt  *string `json:"rotated_at,omitempty"`
}

func (k historyKey) incomplete() bool {
	return k.Version == nil || k.Managed == nil || k.IsActive == nil
}

func some[Row any](rows []Row, is func(Row) bool) bool {
	for _, row := range rows {
		if is(row) {
			return true
		}
	}
	return false
}

func (c client) getKeyHistory() ([]historyKey, error) {
	var reply struct{ Data []historyKey }
	err := c.send("GET", nil, &reply, c.Project, "encryption-key", "history")
	return reply.Data, need(err, reply.Data != nil && !some(reply.Data, historyKey.incomplete))
}

type rotatedKey struct{ Version, Key *string }

func (c client) rotateEncryptionKey(historyPolicy *string) (rotatedKey, error) {
	var body any
	if historyPolicy != nil {
		body = object{"history_policy": historyPolicy}
	}
	var reply struct {
		Data struct {
			Key struct{ Attributes rotatedKey }
		}
	}
	err := c.send("POST", body, &reply, c.Project, "encryption-key", "rotate")
	rotated := reply.Data.Key.Attributes
	return rotated, need(err, rotated.Version != nil && rotated.Key != nil)
}

type secret struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

type clientRotation struct {
	Secrets       []secret `json:"secrets"`
	KeyCheck      string   `json:"key_check"`
	Salt          string   `json:"key_check_salt"`
	Iterations    int      `json:"key_check_iterations"`
	HistoryPolicy *string  `json:"history_policy,omitempty"`
}

func (c client) rotateClientKeys(rotation clientRotation) error {
	return c.send("POST", rotation, nil, c.Project, "secrets", "rotate-client-keys")
}

// version is an older state of a secret. It is listed with its key's version and submitted without.
type version struct {
	ID         *int64  `json:"id"`
	Content    *string `json:"content"`
	KeyVersion *string `json:"key_version,omitempty"`
}

func (v version) incomplete() bool { return v.ID == nil || v.Content == nil || v.KeyVersion == nil }

func (c client) listPendingReencrypt(limit *int) (versions []version, remaining *uint, err error) {
	body := object{}
	if limit != nil {
		body["limit"] = limit
	}
	var reply struct {
		Data []version
		Meta struct{ Remaining *uint }
	}
	err = c.send("POST", body, &reply, c.Project, "secrets", "re-encrypt-history", "pending")
	complete := reply.Data != nil && !some(reply.Data, version.incomplete)
	return reply.Data, reply.Meta.Remaining, need(err, complete && reply.Meta.Remaining != nil)
}

type progress struct{ Updated, Remaining *uint }

func (c client) submitReencryptedHistory(versions []version, proof string) (progress, error) {
	var reply struct{ Data progress }
	body := object{"versions": versions, "key_proof": proof}
	err := c.send("POST", body, &reply, c.Project, "secrets", "re-encrypt-history")
	return reply.Data, need(err, reply.Data.Updated != nil && reply.Data.Remaining != nil)
}

type level struct {
	Target      *string `json:"target,omitempty"`
	Environment *string `json:"environment,omitempty"`
}

func (c client) storeSecrets(at level, content string, proof *string) error {
	body := struct {
		Project string `json:"project"`
		level
		Content  string  `json:"content"`
		KeyProof *string `json:"key_proof,omitempty"`
	}{c.Project, at, content, proof}
	return c.send("POST", body, nil, "secrets", "store")
}

func (c client) createClientProject(name, key string) (string, error) {
	salt, proof, err := generateKeyProof(key)
	if err != nil {
		return "", err
	}
	var reply struct {
		Data struct{ Attributes struct{ Slug string } }
	}
	err = c.send("POST", object{"name": name, "storage_mode": "client", "key_check": proof, "key_check_salt": salt,
		"key_check_iterations": platformIterations}, &reply, "projects")
	return reply.Data.Attributes.Slug, need(err, reply.Data.Attributes.Slug != "")
}

// dataKey asks for the descriptor anew each time, since the key can have been rotated. The user's key and the custody
// must agree: a server that suddenly hands out a key of its own must not get secrets sealed under it.
func (c client) dataKey(key *string) (active descriptor, dataKey []byte, err error) {
	active, err = c.getEncryptionKey()
	switch {
	case err != nil:
	case (key != nil) != (active.Managed == "client"):
		err = reject("invalid_argument")
	case key != nil:
		dataKey, err = deriveDataKey(*key, *active.Salt, *active.Iterations)
	case active.Salt != nil:
		dataKey, err = deriveDataKey(*active.Key, *active.Salt, *active.Iterations)
	default: // a server's key from before there were salts
		dataKey = padKey(*active.Key)
	}
	return active, dataKey, err
}

func (c client) pushSecrets(at level, key *string, plaintext string) error {
	active, dataKey, err := c.dataKey(key)
	content, err := under(dataKey, err, encrypt, plaintext)
	if err != nil {
		return err
	}
	if key == nil {
		return c.storeSecrets(at, content, nil)
	}
	proof, err := deriveKeyProof(*key, *active.Salt, *active.Iterations)
	if err != nil {
		return err
	}
	return c.storeSecrets(at, content, &proof)
}

func (c client) pullSecrets(at level, key *string) ([]object, error) {
	path := []string{c.Project}
	for _, slug := range []*string{at.Target, at.Environment} {
		if slug != nil {
			path = append(path, *slug)
		}
	}
	if at.Target == nil && at.Environment != nil { // it would stand where a target's slug does
		return nil, reject("invalid_argument")
	}
	var reply struct {
		Data struct{ Attributes struct{ Levels any } }
	}
	if err := c.send("GET", nil, &reply, append(path, "secrets")...); err != nil {
		return nil, err
	}
	levels, isObject := reply.Data.Attributes.Levels.(object)
	list, isList := reply.Data.Attributes.Levels.([]any)
	if !isObject && (!isList || len(list) > 0) { // PHP writes an empty object as []
		return nil, reject("malformed")
	}
	_, dataKey, err := c.dataKey(key)
	if err != nil {
		return nil, err
	}
	opened := []object{}
	for _, name := range []string{"project", "target", "environment"} {
		level, isObject := levels[name].(object)
		content, isText := level["content"].(string)
		if levels[name] == nil || isText && content == "" {
			continue
		}
		if !isObject || !isText {
			return nil, reject("malformed")
		}
		plaintext, err := decrypt(dataKey, content)
		if err != nil { // nothing is dropped silently
			return nil, err
		}
		opened = append(opened, object{"level": name, "plaintext": plaintext})
	}
	return opened, nil
}

func (c client) rotateClientKey(key, newKey string, secrets []secret) error {
	_, oldDataKey, err := c.dataKey(&key)
	if err != nil {
		return err
	}
	salt, proof, err := generateKeyProof(newKey)
	if err != nil {
		return err
	}
	newDataKey, err := deriveDataKey(newKey, salt, platformIterations)
	if err != nil {
		return err
	}
	sealed := []secret{}
	for _, s := range secrets {
		plaintext, err := decrypt(oldDataKey, s.Content)
		content, err := under(newDataKey, err, encrypt, plaintext)
		if err != nil {
			return err
		}
		sealed = append(sealed, secret{s.ID, content})
	}
	return c.rotateClientKeys(clientRotation{sealed, proof, salt, platformIterations, nil})
}

// open refuses a key with authentication for its proof or for its data key: keys that pad alike share the proof only.
func (k historyKey) open(key, content string) (dataKey []byte, plaintext string, err error) {
	if k.Salt == nil || k.Iterations == nil || *k.Iterations < 1 {
		return nil, "", reject("malformed")
	}
	if k.KeyCheck != nil {
		fits, err := verifyKeyProof(key, *k.Salt, *k.Iterations, *k.KeyCheck)
		if err == nil && !fits {
			err = reject("authentication")
		}
		if err != nil {
			return nil, "", err
		}
	}
	dataKey, err = deriveDataKey(key, *k.Salt, *k.Iterations)
	plaintext, err = under(dataKey, err, decrypt, content)
	return dataKey, plaintext, err
}

type keyring struct {
	history  []historyKey
	keys     []string
	dataKeys map[string][]byte // by key version: each is derived once
}

func (r keyring) open(v version) (string, error) {
	if dataKey, known := r.dataKeys[*v.KeyVersion]; known {
		return decrypt(dataKey, *v.Content)
	}
	at := 0
	for at < len(r.history) && *r.history[at].Version != *v.KeyVersion {
		at++
	}
	if at == len(r.history) {
		return "", reject("malformed")
	}
	for _, key := range r.keys {
		dataKey, plaintext, err := r.history[at].open(key, *v.Content)
		if err == nil {
			r.dataKeys[*v.KeyVersion] = dataKey
		}
		if err != reject("authentication") {
			return plaintext, err
		}
	}
	return "", reject("authentication")
}

// reencryptHistory submits whole batches only: a version is never left out, nor submitted as it came.
func (c client) reencryptHistory(key string, oldKeys []string, batchSize int) (updated uint, err error) {
	active, dataKey, err := c.dataKey(&key)
	if err != nil {
		return 0, err
	}
	proof, err := deriveKeyProof(key, *active.Salt, *active.Iterations)
	if err != nil {
		return 0, err
	}
	history, err := c.getKeyHistory()
	if err != nil {
		return 0, err
	}
	ring := keyring{history, append(oldKeys, key), map[string][]byte{}}
	for before := uint(math.MaxUint); ; {
		versions, pending, err := c.listPendingReencrypt(&batchSize)
		if err != nil {
			return 0, err
		}
		if len(versions) == 0 {
			return updated, need(nil, *pending == 0)
		}
		for i, v := range versions {
			plaintext, err := ring.open(v)
			content, err := under(dataKey, err, encrypt, plaintext)
			if err != nil {
				return 0, err
			}
			versions[i] = version{ID: v.ID, Content: &content}
		}
		done, err := c.submitReencryptedHistory(versions, proof)
		if err != nil {
			return 0, err
		}
		updated += *done.Updated
		if *done.Remaining == 0 {
			return updated, nil
		}
		if *done.Updated == 0 || *done.Remaining >= before { // or it could go on for ever
			return 0, reject("malformed")
		}
		before = *done.Remaining
	}
}

// --- The protocol: it can stay as it is ---

type params struct {
	client
	level
	clientRotation
	Key        string `json:"key"`
	Salt       string `json:"salt"`
	Iterations int    `json:"iterations"`
	Proof      string `json:"proof"`
	DataKey    string `json:"data_key"`
	Plaintext  string `json:"plaintext"`
	Content    string `json:"content"`

	Name      string    `json:"name"`
	NewKey    string    `json:"new_key"`
	OldKeys   []string  `json:"old_keys"`
	BatchSize *int      `json:"batch_size"`
	Limit     *int      `json:"limit"`
	Versions  []version `json:"versions"`
	KeyProof  *string   `json:"key_proof"`

	members object // as they came, which tells an empty one from none
}

// custodyKey is none under server custody.
func (p params) custodyKey() *string {
	if p.members["key"] == nil {
		return nil
	}
	return &p.Key
}

// operation names what it needs, because Go reads a missing string as an empty one.
type operation struct {
	needs string
	run   func(p params) (object, error)
}

const (
	organization = "base_url token organization"
	project      = organization + " project"
	rotation     = " secrets key_check key_check_salt key_check_iterations"
)

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

	"get_encryption_key": {project, func(p params) (object, error) {
		key, err := p.getEncryptionKey()
		if err != nil {
			return nil, err
		}
		ok := object{"managed": key.Managed, "version": strconv.FormatInt(*key.Version, 10)}
		if key.Key != nil {
			ok["key"] = key.Key
		}
		if key.Salt != nil {
			ok["key_check_salt"], ok["key_check_iterations"] = key.Salt, key.Iterations
		}
		return ok, nil
	}},
	"get_key_history": {project, func(p params) (object, error) {
		keys, err := p.getKeyHistory()
		return object{"keys": keys}, err
	}},
	"rotate_encryption_key": {project, func(p params) (object, error) {
		rotated, err := p.rotateEncryptionKey(p.HistoryPolicy)
		return object{"version": rotated.Version, "key": rotated.Key}, err
	}},
	"rotate_client_keys": {project + rotation, func(p params) (object, error) {
		return object{}, p.rotateClientKeys(p.clientRotation)
	}},
	"list_pending_reencrypt": {project, func(p params) (object, error) {
		versions, remaining, err := p.listPendingReencrypt(p.Limit)
		return object{"versions": versions, "remaining": remaining}, err
	}},
	"submit_reencrypted_history": {project + " versions key_proof", func(p params) (object, error) {
		done, err := p.submitReencryptedHistory(p.Versions, *p.KeyProof)
		return object{"updated": done.Updated, "remaining": done.Remaining}, err
	}},
	"store_secrets": {project + " content", func(p params) (object, error) {
		return object{}, p.storeSecrets(p.level, p.Content, p.KeyProof)
	}},
	"create_client_project": {organization + " name key", func(p params) (object, error) {
		slug, err := p.createClientProject(p.Name, p.Key)
		return object{"project": slug}, err
	}},
	"push_secrets": {project + " plaintext", func(p params) (object, error) {
		return object{}, p.pushSecrets(p.level, p.custodyKey(), p.Plaintext)
	}},
	"pull_secrets": {project, func(p params) (object, error) {
		levels, err := p.pullSecrets(p.level, p.custodyKey())
		return object{"levels": levels}, err
	}},
	"rotate_client_key": {project + " key new_key secrets", func(p params) (object, error) {
		return object{}, p.rotateClientKey(p.Key, p.NewKey, p.Secrets)
	}},
	"reencrypt_history": {project + " key old_keys", func(p params) (object, error) {
		batchSize := 50
		if p.BatchSize != nil {
			batchSize = *p.BatchSize
		}
		updated, err := p.reencryptHistory(p.Key, p.OldKeys, batchSize)
		return object{"updated": updated, "remaining": 0}, err
	}},
}

func hello() object {
	ops := []string{}
	for name := range operations {
		ops = append(ops, name)
	}
	sort.Strings(ops)
	return object{"protocol": 1, "name": "keyproof-go", "version": "1.0.0", "language": "go", "runtime": runtime.Version(),
		"ops": ops, "max_outstanding": 1}
}

func (o operation) call(raw json.RawMessage) (ok object, err error) {
	defer func() {
		if recover() != nil { // its text goes nowhere: it may quote a key
			err = errors.New("a panic")
		}
	}()
	var p params
	if err := json.Unmarshal(raw, &p.members); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, err
	}
	for _, name := range strings.Fields(o.needs) {
		if p.members[name] == nil {
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
	var status refusal
	if errors.As(err, &status) {
		told := object{"class": "http", "status": status.status, "message": reasons["http"]}
		if code, isText := status.code.(string); isText {
			told["code"] = code
		}
		return object{"id": request.ID, "reject": told}
	}
	if err == errNoAnswer {
		return object{"id": request.ID, "error": object{"message": "no answer"}}
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
