-- What runs with every request for content: one comparison, and the checks of signatures when they are asked for.
local environment = require "nubo.environment"
local state = require "nubo.state"
local signing = require "nubo.signing"
local M = {}

local page = environment.page
local seen, release, signed, mode

local function refresh()
  seen = page[0]
  local settings, active = state.get("settings"), state.get("active")
  signed = signing.keys(settings) ~= nil
  mode = settings.pull and "pull" or active.release and "push" or "none"
  release = mode == "push" and active.release or "-"
end

-- The release to serve from, or "-": then nubo.aside finds out what to do instead.
function M.release()
  if page[0] ~= seen then
    refresh()
  end
  if signed and not signing.allows() then
    return "-"
  end
  return release
end

-- "push", "pull" or "none".
function M.mode()
  if page[0] ~= seen then
    refresh()
  end
  return mode
end

return M
