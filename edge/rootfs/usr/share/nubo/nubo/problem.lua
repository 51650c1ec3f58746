-- Answers in JSON; what went wrong as RFC 9457 problem+json.
local cjson = require "cjson.safe"
local M = {}

local TITLES = {
  [400] = "Bad Request", [401] = "Unauthorized", [403] = "Forbidden", [404] = "Not Found", [405] = "Method Not Allowed",
  [409] = "Conflict", [411] = "Length Required", [413] = "Content Too Large", [421] = "Misdirected Request",
  [422] = "Unprocessable Content",
  [500] = "Internal Server Error", [502] = "Bad Gateway", [503] = "Service Unavailable", [507] = "Insufficient Storage",
}

-- lua-cjson writes an empty table as an object.
local EMPTY = "\1[]"

-- A table to be written as a list, also when it is empty.
function M.list(items)
  return #items > 0 and items or EMPTY
end

local function encode(content)
  return (cjson.encode(content):gsub('"\\u0001%[%]"', "[]"))
end

local function send(status, body)
  ngx.status = status
  ngx.header["Content-Length"] = #body
  ngx.print(body)
  return ngx.exit(ngx.HTTP_OK)
end

function M.json(content)
  ngx.header["Content-Type"] = "application/json"
  return send(200, encode(content))
end

-- `more`: further members. Nobody may keep the answer.
function M.answer(status, code, detail, more)
  local content = { type = "about:blank", title = TITLES[status], status = status, code = code, detail = detail }
  for name, value in pairs(more or {}) do
    content[name] = value
  end
  ngx.header["Content-Type"] = "application/problem+json"
  ngx.header["Cache-Control"] = "no-store"
  return send(status, encode(content))
end

return M
