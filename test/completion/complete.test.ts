import { Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { complete, type CompletionSources } from '../../kubectl-plugin/completion/complete.ts'
import { formatCompletion } from '../../kubectl-plugin/completion/protocol.ts'

function program(): Command {
  const root = new Command('kubectl leader')
  const list = root.command('list').alias('ls').summary('list elections').argument('[name...]')
  list
    .option('-n, --namespace <namespace>', 'namespace to look in')
    .option('--context <name>', 'context')
    .option('-A, --all-namespaces', 'all namespaces')
    .option('--kubeconfig <file>', 'kubeconfig')
    .option('--reason <text>', 'why')
    .addOption(new Option('-o, --output <format>', 'format').choices(['json', 'wide']))
  const failover = root.command('failover').argument('<name>').option('--to <candidate>', 'to').option('--on-node <node>', 'node')
  failover.option('--not-on <node>', 'node').option('--not-in <zone>', 'zone').option('--in-zone <zone>', 'zone')
  root.command('version')
  root.command('__complete', { hidden: true })
  return root
}

const sources: CompletionSources = {
  namespaces: async () => ['default', 'kube-system'],
  contexts: async () => ['kind', 'prod'],
  clusters: async () => [],
  users: async () => [],
  elections: async () => ['scheduler', 'my-controller', 'my-operator'],
  candidates: async (election) => [`pod/${election}-0`, `${election}-0_1`],
  nodes: async () => ['worker-1'],
  zones: async () => ['eu-1'],
}

const values = async (...words: string[]): Promise<unknown> => {
  const completion = await complete(program(), words, () => sources)
  return completion === 'files' ? completion : completion.map(({ value }) => value)
}

describe('the last word becomes', () => {
  it.each([
    ['a command', [''], ['list', 'failover', 'version', 'help']],
    ['a command that begins so', ['li'], ['list']],
    ['nothing, where no command begins so', ['x'], []],
    ['an election', ['list', ''], ['scheduler', 'my-controller', 'my-operator']],
    ['an election, by an alias', ['ls', 'my-c'], ['my-controller']],
    ['another election', ['list', 'scheduler', ''], ['my-controller', 'my-operator']],
    ['a flag', ['list', '--c'], ['--context']],
    ['any flag', ['list', '-'], ['--namespace', '--context', '--all-namespaces', '--kubeconfig', '--reason', '--output', '--help']],
    ['a flag that was not given', ['list', '--context', 'kind', '--c'], []],
    ['a namespace', ['list', '-n', ''], ['default', 'kube-system']],
    ['a namespace that begins so', ['list', '--namespace', 'k'], ['kube-system']],
    ['a namespace behind =', ['list', '--namespace=k'], ['--namespace=kube-system']],
    ['a context', ['list', '--context', ''], ['kind', 'prod']],
    ['one of the choices', ['list', '-o', ''], ['json', 'wide']],
    ['an election behind a flag with no value', ['list', '-A', 'sch'], ['scheduler']],
    ["an election behind a flag's value", ['list', '-n', 'default', 'sch'], ['scheduler']],
    ['an election, though a value reads like a flag that takes one', ['list', '--reason', '-n', 'sch'], ['scheduler']],
    ['nothing known', ['list', '--reason', ''], []],
    ['a candidate of the election', ['failover', 'web', '--to', ''], ['pod/web-0', 'web-0_1']],
    ['no candidate before the election is known', ['failover', '--to', ''], []],
    ['a node to stay off', ['failover', 'web', '--not-on', 'n'], ['node/worker-1']],
    ['a zone to stay out of', ['failover', 'web', '--not-in', ''], ['zone/eu-1']],
    ['a node', ['failover', '--on-node', ''], ['worker-1']],
    ['a zone', ['failover', '--in-zone', ''], ['eu-1']],
    ['a file', ['list', '--kubeconfig', ''], 'files'],
    ['a file behind --', ['list', '--', 'x'], 'files'],
  ])('%s: %j', async (_name, words, expected) => {
    expect(await values(...words)).toEqual(expected)
  })
})

it('knows the options that were given before', async () => {
  let seen: unknown
  await complete(program(), ['list', '-n', 'kube-system', '--context=prod', ''], (command) => {
    seen = command.opts()
    return sources
  })
  expect(seen).toEqual({ namespace: 'kube-system', context: 'prod' })
})

describe('the answer to kubectl', () => {
  it('has a line for each candidate and ends with the directive', () => {
    expect(formatCompletion([{ value: 'a', description: 'first' }, { value: 'b' }])).toBe('a\tfirst\nb\n:4\n')
  })
  it('leaves files to the shell', () => expect(formatCompletion('files')).toBe(':0\n'))
  it('leaves out what a shell could act on, and shows a description as harmless text', () => {
    const completion = [{ value: '$(reboot)' }, { value: 'a b' }, { value: 'x', description: '\u001b[31m' }]
    expect(formatCompletion(completion)).toBe('x\t\\x1b[31m\n:4\n')
  })
})
