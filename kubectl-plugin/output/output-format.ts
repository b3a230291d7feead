import { CommandError } from '../exit-code.ts'
import type { MachineFormat } from './machine-output.ts'

/** What `list -o` asks for. */
export type OutputFormat =
  | { readonly kind: 'wide' | 'name' | MachineFormat }
  | { readonly kind: 'jsonpath' | 'custom-columns'; readonly text: string }

/** The words that `list -o` takes, as help and completion show them. */
export const OUTPUT_FORMATS = ['wide', 'json', 'yaml', 'name', 'jsonpath=', 'custom-columns=']

/** @throws CommandError for what kubectl knows and this does not: it says which command does */
export function parseOutputFormat(text: string): OutputFormat {
  const [kind = '', ...rest] = text.split('=')
  const template = rest.join('=')
  switch (kind) {
    case 'wide':
    case 'name':
    case 'json':
    case 'yaml':
      if (rest.length === 0) return { kind }
      break
    case 'jsonpath':
    case 'custom-columns':
      if (template === '') throw new CommandError(`-o ${kind} needs a template, for example -o ${EXAMPLES[kind]}.`)
      checkFields(text, template)
      return { kind, text: template }
    case 'go-template':
    case 'go-template-file':
    case 'jsonpath-as-json':
    case 'jsonpath-file':
    case 'custom-columns-file':
      throw new CommandError(`list has no -o ${kind}. For Lease objects, run: kubectl get leases -o ${quoted(text)}`)
  }
  throw new CommandError(`"${text}" is not an output format. Use one of ${OUTPUT_FORMATS.join(', ')}.`)
}

const EXAMPLES = {
  jsonpath: `jsonpath='{.items[*].holderIdentity}'`,
  'custom-columns': 'custom-columns=NAME:.name,HOLDER:.holderIdentity',
}

/** What people know is the Lease; the fields of what is printed here are others, and a missing one would print nothing. */
function checkFields(text: string, template: string): void {
  const [field] = /\.(?:spec|metadata)\b/.exec(template) ?? []
  if (!field) return
  throw new CommandError(
    `The objects that list prints have no ${field}: see -o json for their fields, such as .name and .holderIdentity. ` +
      `For the Lease objects themselves, run: kubectl get leases -o ${quoted(text)}`,
  )
}

function quoted(text: string): string {
  return /^[\w=.,:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
