import type { Session } from '../session.ts'

export type MachineFormat = 'json' | 'yaml'

/** Prints one object for programs. Text in it is as it is in the cluster: nothing is escaped but by JSON or YAML. */
export async function printObject(session: Pick<Session, 'stdout'>, format: MachineFormat, object: object): Promise<void> {
  if (format === 'json') {
    session.stdout.write(`${JSON.stringify(object, null, 2)}\n`)
    return
  }
  const { dump } = await import('js-yaml')
  session.stdout.write(dump(object, { noRefs: true, lineWidth: -1 }))
}
