-- What runs beside requests, in the first worker only: counting, sweeping, and on controllers the probes of edges.
local blobs = require "nubo.blobs"
local environment = require "nubo.environment"
local stats = require "nubo.stats"
local M = {}

local SWEEP_S = 600

local function every(seconds, run)
  local function turn(premature)
    if not premature then
      run()
    end
  end
  assert(ngx.timer.every(seconds, turn))
end

function M.start()
  math.randomseed(ngx.now() * 1000 + ngx.worker.pid())
  if ngx.worker.id() ~= 0 then
    return
  end
  if environment.role == "host" or environment.role == "edge" then
    every(SWEEP_S, blobs.sweep)
  end
  if environment.role ~= "client" then
    every(1, stats.collect)
  end
  if environment.role == "controller" then
    require("nubo.probes").start()
  end
end

return M
