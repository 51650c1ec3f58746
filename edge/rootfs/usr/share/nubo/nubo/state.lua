-- The parts of what an instance was told: each is a JSON file in /srv/state, kept over restarts, and a number in the shared page
-- that grows with every change, so that a worker knows without a lock whether what it has read is still true.
local cjson = require "cjson.safe"
local environment = require "nubo.environment"
local files = require "nubo.files"
local M = {}

local WORDS = { active = 1, settings = 2, instances = 3 }
local cached, seen = {}, {}

local function path(part)
  return "/srv/state/" .. part .. ".json"
end

-- What the part holds, an empty table at first. Do not change it.
function M.get(part)
  local version = environment.page[WORDS[part]]
  if seen[part] ~= version then
    cached[part] = cjson.decode(files.read(path(part)) or "{}")
    seen[part] = version
  end
  return cached[part]
end

-- How often the part was changed since the start.
function M.version(part)
  return tonumber(environment.page[WORDS[part]])
end

-- When this returns, every worker goes by the new content with its next request. Fails with errno when there is no space.
function M.set(part, content)
  local ok, errno = files.replace(path(part), cjson.encode(content))
  if not ok then
    return nil, errno
  end
  local versions = ngx.shared.versions
  environment.page[WORDS[part]] = versions:incr(part, 1, 0)
  environment.page[0] = versions:incr("all", 1, 0)
  return true
end

return M
