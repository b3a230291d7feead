import type { Session } from '../session.ts'
import { writeLines } from './write-lines.ts'

export type MachineFormat = 'json' | 'yaml'

/** Prints one object for programs. Only JSON or YAML escapes are applied to text from the cluster. */
export async function printObject(session: Pick<Session, 'stdout'>, format: MachineFormat, object: object): Promise<void> {
  if (format === 'json') {
    session.stdout.write(`${JSON.stringify(object, null, 2)}\n`)
    return
  }
  const { dump } = await import('js-yaml')
  session.stdout.write(dump(object, { noRefs: true, lineWidth: -1 }))
}

/** Prints a list for programs item by item, so that 10,000 items are never in memory as one text. */
export async function printList(
  session: Pick<Session, 'stdout'>,
  format: MachineFormat,
  envelope: object,
  items: Iterable<object>,
): Promise<void> {
  if (format === 'json') {
    await writeLines(session.stdout, jsonList(envelope, items))
    return
  }
  const { dump } = await import('js-yaml')
  await writeLines(session.stdout, yamlList(envelope, items, (value) => dump(value, { noRefs: true, lineWidth: -1 }).trimEnd()))
}

/** The same layout as `JSON.stringify`. */
function* jsonList(envelope: object, items: Iterable<object>): Generator<string> {
  yield `${JSON.stringify(envelope, null, 2).slice(0, -2)},`
  let before = '  "items": ['
  let isEmpty = true
  for (const item of items) {
    yield isEmpty ? before : `${before},`
    isEmpty = false
    before = JSON.stringify(item, null, 2).replaceAll(/^/gm, '    ')
  }
  if (isEmpty) {
    yield `${before}]`
  } else {
    yield before
    yield '  ]'
  }
  yield '}'
}

function* yamlList(envelope: object, items: Iterable<object>, dump: (value: unknown) => string): Generator<string> {
  yield dump(envelope)
  let isEmpty = true
  for (const item of items) {
    if (isEmpty) yield 'items:'
    isEmpty = false
    yield dump([item])
  }
  if (isEmpty) yield 'items: []'
}
