/**
 * Ties the positions of a prefix to the server that gives them. `ARGV`: the prefix, a name of the server as it runs
 * now, and a term to begin if another one was there before: that one, or this one before it was started again, may have
 * given places to messages which are lost.
 */
export const TERM_SCRIPT = `
local key = ARGV[1] .. 's'
if redis.call('HGET', key, 'server') ~= ARGV[2] then
  redis.call('HSET', key, 'server', ARGV[2], 'term', ARGV[3])
end
return 0
`;

/**
 * Reads the head of a topic, for both scripts below: its epoch, its last offset, its bytes and the last message of
 * `origin`. A topic that begins, or was last used in another term, begins with the epoch that is given, and with
 * nothing.
 */
const HEAD = `
local function headOf(meta, list, term, newEpoch, origin)
  local head = redis.pcall('HMGET', meta, 'e', 't', 'n', 'b', origin)
  if head.err then return nil, head.err end
  local offset = tonumber(head[3] or '0')
  if head[1] and head[2] == term then return head[1], offset, tonumber(head[4] or '0'), head[5] end
  redis.call('DEL', list)
  return newEpoch, offset, 0, head[5]
end
local function termOf(prefix)
  return redis.call('HGET', prefix .. 's', 'term') or ''
end
`;

/**
 * Publishes a batch. `ARGV`: the batch, the prefix, then size, ttl and bytes of a history, the ttl of its position, and
 * an epoch for those that begin. If some of its messages are kept, also a key, the number of the batch, and the number
 * that the key must have, empty for any: the server may refuse a batch for want of memory and have room for the next
 * one, whose messages would make those of the first one old.
 *
 * One script for a batch rather than one command for each message: the client spends most of its time on commands. A
 * message that is kept is appended and published in one step, and not twice if its publisher sends it again.
 *
 * A batch is a sequence of: length of a name (4), name, 1 if it is kept (1), length of the data (4), data. Of a message
 * that is kept, the name is the topic, and the data are an envelope: its origin is bytes 3 to 18, its sequence bytes 27
 * to 34. For another one, they are the channel and what is published there: each text that the script had to make would
 * cost a tenth of its time.
 *
 * Returns pairs of the number of a message, counted without those that are not kept, and why it cannot be kept: another
 * program has a value of another type at its key. Tried again, such a message would hold up all others.
 *
 * The head of a topic has the last number of each publisher, and the offset that it had then: beyond 1,000 publishers,
 * the half that was silent for longest is forgotten.
 */
export const PUBLISH_SCRIPT: string = `${HEAD}
local batch, prefix = ARGV[1], ARGV[2]
local size, ttl, most, positionTtl, newEpoch = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7]
local orderKey, number, before = ARGV[8], ARGV[9], ARGV[10]
local function forgetOrigins(meta)
  local all, origins = redis.call('HGETALL', meta), {}
  for i = 1, #all, 2 do
    local offset = string.match(all[i + 1], '^%d+:(%d+)$')
    if string.sub(all[i], 1, 1) == 'o' and offset then origins[#origins + 1] = { tonumber(offset), all[i] } end
  end
  table.sort(origins, function(a, b) return a[1] < b[1] end)
  for i = 1, #origins - 500 do redis.call('HDEL', meta, origins[i][2]) end
end
if orderKey and before ~= '' and redis.call('GET', orderKey) ~= before then
  return redis.error_reply('ERR a batch before this one was refused')
end
local term = orderKey and termOf(prefix)
local function keep(name, data)
  local list, meta = prefix .. 'h:' .. name, prefix .. 'p:' .. name
  local origin = 'o' .. string.sub(data, 3, 18)
  local high, low = struct.unpack('>I4I4', data, 27)
  local sequence = high * 4294967296 + low
  local epoch, offset, bytes, last = headOf(meta, list, term, newEpoch, origin)
  if not epoch then return offset end
  if last and sequence <= tonumber(string.match(last, '^%d+')) then return end
  offset = offset + 1
  local count = redis.pcall('RPUSH', list, data)
  if type(count) == 'table' then return count.err end
  bytes = (count == 1 and 0 or bytes) + #data
  while count > size or bytes > most do
    local gone = redis.call('LPOP', list)
    if not gone then break end
    count = count - 1
    bytes = bytes - #gone
  end
  local n = string.format('%.0f', offset)
  last = string.format('%.0f:%s', sequence, n)
  redis.call('HSET', meta, 'e', epoch, 't', term, 'n', n, 'b', bytes, origin, last)
  if redis.call('HLEN', meta) > 1004 then forgetOrigins(meta) end
  redis.call('PEXPIRE', list, ttl)
  redis.call('PEXPIRE', meta, positionTtl)
  local place = struct.pack('>I4I4', math.floor(offset / 4294967296), offset % 4294967296)
  redis.call('PUBLISH', prefix .. 't:' .. name, '\\1' .. epoch .. place .. data)
end
local unfit = {}
local at, index = 1, 0
while at <= #batch do
  local name, kept, data
  name, kept, data, at = struct.unpack('>I4c0BI4c0', batch, at)
  if kept == 0 then
    redis.call('PUBLISH', name, data)
  else
    index = index + 1
    local reason = keep(name, data)
    if reason and string.sub(reason, 1, 9) ~= 'WRONGTYPE' then return redis.error_reply(reason) end
    if reason then
      unfit[#unfit + 1] = index
      unfit[#unfit + 1] = reason
    end
  end
end
if orderKey then redis.call('SET', orderKey, number, 'PX', 60000) end
return unfit
`;

/**
 * Reads a history. `ARGV`: the prefix, the topic, the epoch and the offset of the last message seen, both empty for
 * none, an epoch for a topic that begins, and the ttl of its position. Returns the epoch, the last offset, 1 if nothing
 * is missing, and the messages.
 */
export const SINCE_SCRIPT: string = `${HEAD}
local prefix, topic, epoch, after, newEpoch, positionTtl = unpack(ARGV)
local list, meta = prefix .. 'h:' .. topic, prefix .. 'p:' .. topic
local term = termOf(prefix)
local current, last = headOf(meta, list, term, newEpoch, 'o')
if not current then return redis.error_reply(last) end
if current == newEpoch then
  redis.call('HSET', meta, 'e', current, 't', term)
  redis.call('PEXPIRE', meta, positionTtl)
end
if after == '' then return { current, last, 1, {} } end
after = tonumber(after)
local count = redis.call('LLEN', list)
if epoch ~= current or after > last or after < last - count then return { current, last, 0, {} } end
local items = redis.call('LRANGE', list, after - (last - count), -1)
return { current, last, 1, items }
`;
