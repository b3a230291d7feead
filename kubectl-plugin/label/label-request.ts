import { CommandError } from '../exit-code.ts'

export interface Label {
  readonly key: string
  readonly value: string
}

/** As apimachinery's `IsQualifiedName` and `IsValidLabelValue`. */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const PREFIX = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/

/**
 * Parses `KEY[=VALUE]`; the default value is `true`.
 * @throws CommandError if the API server would not take the label
 */
export function parseNewLabel(text: string): Label {
  const [key = '', value = 'true', ...rest] = text.split('=')
  const [name = '', prefix, ...more] = key.split('/').reverse()
  const isKey = more.length === 0 && NAME.test(name) && (prefix === undefined || (prefix.length <= 253 && PREFIX.test(prefix)))
  const isValue = rest.length === 0 && (value === '' || NAME.test(value))
  if (!isKey || !isValue) throw new CommandError(`"${text}" is not a valid label. Use KEY or KEY=VALUE, for example example.com/leader=true.`)
  return { key, value }
}
