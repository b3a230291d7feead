import { AuditReader } from '../../shared/history/audit/audit-reader.ts'
import { historyOf, type Evidence, type History } from '../../shared/history/history.ts'

/** The history of an election, from the lines of one log or more. */
export function historyFrom(logs: readonly (readonly string[])[], name = 'elect', more: Partial<Evidence> = {}): History {
  const reader = new AuditReader({ locks: ['lease'], includes: (_, found) => found === name })
  logs.forEach((lines, source) => lines.forEach((line) => reader.line(line, source)))
  return historyOf(
    { lock: 'lease', namespace: 'default', name },
    {
      sources: logs.map((_, source) => {
        const { levels, covers, unreadable } = reader.sourceReading(source)
        return { name: `audit-${source}.log`, kind: 'audit' as const, levels: [...levels], covers, unreadable }
      }),
      writes: reader.writesOf('default', name, 'lease'),
      sightings: [],
      unwatched: [],
      told: reader.toldOf('default', name),
      pods: reader.pods,
      clockReadings: reader.clockReadings(),
      ...more,
    },
  )
}
