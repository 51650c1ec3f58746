-- The operations of the control API. Each takes the body (and the release of the path) and gives a function that answers, so that
-- what is left of the body can be read before.
local cjson = require "cjson.safe"
local blobs = require "nubo.blobs"
local environment = require "nubo.environment"
local files = require "nubo.files"
local hot = require "nubo.hot"
local problem = require "nubo.problem"
local releases = require "nubo.releases"
local settings = require "nubo.settings"
local state = require "nubo.state"
local stats = require "nubo.stats"
local M = {}

local JSON_LIMIT = 8 * 1024 * 1024
local STATUS = { missing = 409, release_exists = 409, no_space = 507 }

local function json(content)
  return function() return problem.json(content) end
end

local function refuse(status, code, detail, more)
  return function() return problem.answer(status, code, detail, more) end
end

local function parsed(body)
  local content = cjson.decode(body:all(JSON_LIMIT) or "")
  return type(content) == "table" and content or nil
end

local NO_JSON = refuse(400, "json", "The body is no JSON object of at most 8 MiB.")
local NO_SPACE = refuse(507, "no_space", "The disk is full.")

function M.state()
  local active, list = releases.active(), {}
  for _, release in ipairs(releases.all()) do
    list[#list + 1] = { id = release.release, manifest = release.manifest, files = release.files }
  end
  local found = active and releases.find(active)
  local instances = require("nubo.probes").states()
  return json({
    role = environment.role,
    location = environment.location or cjson.null,
    customer = environment.customer or cjson.null,
    release = active or cjson.null,
    manifest = found and found.manifest or cjson.null,
    releases = problem.list(list),
    mode = hot.mode(),
    pull = state.get("settings").pull or cjson.null,
    settings = state.version("settings"),
    settingsVersion = state.get("settings").version or cjson.null,
    instancesVersion = state.get("instances").version or cjson.null,
    instances = problem.list(instances),
    edges = #instances,
    started = environment.started,
    uptime = ngx.time() - environment.started,
  })
end

function M.stats()
  return json(problem.list(stats.since(tonumber(ngx.var.arg_since) or 0)))
end

function M.missing_blobs(body)
  local content = parsed(body)
  if not content or type(content.digests) ~= "table" then
    return NO_JSON
  end
  local missing = {}
  for n, digest in ipairs(content.digests) do
    if not blobs.is_digest(digest) then
      return refuse(422, "digest", "A digest is 64 hexadecimal digits.")
    end
    if not blobs.has(digest) then
      missing[#missing + 1] = digest
    end
    if n % 500 == 0 then
      ngx.sleep(0)
    end
  end
  return json({ missing = problem.list(missing) })
end

local function refused_blob(reason, digest)
  if reason == files.ENOSPC or reason == files.EDQUOT then
    return NO_SPACE
  end
  if type(reason) == "number" then
    return refuse(500, "storage", "The disk did not take " .. digest .. ": error " .. reason .. ".", { digest = digest })
  end
  local why = reason == "digest" and "The content of " .. digest .. " has another digest." or "The body ended within " .. digest .. "."
  return refuse(422, reason == "digest" and "digest" or "frame", why, { digest = digest })
end

-- Frames of a line "<sha256> <size>" and so many bytes.
function M.store_blobs(body)
  local stored = 0
  while true do
    local line, too_long = body:line(100)
    if not line and not too_long then
      return json({ stored = stored })
    end
    local digest, size = (line or ""):match("^(%x+) (%d+)$")
    if not blobs.is_digest(digest) then
      return refuse(422, "frame", "A frame begins with a digest and a size.")
    end
    local ok, reason = blobs.store(body, digest, tonumber(size))
    if not ok then
      return refused_blob(reason, digest)
    end
    stored = stored + 1
  end
end

function M.put_release(body, id)
  if not releases.is_id(id) then
    return refuse(422, "release", "A release is named by 1 to 64 letters, digits, dashes and underscores.")
  end
  local found, code, detail, missing = releases.put(id, body)
  if not found then
    return refuse(STATUS[code] or 422, code, detail, missing and { missing = problem.list(missing) })
  end
  return json({ release = id, manifest = found.manifest, files = found.files })
end

function M.activate(body)
  local content = parsed(body)
  if not content then
    return NO_JSON
  end
  local found = releases.is_id(content.release) and releases.find(content.release)
  if not found then
    return refuse(404, "no_release", "There is no such release.")
  end
  if not releases.activate(content.release) then
    return NO_SPACE
  end
  return json({ release = found.release, manifest = found.manifest })
end

function M.delete_release(_, id)
  if releases.is_id(id) and releases.active() == id then
    return refuse(409, "active", "The release is the active one.")
  end
  return json({ freed = releases.is_id(id) and releases.remove(id) or 0 })
end

function M.set_settings(body)
  local content, why = settings.parse(body:all(JSON_LIMIT))
  if not content then
    return refuse(422, "settings", why)
  end
  if not state.set("settings", content) then
    return NO_SPACE
  end
  return json({ settings = state.version("settings") })
end

function M.set_instances(body)
  local content = parsed(body)
  local probes = require "nubo.probes"
  local why = not content and "The body is no JSON object." or probes.bad(content.instances)
  if why then
    return refuse(422, "instances", why)
  end
  if not state.set("instances", { version = content.version, instances = content.instances }) then
    return NO_SPACE
  end
  return json({ instances = #content.instances })
end

return M
