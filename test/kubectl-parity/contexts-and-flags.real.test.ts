import { base64Fixture, fixture } from '../cluster/local-server.ts'
import type { ParityCase } from './parity-case.ts'
import { paritySuite } from './suite.ts'
import type { World } from './world.ts'

/** Three contexts of one server, which differ in user and namespace; some are broken. */
const config = ({ api, elsewhere }: World): string => {
  const cluster = { server: api, 'certificate-authority-data': base64Fixture('authority.pem') }
  return JSON.stringify({
    'current-context': 'one',
    contexts: [
      { name: 'one', context: { cluster: 'k', user: 'u1', namespace: 'team-one' } },
      { name: 'two', context: { cluster: 'k', user: 'u2' } },
      { name: 'no-user', context: { cluster: 'k' } },
      { name: 'lost-user', context: { cluster: 'k', user: 'gone' } },
      { name: 'no-cluster', context: { user: 'u1' } },
      { name: 'lost-cluster', context: { cluster: 'gone', user: 'u1' } },
    ],
    clusters: [
      { name: 'k', cluster },
      { name: 'named', cluster: { ...cluster, 'tls-server-name': 'api.example.com' } },
      { name: 'away', cluster: { ...cluster, server: elsewhere } },
    ],
    users: [
      { name: 'u1', user: { token: 'one' } },
      { name: 'u2', user: { username: 'two', password: 'pw' } },
      { name: 'u3', user: { token: 'three', as: 'joe', 'as-groups': ['a', 'b'], 'as-uid': '7', 'as-user-extra': { 'Key/x': ['1', '2'] } } },
    ],
  })
}

const withArgs = (name: string, args: ParityCase['args'], outcome: ParityCase['outcome'] = 'answered'): ParityCase => ({
  name,
  config,
  args: args ?? [],
  outcome,
})

const CASES: readonly ParityCase[] = [
  withArgs('a lost cluster, and --server', ({ api }) => ['--context', 'lost-cluster', '--server', api, '--insecure-skip-tls-verify']),
  withArgs('a lost cluster, --server and --cluster', ({ api }) => ['--context', 'lost-cluster', '--server', api, '--cluster', 'nowhere'], 'refused'),
  withArgs('a lost user, and --username', ['--context', 'lost-user', '--username', 'u', '--password', 'p']),
  withArgs('a lost user, and --client-certificate', ['--context', 'lost-user', '--client-certificate', fixture('client.pem'), '--client-key', fixture('client.key')]),
  withArgs('a lost user, --username and --user', ['--context', 'lost-user', '--username', 'u', '--user', 'nobody'], 'refused'),
  withArgs('the current context', []),
  withArgs('--context', ['--context', 'two']),
  withArgs('--context=', ['--context=two']),
  withArgs('--context= that is empty', ['--context=']),
  withArgs('--context that is not there', ['--context', 'three'], 'refused'),
  withArgs('a context without a user', ['--context', 'no-user'], 'refused'),
  withArgs('a context whose user is not there', ['--context', 'lost-user'], 'refused'),
  withArgs('a context whose user is not there, and --token', ['--context', 'lost-user', '--token', 'typed']),
  withArgs('a context whose user is not there, and --user', ['--context', 'lost-user', '--user', 'u2']),
  withArgs('a context without a cluster, and --cluster', ['--context', 'no-cluster', '--cluster', 'k']),
  withArgs('a context without a cluster, and --server', ({ api }) => ['--context', 'no-cluster', '--server', api, '--insecure-skip-tls-verify']),
  {
    ...withArgs('a context whose cluster is not there', ['--context', 'lost-cluster']),
    tls: null,
    env: ({ api }) => ({ KUBERNETES_MASTER: api }),
  },
  withArgs('--user', ['--user', 'u2']),
  withArgs('--user that is not there', ['--user', 'gone'], 'refused'),
  withArgs('--cluster', ['--cluster', 'away']),
  withArgs('--cluster that is not there', ['--cluster', 'gone'], 'refused'),
  withArgs('-n', ['-n', 'flag']),
  withArgs('-n without a space', ['-nflag']),
  withArgs('-n=', ['-n=flag']),
  withArgs('--namespace=', ['--namespace=flag']),
  withArgs('--namespace= that is empty', ['--namespace=']),
  withArgs('--namespace twice', ['--namespace', 'a', '--namespace', 'b']),
  withArgs('-A', ['-A']),
  withArgs('-A and -n', ['-A', '-n', 'flag']),
  withArgs('-A=true', ['-A=true']),
  withArgs('-A=false', ['-A=false']),
  withArgs('-A=0', ['-A=0']),
  withArgs('--all-namespaces=False', ['--all-namespaces=False']),
  withArgs('-A=maybe', ['-A=maybe'], 'refused'),
  withArgs('-A -A=false', ['-A', '-A=false']),
  withArgs('-A=false -A', ['-A=false', '-A']),
  withArgs('--no-headers=true', ['--no-headers=true']),
  withArgs('--no-headers=false', ['--no-headers=false']),
  withArgs('--show-labels=false', ['--show-labels=false']),
  withArgs('--server', ({ elsewhere }) => ['--server', elsewhere]),
  withArgs('-s', ({ elsewhere }) => ['-s', elsewhere]),
  withArgs('--server with a path', ({ api }) => ['--server', `${api}/base`]),
  withArgs('--server drops the name for TLS', ({ api }) => ['--cluster', 'named', '--server', api]),
  withArgs('--server that is none', ['--server', 'https://'], 'refused'),
  withArgs('--token', ['--token', 'typed']),
  withArgs('--token= that is empty', ['--token=']),
  withArgs('--token beside basic credentials', ['--context', 'two', '--token', 'typed'], 'refused'),
  withArgs('--username and --password', ['--context', 'no-user', '--username', 'me', '--password', 'pw']),
  withArgs('--username beside a token', ['--username', 'me', '--password', 'pw'], 'refused'),
  withArgs('--as', ['--as', 'joe']),
  withArgs('--as with letters of any script', ['--as', 'zażółć']),
  withArgs('--as and --as-group, twice', ['--as', 'joe', '--as-group', 'a', '--as-group', 'b,c']),
  withArgs('--as-uid', ['--as', 'joe', '--as-uid', '42']),
  withArgs('--as-group without --as', ['--as-group', 'a'], 'refused'),
  withArgs('--as-uid without --as', ['--as-uid', '42'], 'refused'),
  withArgs('a user who impersonates', ['--user', 'u3']),
  withArgs('a user who impersonates, and --as', ['--user', 'u3', '--as', 'sue']),
  withArgs('a user who impersonates, and --as-group', ['--user', 'u3', '--as-group', 'c']),
  withArgs('a flag that there is not', ['--colour'], 'refused'),
  withArgs('a flag without its value', ['--context'], 'refused'),
  withArgs('--request-timeout', ['--request-timeout', '30s']),
  withArgs('--request-timeout in seconds', ['--request-timeout', '30']),
  withArgs('--request-timeout that is none', ['--request-timeout', 'soon'], 'refused'),
  withArgs('--request-timeout=0', ['--request-timeout=0']),
  withArgs('--cache-dir', ({ home }) => ['--cache-dir', `${home}/.kube/cache`]),
  withArgs('-l', ['-l', 'app=x']),
  withArgs('-l that is none', ['-l', 'app=(']),
]

paritySuite('contexts-and-flags', CASES)
