-- Sends visitors of sites that run a program to one of its replicas. What there is to choose from stands in the file `endpoints`,
-- which the hosting service writes beside the folder that the site's name leads to: no reload when it changes.
local balancer = require 'ngx.balancer'

local ingress = {}

-- How long a replica that did not answer is asked last, seconds. Each worker finds out by itself.
local REST = 2
local resting = {}
local turn = {}

-- Before a request is passed on: the replicas of its site.
function ingress.find()
  local file = io.open(ngx.var.document_root .. '/../endpoints')
  local all = {}
  if file then
    for host, port in file:read('*a'):gmatch('(%S+) (%d+)') do
      all[#all + 1] = { host = host, port = tonumber(port), name = host .. ':' .. port }
    end
    file:close()
  end
  if #all == 0 then
    return ngx.exit(502)
  end
  ngx.ctx.replicas = all
end

-- One after the other, those that rest behind the others.
local function ordered(all, site)
  local first = (turn[site] or 0) % #all
  turn[site] = first + 1
  local now, well, late = ngx.now(), {}, {}
  for n = 1, #all do
    local one = all[(first + n - 1) % #all + 1]
    local group = (resting[one.name] or 0) > now and late or well
    group[#group + 1] = one
  end
  for _, one in ipairs(late) do
    well[#well + 1] = one
  end
  return well
end

-- For each try: the next replica.
function ingress.balance()
  local ctx = ngx.ctx
  if not ctx.order then
    ctx.order = ordered(ctx.replicas, ngx.var.site)
    ctx.try = 0
    if #ctx.order > 1 then
      balancer.set_more_tries(#ctx.order - 1)
    end
  else
    resting[ctx.order[ctx.try].name] = ngx.now() + REST
  end
  ctx.try = ctx.try + 1
  local one = ctx.order[ctx.try]
  local ok, problem = balancer.set_current_peer(one.host, one.port)
  if not ok then
    ngx.log(ngx.ERR, 'cannot ask ', one.name, ': ', problem)
    return ngx.exit(502)
  end
end

return ingress
