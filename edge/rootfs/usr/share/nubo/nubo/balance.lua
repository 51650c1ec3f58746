-- Tries the instances that nubo.route found, one after the other.
local balancer = require "ngx.balancer"
local probes = require "nubo.probes"
local state = require "nubo.state"
local M = {}

local CONNECT_S, SEND_S = 0.4, 5
-- A pushed file is there at once; what is pulled may have to come from far away.
local PUSHED_S, PULLED_S = 1.5, 60

function M.pick()
  local context = ngx.ctx
  if not context.tried then
    context.tried = 0
    balancer.set_more_tries(#context.candidates - 1)
  elseif balancer.get_last_failure() == "failed" then
    probes.failed(context.candidates[context.tried].address)
  end
  context.tried = context.tried + 1
  local patience = state.get("settings").pull and PULLED_S or PUSHED_S
  assert(balancer.set_current_peer(context.candidates[context.tried].address, 80))
  balancer.set_timeouts(CONNECT_S, SEND_S, patience)
end

return M
