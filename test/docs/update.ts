// npm run docs [PAGE…]    runs every command in a `console` block in the sandbox, and updates the output below it
import { startDemoSession } from './demo-session.ts'
import { likenessOf } from './likeness.ts'
import { blockText, PAGES, readPage, shownIn, writePage, type Shown } from './pages.ts'

const chosen = process.argv.slice(2)
await using session = await startDemoSession()
for (const page of chosen.length > 0 ? chosen : PAGES) {
  const parts = readPage(page).split(/^(```console\n.*?^```$)/gms)
  for (const [index, part] of parts.entries()) {
    if (!part.startsWith('```console\n')) continue
    const text = part.slice('```console\n'.length, -'```'.length)
    const ran: Shown[] = []
    for (const { command, output } of shownIn({ language: 'console', text })) {
      console.log(`${page}: ${command}`)
      const printed = await session.run(command)
      // Keep output that is alike, so that a page changes only if the program has changed.
      ran.push({ command, output: likenessOf(printed) === likenessOf(output) ? output : printed })
    }
    parts[index] = `\`\`\`console\n${blockText(ran)}\`\`\``
  }
  writePage(page, parts.join(''))
}
