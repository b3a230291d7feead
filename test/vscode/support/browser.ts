import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

/** The browser that `CHROMIUM` names, or where Debian and others put it. */
const PLACES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Starts a browser without a window, which reaches this machine alone. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place))
  if (executablePath === undefined) throw new Error('There is no Chromium. Run test/install/packages.sh, or set CHROMIUM.')
  return chromium.launch({
    executablePath,
    args: [
      // Chromium does not run as root otherwise; it sees nothing here but the workbench.
      '--no-sandbox',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost',
      // Timers run at full speed although nobody looks.
      '--disable-renderer-backgrounding',
      '--disable-background-timer-throttling',
    ],
  })
}
