-- The body of a request to the control API, read piece by piece, so that its size needs no memory.
local M = {}

local PIECE = 65536
local Body = {}
Body.__index = Body

-- nil when the request has a body of unknown length, which the module's sockets cannot read.
function M.open()
  local length = tonumber(ngx.var.http_content_length)
  if not length or ngx.var.http_transfer_encoding then
    return nil
  end
  -- `left` bytes are still to come, after what is in `pending` from `at` on.
  local body = setmetatable({ left = length, pending = "", at = 1 }, Body)
  if length > 0 then
    body.socket = assert(ngx.req.socket())
  end
  return body
end

function Body:receive(limit)
  local size = math.min(self.left, limit, PIECE)
  local data = size > 0 and self.socket:receive(size)
  -- Nothing more comes from a client that is gone.
  self.left = data and self.left - size or 0
  return data or nil
end

-- At most `limit` bytes of what comes next; nil when nothing is left or the client is gone.
function Body:piece(limit)
  if self.at > #self.pending then
    return self:receive(limit)
  end
  local data = self.pending:sub(self.at, self.at + limit - 1)
  self.at = self.at + #data
  return data
end

-- The next line without its end; nil after the last one, or with `true` when it is longer than `limit`.
function Body:line(limit)
  while true do
    local found = self.pending:find("\n", self.at, true)
    local rest = self.pending:sub(self.at, (found or 0) - 1)
    if #rest > limit then
      return nil, true
    end
    local more = not found and self:receive(PIECE)
    if not more then
      self.at = self.at + #rest + 1
      return (found or rest ~= "") and rest or nil
    end
    self.pending, self.at = rest .. more, 1
  end
end

-- The whole body when it has at most `limit` bytes.
function Body:all(limit)
  local pieces = {}
  if self.left > limit then
    return nil
  end
  repeat
    pieces[#pieces + 1] = self:piece(PIECE)
  until self.left == 0
  return table.concat(pieces)
end

-- Throws the rest away, so that the connection can be used again.
function Body:drain()
  while self:piece(PIECE) do
  end
end

return M
