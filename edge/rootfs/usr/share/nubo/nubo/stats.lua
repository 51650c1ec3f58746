-- Requests, bytes, hits and errors per minute, of the log lines that nginx writes: cheaper than any code that runs with a request.
-- One worker reads what has been added each second, byte by byte in compiled code, and gives the disk back what it has read.
local ffi = require "ffi"
local files = require "nubo.files"
local M = {}

local LOG = "/run/nubo/requests.log"
local KINDS = { "requests", "bytes", "hits", "errors" }
local SIZE, KEPT_MINUTES = 65536, 60
local NEWLINE, SPACE, ZERO = 10, 32, 48
-- What $upstream_cache_status begins with when the origin was asked first; a file's line has no such word.
local MISS, EXPIRED, BYPASS = string.byte("M"), string.byte("E"), string.byte("B")
local buffer = ffi.new("uint8_t[?]", SIZE)
local fd, offset

-- Counts the whole lines of the buffer; gives where the last one ended. A line: status, space, bytes, and perhaps space, cache's word.
local function count(size, sums)
  local at, number, field, status, sent, word = 0, 0, 0, 0, 0, 0
  for n = 0, size - 1 do
    local byte = buffer[n]
    if byte == NEWLINE then
      if field == 1 then
        sent = number
      end
      sums.requests, sums.bytes = sums.requests + 1, sums.bytes + sent
      if status >= 400 then
        sums.errors = sums.errors + 1
      elseif word ~= MISS and word ~= EXPIRED and word ~= BYPASS then
        sums.hits = sums.hits + 1
      end
      at, number, field, word = n + 1, 0, 0, 0
    elseif byte == SPACE then
      if field == 0 then
        status = number
      else
        sent = number
      end
      number, field = 0, field + 1
    elseif field < 2 then
      number = number * 10 + (byte - ZERO)
    elseif word == 0 then
      word = byte
    end
  end
  return at
end

-- Adds what nginx has written since to the running minute.
function M.collect()
  fd = fd or files.open_to_read(LOG, true)
  offset = offset or ngx.shared.stats:get("offset") or 0
  local sums, began = { requests = 0, bytes = 0, hits = 0, errors = 0 }, offset
  repeat
    local size = files.read_at(fd, buffer, SIZE, offset)
    offset = offset + count(size, sums)
  until size < SIZE
  if offset == began then
    return
  end
  local minute = math.floor(ngx.time() / 60)
  for _, kind in ipairs(KINDS) do
    ngx.shared.stats:incr(kind .. minute, sums[kind], 0, KEPT_MINUTES * 60 + 60)
  end
  ngx.shared.stats:set("offset", offset)
  files.forget_before(fd, offset)
end

-- The minutes from `since` on (of the last 60) in which anything was asked.
function M.since(since)
  local now, found = math.floor(ngx.time() / 60), {}
  for minute = math.max(since, now - KEPT_MINUTES + 1), now do
    if ngx.shared.stats:get("requests" .. minute) then
      local sums = { minute = minute }
      for _, kind in ipairs(KINDS) do
        sums[kind] = ngx.shared.stats:get(kind .. minute)
      end
      found[#found + 1] = sums
    end
  end
  return found
end

return M
