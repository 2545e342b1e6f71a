-- Asks for one thing many times, then for the next one, and back, without a pause: the turns are so short that what slows
-- the machine down meets all of them. Its arguments are the requests of a turn, the body of each POST, and what to ask
-- for: a method and a path.
local requests = {}
local each = 1
local sent = 0

function init(args)
  each = tonumber(args[1])
  for i = 3, #args do
    local method, path = args[i]:match("^(%S+) (%S+)$")
    requests[#requests + 1] = wrk.format(method, path, nil, method == "POST" and args[2] or nil)
  end
end

function request()
  local turn = math.floor(sent / each)
  sent = sent + 1
  local at = turn % #requests
  -- Every other round runs backwards.
  if math.floor(turn / #requests) % 2 == 1 then at = #requests - 1 - at end
  return requests[at + 1]
end
