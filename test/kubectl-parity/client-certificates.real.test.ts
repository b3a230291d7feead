import { base64Fixture, fixture, readFixture } from '../cluster/local-server.ts'
import type { ParityCase } from './parity-case.ts'
import { paritySuite } from './suite.ts'

const der = (pem: string): Buffer => Buffer.from(readFixture(pem).toString().replace(/-----.*-----|\s/g, ''), 'base64')
const inline = (cert: string, key: string): object => ({
  'client-certificate-data': base64Fixture(cert),
  'client-key-data': base64Fixture(key),
})
const files = (cert: string, key: string): object => ({ 'client-certificate': fixture(cert), 'client-key': fixture(key) })
const chain = Buffer.concat([readFixture('client.pem'), readFixture('authority.pem')])

const CASES: readonly ParityCase[] = [
  { name: 'inline', user: inline('client.pem', 'client.key'), outcome: 'answered' },
  { name: 'files', user: files('client.pem', 'client.key'), outcome: 'answered' },
  {
    name: 'files beside the kubeconfig',
    user: { 'client-certificate': 'my.pem', 'client-key': 'keys/my.key' },
    files: { '.kube/my.pem': readFixture('client.pem'), '.kube/keys/my.key': readFixture('client.key') },
    outcome: 'answered',
  },
  { name: 'the certificate inline, the key in a file', user: { ...inline('client.pem', 'client.key'), 'client-key-data': undefined, 'client-key': fixture('client.key') }, outcome: 'answered' },
  { name: 'flags', user: { token: 'abc' }, args: ['--client-certificate', fixture('client.pem'), '--client-key', fixture('client.key')], outcome: 'answered' },
  { name: 'a flag for the certificate alone', user: {}, args: ['--client-certificate', fixture('client.pem')], outcome: 'refused' },
  { name: 'of another authority', user: inline('client-other.pem', 'client-other.key'), outcome: 'answered' },
  { name: 'that has run out', user: inline('client-expired.pem', 'client-expired.key'), outcome: 'answered' },
  { name: 'with its chain', user: { ...inline('client.pem', 'client.key'), 'client-certificate-data': chain.toString('base64') }, outcome: 'answered' },
  { name: 'in a file with its key', user: { 'client-certificate': 'both', 'client-key': 'both' }, files: { '.kube/both': Buffer.concat([readFixture('client.key'), readFixture('client.pem')]) }, outcome: 'answered' },
  { name: 'beside a token', user: { ...inline('client.pem', 'client.key'), token: 'abc' }, outcome: 'answered' },
  { name: 'beside --token', user: inline('client.pem', 'client.key'), args: ['--token', 'typed'], outcome: 'answered' },
  { name: 'beside basic credentials', user: { ...inline('client.pem', 'client.key'), username: 'u', password: 'p' }, outcome: 'answered' },
  { name: 'to a server that asks for none', user: inline('client.pem', 'client.key'), tls: { certificate: 'server', requestCert: false }, outcome: 'answered' },
  { name: 'with the key of another', user: inline('client.pem', 'client-other.key'), outcome: 'refused' },
  { name: 'with a key of another kind', user: inline('client.pem', 'client-rsa.key'), outcome: 'refused' },
  { name: 'with an encrypted key', user: inline('client.pem', 'client-encrypted.key'), outcome: 'refused' },
  { name: 'with a key encrypted as of old', user: inline('client.pem', 'client-encrypted-traditional.key'), outcome: 'refused' },
  { name: 'in DER', user: { ...inline('client.pem', 'client.key'), 'client-certificate-data': der('client.pem').toString('base64') }, outcome: 'refused' },
  { name: 'with a key in DER', user: { ...inline('client.pem', 'client.key'), 'client-key-data': der('client.key').toString('base64') }, outcome: 'refused' },
  { name: 'without a key', user: { 'client-certificate-data': base64Fixture('client.pem') }, outcome: 'refused' },
  { name: 'a key without a certificate', user: { 'client-key-data': base64Fixture('client.key'), token: 'abc' }, outcome: 'answered' },
  { name: 'a certificate file that is not there', user: { 'client-certificate': 'nowhere', 'client-key': fixture('client.key') }, outcome: 'refused' },
  { name: 'a key file that is not there', user: { 'client-certificate': fixture('client.pem'), 'client-key': 'nowhere' }, outcome: 'refused' },
  { name: 'as a file and inline', user: { ...inline('client.pem', 'client.key'), 'client-certificate': fixture('client.pem') }, outcome: 'refused' },
  { name: 'the key as a file and inline', user: { ...inline('client.pem', 'client.key'), 'client-key': fixture('client.key') }, outcome: 'refused' },
  { name: 'asked for and not there', user: { token: 'abc' }, tls: { certificate: 'server', rejectUnauthorized: true }, outcome: 'client certificate' },
  { name: 'refused', user: inline('client-other.pem', 'client-other.key'), tls: { certificate: 'server', rejectUnauthorized: true }, outcome: 'unreachable' },
  { name: 'of use under TLS 1.2', user: inline('client.pem', 'client.key'), tls: { certificate: 'server', maxVersion: 'TLSv1.2' }, outcome: 'answered' },
]

paritySuite('client-certificates', CASES)
