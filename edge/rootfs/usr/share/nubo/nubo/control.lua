-- The control API on port 8081: who may use it, and which function of nubo.api answers what.
local api = require "nubo.api"
local bodies = require "nubo.body"
local crypto = require "nubo.crypto"
local environment = require "nubo.environment"
local problem = require "nubo.problem"
local M = {}

local ROUTES = {
  ["GET /state"] = api.state,
  ["GET /stats"] = api.stats,
  ["PUT /settings"] = api.set_settings,
  ["PUT /instances"] = api.set_instances,
  ["POST /blobs/missing"] = api.missing_blobs,
  ["POST /blobs"] = api.store_blobs,
  ["POST /active"] = api.activate,
}
local RELEASE_ROUTES = { PUT = api.put_release, DELETE = api.delete_release }

function M.authenticate()
  local token = (ngx.var.http_authorization or ""):match("^Bearer (.+)$")
  -- Hashed first, so that the length of the secret cannot be measured either.
  if not token or not crypto.equal(crypto.hmac("token", token), crypto.hmac("token", environment.token)) then
    ngx.header["WWW-Authenticate"] = "Bearer"
    ngx.header["Connection"] = "close"
    return problem.answer(401, "token", "The token of the instance is needed.")
  end
end

local function route()
  local method, path = ngx.req.get_method(), ngx.var.uri
  local release = path:match("^/releases/([^/]+)$")
  return release and RELEASE_ROUTES[method] or ROUTES[method .. " " .. path], release
end

function M.answer()
  local run, release = route()
  if not run then
    return problem.answer(404, "no_operation", "There is no such operation.")
  end
  local method = ngx.req.get_method()
  local body = (method == "PUT" or method == "POST") and bodies.open()
  if body == nil then
    ngx.header["Connection"] = "close"
    return problem.answer(411, "length", "Content-Length is needed.")
  end
  local respond = run(body, release)
  if body then
    body:drain()
  end
  return respond()
end

return M
