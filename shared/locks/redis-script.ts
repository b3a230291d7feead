/**
 * Writes a record if the stored version is the expected one: a compare-and-swap, because Redis runs a script atomically.
 *
 * KEYS: the hash of the election, and the counter of versions. ARGV: the expected version ('' if there should be no
 * record), the record as JSON, the handover mark ('' for none), the channel to publish on, and the expected record ('' for
 * any). The record is compared as well, because a lost counter repeats its numbers: a candidate that knows an old version
 * must not overwrite another record with it.
 *
 * Returns only 'conflict', 'absent' or 'exists', or 'written' with the new version. The counter is a key of its own, so
 * that versions keep growing after the election was deleted. If the counter itself is lost, they grow on from the record.
 * All checks come before the first write, because Redis does not roll back a script that fails. Publishing may fail
 * without making the write fail.
 */
export const WRITE_SCRIPT = `
local version = redis.call('HGET', KEYS[1], 'version')
if ARGV[1] == '' then
  if redis.call('EXISTS', KEYS[1]) == 1 then return {'exists'} end
elseif not version then
  return {'absent'}
elseif version ~= ARGV[1] or (ARGV[5] ~= '' and redis.call('HGET', KEYS[1], 'record') ~= ARGV[5]) then
  return {'conflict'}
end
local next = redis.call('INCR', KEYS[2])
if version and next <= tonumber(version) then
  next = tonumber(version) + 1
  redis.call('SET', KEYS[2], string.format('%.0f', next))
end
local text = string.format('%.0f', next)
redis.call('HSET', KEYS[1], 'version', text)
redis.call('HSET', KEYS[1], 'record', ARGV[2])
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], 'handover')
else
  redis.call('HSET', KEYS[1], 'handover', ARGV[3])
end
redis.pcall('PUBLISH', ARGV[4], text .. '\\n' .. ARGV[3] .. '\\n' .. ARGV[2])
return {'written', text}
`
