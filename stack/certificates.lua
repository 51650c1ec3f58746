-- Chooses the certificate of a connection by the name that the client asks for: no reload when one comes, goes or is renewed. A file
-- holds a chain and its key, so that the two are never of different age.
local ssl = require 'ngx.ssl'

local certificates = {}

-- How long a file is believed, seconds. Each worker reads for itself.
local FRESH = 2
local known = {}

local function read(path)
  local file = io.open(path)
  if not file then
    return nil
  end
  local text = file:read('*a')
  file:close()
  return text
end

-- What was parsed last stays when something else than a certificate is found.
local function parsed(path, text)
  local chain, bad = ssl.parse_pem_cert(text)
  local key, worse = ssl.parse_pem_priv_key(text)
  if chain and key then
    return { text = text, chain = chain, key = key }
  end
  ngx.log(ngx.ERR, path, ' holds no certificate with its key: ', bad or worse)
  return known[path]
end

local function load(path)
  local one = known[path]
  if one and one.till > ngx.now() then
    return one
  end
  local text = read(path)
  if not text then
    known[path] = nil
    return nil
  end
  if not one or one.text ~= text then
    one = parsed(path, text)
  end
  if one then
    one.till = ngx.now() + FRESH
  end
  known[path] = one
  return one
end

-- A name has no slash and no two dots: it never leads out of the folder.
local function own(folder)
  local name = ssl.server_name()
  name = name and name:lower():gsub('%.$', '')
  if name and name:match('^[a-z0-9][a-z0-9.-]*$') and not name:find('..', 1, true) then
    return load(folder .. '/' .. name .. '.pem')
  end
end

-- That of the name, else that of the zone of projects.
function certificates.choose(folder, zone)
  local one = own(folder) or load(zone)
  if not one then
    return ngx.exit(ngx.ERROR)
  end
  ssl.clear_certs()
  ssl.set_cert(one.chain)
  ssl.set_priv_key(one.key)
end

return certificates
