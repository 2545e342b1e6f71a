-- The method and the body of wrk's requests, from its command line, and percentiles with a digit more than its own.
function init(args)
  wrk.method = args[1] or "GET"
  wrk.body = args[2]
end

function done(_, latency)
  io.write(string.format("percentiles %d %d %d\n", latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
