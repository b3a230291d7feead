import { base64Fixture, fixture, readFixture } from '../cluster/local-server.ts'
import type { ParityCase } from './parity-case.ts'
import { paritySuite } from './suite.ts'

const trusting = (certificate: string): object => ({ 'certificate-authority-data': base64Fixture(certificate) })
const both = Buffer.concat([readFixture('other-authority.pem'), Buffer.from('# ours\n'), readFixture('authority.pem')])
const der = Buffer.from(readFixture('authority.pem').toString().replace(/-----.*-----|\s/g, ''), 'base64')
const UNTRUSTED = { 'certificate-authority-data': undefined }

const CASES: readonly ParityCase[] = [
  { name: 'of the authority inline', outcome: 'answered' },
  { name: 'of the authority in a file', cluster: { ...UNTRUSTED, 'certificate-authority': fixture('authority.pem') }, outcome: 'answered' },
  { name: 'of the authority in a file beside the kubeconfig', cluster: { ...UNTRUSTED, 'certificate-authority': 'ca' }, files: { '.kube/ca': readFixture('authority.pem') }, outcome: 'answered' },
  { name: 'of one authority of several', cluster: { 'certificate-authority-data': both.toString('base64') }, outcome: 'answered' },
  { name: 'of the authority of a flag', cluster: trusting('other-authority.pem'), args: ['--certificate-authority', fixture('authority.pem')], outcome: 'answered' },
  { name: 'of another authority', cluster: trusting('other-authority.pem'), outcome: 'server certificate' },
  { name: 'of no authority of the system', cluster: UNTRUSTED, outcome: 'server certificate' },
  { name: 'the server itself as the authority', cluster: trusting('server.pem'), outcome: 'answered' },
  { name: 'another certificate of the same authority', cluster: trusting('server-elsewhere.pem'), outcome: 'server certificate' },
  { name: 'of an intermediate authority that is trusted alone', cluster: trusting('intermediate.pem'), tls: { certificate: 'server-below-intermediate' }, outcome: 'answered' },
  { name: 'of an intermediate authority that the server does not show', tls: { certificate: 'server-below-intermediate' }, outcome: 'server certificate' },
  {
    name: 'of an intermediate authority that the server shows',
    tls: { certificate: 'server-below-intermediate', cert: Buffer.concat([readFixture('server-below-intermediate.pem'), readFixture('intermediate.pem')]) },
    outcome: 'answered',
  },
  { name: 'that has run out', tls: { certificate: 'server-expired' }, outcome: 'server certificate' },
  { name: 'for another name', tls: { certificate: 'server-elsewhere' }, outcome: 'server certificate' },
  { name: 'for another name, expected', cluster: { 'tls-server-name': 'api.example.com' }, tls: { certificate: 'server-elsewhere' }, outcome: 'answered' },
  { name: 'for another name, expected by a flag', args: ['--tls-server-name', 'api.example.com'], tls: { certificate: 'server-elsewhere' }, outcome: 'answered' },
  { name: 'for another name than the expected', cluster: { 'tls-server-name': 'other.example.com' }, tls: { certificate: 'server-elsewhere' }, outcome: 'server certificate' },
  { name: 'an address as the expected name', cluster: { 'tls-server-name': '127.0.0.1' }, outcome: 'answered' },
  { name: 'an expected name of a certificate that has it too', cluster: { 'tls-server-name': 'localhost' }, outcome: 'answered' },
  { name: 'the name of the URL', cluster: ({ api }) => ({ server: api.replace('127.0.0.1', 'localhost') }), outcome: 'answered' },
  { name: 'with nothing but a common name', cluster: ({ api }) => ({ server: api.replace('127.0.0.1', 'localhost') }), tls: { certificate: 'server-common-name' }, outcome: 'server certificate' },
  { name: 'not checked', cluster: { ...UNTRUSTED, 'insecure-skip-tls-verify': true }, outcome: 'answered' },
  { name: 'not checked, and has run out', cluster: { ...UNTRUSTED, 'insecure-skip-tls-verify': true }, tls: { certificate: 'server-expired' }, outcome: 'answered' },
  { name: 'not checked, and for another name', cluster: { ...UNTRUSTED, 'insecure-skip-tls-verify': true, 'tls-server-name': 'api.example.com' }, outcome: 'answered' },
  { name: 'not checked beside an authority', cluster: { 'insecure-skip-tls-verify': true }, outcome: 'refused' },
  { name: '--insecure-skip-tls-verify', cluster: trusting('other-authority.pem'), args: ['--insecure-skip-tls-verify'], outcome: 'answered' },
  { name: '--insecure-skip-tls-verify=false', cluster: { ...UNTRUSTED, 'insecure-skip-tls-verify': true }, args: ['--insecure-skip-tls-verify=false'], outcome: 'answered' },
  { name: '--insecure-skip-tls-verify beside --certificate-authority', args: ['--insecure-skip-tls-verify', '--certificate-authority', fixture('authority.pem')], outcome: 'refused' },
  { name: 'an authority as a file and inline', cluster: { 'certificate-authority': fixture('authority.pem') }, outcome: 'refused' },
  { name: 'an authority file that is not there', cluster: { ...UNTRUSTED, 'certificate-authority': 'nowhere' }, outcome: 'refused' },
  { name: 'an authority that is no certificate', cluster: { 'certificate-authority-data': Buffer.from('hello').toString('base64') }, outcome: 'refused' },
  { name: 'an authority in DER', cluster: { 'certificate-authority-data': der.toString('base64') }, outcome: 'refused' },
  { name: 'an authority that is a key', cluster: trusting('server.key'), outcome: 'refused' },
  { name: 'an empty authority', cluster: { 'certificate-authority-data': '' }, outcome: 'server certificate' },
  { name: 'HTTPS to a server of plain HTTP', cluster: ({ api }) => ({ server: api.replace('http:', 'https:') }), tls: null, outcome: 'protocol' },
  { name: 'a server of TLS 1.1 alone', tls: { certificate: 'server', minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, outcome: 'protocol' },
]

paritySuite('server-certificates', CASES)
