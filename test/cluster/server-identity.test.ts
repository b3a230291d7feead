import type { PeerCertificate } from 'node:tls'
import { expect, it } from 'vitest'
import { checkServerIdentity } from '../../shared/cluster/connection/tls.ts'

/** A certificate with these names. Its common name must count for nothing. */
const certificate = (subjectaltname: string | undefined): PeerCertificate =>
  ({ subject: { CN: 'api.example.com' }, subjectaltname }) as Partial<PeerCertificate> as PeerCertificate

it.each([
  ['DNS:api.example.com', true],
  ['DNS:*.example.com', true],
  ['DNS:API.Example.com', true],
  ['DNS:ap*.example.com', false],
  ['DNS:*i.example.com', false],
  ['DNS:a*i.example.com', false],
  ['DNS:ap*.example.com, DNS:api.example.com', true],
  ['IP Address:127.0.0.1, DNS:ap*.example.com', false],
  ['DNS:*', false],
  ['DNS:*.com', false],
  ['IP Address:127.0.0.1', false],
  ['', false],
])('a certificate for %j is for api.example.com: %s, as for Go', (names, isFor) => {
  expect(checkServerIdentity('api.example.com', certificate(names)) === undefined).toBe(isFor)
})
