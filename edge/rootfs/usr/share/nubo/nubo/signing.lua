-- Signed URLs: ?expires=<unix s>&key=<id>&signature=<hex HMAC-SHA256 of "<path>\n<expires>">, path decoded and as the client asked.
local crypto = require "nubo.crypto"
local state = require "nubo.state"
local M = {}

-- The live keys by id, or nil when nothing need be signed.
function M.keys(settings)
  local keys = settings.keys
  if not keys or keys == ngx.null or #keys == 0 then
    return nil
  end
  local found = {}
  for _, key in ipairs(keys) do
    found[key.id] = key.secret
  end
  return found
end

local function holds(expires, key, signature)
  local secret = (M.keys(state.get("settings")) or {})[key]
  if not secret or not expires:find("^%d+$") or tonumber(expires) < ngx.time() then
    return false
  end
  -- A plus is a plus in a path; ngx.unescape_uri would make a space of it.
  local written = ngx.var.request_uri:gsub("%?.*$", ""):gsub("%+", "%%2B")
  local path = ngx.unescape_uri(written)
  return crypto.equal(crypto.hmac(secret, path .. "\n" .. expires), signature)
end

-- Whether the request may be answered.
function M.allows()
  if not M.keys(state.get("settings")) then
    return true
  end
  local expires, key, signature = ngx.var.arg_expires, ngx.var.arg_key, ngx.var.arg_signature
  return expires ~= nil and key ~= nil and signature ~= nil and holds(expires, ngx.unescape_uri(key), signature)
end

return M
