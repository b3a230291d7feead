import { fill } from '../words/fill.ts'
import { escapeMarkup } from './markup.ts'
import type { PageSettings } from './messages.ts'

/** Where the page may load its script and its style sheet from. */
export interface PageSources {
  /** The webview's `cspSource`. */
  readonly cspSource: string
  readonly nonce: string
  readonly scriptUri: string
  readonly styleUri: string
}

/**
 * The HTML of the timeline: a skeleton that its script fills. Its policy allows this one script and this one style sheet,
 * and nothing else.
 */
export function pageHtml(settings: PageSettings, { cspSource, nonce, scriptUri, styleUri }: PageSources): string {
  const { strings, language, subject, speeds } = settings
  const text = (key: keyof typeof strings): string => escapeMarkup(strings[key])
  const button = (id: string, key: keyof typeof strings): string =>
    `<button type="button" id="${id}">${text(key)}</button>`
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource}; base-uri 'none'; form-action 'none'`
  return `<!DOCTYPE html>
<html lang="${escapeMarkup(language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${escapeMarkup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<link rel="stylesheet" href="${escapeMarkup(styleUri)}">
<title>${escapeMarkup(subject.name)}</title>
</head>
<body>
<main>
<h1 id="heading"></h1>
<p id="status"></p>
<p id="counts"></p>
<div id="toolbar" role="group" aria-label="${text('toolbar')}">
${button('zoom-out', 'zoomOut')}
${button('zoom-in', 'zoomIn')}
${button('everything', 'everything')}
<button type="button" id="help" aria-label="${text('help')}" aria-expanded="false" aria-controls="keys">?</button>
<span id="window"></span>
</div>
${speeds === null ? '' : playbackBar(speeds, strings)}
<div id="picture" tabindex="0" role="application" aria-roledescription="${text('pictureRole')}" aria-label="${text('pictureLabel')}" aria-describedby="keys"></div>
<p id="detail" aria-live="polite"></p>
<p id="keys" hidden>${text('keys')}</p>
<details id="table">
<summary>${text('tableHeading')}</summary>
<table>
<caption>${text('tableCaption')}</caption>
<thead><tr><th scope="col">${text('tableTime')}</th><th scope="col">${text('tableWhat')}</th></tr></thead>
<tbody id="rows"></tbody>
</table>
</details>
<p id="announcements" aria-live="polite"></p>
</main>
<script type="application/json" id="settings">${scriptData(settings)}</script>
<script nonce="${nonce}" src="${escapeMarkup(scriptUri)}"></script>
</body>
</html>
`
}

function playbackBar(speeds: readonly number[], strings: PageSettings['strings']): string {
  const text = (key: keyof typeof strings): string => escapeMarkup(strings[key])
  const options = speeds.map((speed) => `<option value="${speed}">${escapeMarkup(fill(strings.speedTimes, speed))}</option>`)
  return `<div id="playback" role="group" aria-label="${text('playback')}">
<button type="button" id="play">${text('play')}</button>
<input type="range" id="position" min="0" max="1000" step="1" aria-label="${text('position')}">
<output id="position-text" for="position"></output>
<select id="speed" aria-label="${text('speed')}">${options.join('')}</select>
</div>`
}

/** JSON that cannot end the script element that contains it. */
function scriptData(value: object): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
