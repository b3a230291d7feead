import { escape } from './escape.ts'

/** The style of a report as a page: for the screen, light and dark, and for print. */
const PAGE_STYLE = `
:root { color-scheme: light dark; --page: #ffffff; --ink: #1f2328; --dim: #59636e; --line: #d1d9e0; }
@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --ink: #f0f6fc; --dim: #9198a1; --line: #3d444d; } }
@media print { :root { color-scheme: light; --page: #ffffff; --ink: #000000; --dim: #444444; --line: #bbbbbb; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 0.25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 0.5rem; }
p { margin: 0.25rem 0; }
.dim { color: var(--dim); }
.legend span { margin-right: 1.25rem; white-space: nowrap; }
.legend svg { vertical-align: -2px; margin-right: 0.3rem; }
.timeline { display: block; width: 100%; height: auto; margin-top: 0.5rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { border-bottom: 1px solid var(--line); padding: 0.4rem 0.6rem 0.4rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
td.leader { width: 32%; }
td p:first-child { margin-top: 0; }
time { white-space: nowrap; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
ul { margin: 0.25rem 0; padding-left: 1.25rem; }
li { overflow-wrap: anywhere; }
tr, li { break-inside: avoid; }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; } table { font-size: 9.5pt; } h2 { break-after: avoid; } .scroll { overflow: visible; } * { print-color-adjust: exact; } }`

/**
 * A page in one file, which loads nothing.
 * @param parts.title as text
 * @param parts.style more of it, as CSS
 * @param parts.header what follows the title, as HTML
 * @param parts.main as HTML
 */
export function reportPage({ title, style, header, main }: { readonly title: string; readonly style: string; readonly header: string; readonly main: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>${PAGE_STYLE}${style}</style>
</head>
<body>
<header>
<h1>${escape(title)}</h1>
${header}
</header>
<main>
${main}
</main>
</body>
</html>`
}
