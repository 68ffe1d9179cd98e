# An adapter in Ruby: the crypto, which an SDK's author replaces by calls, then the protocol.

require 'json'
require 'openssl'
require 'securerandom'

# --- The crypto: call your SDK in the bodies of these functions ---

ITERATIONS = 600_000

# What a refusal says: constant texts, so that neither a key nor a plaintext can leak.
REASONS = {
  'malformed' => 'not base64, too short or not UTF-8',
  'authentication' => 'the tag does not match',
  'empty_key' => 'the key is empty',
  'invalid_argument' => 'iterations below 1, or a data key that is not 32 bytes',
}.freeze

# A refused input. Its message is a class of the protocol, a key of REASONS.
class Reject < StandardError; end

def encode(bytes)
  [bytes].pack('m0')
end

def decode(text)
  bytes = text.unpack1('m0')
  # Spare bits that are not zero are another spelling of the same bytes.
  raise Reject, 'malformed' unless encode(bytes) == text
  bytes
rescue ArgumentError
  raise Reject, 'malformed'
end

# Bytes: a character can be cut in half.
def pad_key(key)
  key.b[0, 32].ljust(32, '0')
end

def derive(password, salt, iterations)
  raise TypeError unless iterations.is_a?(Integer)
  raise Reject, 'invalid_argument' if iterations < 1
  OpenSSL::KDF.pbkdf2_hmac(password, salt: decode(salt), iterations: iterations, length: 32, hash: 'SHA256')
end

def derive_key_proof(key, salt, iterations)
  encode(derive(pad_key(key), salt, iterations))
end

# Over the key as it is: padding belongs to the proof.
def derive_data_key(key, salt, iterations)
  derive(key, salt, iterations)
end

def generate_key_proof(key)
  salt = encode(SecureRandom.bytes(16))
  { salt: salt, proof: derive_key_proof(key, salt, ITERATIONS), iterations: ITERATIONS }
end

# As text and in constant time, as the server compares.
def verify_key_proof(key, salt, iterations, proof)
  OpenSSL.secure_compare(derive_key_proof(key, salt, iterations), proof)
end

def aes(direction, key)
  raise Reject, 'invalid_argument' unless key.bytesize == 32
  cipher = OpenSSL::Cipher.new('aes-256-gcm').public_send(direction)
  cipher.key = key
  cipher
end

# Older versions of update refuse an empty text.
def update(cipher, text)
  text.empty? ? ''.b : cipher.update(text)
end

def encrypt(key, plaintext)
  cipher = aes(:encrypt, key)
  iv = SecureRandom.bytes(12)
  cipher.iv = iv
  sealed = update(cipher, plaintext) + cipher.final
  encode(iv + sealed + cipher.auth_tag(16))
end

def decrypt(key, content)
  cipher = aes(:decrypt, key)
  blob = decode(content)
  raise Reject, 'malformed' if blob.bytesize < 28 # a shorter tag would be taken
  cipher.iv = blob[0, 12]
  cipher.auth_tag = blob[-16, 16]
  plaintext = update(cipher, blob[12...-16])
  begin
    plaintext += cipher.final
  rescue OpenSSL::Cipher::CipherError
    raise Reject, 'authentication'
  end
  plaintext.force_encoding('UTF-8')
  plaintext.valid_encoding? ? plaintext : raise(Reject, 'malformed')
end

def project_key(key)
  raise Reject, 'empty_key' if key.empty?
  pad_key(key)
end

# --- The protocol: it can stay as it is ---

OPERATIONS = {
  'pad_key' => ->(p) { { padded_key: encode(pad_key(p['key'])) } },
  'derive_key_proof' => ->(p) { { proof: derive_key_proof(*p.values_at('key', 'salt', 'iterations')) } },
  'generate_key_proof' => ->(p) { generate_key_proof(p['key']) },
  'verify_key_proof' => ->(p) { { valid: verify_key_proof(*p.values_at('key', 'salt', 'iterations', 'proof')) } },
  'derive_data_key' => ->(p) { { data_key: encode(derive_data_key(*p.values_at('key', 'salt', 'iterations'))) } },
  'encrypt' => ->(p) { { content: encrypt(decode(p['data_key']), p['plaintext']) } },
  'decrypt' => ->(p) { { plaintext: decrypt(decode(p['data_key']), p['content']) } },
  'encrypt_with_project_key' => ->(p) { { content: encrypt(project_key(p['key']), p['plaintext']) } },
  'decrypt_with_project_key' => ->(p) { { plaintext: decrypt(project_key(p['key']), p['content']) } },
}.freeze

HELLO = {
  protocol: 1, name: 'keyproof-ruby', version: '1.0.0', language: 'ruby', runtime: "Ruby #{RUBY_VERSION}",
  ops: OPERATIONS.keys, max_outstanding: 1
}.freeze

def answer(op, params)
  return { ok: HELLO } if op == 'hello'
  return { unsupported: {} } unless OPERATIONS.key?(op)
  ok = OPERATIONS[op].call(params)
  JSON.generate(ok) # what an SDK returns may be no UTF-8
  { ok: ok }
rescue Reject => reject
  { reject: { class: reject.message, message: REASONS[reject.message] } }
rescue StandardError # not its text, which may quote a key
  { error: { message: 'the operation failed' } }
end

def parse(line)
  line.force_encoding('UTF-8')
  request = JSON.parse(line) if line.valid_encoding?
  request if request.is_a?(Hash) && !request['id'].nil?
rescue JSON::ParserError, EncodingError
  nil
end

$stdin.binmode # lines end at line feeds, whatever the locale
$stdout.sync = true # each reply leaves at once
while (line = $stdin.gets("\n"))
  request = parse(line)
  reply = request ? answer(request['op'], request['params']) : { error: { message: 'not a request' } }
  $stdout.write("#{JSON.generate({ id: request && request['id'] }.merge(reply))}\n")
end
