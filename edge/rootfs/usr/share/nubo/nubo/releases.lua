-- Releases: trees of hard links in /srv/releases/<id> (and /srv/plain/<id>, see content.conf), built beside and renamed when whole.
-- /srv/manifests/<id>.list is what it consists of, <id>.json its hash. One of them is active.
local cjson = require "cjson.safe"
local blobs = require "nubo.blobs"
local files = require "nubo.files"
local manifests = require "nubo.manifests"
local state = require "nubo.state"
local M = {}

local TREES, PLAIN, MANIFESTS = "/srv/releases/", "/srv/plain/", "/srv/manifests/"
local NAMED_MISSING = 10000
local LINES_AT_ONCE = 256
-- How long a request that began on the old release may take to open its file.
local GRACE_S = 1

function M.is_id(id)
  return type(id) == "string" and #id <= 64 and id:find("^%w[%w_-]*$") ~= nil
end

-- Stored variants are named <path>.gz and <path>.br, so files of such names have a tree of their own.
function M.is_packed(path)
  return path:find("%.gz$") ~= nil or path:find("%.br$") ~= nil
end

-- { release, manifest, files, made }, or nil when there is no such release.
function M.find(id)
  return files.stat(TREES .. id) and cjson.decode(files.read(MANIFESTS .. id .. ".json") or "")
end

-- All releases, the newest first.
function M.all()
  local found = {}
  for _, entry in ipairs(files.entries(TREES)) do
    found[#found + 1] = M.find(entry.name)
  end
  table.sort(found, function(a, b) return a.made > b.made end)
  return found
end

-- The newest release but `except` that has the file.
function M.holding(path, except)
  local root = M.is_packed(path) and PLAIN or TREES
  for _, release in ipairs(M.all()) do
    if release.release ~= except and files.stat(root .. release.release .. path) then
      return release.release
    end
  end
  return nil
end

local Build = {}
Build.__index = Build

local function new_build(id)
  local draft = files.draft()
  local build = { id = id, trees = draft .. ".tree", plain = draft .. ".plain", list = draft .. ".list", missing = {}, made = {}, lines = {} }
  files.mkdir(build.trees)
  files.mkdir(build.plain)
  build.fd = assert(files.create(build.list))
  return setmetatable(build, Build)
end

function Build:link(root, path, digest)
  self.made[root] = self.made[root] or {}
  local ok, errno = files.make_parents(root, path, self.made[root])
  if ok then
    ok, errno = files.link(blobs.path(digest), root .. "/" .. path)
  end
  if ok then
    return true
  end
  if errno == files.ENOENT then
    self.missing[#self.missing + 1] = #self.missing < NAMED_MISSING and digest or nil
    return true
  end
  if errno == files.EEXIST or errno == files.ENOTDIR then
    return nil, "conflict", path .. " is a file and a folder, or the name of another one's variant."
  end
  return nil, "no_space", "The disk is full (" .. errno .. ")."
end

function Build:add(file)
  local ok, code, detail = self:link(M.is_packed(file.path) and self.plain or self.trees, file.path, file.sha256)
  if ok and file.gzip then
    ok, code, detail = self:link(self.trees, file.path .. ".gz", file.gzip)
  end
  if ok and file.br then
    ok, code, detail = self:link(self.trees, file.path .. ".br", file.br)
  end
  return ok, code, detail
end

-- Keeps a line of the manifest.
function Build:note(text)
  self.lines[#self.lines + 1] = text
  if #self.lines == LINES_AT_ONCE then
    self:flush()
  end
end

function Build:flush()
  self.full = not files.write(self.fd, table.concat(self.lines)) or self.full
  self.lines = {}
  return not self.full
end

-- The tree comes last: with it the release is there.
function Build:finish(manifest, count)
  local about = { release = self.id, manifest = manifest, files = count, made = ngx.now() }
  local ok = self:flush()
    and files.rename(self.list, MANIFESTS .. self.id .. ".list")
    and files.replace(MANIFESTS .. self.id .. ".json", cjson.encode(about))
    and files.rename(self.plain, PLAIN .. self.id)
    and files.rename(self.trees, TREES .. self.id)
  if not ok then
    return nil, "no_space", "The release could not be put in its place."
  end
  return about
end

function Build:clean()
  files.close(self.fd)
  files.unlink(self.list)
  files.remove_tree(self.trees)
  files.remove_tree(self.plain)
end

local function outcome(build, id, manifest, count)
  local there = M.find(id)
  if there and there.manifest == manifest then
    return there
  end
  if there then
    return nil, "release_exists", "The release is there with another manifest."
  end
  if #build.missing > 0 then
    return nil, "missing", "Some content is not here.", build.missing
  end
  -- What a build that was killed has left in the release's name.
  files.remove_tree(PLAIN .. id)
  return build:finish(manifest, count)
end

-- Builds the release of the manifest in `body`. Gives what `find` gives, or nil with code, sentence and perhaps missing digests.
function M.put(id, body)
  local build = new_build(id)
  local add, note = function(file) return build:add(file) end, function(text) build:note(text) end
  local manifest, count, detail = manifests.read(body, add, note)
  local found, code, sentence, missing
  if manifest then
    found, code, sentence, missing = outcome(build, id, manifest, count)
  else
    code, sentence = count, detail
  end
  build:clean()
  return found, code, sentence, missing
end

function M.active()
  return state.get("active").release
end

-- From when this returns on, every request is served from the release.
function M.activate(id)
  return state.set("active", { release = id, left = M.active(), left_at = ngx.now() })
end

-- Removes the release and what only it has; gives the bytes that were freed.
function M.remove(id)
  local active = state.get("active")
  if active.left == id and ngx.now() - active.left_at < GRACE_S then
    ngx.sleep(GRACE_S)
  end
  local list, freed = MANIFESTS .. id .. ".list", 0
  local dying = files.draft()
  files.rename(TREES .. id, dying)
  files.remove_tree(dying)
  files.remove_tree(PLAIN .. id)
  for digest in manifests.digests(list) do
    freed = freed + blobs.release(digest)
  end
  files.unlink(MANIFESTS .. id .. ".json")
  files.unlink(list)
  return freed
end

return M
