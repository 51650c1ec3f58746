-- Which instances a request at the controller may be answered by, in order.
local probes = require "nubo.probes"
local problem = require "nubo.problem"
local request = require "nubo.request"
local signing = require "nubo.signing"
local state = require "nubo.state"
local M = {}

-- The gateway knows users, and says where they are with `near`.
local OWN = { location = true, near = true, redirect = true, user = true }
-- Who is led on to a folder keeps what it said about where it is.
local KEPT = { "location", "near", "user" }

-- In the order of a draw in which each has a chance by its weight.
local function shuffled(instances)
  local keys = {}
  for _, instance in ipairs(instances) do
    local weight = type(instance.weight) == "number" and instance.weight or 1
    keys[instance] = weight > 0 and math.random() ^ (1 / weight) or -1
  end
  table.sort(instances, function(a, b) return keys[a] > keys[b] end)
  return instances
end

-- Healthy edges of the location, other healthy edges, the host, and in the end those that did not answer when asked last.
local function candidates(wanted)
  local first, others, down = {}, {}, {}
  for _, edge in ipairs(shuffled(probes.of_role("edge"))) do
    local list = not probes.is_healthy(edge) and down or edge.location == wanted and first or others
    list[#list + 1] = edge
  end
  for _, list in ipairs({ others, probes.of_role("host"), down }) do
    for _, instance in ipairs(list) do
      first[#first + 1] = instance
    end
  end
  return first
end

local function locations()
  local found, seen = {}, {}
  for _, edge in ipairs(probes.of_role("edge")) do
    if not seen[edge.location] then
      seen[edge.location] = true
      found[#found + 1] = edge.location
    end
  end
  table.sort(found)
  return found, seen
end

-- The gateway says whose content it wants: it may know an address that was given to another customer since.
local function is_of_another()
  local wanted, customer = ngx.var.http_x_nubo_customer, state.get("settings").customer
  return wanted ~= nil and customer ~= nil and wanted ~= customer
end

local function refused(own)
  local method = ngx.req.get_method()
  if method ~= "GET" and method ~= "HEAD" then
    ngx.header["Allow"] = "GET, HEAD"
    return problem.answer(405, "method", "Content is read with GET or HEAD.")
  end
  if is_of_another() then
    return problem.answer(421, "customer", "This is the controller of another customer.")
  end
  if not signing.allows() then
    return problem.answer(403, "signature", "The URL is not signed by a live key, or it has expired.")
  end
  local known, is_known = locations()
  if own.location and not is_known[own.location] then
    local detail = "The content is at: " .. table.concat(known, ", ")
    return problem.answer(404, "no_location", detail, { locations = problem.list(known) })
  end
  return false
end

local function kept(own)
  local found = {}
  for _, name in ipairs(KEPT) do
    found[#found + 1] = own[name] and name .. "=" .. ngx.escape_uri(own[name])
  end
  return table.concat(found, "&")
end

-- An origin's 503 is an answer, an instance's own means that it has nothing yet: only after that another one is asked.
local function is_pulled()
  return state.get("settings").pull ~= nil and not ngx.req.is_internal()
end

-- Answers itself, or leaves the order in ngx.ctx for nubo.balance and what to ask for in $target.
function M.choose()
  if is_pulled() then
    return ngx.exec("@pulled")
  end
  local path, query = request.split(ngx.var.request_uri)
  local own, rest = request.arguments(query, OWN)
  if refused(own) ~= false then
    return
  end
  local found = candidates(own.location or own.near)
  if #found == 0 then
    return M.down()
  end
  local external = found[1].externalUrl
  if own.redirect == "1" and type(external) == "string" then
    ngx.header["Cache-Control"] = "no-store"
    return ngx.redirect(external:gsub("/$", "") .. path .. rest, 302)
  end
  ngx.ctx.candidates = found
  ngx.var.target = path .. rest
  local said = kept(own)
  if said ~= "" then
    ngx.var.first, ngx.var.more = "?" .. said, "&" .. said
  end
end

function M.down()
  return problem.answer(503, "no_instance", "No instance answers at the moment.")
end

return M
