-- SHA-256 piece by piece, HMAC-SHA256 and comparison in constant time, by the libcrypto (OpenSSL 3) that nginx is linked with.
local ffi = require "ffi"
local C = ffi.C
local M = {}

ffi.cdef [[
typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_md_st EVP_MD;
EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *ctx);
const EVP_MD *EVP_sha256(void);
int EVP_DigestInit_ex(EVP_MD_CTX *ctx, const EVP_MD *type, void *engine);
int EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *data, size_t count);
int EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *md, unsigned int *size);
unsigned char *HMAC(const EVP_MD *type, const void *key, int key_len, const unsigned char *data, size_t count,
                    unsigned char *md, unsigned int *md_len);
int CRYPTO_memcmp(const void *a, const void *b, size_t len);
]]

local SIZE = 32
local out = ffi.new("unsigned char[?]", SIZE)

local function hex()
  local bytes = {}
  for n = 0, SIZE - 1 do
    bytes[n + 1] = string.format("%02x", out[n])
  end
  return table.concat(bytes)
end

local Hash = {}
Hash.__index = Hash

-- A hash that is fed by `update(data)`; `final()` gives its hexadecimal digits, once.
function M.sha256()
  local context = ffi.gc(C.EVP_MD_CTX_new(), C.EVP_MD_CTX_free)
  assert(C.EVP_DigestInit_ex(context, C.EVP_sha256(), nil) == 1)
  return setmetatable({ context = context }, Hash)
end

function Hash:update(data)
  assert(C.EVP_DigestUpdate(self.context, data, #data) == 1)
end

function Hash:final()
  assert(C.EVP_DigestFinal_ex(self.context, out, nil) == 1)
  -- Not left to the collector, which knows nothing of the memory behind it.
  C.EVP_MD_CTX_free(ffi.gc(self.context, nil))
  self.context = nil
  return hex()
end

-- Hexadecimal HMAC-SHA256 of `data`.
function M.hmac(key, data)
  assert(C.HMAC(C.EVP_sha256(), key, #key, data, #data, out, nil) ~= nil)
  return hex()
end

-- Whether two strings are equal; how long it takes tells nothing of where they differ.
function M.equal(a, b)
  return #a == #b and C.CRYPTO_memcmp(a, b, #a) == 0
end

return M
