-- What a release consists of: read line by line, checked, hashed in its canonical form, and kept in that form for its removal.
local cjson = require "cjson.safe"
local blobs = require "nubo.blobs"
local crypto = require "nubo.crypto"
local M = {}

local LINE_LIMIT, PATH_LIMIT, SEGMENT_LIMIT = 8192, 1024, 240

-- No path leads out of a release's folder, and none is written in two ways.
function M.is_path(path)
  if type(path) ~= "string" or path == "" or #path > PATH_LIMIT or path:find("[%c\\]") then
    return false
  end
  for segment in (path .. "/"):gmatch("(.-)/") do
    if segment == "" or segment == "." or segment == ".." or #segment > SEGMENT_LIMIT then
      return false
    end
  end
  return true
end

local function is_size(size)
  return type(size) == "number" and size >= 0 and size == math.floor(size)
end

local function is_content(content)
  return type(content) == "table" and blobs.is_digest(content.sha256) and is_size(content.size)
end

local function encodings_of(file)
  local encodings = file.encodings
  if encodings == nil or encodings == cjson.null then
    return {}
  end
  return type(encodings) == "table" and encodings
end

local function parse(line)
  local file = cjson.decode(line)
  local encodings = type(file) == "table" and encodings_of(file)
  if not encodings or not is_content(file) then
    return nil, "manifest", "A line is no file with path, sha256 and size."
  end
  if not M.is_path(file.path) then
    return nil, "path", "A path is not allowed."
  end
  for name, content in pairs(encodings) do
    if (name ~= "gzip" and name ~= "br") or not is_content(content) then
      return nil, "manifest", "Encodings are gzip and br, each with sha256 and size."
    end
  end
  local gzip, br = encodings.gzip, encodings.br
  return { path = file.path, sha256 = file.sha256, size = file.size, gzip = gzip and gzip.sha256, br = br and br.sha256 }
end

local function canonical(file)
  return string.format("%s\n%s %.0f %s %s\n", file.path, file.sha256, file.size, file.gzip or "-", file.br or "-")
end

-- Calls visit(file) for every line of the body, and write(text) with the canonical form. Gives the hash of that and the count of
-- files, or nil with a code and a sentence.
function M.read(body, visit, write)
  local hash, count, last = crypto.sha256(), 0, ""
  while true do
    local line, too_long = body:line(LINE_LIMIT)
    if too_long then
      return nil, "manifest", "A line is too long."
    end
    if not line then
      return hash:final(), count
    end
    local file, code, detail = parse(line)
    if not file then
      return nil, code, detail
    end
    if file.path <= last then
      return nil, "manifest_order", "Files must be sorted by the bytes of their path, each once: see " .. file.path
    end
    last, count = file.path, count + 1
    local text = canonical(file)
    hash:update(text)
    write(text)
    local ok, why, sentence = visit(file)
    if not ok then
      return nil, why, sentence
    end
    if count % 100 == 0 then
      ngx.sleep(0)
    end
  end
end

-- The digests that the kept manifest names, one by one.
function M.digests(path)
  return coroutine.wrap(function()
    local file = io.open(path, "rb")
    while file do
      local name, content = file:read("*l"), file:read("*l")
      if not name or not content then
        file:close()
        return
      end
      for digest in content:gmatch("%x+") do
        if #digest == 64 then
          coroutine.yield(digest)
        end
      end
    end
  end)
end

return M
