import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { healthCheck } from '../../shared/health/health-check.ts'

const never = new AbortController().signal
const result = async (target: string, signal = never): Promise<string> =>
  healthCheck(target, { PATH: process.env['PATH'] })(signal).then(
    () => 'healthy',
    (error: unknown) => (error as Error).message,
  )

describe('a health check by URL', () => {
  let server: Server
  let url: string

  beforeAll(async () => {
    server = createServer(({ url: path }, response) => {
      if (path === '/hangs') return
      response.writeHead(Number(path!.slice(1)), { location: 'http://192.0.2.1/' }).end('x'.repeat(100_000))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it.each([
    ['200', 'healthy'],
    ['302', 'healthy'],
    ['404', 'status 404'],
    ['503', 'status 503'],
  ])('is answered with %s: %s', async (path, expected) => {
    expect(await result(`${url}/${path}`)).toBe(expected)
  })

  it('fails if nothing listens', async () => {
    expect(await result('http://127.0.0.1:1/')).toMatch(/ECONNREFUSED/)
  })

  it('ends with its signal', async () => {
    expect(await result(`${url}/hangs`, AbortSignal.timeout(50))).toMatch(/aborted/)
  })
})

describe('a health check by command', () => {
  it.each([
    ['true', 'healthy'],
    ['test -n "$PATH" && exit 0', 'healthy'],
    ['exit 3', 'exit code 3'],
    ['kill -9 $$', 'ended by SIGKILL'],
  ])('%s: %s', async (command, expected) => {
    expect(await result(command)).toBe(expected)
  })

  it('is killed with its signal, and what it has started', async () => {
    expect(await result('sleep 1000 & sleep 1000', AbortSignal.timeout(50))).toBe('ended by SIGKILL')
  })

  it('does not wait for what it leaves behind', async () => {
    expect(await result('sleep 5 >&2 & exit 0')).toBe('healthy')
  })
})

it.each([
  ['', 'A health check is a URL or a command.'],
  [' ', 'A health check is a URL or a command.'],
  ['http://', '"http://" is not a valid URL.'],
])('"%s" is refused', (target, message) => {
  expect(() => healthCheck(target)).toThrow(message)
})
