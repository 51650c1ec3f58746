-- Requests for content that nginx does not answer by itself: refused, pulled, of an older release, or for what is not there.
local hot = require "nubo.hot"
local problem = require "nubo.problem"
local releases = require "nubo.releases"
local signing = require "nubo.signing"
local M = {}

-- name.<8 or more hex>.ext or name-<hash>.ext: what build tools name by its content stays reachable while its release is kept.
local function is_hashed(path)
  local name = path:match("[^/]+$") or ""
  local hash = name:match("[.-](%w+)%.[%w.]+$")
  return hash ~= nil and #hash >= 8 and (not hash:find("%X") or hash:find("%d") ~= nil)
end

local function older(path)
  if not is_hashed(path) then
    return nil
  end
  return releases.holding(path, ngx.var.release)
end

function M.answer()
  local method = ngx.req.get_method()
  if method ~= "GET" and method ~= "HEAD" then
    ngx.header["Allow"] = "GET, HEAD"
    return problem.answer(405, "method", "Content is read with GET or HEAD.")
  end
  if not signing.allows() then
    return problem.answer(403, "signature", "The URL is not signed by a live key, or it has expired.")
  end
  if hot.mode() == "pull" then
    return ngx.exec("@pull")
  end
  local release = hot.mode() == "push" and older(ngx.var.uri)
  if release then
    ngx.var.release = release
    return ngx.exec(releases.is_packed(ngx.var.uri) and "@older-plain" or "@older")
  end
  if hot.mode() == "none" then
    return M.not_ready()
  end
  return problem.answer(404, "not_found", "There is no such file.")
end

function M.not_ready()
  return problem.answer(503, "no_release", "No release is active yet.")
end

function M.unreachable()
  return problem.answer(502, "origin", "The origin does not answer.")
end

-- Whether there is anything to serve; the controller asks.
function M.health()
  if hot.mode() == "none" then
    return M.not_ready()
  end
  ngx.header["Content-Type"] = "text/plain"
  ngx.print("ok\n")
end

return M
