-- What a client asked for, taken apart.
local M = {}

-- The path as it was written, and what follows the question mark.
function M.split(request_uri)
  return request_uri:gsub("^https?://[^/?]*", ""):match("^([^?]*)%??(.*)$")
end

-- The arguments that `own` names, decoded, and the others as they were, with the question mark.
function M.arguments(query, own)
  local found, others = {}, {}
  for argument in query:gmatch("[^&]+") do
    local name, value = argument:match("^([^=]*)=?(.*)$")
    if own[name] then
      found[name] = ngx.unescape_uri(value)
    else
      others[#others + 1] = argument
    end
  end
  return found, #others > 0 and "?" .. table.concat(others, "&") or ""
end

return M
