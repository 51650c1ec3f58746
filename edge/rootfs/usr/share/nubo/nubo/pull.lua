-- Pull mode: where an answer is kept, where it is fetched, and for how long the next one may keep it.
local environment = require "nubo.environment"
local request = require "nubo.request"
local state = require "nubo.state"
local M = {}

-- What the platform's own arguments are; an origin never sees them.
local OWN = { expires = true, key = true, signature = true, location = true, near = true, redirect = true, user = true }
-- As in pull.conf, for answers that say nothing themselves.
local DEFAULT_S = 60
local compiled, compiled_of

local function rules()
  local settings = state.get("settings")
  if compiled_of == settings then
    return compiled
  end
  compiled, compiled_of = { all = 0, paths = {}, prefixes = {} }, settings
  local epochs = settings.epochs or {}
  compiled.all = epochs.all or 0
  for _, rule in ipairs(epochs.rules or {}) do
    if rule.kind == "path" then
      compiled.paths[rule.value] = rule.epoch
    else
      compiled.prefixes[#compiled.prefixes + 1] = rule
    end
  end
  return compiled
end

-- Epochs of everything that covers the path. A purge makes one of them grow: what was kept is not found any more.
local function epochs(uri)
  local found, prefixes = rules(), 0
  for _, rule in ipairs(found.prefixes) do
    if uri:sub(1, #rule.value) == rule.value then
      prefixes = prefixes + rule.epoch
    end
  end
  return found.all .. ":" .. (found.paths[uri] or 0) .. ":" .. prefixes
end

local function query()
  local _, text = request.split(ngx.var.request_uri)
  local _, others = request.arguments(text, OWN)
  return text, others
end

-- Of what the origin is asked: a decoded "?" of a path must not look like a query.
function M.key()
  local _, others = query()
  return epochs(ngx.var.uri) .. " " .. state.get("settings").pull.origin .. " " .. ngx.escape_uri(ngx.var.uri, 0) .. others
end

-- The host asks the origin; edges ask the host, which checks the signature again and so needs all arguments.
function M.source()
  local all, others = query()
  local path = ngx.escape_uri(ngx.var.uri, 0)
  if environment.role == "edge" and environment.origin and environment.origin ~= "" then
    return "http://" .. environment.origin .. path .. (all ~= "" and "?" .. all or "")
  end
  return state.get("settings").pull.origin:gsub("/$", "") .. path .. others
end

local function lifetime(control)
  if control:find("no%-store") or control:find("no%-cache") or control:find("private") then
    return nil
  end
  return tonumber(control:match("s%-maxage=(%d+)") or control:match("max%-age=(%d+)")) or DEFAULT_S
end

-- nginx does not tell how old what it kept is; an edge would keep it for as long again. So the host says how much is left, after
-- Cache-Control (nginx 1.22 reads stale-while-revalidate only when it comes first).
function M.limit()
  if environment.role ~= "host" or ngx.header["Expires"] then
    return
  end
  local seconds = lifetime((ngx.header["Cache-Control"] or ""):lower())
  local made = ngx.parse_http_time(ngx.var.upstream_http_date or "")
  if seconds and ngx.status == 200 and made then
    ngx.header["X-Accel-Expires"] = math.max(1, math.min(seconds, seconds - (ngx.time() - made)))
  end
end

return M
