-- The settings of an instance: what the platform may say, checked.
local cjson = require "cjson.safe"
local M = {}

local KINDS = { path = true, prefix = true }

local function is_text(value, limit)
  return type(value) == "string" and #value > 0 and #value <= limit
end

local function is_epoch(value)
  return type(value) == "number" and value >= 0 and value == math.floor(value)
end

local function bad_keys(keys)
  if type(keys) ~= "table" or #keys > 2 then
    return "keys must be at most two."
  end
  for _, key in ipairs(keys) do
    if type(key) ~= "table" or not is_text(key.id, 64) or not is_text(key.secret, 256) then
      return "A key has an id and a secret."
    end
  end
end

local function bad_pull(pull)
  if type(pull) ~= "table" or not is_text(pull.origin, 2048) or not pull.origin:find("^https?://[%w.-]+:?%d*[%w%%/._~-]*$") then
    return "pull.origin must be an http or https URL without user, query and fragment."
  end
end

local function bad_epochs(epochs)
  if type(epochs) ~= "table" or not is_epoch(epochs.all) or type(epochs.rules or {}) ~= "table" then
    return "epochs has a number `all` and a list `rules`."
  end
  for _, rule in ipairs(epochs.rules or {}) do
    if type(rule) ~= "table" or not KINDS[rule.kind] or not is_text(rule.value, 2048) or not is_epoch(rule.epoch) then
      return "A rule has a kind (path, prefix), a value and an epoch."
    end
  end
end

local CHECKS = { keys = bad_keys, pull = bad_pull, epochs = bad_epochs }

-- The settings that the text holds, or nil with a sentence.
function M.parse(text)
  local settings = cjson.decode(text or "")
  if type(settings) ~= "table" then
    return nil, "The settings are no JSON object."
  end
  for name, bad in pairs(CHECKS) do
    if settings[name] == cjson.null then
      settings[name] = nil
    end
    local why = settings[name] ~= nil and bad(settings[name])
    if why then
      return nil, why
    end
  end
  return settings
end

return M
