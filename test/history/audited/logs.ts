/** What is done to the lines of an audit log before it is read. */
type Change = (event: AuditEvent) => AuditEvent | null

interface AuditEvent {
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly level: string
}

export function changed(log: string, change: Change): string {
  const lines = log.trimEnd().split('\n').map((line) => change(JSON.parse(line) as AuditEvent))
  return `${lines.filter((event) => event !== null).map((event) => JSON.stringify(event)).join('\n')}\n`
}

/** The log of a server whose clock is ahead. Times keep their microseconds. */
export const shifted =
  (seconds: number): Change =>
  (event) => ({ ...event, requestReceivedTimestamp: later(event.requestReceivedTimestamp, seconds), stageTimestamp: later(event.stageTimestamp, seconds) })

function later(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1_000).toISOString().slice(0, 19) + time.slice(19)
}

/** As if the policy had another level. */
export const atLevel =
  (level: 'Request' | 'Metadata'): Change =>
  (event) => {
    const { responseObject: _, requestObject, ...rest } = event as AuditEvent & { readonly responseObject?: unknown; readonly requestObject?: unknown }
    if (event.level === 'Metadata') return event
    return { ...rest, level, ...(level === 'Request' && requestObject !== undefined && { requestObject }) }
  }

/** As if a part of it were lost. */
export const without =
  (fromMs: number, toMs: number): Change =>
  (event) => (Date.parse(event.stageTimestamp) >= fromMs && Date.parse(event.stageTimestamp) <= toMs ? null : event)
