-- Tries the instances that nubo.route found, one after the other.
local balancer = require "ngx.balancer"
local probes = require "nubo.probes"
local state = require "nubo.state"
local M = {}

local CONNECT_S, SEND_S = 0.4, 5
-- A pushed file is there at once; what is pulled may have to come from far away.
local PUSHED_S, PULLED_S = 1.5, 60
-- Connections that were kept to an instance that has started anew fail at once: then it is asked again.
local AT_ONCE_S, AGAIN = 0.05, 3

local function failed(context)
  ngx.update_time()
  if balancer.get_last_failure() ~= "failed" then
    return true
  end
  if ngx.now() - context.asked < AT_ONCE_S and context.again < AGAIN then
    context.again = context.again + 1
    return false
  end
  probes.failed(context.candidates[context.tried].address)
  return true
end

function M.pick()
  local context = ngx.ctx
  if not context.tried then
    context.tried, context.again = 1, 0
  elseif failed(context) then
    context.tried, context.again = context.tried + 1, 0
  end
  local instance = context.candidates[context.tried]
  if not instance then
    return ngx.exit(ngx.HTTP_BAD_GATEWAY)
  end
  -- nginx gives what the last one says to the client, and counts what is left of the tries: no more than there are.
  if context.again < AGAIN or context.candidates[context.tried + 1] then
    assert(balancer.set_more_tries(1))
  end
  context.asked = ngx.now()
  local patience = state.get("settings").pull and PULLED_S or PUSHED_S
  assert(balancer.set_current_peer(instance.address, 80))
  balancer.set_timeouts(CONNECT_S, SEND_S, patience)
end

return M
