import type { Command, Option } from 'commander'
import { CommandError } from './exit-code.ts'

/**
 * Rewrites a command line into the form that commander parses. In kubectl, every flag can have its value after an equals
 * sign, also booleans (`-A=false`, `--no-headers=true`) and short flags (`-o=json`). If a flag is repeated, the last one
 * counts, as in kubectl.
 *
 * @throws CommandError if the value of a boolean flag is not a boolean
 */
export function withPlainFlags(program: Command, args: readonly string[]): readonly string[] {
  let command = program
  let plain: string[] = []
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!
    if (arg === '--') return [...plain, ...args.slice(index)]
    const sub = arg.startsWith('-') ? undefined : command.commands.find((each) => [each.name(), ...each.aliases()].includes(arg))
    if (sub) command = sub
    const [flag = '', ...rest] = arg.split('=')
    const option = arg.startsWith('-') ? command.options.find((each) => each.long === flag || each.short === flag) : undefined
    if (!option) {
      plain.push(arg)
    } else if (rest.length === 0) {
      plain.push(arg)
      // The value can look like a flag, so it must not be parsed as one.
      if (option.required && index + 1 < args.length) plain.push(args[++index]!)
    } else if (option.required || option.optional) {
      plain.push(...(flag === option.long ? [arg] : [flag, rest.join('=')]))
    } else {
      plain = plain.filter((each) => each !== option.long && each !== option.short)
      if (isTrue(rest.join('='), option)) plain.push(flag)
    }
  }
  return plain
}

/**
 * Puts a command before the flags that stand before it, where they are among those of `known`: kubectl takes its flags in
 * both places (`kubectl -n shop get leases`). With other flags, the command line stays as it is.
 */
export function withCommandFirst(known: Command, args: readonly string[]): readonly string[] {
  let index = 0
  while (args[index]?.startsWith('-')) {
    const arg = args[index]!
    const flag = arg.startsWith('--') ? arg.split('=')[0]! : arg.slice(0, 2)
    const option = known.options.find((each) => each.long === flag || each.short === flag)
    if (!option) return args
    index += option.required && arg === flag ? 2 : 1
  }
  const words = args[index] === 'generate' ? 2 : 1
  return [...args.slice(index, index + words), ...args.slice(0, index), ...args.slice(index + words)]
}

/** The values that Go's strconv.ParseBool accepts. */
function isTrue(value: string, option: Option): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)) return false
  throw new CommandError(`"${value}" is not a value for ${option.long ?? option.flags}. Use true or false.`)
}
