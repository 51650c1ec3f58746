-- The instances that a controller knows, and which of them answer: each is asked every half second, by the first worker.
local state = require "nubo.state"
local M = {}

local EVERY_S, CONNECT_MS, READ_MS = 0.5, 400, 600
-- What is known of an instance holds no longer than this.
local HOLDS_S = 10
local ROLES = { host = true, edge = true, controller = true, client = true }

local function is_name(value)
  return type(value) == "string" and #value <= 128 and value:find("^[%w._-]+$") ~= nil
end

local function is_absent(value)
  return value == nil or value == ngx.null
end

local function is_external(url)
  return is_absent(url) or type(url) == "string" and url:find("^https?://[%w.:%[%]-]+[%w/._~-]*$") ~= nil
end

local function is_weight(weight)
  return is_absent(weight) or type(weight) == "number" and weight >= 0
end

-- Why the list cannot be taken, or nil.
function M.bad(instances)
  if type(instances) ~= "table" then
    return "instances is a list."
  end
  for _, instance in ipairs(instances) do
    local it = type(instance) == "table" and instance or {}
    if not is_name(it.id) or not ROLES[it.role] or not is_name(it.location) then
      return "An instance has id, role and location."
    end
    if type(it.address) ~= "string" or not it.address:find("^%d+%.%d+%.%d+%.%d+$") then
      return "An instance has an IPv4 address."
    end
    if not is_external(it.externalUrl) or not is_weight(it.weight) then
      return "externalUrl is an http URL, weight a number that is not negative."
    end
  end
end

-- Those of a role, as they were told.
function M.of_role(role)
  local found = {}
  for _, instance in ipairs(state.get("instances").instances or {}) do
    if instance.role == role then
      found[#found + 1] = instance
    end
  end
  return found
end

-- Whether it answered when it was asked last; nobody is left out before that.
function M.is_healthy(instance)
  return ngx.shared.health:get(instance.address) ~= false
end

-- A request found that it does not answer; the next probe may find that it does.
function M.failed(address)
  ngx.shared.health:set(address, false, HOLDS_S)
end

-- Id, location and health of all edges.
function M.states()
  local found = {}
  for _, edge in ipairs(M.of_role("edge")) do
    found[#found + 1] = { id = edge.id, location = edge.location, healthy = M.is_healthy(edge) }
  end
  return found
end

local function answers(address)
  local socket = ngx.socket.tcp()
  socket:settimeouts(CONNECT_MS, READ_MS, READ_MS)
  if not socket:connect(address, 80) then
    return false
  end
  socket:send("GET /healthz HTTP/1.1\r\nHost: probe\r\n\r\n")
  local line = socket:receive("*l")
  local healthy = line ~= nil and line:find("^HTTP/1.1 200") ~= nil
  socket:close()
  return healthy
end

local function probe(address)
  ngx.shared.health:set(address, answers(address), HOLDS_S)
end

local function probe_all()
  local threads = {}
  for _, role in ipairs({ "edge", "host" }) do
    for _, instance in ipairs(M.of_role(role)) do
      threads[#threads + 1] = ngx.thread.spawn(probe, instance.address)
    end
  end
  for _, thread in ipairs(threads) do
    ngx.thread.wait(thread)
  end
end

function M.start()
  assert(ngx.timer.every(EVERY_S, function(premature)
    if not premature then
      probe_all()
    end
  end))
end

return M
