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
 */
export const PUBLISH_SCRIPT = `
local batch, prefix = ARGV[1], ARGV[2]
local size, ttl, most, positionTtl, newEpoch = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7]
local orderKey, number, before = ARGV[8], ARGV[9], ARGV[10]
if orderKey and before ~= '' and redis.call('GET', orderKey) ~= before then
  return redis.error_reply('ERR a batch before this one was refused')
end
local at = 1
while at <= #batch do
  local name, kept, data
  name, kept, data, at = struct.unpack('>I4c0BI4c0', batch, at)
  if kept == 0 then
    redis.call('PUBLISH', name, data)
  else
    local list, meta = prefix .. 'h:' .. name, prefix .. 'p:' .. name
    local origin = 'o' .. string.sub(data, 3, 18)
    local high, low = struct.unpack('>I4I4', data, 27)
    local sequence = high * 4294967296 + low
    if sequence > tonumber(redis.call('HGET', meta, origin) or '0') then
      redis.call('HSETNX', meta, 'e', newEpoch)
      local epoch = redis.call('HGET', meta, 'e')
      local offset = redis.call('HINCRBY', meta, 'n', 1)
      redis.call('HSET', meta, origin, string.format('%.0f', sequence))
      local count = redis.call('RPUSH', list, data)
      local bytes
      if count == 1 then
        bytes = #data
        redis.call('HSET', meta, 'b', bytes)
      else
        bytes = redis.call('HINCRBY', meta, 'b', #data)
      end
      while count > size or bytes > most do
        local gone = redis.call('LPOP', list)
        if not gone then break end
        count = count - 1
        bytes = redis.call('HINCRBY', meta, 'b', -#gone)
      end
      redis.call('PEXPIRE', list, ttl)
      redis.call('PEXPIRE', meta, positionTtl)
      local place = struct.pack('>I4I4', math.floor(offset / 4294967296), offset % 4294967296)
      redis.call('PUBLISH', prefix .. 't:' .. name, '\\1' .. epoch .. place .. data)
    end
  end
end
if orderKey then redis.call('SET', orderKey, number, 'PX', 60000) end
return 0
`;

/**
 * Reads a history. `ARGV`: the prefix, the topic, the epoch and the offset of the last message seen, both empty for
 * none, an epoch for a topic that begins, and the ttl of its position. Returns the epoch, the last offset, 1 if nothing
 * is missing, and the messages.
 */
export const SINCE_SCRIPT = `
local prefix, topic, epoch, after, newEpoch, positionTtl = unpack(ARGV)
local list, meta = prefix .. 'h:' .. topic, prefix .. 'p:' .. topic
if redis.call('HSETNX', meta, 'e', newEpoch) == 1 then redis.call('PEXPIRE', meta, positionTtl) end
local current = redis.call('HGET', meta, 'e')
local last = tonumber(redis.call('HGET', meta, 'n') or '0')
if after == '' then return { current, last, 1, {} } end
after = tonumber(after)
local count = redis.call('LLEN', list)
if epoch ~= current or after > last or after < last - count then return { current, last, 0, {} } end
local items = redis.call('LRANGE', list, after - (last - count), -1)
return { current, last, 1, items }
`;
