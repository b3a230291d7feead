'use strict'
// Loads the bundled program, and caches the code that V8 compiled for the next run of the same command. Node's own
// compile cache stores only what is compiled before a file runs, which is very little. Storing all code that a command
// used, when it exits, saves a quarter of its run time.
const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { basename, dirname, isAbsolute, join } = require('node:path')
const { Script } = require('node:vm')

// On SIGUSR1, Node would open a debugger. Programs use this signal for their own purposes, so `join` passes it on.
// Flags can stand before the command; a false match does no harm.
if (process.argv.includes('join')) process.on('SIGUSR1', () => undefined)

const loaded = new Map()
// The self-contained executable embeds the files, and runs this one.
const readSource =
  __filename === process.execPath
    ? (id) => Buffer.from(require('node:sea').getRawAsset(basename(id)))
    : (id) => readFileSync(join(__dirname, id))

// `join` starts this program twice more: as the watchdog of its command, and as the process that waits to become the command.
if (['__watchdog', '__command'].includes(process.argv[2])) load('./watchdog.cjs')
else load(['list', 'get', 'ls'].includes(process.argv[2]) && !isToWatch() ? './list.cjs' : './main.cjs')

// `list -w` needs the code of `watch`, which only main.cjs has. A false match does no harm, because both files can list.
function isToWatch() {
  return process.argv.some((arg) => /^(-\w*w|--watch)/.test(arg))
}

// Like require(): loads a file next to this one, or a module of Node.
function load(id) {
  // Faster than require(), which is called dozens of times here.
  if (!id.startsWith('./')) return process.getBuiltinModule(id) ?? require(id)
  if (loaded.has(id)) return loaded.get(id).exports
  const module = { exports: {} }
  loaded.set(id, module)
  const filename = join(__dirname, id)
  const source = readSource(id)
  const cache = cacheFile(basename(id, '.cjs'))
  const cachedData = cache && readCache(cache, source)
  const script = new Script(`(function (module, exports, require) {${source.toString('utf8')}\n})`, { filename, cachedData })
  if (cache && (!cachedData || script.cachedDataRejected)) {
    process.once('exit', () => writeCache(cache, source, script.createCachedData()))
  }
  script.runInThisContext()(module, module.exports, load)
  return module.exports
}

// Only in the user's own cache directory. In a shared temporary directory, another user could plant code.
function cacheFile(name) {
  const folder = process.env.XDG_CACHE_HOME || join(homeFolder(), '.cache')
  const command = /^[a-z]{1,20}$/.exec(process.argv[2])
  const file = `${name}-${command ? command[0] : ''}-${process.version}-${process.arch}.bin`
  return isAbsolute(folder) ? join(folder, 'kubectl-leader', file) : undefined
}

// Empty if there is none: in a container, a user can have neither HOME nor an entry in /etc/passwd.
function homeFolder() {
  try {
    return process.env.HOME || require('node:os').homedir()
  } catch {
    return ''
  }
}

// V8 does not check cached code, so a file that is truncated or belongs to another version of the program is ignored.
function readCache(file, source) {
  try {
    const bytes = readFileSync(file)
    const code = bytes.subarray(32)
    return bytes.subarray(0, 32).equals(digest(source, code)) ? code : undefined
  } catch {
    return undefined
  }
}

function writeCache(file, source, code) {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const unfinished = `${file}.${process.pid}`
    writeFileSync(unfinished, Buffer.concat([digest(source, code), code]), { mode: 0o600 })
    renameSync(unfinished, file)
  } catch {
    // If the cache directory is not writable, do without a cache.
  }
}

function digest(source, code) {
  return createHash('sha256').update(source).update(code).digest()
}
