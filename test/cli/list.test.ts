import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ElectionJson } from '../../kubectl-plugin/output/election-json.ts'
import { startCliSandbox, type CliOptions, type CliResult, type CliSandbox } from '../support/cli-sandbox.ts'
import { lease, pod } from '../support/cluster-objects.ts'

const LEASES = 'leases.coordination.k8s.io'
const UUID = '105bfb92-3c68-4a29-ae9e-fc42f78982dd'

let world: CliSandbox
let list: (args?: string, options?: CliOptions) => Promise<CliResult>

beforeAll(async () => {
  world = await startCliSandbox()
  const { sandbox, secondsAgo, cli } = world
  list = (args = '', options) => cli(['list', ...args.split(' ').filter(Boolean)], options)
  const plant = (name: string, spec: Record<string, unknown>, metadata: Record<string, unknown> = {}): unknown =>
    sandbox.plant(LEASES, lease(name, spec, { creationTimestamp: secondsAgo(7_200), ...metadata }) as never)

  plant('web', { holderIdentity: `web-7d4b-abcde_${UUID}`, leaseDurationSeconds: 15, leaseTransitions: 3, renewTime: secondsAgo(2), acquireTime: secondsAgo(600) }, { labels: { app: 'web' } })
  plant('db', { holderIdentity: 'db-0', leaseDurationSeconds: 15, leaseTransitions: 1, renewTime: secondsAgo(90) })
  plant('free', { holderIdentity: '', leaseDurationSeconds: 1, renewTime: secondsAgo(5) })
  plant('api', { holderIdentity: 'api-0', leaseDurationSeconds: 15, renewTime: secondsAgo(1) }, { namespace: 'team-b' })
  plant('node-1', { holderIdentity: 'node-1', leaseDurationSeconds: 40, renewTime: secondsAgo(1) }, { namespace: 'kube-node-lease' })
  plant('node-2', { holderIdentity: 'node-2', leaseDurationSeconds: 40, renewTime: secondsAgo(1) }, { namespace: 'kube-node-lease' })
  plant('hostile', { holderIdentity: '\u001b[31m\u202e\n', leaseDurationSeconds: -5 }, { namespace: 'hostile' })
  for (const namespace of ['team-a', 'team-b']) sandbox.plant('namespaces', { metadata: { name: namespace } })
  sandbox.plant('pods', pod('web-7d4b-abcde', { replicaSet: 'web-7d4b', hash: '7d4b', nodeName: 'node-1', creationTimestamp: secondsAgo(700) }) as never)
  sandbox.plant('configmaps', {
    metadata: {
      name: 'old', namespace: 'team-a', creationTimestamp: secondsAgo(60),
      annotations: {
        'control-plane.alpha.kubernetes.io/leader': JSON.stringify({
          holderIdentity: 'old-0', leaseDurationSeconds: 15, renewTime: secondsAgo(3), acquireTime: secondsAgo(50), leaderTransitions: 4,
        }),
      },
    },
  })
  sandbox.addUser({ name: 'reader', rules: [{ verbs: ['get', 'list'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['team-a'] }] })
  sandbox.addUser({ name: 'nobody', rules: [] })
})

afterAll(() => world[Symbol.asyncDispose]())

describe('list', () => {
  it('shows the elections of a namespace', async () => {
    expect(await list('-n team-a')).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: [
        'NAME   HOLDER                                                STATE      RENEWED   EXPIRES    TRANSITIONS   AGE',
        'db     db-0                                                  ~expired   ~90s      ~75s ago   1             120m',
        'free   <none>                                                released   ~5s       <none>     0             120m',
        `web    web-7d4b-abcde_${UUID}   ~held      ~2s       ~13s       3             120m`,
        '',
      ].join('\n'),
    })
  })

  it('shows all namespaces, and says what it does not show', async () => {
    const { stdout, stderr } = await list('-A')
    expect(stdout.split('\n').map((line) => line.split(/\s+/).slice(0, 2).join('/'))).toEqual([
      'NAMESPACE/NAME', 'hostile/hostile', 'team-a/db', 'team-a/free', 'team-a/web', 'team-b/api', '',
    ])
    expect(stderr).toBe('2 node heartbeats are hidden. To show them, pass --category all.\n')
  })

  it.each(['get', 'ls'])('has the alias %s', async (alias) => {
    const { stdout } = await world.cli([alias, '-n', 'team-b', '-o', 'name'])
    expect(stdout).toBe('lease.coordination.k8s.io/api\n')
  })

  it('requests only the leases', async () => {
    world.sandbox.requests.clear()
    await list('-A')
    expect(world.sandbox.requests.list().map(({ path }) => path.split('?')[0])).toEqual(['/apis/coordination.k8s.io/v1/leases'])
  })

  it.each([
    ['node', ['node-1', 'node-2']],
    ['all', ['hostile', 'node-1', 'node-2', 'db', 'free', 'web', 'api']],
    ['apiserver', []],
  ])('shows --category %s', async (category, names) => {
    const { stdout, stderr } = await list(`-A -o name --category ${category}`)
    expect(stdout.split('\n').filter(Boolean)).toEqual(names.map((name) => `lease.coordination.k8s.io/${name}`))
    expect(stderr).toBe(names.length === 0 ? 'No leases of category "apiserver" found in any namespace.\n' : '')
  })

  it('selects by label', async () => {
    expect((await list('-A -o name -l app=web')).stdout).toBe('lease.coordination.k8s.io/web\n')
  })

  it('selects by field, also together with a name', async () => {
    expect((await list('-n team-a -o name --field-selector metadata.name=db')).stdout).toBe('lease.coordination.k8s.io/db\n')
    expect((await list('-A -o name --field-selector metadata.namespace=team-b')).stdout).toBe('lease.coordination.k8s.io/api\n')
    const { exitCode, stderr } = await list('-A web --field-selector metadata.namespace=team-b')
    expect([exitCode, stderr]).toEqual([3, 'Error: There is no lease "web" in any namespace.\n'])
  })

  it('shows labels in columns of their own', async () => {
    const { stdout } = await list('-n team-a -L app,example.com/tier -L none')
    const [headings, , , web] = stdout.split('\n').map((line) => line.split(/ {2,}/))
    expect(headings!.slice(-3)).toEqual(['APP', 'TIER', 'NONE'])
    expect(web!.slice(-3)).toEqual(['web', '<none>', '<none>'])
  })

  it('reads in pages of the size that is asked for', async () => {
    world.sandbox.requests.clear()
    const { stdout } = await list('-A -o name --chunk-size 2')
    expect(stdout).toBe((await list('-A -o name')).stdout)
    const limits = world.sandbox.requests.list().map(({ path }) => new URLSearchParams(path.split('?')[1]).get('limit'))
    expect(limits).toEqual(['2', '2', '2', '2', null])
  })

  it('takes a value after an equals sign, as kubectl does', async () => {
    expect((await list('-A=true -o=name')).stdout).toBe((await list('-A -o name')).stdout)
    expect((await list('-A=false -n=team-b --no-headers=true')).stdout).toMatch(/^api .*\n$/)
  })

  it('sorts', async () => {
    expect((await list('-n team-a -o name --sort-by transitions')).stdout).toBe(
      ['free', 'db', 'web'].map((name) => `lease.coordination.k8s.io/${name}\n`).join(''),
    )
  })

  it('shows annotation locks when asked, named as they are typed', async () => {
    const { stdout } = await list('-n team-a --lock configmap --lock endpoints --no-headers')
    expect(stdout).toBe('configmap/old   old-0   ~held   ~3s   ~12s   4   60s\n')
    expect((await list('-n team-a cm/old -o name')).stdout).toBe('configmap/old\n')
  })

  it('names Pod, Node and owner with -o wide', async () => {
    const { stdout } = await list('-n team-a web -o wide')
    const [headings, row] = stdout.split('\n').map((line) => line.split(/ {2,}/))
    expect(headings!.slice(-6)).toEqual(['POD', 'NODE', 'OWNER', 'LOCK', 'DURATION', 'ACQUIRED'])
    expect(row!.slice(-6)).toEqual(['web-7d4b-abcde', 'node-1', 'Deployment/web', 'lease', '15s', '~10m'])
  })

  describe('for programs', () => {
    it('prints an ElectionList', async () => {
      const { stdout } = await list('-n team-a -o json')
      const { items, ...envelope } = JSON.parse(stdout) as { items: ElectionJson[] }
      expect(envelope).toEqual({ apiVersion: 'leader.kubectl.dev/v1alpha1', kind: 'ElectionList' })
      expect(items.map(({ name, state, basis }) => [name, state, basis])).toEqual([
        ['db', 'expired', 'recorded'],
        ['free', 'released', 'recorded'],
        ['web', 'held', 'recorded'],
      ])
      expect(items[0]!.warnings.map(({ code }) => code)).toEqual(['expired', 'holderNotFound'])
    })

    it.each(['-n team-a', '-n team-b', '-n empty'])('lays JSON out as JSON.stringify does: %s', async (scope) => {
      const { stdout } = await list(`${scope} -o json`)
      expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), null, 2)}\n`)
    })

    it('prints an Election where one is named', async () => {
      const { stdout } = await list('-n team-a web -o json')
      expect(JSON.parse(stdout)).toEqual({
        apiVersion: 'leader.kubectl.dev/v1alpha1',
        kind: 'Election',
        namespace: 'team-a',
        name: 'web',
        lock: 'lease',
        category: 'election',
        holderIdentity: `web-7d4b-abcde_${UUID}`,
        holder: {
          kind: 'Pod', namespace: 'team-a', name: 'web-7d4b-abcde', node: 'node-1', confidence: 'exact',
          owner: { kind: 'Deployment', name: 'web' },
        },
        state: 'held',
        basis: 'recorded',
        leaseDurationSeconds: 15,
        leaseTransitions: 3,
        acquireTime: world.secondsAgo(600),
        renewTime: world.secondsAgo(2),
        expiresInSeconds: 13,
        resourceVersion: expect.stringMatching(/^\d+$/),
        creationTimestamp: world.secondsAgo(7_200),
        warnings: [],
      })
    })

    it.each(['-n team-a', '-n team-a web', '-n empty'])('prints the same as YAML: %s', async (scope) => {
      const { load } = await import('js-yaml')
      const { stdout } = await list(`${scope} -o yaml`)
      expect(load(stdout)).toEqual(JSON.parse((await list(`${scope} -o json`)).stdout))
    })

    it.each([
      ['{.items[*].holderIdentity}', `db-0  web-7d4b-abcde_${UUID}`],
      ['{range .items[?(@.state=="held")]}{.name}{"\\n"}{end}', 'web\n'],
    ])('prints what a JSONPath template finds in it: %s', async (template, expected) => {
      const { stdout } = await world.cli(['list', '-n', 'team-a', '-o', `jsonpath=${template}`])
      expect(stdout).toBe(expected)
    })

    it('prints what a template finds in the one that is named', async () => {
      const { stdout } = await world.cli(['list', '-n', 'team-a', 'web', '-o', 'jsonpath={.holder.node}'])
      expect(stdout).toBe('node-1')
    })

    it('prints columns that are asked for', async () => {
      const { stdout } = await list('-n team-a -o custom-columns=NAME:.name,STATE:.state,NODE:.holder.node')
      expect(stdout).toBe('NAME   STATE      NODE\ndb     expired    <none>\nfree   released   <none>\nweb    held       node-1\n')
    })

    it.each([
      ['jsonpath={.items[*].spec.holderIdentity}', /no \.spec: see -o json .* run: kubectl get leases -o 'jsonpath=/],
      ['custom-columns=NAME:.metadata.name', /no \.metadata: .* run: kubectl get leases -o custom-columns=NAME:\.metadata\.name$/],
      ['go-template={{.kind}}', /list does not support -o go-template\. For Lease objects, run: kubectl get leases -o 'go-template=/],
      ['jsonpath', /needs a template, for example/],
      ['jsonpath={.items', /is not a valid JSONPath template: unclosed \{\.$/],
    ])('says what to do instead of -o %s, and sends nothing', async (output, message) => {
      world.sandbox.requests.clear()
      const { exitCode, stdout, stderr } = await world.cli(['list', '-A', '-o', output])
      expect([exitCode, stdout]).toEqual([2, ''])
      expect(stderr.trimEnd()).toMatch(message)
      expect(world.sandbox.requests.list()).toEqual([])
    })

    it('prints an empty list where there is nothing', async () => {
      const { stdout, exitCode } = await list('-n empty -o json')
      expect(JSON.parse(stdout)).toMatchObject({ kind: 'ElectionList', items: [] })
      expect(exitCode).toBe(0)
    })

    it('leaves hostile text as it is', async () => {
      expect(JSON.parse((await list('-n hostile hostile -o json')).stdout).holderIdentity).toBe('\u001b[31m\u202e\n')
      expect((await list('-n hostile hostile')).stdout).toContain('\\x1b[31m\\u202e\\x0a')
    })
  })

  it('watches with -w', async () => {
    world.sandbox.requests.clear()
    const { exitCode, stderr } = await list('-w -n team-a', { kubeconfig: { user: 'nobody' } })
    expect(exitCode).toBe(4)
    expect(stderr).toBe((await world.cli(['watch', '-n', 'team-a'], { kubeconfig: { user: 'nobody' } })).stderr)
  })

  it('says where there is nothing', async () => {
    expect(await list('-n empty')).toEqual({ exitCode: 0, stdout: '', stderr: 'No elections found in namespace "empty".\n' })
  })

  it('shows what it found of several names, and what it did not', async () => {
    const { exitCode, stdout, stderr } = await list('-n team-a web nope lease/gone --no-headers')
    expect(stdout).toMatch(/^web .*\n$/)
    expect(stderr).toBe('Error: There is no lease "nope" in namespace "team-a".\nError: There is no lease "gone" in namespace "team-a".\n')
    expect(exitCode).toBe(3)
  })

  it('finds a name in all namespaces', async () => {
    expect((await list('-A api --no-headers')).stdout).toMatch(/^team-b {3}api {3}/)
  })

  describe('where less is allowed', () => {
    it('works on the namespaces that may be read, and says so', async () => {
      const { exitCode, stdout, stderr } = await list('-A --no-headers', { kubeconfig: { user: 'reader', namespace: 'team-a' } })
      expect(exitCode).toBe(0)
      expect(stdout.split('\n')).toHaveLength(4)
      expect(stderr).toContain('team-a')
    })

    it('says that the Pods are missing, and shows the rest', async () => {
      const { exitCode, stdout, stderr } = await list('-n team-a web -o wide', { kubeconfig: { user: 'reader' } })
      expect(exitCode).toBe(0)
      expect(stdout).toContain('web')
      expect(stderr).toMatch(/^Warning: Cannot read Pods in namespace team-a, .* Ask for a Role that grants it\.\n$/)
    })

    it('exits with 4 if nothing may be read', async () => {
      const { exitCode, stdout, stderr } = await list('-n team-a', { kubeconfig: { user: 'nobody' } })
      expect(exitCode).toBe(4)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^Error: .*list.*leases.*\n$/)
    })
  })

  describe('on a terminal', () => {
    it('colours, and fits', async () => {
      const { stdout } = await list('-n team-a', { columns: 90 })
      expect(stdout).toContain('\u001b[32m~held')
      for (const line of stdout.split('\n')) expect(line.replaceAll(/\u001b\[\d+m/g, '').length).toBeLessThanOrEqual(90)
    })

    it.each([
      ['NO_COLOR', '', { NO_COLOR: '1' }],
      ['TERM=dumb', '', { TERM: 'dumb' }],
      ['--color never', '--color never', {}],
    ])('does not colour with %s', async (_what, flags, env) => {
      expect((await list(`-n team-a ${flags}`, { columns: 90, env })).stdout).not.toContain('\u001b')
    })

    it('colours a pipe with --color always', async () => {
      expect((await list('-n team-a --color always')).stdout).toContain('\u001b[32m')
      expect((await list('-n team-a')).stdout).not.toContain('\u001b')
    })
  })

  it.each([
    ['a column that is none', '--sort-by nothing'],
    ['an output that is none', '-o xml'],
    ['a category that is none', '--category cats'],
    ['a lock that is none', '--lock pods'],
    ['a name that can be none', 'Web'],
    ['a flag that is none', '--nope'],
    ['a boolean that is none', '-A=perhaps'],
    ['a size that is none', '--chunk-size=-1'],
    ['watching what can only be listed', '-w -o name'],
  ])('refuses %s, and sends nothing', async (_what, args) => {
    world.sandbox.requests.clear()
    const { exitCode, stdout, stderr } = await list(args)
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^Error: /)
    expect(world.sandbox.requests.list()).toEqual([])
  })
})
