import { base64Fixture, kubeconfigText } from '../cluster/local-server.ts'
import type { ParityCase } from './parity-case.ts'
import { paritySuite } from './suite.ts'
import type { World } from './world.ts'

const here = ({ api }: World, more: object = {}): object => ({
  server: api,
  'certificate-authority-data': base64Fixture('authority.pem'),
  ...more,
})
const paths = ({ home }: World, ...names: string[]): { KUBECONFIG: string } => ({
  KUBECONFIG: names.map((name) => (name === '' ? '' : `${home}/${name}`)).join(':'),
})
const text = (content: object): string => JSON.stringify(content)

const WHOLE = (world: World): string => kubeconfigText(here(world), { token: 'whole' })
const context = (name: string, cluster: string, user: string, namespace?: string): object => ({
  name,
  context: { cluster, user, ...(namespace && { namespace }) },
})

const CASES: readonly ParityCase[] = [
  { name: '~/.kube/config', outcome: 'answered' },
  { name: 'KUBECONFIG instead of ~/.kube/config', files: (world) => ({ a: WHOLE(world) }), env: (world) => paths(world, 'a'), outcome: 'answered' },
  { name: 'KUBECONFIG that is empty', env: { KUBECONFIG: '' }, outcome: 'answered' },
  {
    name: '--kubeconfig before KUBECONFIG',
    files: (world) => ({ a: WHOLE(world), b: kubeconfigText(here(world), { token: 'flag' }) }),
    env: (world) => paths(world, 'a'),
    args: ['--kubeconfig', 'b'],
    outcome: 'answered',
  },
  { name: '--kubeconfig that is not there', args: ['--kubeconfig', 'nowhere'], outcome: 'refused' },
  { name: '--kubeconfig that is a list', files: (world) => ({ a: WHOLE(world) }), args: ['--kubeconfig', 'a:.kube/config'], outcome: 'refused' },
  { name: '--kubeconfig= that is empty', args: ['--kubeconfig='], outcome: 'answered' },
  { name: 'a missing file before one that is there', files: (world) => ({ a: WHOLE(world) }), env: (world) => paths(world, 'nowhere', 'a'), outcome: 'answered' },
  { name: 'a missing file after one that is there', files: (world) => ({ a: WHOLE(world) }), env: (world) => paths(world, 'a', 'nowhere'), outcome: 'answered' },
  { name: 'the same file twice', files: (world) => ({ a: WHOLE(world) }), env: (world) => paths(world, 'a', 'a'), outcome: 'answered' },
  { name: 'empty places in the list', files: (world) => ({ a: WHOLE(world) }), env: (world) => paths(world, '', 'a', ''), outcome: 'answered' },
  { name: 'a relative path', files: (world) => ({ 'sub/a': WHOLE(world) }), env: { KUBECONFIG: 'sub/a' }, outcome: 'answered' },
  { name: 'an empty file before one that is there', files: (world) => ({ a: WHOLE(world), empty: '' }), env: (world) => paths(world, 'empty', 'a'), outcome: 'answered' },
  { name: 'a broken file after one that is there', files: (world) => ({ a: WHOLE(world), broken: 'x: [' }), env: (world) => paths(world, 'a', 'broken'), outcome: 'refused' },
  { name: 'a folder in the list', files: (world) => ({ a: WHOLE(world), 'folder/x': '' }), env: (world) => paths(world, 'a', 'folder'), outcome: 'refused' },
  {
    name: 'a context, a cluster and a user in a file each',
    files: (world) => ({
      a: text({ 'current-context': 'c', contexts: [context('c', 'k', 'u', 'far')] }),
      b: text({ clusters: [{ name: 'k', cluster: here(world) }] }),
      c: text({ users: [{ name: 'u', user: { token: 'pieces' } }] }),
    }),
    env: (world) => paths(world, 'a', 'b', 'c'),
    outcome: 'answered',
  },
  {
    name: 'the first current-context counts',
    files: (world) => ({
      a: text({ 'current-context': '', contexts: [] }),
      b: text({ 'current-context': 'two', contexts: [context('one', 'k', 'u1'), context('two', 'k', 'u2')] }),
      c: text({
        'current-context': 'one',
        clusters: [{ name: 'k', cluster: here(world) }],
        users: [{ name: 'u1', user: { token: 'one' } }, { name: 'u2', user: { token: 'two' } }],
      }),
    }),
    env: (world) => paths(world, 'a', 'b', 'c'),
    outcome: 'answered',
  },
  {
    name: 'the first user of a name counts, and is not mixed with the second',
    files: (world) => ({
      a: text({ users: [{ name: 'jane', user: { username: 'first', password: 'p' } }] }),
      b: kubeconfigText(here(world), { token: 'second', as: 'joe' }),
    }),
    env: (world) => paths(world, 'a', 'b'),
    outcome: 'answered',
  },
  {
    name: 'the first cluster of a name counts, and is not mixed with the second',
    files: (world) => ({
      a: text({ clusters: [{ name: 'there', cluster: { server: world.api } }] }),
      b: kubeconfigText(here(world, { 'tls-server-name': 'localhost' }), { token: 't' }),
    }),
    env: (world) => paths(world, 'a', 'b'),
    outcome: 'server certificate',
  },
  {
    name: 'the first context of a name counts',
    files: (world) => ({
      a: text({ contexts: [context('here', 'there', 'jane', 'first')] }),
      b: kubeconfigText(here(world), { token: 't' }),
    }),
    env: (world) => paths(world, 'a', 'b'),
    outcome: 'answered',
  },
  {
    name: 'relative paths are meant from their own file',
    files: (world) => ({
      'one/a': text({ 'current-context': 'c', contexts: [context('c', 'k', 'u')], users: [{ name: 'u', user: { tokenFile: 'token' } }] }),
      'one/token': 'from-one',
      'two/b': text({ clusters: [{ name: 'k', cluster: here(world) }] }),
      'two/token': 'from-two',
    }),
    env: (world) => paths(world, 'one/a', 'two/b'),
    outcome: 'answered',
  },
  {
    name: 'a path that goes up and down',
    files: (world) => ({ 'sub/a': kubeconfigText(here(world), { tokenFile: '../token' }), token: 'up' }),
    env: (world) => paths(world, 'sub/../sub/a'),
    outcome: 'answered',
  },
  { name: 'a tilde is no home', files: (world) => ({ a: WHOLE(world) }), env: { KUBECONFIG: '~/a' }, config: null, args: ({ api }) => ['-s', api, '--token', 't', '--insecure-skip-tls-verify'], outcome: 'answered' },
  { name: 'nothing at all', config: null, outcome: 'answered', env: ({ api }) => ({ KUBERNETES_MASTER: api }), tls: null },
  { name: 'nothing but a server', config: null, args: ({ api }) => ['--server', api, '--insecure-skip-tls-verify'], outcome: 'refused' },
  { name: 'nothing but a server over plain HTTP', config: null, args: ({ api }) => ['--server', api], tls: null, outcome: 'answered' },
  { name: 'nothing but a server and a token', config: null, args: ({ api }) => ['--server', api, '--insecure-skip-tls-verify', '--token', 't'], outcome: 'answered' },
  {
    name: 'a context without a current-context',
    config: (world) => text({ contexts: [context('c', 'k', 'u')], clusters: [{ name: 'k', cluster: here(world) }] }),
    tls: null,
    env: ({ api }) => ({ KUBERNETES_MASTER: api }),
    outcome: 'answered',
  },
]

paritySuite('kubeconfig-merging', CASES)
