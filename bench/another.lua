-- For wrk: each request is from another client.
local number = 0

request = function()
  number = number + 1
  wrk.headers["User-Agent"] = "bench/" .. number
  return wrk.format()
end
