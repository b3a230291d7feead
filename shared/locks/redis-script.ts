/**
 * Writes a record if it is the version that is expected: compare-and-swap, as Redis runs a script without anything in
 * between.
 *
 * KEYS: the hash of the election, the counter of versions. ARGV: the version expected ('' where there should be none),
 * the record as JSON, the hand-over mark ('' for none), the channel to tell, the record expected ('' for any). A counter
 * that was lost comes to the same numbers again: a candidate that knows one from before must not write over another
 * record with it.
 *
 * Returns 'conflict', 'absent' or 'exists' alone, or 'written' and the new version. The counter is a key of its own so
 * that versions grow on when the election was deleted; where the counter itself was lost, they grow on from the record.
 * All checks come before the first write, because what a script has done before it fails stays done. Whether anybody
 * may be told is not worth a failure.
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
