-- Finds what is served under a name by one look at its link: `hosts/<name>` leads to `../<project>/releases/<number>`, to
-- `../<project>/run-<revision>/root` for a site that runs a program, or, for a domain of somebody's own, to another name.
local ffi = require 'ffi'

ffi.cdef [[ long readlink(const char *path, char *buf, size_t bufsiz); ]]

local sites = {}

local LONGEST = 512
local buffer = ffi.new('char[?]', LONGEST)
local CHALLENGE = '/.well-known/acme-challenge/'

local function target(path)
  local length = tonumber(ffi.C.readlink(path, buffer, LONGEST))
  if length > 0 and length < LONGEST then
    return ffi.string(buffer, length)
  end
end

local function holds(path)
  local file = io.open(path)
  if not file then
    return false
  end
  local first = file:read(1)
  file:close()
  return first ~= nil
end

-- nginx takes slashes and two dots out of a name: it never leads out of the folder.
local function found(hosts, name)
  local place = target(hosts .. name)
  if place and not place:find('/', 1, true) then
    place = target(hosts .. place)
  end
  return place and place:match('^%.%./(.+)$')
end

-- `files`, `program`, `none`, or `challenge`: what an authority looks for comes before the site. `$release` becomes the folder,
-- below that of all sites. A folder of that name never changes, so that what is in it may be remembered.
function sites.find(folder, challenges)
  local uri = ngx.var.uri
  if challenges and uri:sub(1, #CHALLENGE) == CHALLENGE and holds(challenges .. uri) then
    return 'challenge'
  end
  local place = found(folder .. '/hosts/', ngx.var.site)
  if not place then
    return 'none'
  end
  ngx.var.release = place
  return place:find('/run-', 1, true) and 'program' or 'files'
end

return sites
