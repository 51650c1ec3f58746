-- Content by its SHA-256 in /srv/blobs/<first two digits>/<digest>. Releases are hard links to it; a blob without one is garbage.
local crypto = require "nubo.crypto"
local files = require "nubo.files"
local M = {}

local ROOT = "/srv/blobs/"
local FORGOTTEN_S = 3600

function M.is_digest(text)
  return type(text) == "string" and #text == 64 and not text:find("[^0-9a-f]")
end

function M.path(digest)
  return ROOT .. digest:sub(1, 2) .. "/" .. digest
end

function M.has(digest)
  return files.stat(M.path(digest)) ~= nil
end

-- nginx makes ETags of time and size: 31 bits of the digest as the time make them equal on all instances.
local function time_of(digest)
  return bit.band(tonumber(digest:sub(1, 8), 16), 0x7fffffff)
end

local function keep(draft, digest)
  local ok, errno = files.link(draft, M.path(digest))
  if not ok and errno == files.ENOENT then
    files.mkdir(ROOT .. digest:sub(1, 2))
    ok, errno = files.link(draft, M.path(digest))
  end
  -- Somebody else may have been quicker, with the same content.
  return ok or errno == files.EEXIST, errno
end

local function copy(body, size, fd, hash)
  while size > 0 do
    local data = body:piece(math.min(size, 65536))
    if not data then
      return nil, "short"
    end
    hash:update(data)
    local ok, errno = files.write(fd, data)
    if not ok then
      return nil, errno
    end
    size = size - #data
  end
  return true
end

local function skip(body, size)
  while size > 0 do
    local data = body:piece(math.min(size, 65536))
    if not data then
      return nil, "short"
    end
    size = size - #data
  end
  return true
end

-- Reads `size` bytes of the body into the blob. Fails with "short", "digest" or errno, and then nothing is kept.
function M.store(body, digest, size)
  if M.has(digest) then
    return skip(body, size)
  end
  local draft = files.draft()
  local fd, errno = files.create(draft)
  if not fd then
    return nil, errno
  end
  local hash = crypto.sha256()
  local ok, reason = copy(body, size, fd, hash)
  local found = hash:final()
  if ok and found ~= digest then
    ok, reason = nil, "digest"
  end
  if ok then
    ok, reason = files.set_time(fd, time_of(digest))
  end
  files.close(fd)
  if ok then
    ok, reason = keep(draft, digest)
  end
  files.unlink(draft)
  return ok, reason
end

-- Removes the blob when no release links it; gives the bytes that it took.
function M.release(digest)
  local found = files.stat(M.path(digest))
  if not found or found.links > 1 then
    return 0
  end
  files.unlink(M.path(digest))
  return found.size
end

-- Removes what was sent long ago for a release that never came.
function M.sweep()
  for _, folder in ipairs(files.entries(ROOT)) do
    for _, entry in ipairs(files.entries(ROOT .. folder.name)) do
      local found = files.stat(M.path(entry.name))
      if found and found.links == 1 and found.changed < ngx.time() - FORGOTTEN_S then
        files.unlink(M.path(entry.name))
      end
    end
    ngx.sleep(0)
  end
end

return M
