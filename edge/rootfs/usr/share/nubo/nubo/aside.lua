-- Requests for content that nginx does not answer by itself: refused, pulled, of an older release, or for what is not there.
local hot = require "nubo.hot"
local problem = require "nubo.problem"
local releases = require "nubo.releases"
local signing = require "nubo.signing"
local M = {}

-- How often upper case, lower case and digits follow each other: seldom in words and dates, often in hashes.
local function changes(text)
  local plain, found = text:gsub("[-_]", ""), -1
  for _, class in ipairs({ "%u+", "%l+", "%d+" }) do
    found = found + select(2, plain:gsub(class, ""))
  end
  return found
end

-- Hexadecimal, as webpack, Parcel and Next make them; a date has no letter.
local function is_hex(text)
  return #text >= 8 and not text:find("%X") and text:find("%a") ~= nil and text:find("%d") ~= nil
end

-- 8 characters of base 32 as esbuild makes them, or of base64url as Vite does, or a longer one of base 62.
local function is_dense(text)
  if not text:find("%d") or not text:find("%u") then
    return false
  end
  if #text == 8 and not text:find("[^A-Z2-7]") then
    return changes(text) >= 2
  end
  return text:find("%l") ~= nil and changes(text) >= #text / 2
end

local EIGHT = "[.-](" .. ("[%w_-]"):rep(8) .. ")%.[%w.]+$"

-- What build tools name by its content (name.<hash>.ext, name-<hash>.ext) stays reachable while its release is kept.
local function is_hashed(path)
  local name = path:match("[^/]+$") or ""
  local eight = name:match(EIGHT)
  if eight and is_dense(eight) then
    return true
  end
  for part in name:gmatch("[.-](%w+)%f[.]") do
    if is_hex(part) or #part >= 16 and is_dense(part) then
      return true
    end
  end
  return false
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
