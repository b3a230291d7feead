import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { signAdHoc } from '../../release/ad-hoc-signature.ts'

const TEXT_BYTES = 0x3000
const LINKEDIT_BYTES = 100

/** The smallest file that has what a signature needs: __TEXT with one section in it, and __LINKEDIT behind it. */
function machO({ firstSection = 0x1000, behind = 0 } = {}): Buffer {
  const segment = (name: string, offset: number, bytes: number, sections: readonly Buffer[]): Buffer => {
    const command = Buffer.alloc(72)
    command.writeUInt32LE(0x19, 0)
    command.writeUInt32LE(72 + sections.length * 80, 4)
    command.write(name, 8)
    command.writeBigUInt64LE(BigInt(offset), 40)
    command.writeBigUInt64LE(BigInt(bytes), 48)
    command.writeUInt32LE(sections.length, 64)
    return Buffer.concat([command, ...sections])
  }
  const section = Buffer.alloc(80)
  section.writeUInt32LE(firstSection, 48)
  const commands = Buffer.concat([
    segment('__TEXT', 0, TEXT_BYTES, [section, Buffer.alloc(80)]),
    segment('__LINKEDIT', TEXT_BYTES, LINKEDIT_BYTES, []),
  ])
  const file = Buffer.alloc(TEXT_BYTES + LINKEDIT_BYTES + behind, 'code ')
  file.fill(0, 0, 0x1000)
  for (const [index, word] of [0xfeedfacf, 0x0100000c, 0, 2, 2, commands.length, 0, 0].entries()) file.writeUInt32LE(word, index * 4)
  commands.copy(file, 32)
  return file
}

/** Where the load command of a kind is, as a loader finds it. */
function commandOf(file: Buffer, kind: number, name = ''): number {
  let command = 32
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    if (file.readUInt32LE(command) === kind && (name === '' || file.toString('latin1', command + 8).startsWith(name))) return command
    command += file.readUInt32LE(command + 4)
  }
  throw new Error('There is no such command.')
}

const unsigned = machO()
const signed = signAdHoc(unsigned, 'kubectl-leader')
const named = commandOf(signed, 0x1d)
const signature = signed.subarray(signed.readUInt32LE(named + 8))
const directory = signature.subarray(signature.readUInt32BE(16))

describe('the signature', () => {
  it('is named by a load command, and ends the file and its last segment', () => {
    expect(signed.readUInt32LE(named + 8) + signed.readUInt32LE(named + 12)).toBe(signed.length)
    const linkedit = commandOf(signed, 0x19, '__LINKEDIT')
    expect(signed.readBigUInt64LE(linkedit + 40) + signed.readBigUInt64LE(linkedit + 48)).toBe(BigInt(signed.length))
  })

  it('is one code directory, made by a linker, without an identity', () => {
    expect([signature.readUInt32BE(0), signature.readUInt32BE(8), signature.readUInt32BE(12)]).toEqual([0xfade0cc0, 1, 0])
    expect([directory.readUInt32BE(0), directory.readUInt32BE(12)]).toEqual([0xfade0c02, 0x20002])
  })

  it('contains the name of the program', () => {
    const start = directory.readUInt32BE(20)
    expect(directory.toString('latin1', start, directory.indexOf(0, start))).toBe('kubectl-leader')
  })

  it('has the hash of every page before it, as in the signed file', () => {
    const limit = directory.readUInt32BE(32)
    expect(limit).toBe(signed.readUInt32LE(named + 8))
    const pages = Array.from({ length: directory.readUInt32BE(28) }, (_, page) => signed.subarray(page * 4096, Math.min(page * 4096 + 4096, limit)))
    expect(Buffer.concat(pages)).toEqual(signed.subarray(0, limit))
    const sums = pages.map((page) => createHash('sha256').update(page).digest('hex'))
    const start = directory.readUInt32BE(16)
    expect(sums.map((_, page) => directory.toString('hex', start + page * 32, start + page * 32 + 32))).toEqual(sums)
  })

  it('changes nothing in the program except the load commands for the signature', () => {
    expect(signed.subarray(0x1000, unsigned.length)).toEqual(unsigned.subarray(0x1000))
  })
})

describe('signing is refused for a file that', () => {
  it.each<[string, Buffer, string]>([
    ['is not a Mach-O file', Buffer.alloc(100), 'not a 64-bit Mach-O file'],
    ['is signed', signed, 'already signed'],
    ['has no space for one more load command', machO({ firstSection: 32 + 72 * 2 + 80 * 2 }), 'no space'],
    ['has data after its segments', machO({ behind: 8 }), 'after the last segment'],
  ])('%s', (_, file, problem) => {
    expect(() => signAdHoc(file, 'kubectl-leader')).toThrow(problem)
  })
})
