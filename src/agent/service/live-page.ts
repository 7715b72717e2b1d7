/** The live page: one document, its script and its style, without anything from elsewhere. */

export const LIVE_PAGE: string = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tocsin agent</title>
<link rel="stylesheet" href="live.css">
<script src="live.js" defer></script>
</head>
<body>
<header><h1>tocsin agent</h1><p id="state" role="status">connecting</p></header>
<p class="note">Each notification, sample and event counts once, however often it is tried; what a sink failed to take counts at each attempt.
Per second: of the last half minute.</p>
<main>
<section><h2>Listeners</h2><table id="listeners"></table></section>
<section class="wide"><h2>Sinks</h2><table id="sinks"></table></section>
<section><h2>Exchanges</h2><table id="exchanges"></table></section>
<section><h2>Services</h2><table id="services"></table></section>
<section><h2>Event types</h2><table id="eventTypes"></table></section>
<section><h2>Meters</h2><table id="meters"></table></section>
<section><h2>Dropped</h2><table id="dropped"></table></section>
<section class="wide"><h2>Dead letters</h2><table id="deadLetters"></table></section>
<section class="wide"><h2>Latest samples</h2><table id="latestSamples"></table></section>
<section class="wide"><h2>Latest events</h2><table id="latestEvents"></table></section>
</main>
</body>
</html>
`

export const LIVE_STYLE: string = `:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { margin: 0; }
header { display: flex; gap: 1.5rem; align-items: baseline; padding: .75rem 1.25rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.1rem; margin: 0; }
h2 { font-size: .85rem; margin: 0 0 .25rem; text-transform: uppercase; letter-spacing: .05em; opacity: .7; }
#state { margin: 0; }
#state.bad { color: #c33; font-weight: 600; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(27rem, 1fr)); gap: 1.5rem; padding: 1.25rem; }
section { min-width: 0; overflow-x: auto; }
.wide { grid-column: 1 / -1; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .15rem .75rem .15rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; }
td.none, .note { opacity: .6; }
.note { margin: .75rem 1.25rem 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
`

/** Texts of notifications go in as text, never as HTML. */
export const LIVE_SCRIPT: string = `'use strict'
const shown = {
  listeners: ['url', 'state', 'inHand'],
  sinks: ['kind', 'name', 'delivery', 'published', 'failed', 'held', 'state'],
  exchanges: ['name', 'rate', 'total'],
  services: ['name', 'rate', 'total'],
  eventTypes: ['name', 'rate', 'total'],
  meters: ['name', 'rate', 'total'],
  dropped: ['reason', 'count'],
  latestSamples: ['timestamp', 'name', 'volume', 'unit', 'resource_id'],
  latestEvents: ['generated', 'event_type', 'traits'],
  deadLetters: ['reason', 'attempts', 'eventType'],
}
const titles = { inHand: 'in hand', rate: 'per second', total: 'since start', failed: 'failed attempts', resource_id: 'resource', event_type: 'event type', eventType: 'event type' }

function cell(kind, value) {
  const made = document.createElement(kind)
  const isNumber = typeof value === 'number'
  made.textContent = isNumber && !Number.isInteger(value) ? value.toFixed(2) : String(value ?? '')
  if (isNumber) made.className = 'number'
  return made
}

function fill(id, rows) {
  const columns = shown[id]
  const head = document.createElement('tr')
  for (const column of columns) {
    const title = cell('th', titles[column] ?? column)
    if (rows.length > 0 && typeof rows[0][column] === 'number') title.className = 'number'
    head.append(title)
  }
  const lines = rows.map((row) => {
    const line = document.createElement('tr')
    for (const column of columns) line.append(cell('td', row[column]))
    return line
  })
  if (rows.length === 0) {
    const none = cell('td', 'none')
    none.className = 'none'
    none.colSpan = columns.length
    lines.push(none)
  }
  document.getElementById(id).replaceChildren(head, ...lines)
}

function say(text, isBad) {
  const state = document.getElementById('state')
  state.textContent = text
  state.className = isBad ? 'bad' : ''
}

async function show() {
  try {
    const live = await (await fetch('live')).json()
    const waits = live.waitsFor.length === 0 ? '' : ', waits for ' + live.waitsFor.join(', ')
    say(live.state + waits + ', ' + live.notifications + ' notifications', !live.isHealthy)
    for (const id of Object.keys(shown)) fill(id, live[id])
  } catch (error) {
    say('the agent does not answer', true)
  }
  setTimeout(show, 1000)
}
show()
`
