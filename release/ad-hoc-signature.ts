import { createHash } from 'node:crypto'

// Mach-O's header and load commands, from <mach-o/loader.h>.
const MAGIC_64 = 0xfeedfacf
const HEADER_BYTES = 32
const LC_SEGMENT_64 = 0x19
const LC_CODE_SIGNATURE = 0x1d
const SIGNATURE_COMMAND_BYTES = 16

// The signature's blobs, from <kern/cs_blobs.h>; big-endian, unlike the rest.
const SUPER_BLOB = 0xfade0cc0
const SUPER_BLOB_BYTES = 20
const CODE_DIRECTORY = 0xfade0c02
const CODE_DIRECTORY_BYTES = 88
const CODE_DIRECTORY_VERSION = 0x20400
const AD_HOC_BY_LINKER = 0x20002
const SHA256 = 2
const SHA256_BYTES = 32
const MAIN_BINARY = 1n
const PAGE_BITS = 12
const PAGE_BYTES = 1 << PAGE_BITS

interface Segment {
  /** Offset of its load command. */
  readonly command: number
  readonly fileOffset: number
  readonly fileBytes: number
}

/**
 * Adds an ad hoc signature to an unsigned 64-bit Mach-O executable, as linkers do: the hashes of its pages, without an
 * identity. On arm64, macOS runs only executables that have at least this signature.
 *
 * @param identifier the name of the executable in the signature
 * @throws Error if the file is not an unsigned 64-bit Mach-O executable, or has no space for the signature's load command
 */
export function signAdHoc(unsigned: Buffer, identifier: string): Buffer {
  if (unsigned.readUInt32LE(0) !== MAGIC_64) throw new Error('The file is not a 64-bit Mach-O file.')
  const { commandsEnd, text, linkedit, firstSection } = layoutOf(unsigned)
  if (commandsEnd + SIGNATURE_COMMAND_BYTES > firstSection) throw new Error('There is no space for the load command of the signature.')
  if (linkedit.fileOffset + linkedit.fileBytes !== unsigned.length) throw new Error('There is data after the last segment.')

  const codeLimit = Math.ceil(unsigned.length / 16) * 16
  const pages = Math.ceil(codeLimit / PAGE_BYTES)
  const identifierBytes = Buffer.byteLength(identifier) + 1
  const directoryBytes = CODE_DIRECTORY_BYTES + identifierBytes + pages * SHA256_BYTES
  const signatureBytes = Math.ceil((SUPER_BLOB_BYTES + directoryBytes) / 16) * 16
  const signed = Buffer.alloc(codeLimit + signatureBytes)
  unsigned.copy(signed)

  signed.writeUInt32LE(unsigned.readUInt32LE(16) + 1, 16)
  signed.writeUInt32LE(unsigned.readUInt32LE(20) + SIGNATURE_COMMAND_BYTES, 20)
  for (const [index, word] of [LC_CODE_SIGNATURE, SIGNATURE_COMMAND_BYTES, codeLimit, signatureBytes].entries()) {
    signed.writeUInt32LE(word, commandsEnd + index * 4)
  }
  const linkeditBytes = signed.length - linkedit.fileOffset
  // Whole pages of the largest page size of macOS.
  signed.writeBigUInt64LE(BigInt(Math.ceil(linkeditBytes / 0x4000) * 0x4000), linkedit.command + 32)
  signed.writeBigUInt64LE(BigInt(linkeditBytes), linkedit.command + 48)

  const hashOffset = CODE_DIRECTORY_BYTES + identifierBytes
  const directory = codeLimit + SUPER_BLOB_BYTES
  writeWords(signed, codeLimit, [SUPER_BLOB, SUPER_BLOB_BYTES + directoryBytes, 1, 0, SUPER_BLOB_BYTES])
  writeWords(signed, directory, [
    ...[CODE_DIRECTORY, directoryBytes, CODE_DIRECTORY_VERSION, AD_HOC_BY_LINKER],
    ...[hashOffset, CODE_DIRECTORY_BYTES, 0, pages, codeLimit],
  ])
  signed.set([SHA256_BYTES, SHA256, 0, PAGE_BITS], directory + 36)
  signed.writeBigUInt64BE(BigInt(text.fileOffset), directory + 64)
  signed.writeBigUInt64BE(BigInt(text.fileBytes), directory + 72)
  signed.writeBigUInt64BE(MAIN_BINARY, directory + 80)
  signed.write(identifier, directory + CODE_DIRECTORY_BYTES)
  for (let page = 0; page < pages; page++) {
    const bytes = signed.subarray(page * PAGE_BYTES, Math.min((page + 1) * PAGE_BYTES, codeLimit))
    signed.set(createHash('sha256').update(bytes).digest(), directory + hashOffset + page * SHA256_BYTES)
  }
  return signed
}

function layoutOf(file: Buffer): { commandsEnd: number; text: Segment; linkedit: Segment; firstSection: number } {
  const segments = new Map<string, Segment>()
  let firstSection = Number.POSITIVE_INFINITY
  let command = HEADER_BYTES
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    const kind = file.readUInt32LE(command)
    if (kind === LC_CODE_SIGNATURE) throw new Error('The file is already signed.')
    if (kind === LC_SEGMENT_64) {
      const name = file.toString('latin1', command + 8, command + 24).replace(/\0+$/, '')
      const fileOffset = Number(file.readBigUInt64LE(command + 40))
      segments.set(name, { command, fileOffset, fileBytes: Number(file.readBigUInt64LE(command + 48)) })
      const sections = file.readUInt32LE(command + 64)
      for (let section = 0; section < sections; section++) {
        const offset = file.readUInt32LE(command + 72 + section * 80 + 48)
        // Sections of zeros take no space in the file.
        if (offset > 0) firstSection = Math.min(firstSection, offset)
      }
    }
    command += file.readUInt32LE(command + 4)
  }
  const text = segments.get('__TEXT')
  const linkedit = segments.get('__LINKEDIT')
  if (!text || !linkedit) throw new Error('The file has no __TEXT or no __LINKEDIT segment.')
  return { commandsEnd: command, text, linkedit, firstSection }
}

function writeWords(file: Buffer, offset: number, words: readonly number[]): void {
  for (const [index, word] of words.entries()) file.writeUInt32BE(word, offset + index * 4)
}
